"""Plans, agreement and rates: properties that hold for every input, and figures that were computed otherwise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from supplychain.review.acceptance import (
    ACCEPT,
    GO_ON,
    REJECT,
    Limits,
    Plan,
    Sequential,
    acceptance,
    at_most,
    decide,
    next_plan,
    operating_curve,
    single_plan,
)
from supplychain.review.agreement import agreement, wilson
from supplychain.review.rates import Tally, corrected, telling


@pytest.mark.parametrize(
    ("lot", "aql", "ltpd", "plan"),
    [
        (10_000, 0.01, 0.05, (132, 3)),
        (1_000, 0.01, 0.05, (128, 3)),
        (100_000, 0.01, 0.05, (132, 3)),
        (10_000, 0.005, 0.03, (220, 3)),
        (1_000, 0.01, 0.08, (64, 2)),
        (10_000, 0.02, 0.10, (65, 3)),
    ],
)
def test_the_default_plans_come_out_of_the_computation(lot, aql, ltpd, plan):
    found = single_plan(lot, Limits(aql, ltpd))
    assert (found.n, found.c) == plan


@given(
    lot=st.integers(1, 400),
    aql=st.floats(0.002, 0.05),
    wider=st.floats(1.5, 10),
    alpha=st.floats(0.01, 0.2),
    beta=st.floats(0.01, 0.2),
)
def test_a_plan_keeps_both_risks_and_no_smaller_sample_does(lot, aql, wider, alpha, beta):
    limits = Limits(aql, min(aql * wider, 0.9), alpha, beta)
    plan = single_plan(lot, limits)
    assert at_most(plan.c, lot, limits.bad(lot), plan.n) <= beta + 1e-12
    assert at_most(plan.c, lot, limits.good(lot), plan.n) >= 1 - alpha - 1e-12
    smaller = range(1, plan.n)
    cdf_bad = {n: hypergeom.cdf(np.arange(n + 1), lot, limits.bad(lot), n) for n in smaller}
    cdf_good = {n: hypergeom.cdf(np.arange(n + 1), lot, limits.good(lot), n) for n in smaller}
    assert not any(((cdf_bad[n] <= beta - 1e-9) & (cdf_good[n] >= 1 - alpha + 1e-9)).any() for n in smaller)


def test_reviewers_who_never_err_decide_at_c_and_leave_no_doubt():
    limits = Limits()
    plan = single_plan(10_000, limits)
    assert [decide(called, plan, limits, most=396) for called in range(6)] == [ACCEPT] * 4 + [REJECT] * 2
    curve = operating_curve(plan, [0.0, 0.01, 0.05, 0.2])
    assert curve[0] == 1 and curve[1] >= 0.95 and curve[2] <= 0.10 and curve == sorted(curve, reverse=True)


@given(se=st.floats(0.7, 1.0), sp=st.floats(0.9, 1.0), called=st.integers(0, 40))
def test_worse_reviewers_never_make_it_easier_to_accept(se, sp, called):
    limits, plan = Limits(), Plan(2_000, 130, 3)
    verdict = decide(called, plan, limits, most=390, sensitivity=se, specificity=sp)
    if verdict == ACCEPT:
        assert decide(called, plan, limits, most=390) == ACCEPT
    if verdict == REJECT:
        assert called > acceptance(plan.lot, plan.n, limits, se)


def test_a_doubt_leads_to_a_larger_plan_and_ends_at_the_last_frozen_row():
    limits, plan = Limits(), single_plan(10_000, Limits())
    assert decide(3, plan, limits, most=396, sensitivity=0.95) == GO_ON
    larger = next_plan(plan, limits, most=396, sensitivity=0.95, specificity=1.0)
    assert plan.n < larger.n <= 396
    assert {decide(called, larger, limits, most=396, sensitivity=0.95) for called in range(30)} == {ACCEPT, REJECT}
    hopeless = next_plan(plan, limits, most=396, sensitivity=0.75, specificity=0.9)
    assert hopeless.n == 396
    assert decide(hopeless.c + 1, hopeless, limits, most=396, sensitivity=0.75, specificity=0.9) == REJECT


def test_the_sequential_test_keeps_its_risks_and_saves_rows():
    rng, test = np.random.default_rng(1), Sequential(Limits(), 396)
    ends = {}
    for rate in (0.01, 0.05):
        runs = [(rng.random(396) < rate).tolist() for _ in range(600)]
        ends[rate] = [test.decide(run) for run in runs].count(ACCEPT) / 600
    assert ends[0.01] >= 0.93 and ends[0.05] <= 0.13
    assert test.decide([False] * 50) == GO_ON and test.decide([True, True, True]) == REJECT


def test_agreement_of_the_paradox_is_high_where_kappa_is_low():
    found = agreement(3, 3, 4, 90)  # 93% raw, 6 and 7 of 100 rejected
    assert found.raw.value == 0.93
    assert found.ac1.value == pytest.approx(0.92, abs=0.005)
    assert found.kappa.value == pytest.approx(0.42, abs=0.005)
    from sklearn.metrics import cohen_kappa_score

    first, second = [1] * 6 + [0] * 94, [1] * 3 + [0] * 3 + [1] * 4 + [0] * 90
    assert found.kappa.value == pytest.approx(cohen_kappa_score(first, second))


@given(counts=st.tuples(*[st.integers(0, 60)] * 4))
def test_agreement_lies_within_its_intervals_and_does_not_depend_on_who_was_first(counts):
    both, first, second, neither = counts
    found, turned = agreement(both, first, second, neither), agreement(both, second, first, neither)
    for mine, theirs in ((found.raw, turned.raw), (found.ac1, turned.ac1), (found.kappa, turned.kappa)):
        assert mine == theirs or mine.value == pytest.approx(theirs.value)
        if mine.value is not None and mine.low is not None:
            assert mine.low - 1e-9 <= mine.value <= mine.high + 1e-9
            assert -1 <= mine.low <= mine.high <= 1
    if not first and not second and both + neither:
        assert found.raw.value == found.ac1.value == 1


def test_the_interval_of_agreement_covers_it():
    rng, covered = np.random.default_rng(3), 0
    p = np.array([0.05, 0.03, 0.03, 0.89])
    raw, mean = p[0] + p[3], p[0] + (p[1] + p[2]) / 2
    truth = (raw - 2 * mean * (1 - mean)) / (1 - 2 * mean * (1 - mean))
    for _ in range(300):
        found = agreement(*rng.multinomial(150, p).tolist()).ac1
        covered += found.low <= truth <= found.high
    assert covered >= 0.9 * 300


@given(n=st.integers(1, 500), data=st.data())
def test_perfect_reviewers_leave_the_share_as_it_is(n, data):
    called = Tally(data.draw(st.integers(0, n)), n)
    found = corrected(called, Tally(50, 50), Tally(50, 50), seed=1)
    assert found.value == pytest.approx(called.share)
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_the_corrected_rate_is_the_one_that_was_there():
    """In 200 reviews with known errors, the 95% interval holds the true rate about as often as it says."""
    rng, covered, values = np.random.default_rng(5), 0, []
    rate, se, sp = 0.06, 0.85, 0.97
    for number in range(200):
        wrong = rng.binomial(300, rate)
        called = rng.binomial(wrong, se) + rng.binomial(300 - wrong, 1 - sp)
        found = corrected(
            Tally(int(called), 300),
            Tally(int(rng.binomial(40, se)), 40),
            Tally(int(rng.binomial(60, sp)), 60),
            seed=number,
        )
        covered += found.low <= rate <= found.high
        values.append(found.value)
    assert covered >= 0.9 * 200
    assert np.mean(values) == pytest.approx(rate, abs=0.01)


def test_a_false_alarm_does_not_make_130_clean_rows_prove_more_than_130_rows_can():
    """None of 130 rejected and one good row of 40 refused: cut at 0 alone the interval ended at half a per cent."""
    found = corrected(Tally(0, 130), Tally(32, 40), Tally(39, 40), seed=1)
    assert (found.value, found.low) == (0.0, 0.0)
    assert 0.02 < found.high < 0.06, "the rule of three says 2.3%, and four in five defects are found"


@pytest.mark.parametrize(("rate", "se", "sp"), [(0.01, 0.8, 0.995), (0.02, 0.95, 1.0), (0.05, 0.8, 0.95)])
def test_the_upper_end_of_a_corrected_rate_is_rarely_below_the_true_one(rate, se, sp):
    rng = np.random.default_rng(6)
    below = sum(
        corrected(
            Tally(int(rng.binomial(130, rate * se + (1 - rate) * (1 - sp))), 130),
            Tally(int(rng.binomial(40, se)), 40),
            Tally(int(rng.binomial(40, sp)), 40),
            seed=number,
        ).high
        < rate
        for number in range(200)
    )
    assert below <= 0.05 * 200


def test_reviewers_no_better_than_a_coin_correct_nothing():
    assert corrected(Tally(5, 100), Tally(10, 20), Tally(10, 20), seed=1).value is None


def test_people_who_guess_are_not_called_alike_before_there_are_enough_answers():
    rng = np.random.default_rng(7)

    def answers(n, skill):
        real = rng.random(n) < 0.5
        right = rng.random(n) < skill
        return [(bool(a), bool(a == b), int(rng.integers(1, 5))) for a, b in zip(real, right, strict=True)]

    assert telling(answers(40, 0.5), 0.1).verdict == "not known"
    assert telling(answers(1_000, 0.5), 0.1).verdict == "alike"
    assert telling(answers(200, 0.8), 0.1).verdict == "told apart"
    sure = telling([(True, True, 4), (False, False, 4), (True, False, 1), (False, True, 1)] * 20, 0.1)
    assert sure.accuracy.value == 0.5 and sure.auc == pytest.approx(0.75)


@given(n=st.integers(1, 300), data=st.data())
def test_wilson_holds_its_share(n, data):
    count = data.draw(st.integers(0, n))
    found = wilson(count, n)
    assert 0 <= found.low <= found.value + 1e-12 and found.value <= found.high + 1e-12 <= 1 + 1e-9
