"""Tests and limits: exact where they say so, and never fooled by ties, halves or many hypotheses."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.validate.privacy.chance import auc, epsilon_low, share_limits, top_test, tpr
from supplychain.validate.privacy.ensemble import holm

P = st.floats(1e-9, 1.0)
SCORES = st.lists(st.integers(0, 5), min_size=2, max_size=40)


@given(st.lists(P, min_size=1, max_size=12))
def test_corrected_ps_are_no_smaller_keep_their_order_and_are_at_most_bonferronis(ps):
    found = holm(ps, [1 / len(ps)] * len(ps))
    for p, corrected in zip(ps, found, strict=True):
        assert p - 1e-12 <= corrected <= min(p * len(ps), 1.0) + 1e-9
    assert [found[i] for i in np.argsort(ps, kind="stable")] == sorted(found)


def test_holm_gives_the_textbooks_figures():
    assert holm([0.01, 0.04, 0.03], [1 / 3] * 3) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.01, 0.01], [0.9, 0.1]) == pytest.approx([0.01 / 0.9, 0.01 / 0.9]), "weight decides who is first"


@given(SCORES, SCORES)
def test_the_auc_is_the_share_of_pairs(first, second):
    members, others = (np.array(side, dtype=np.float32) for side in (first, second))
    pairs = np.mean(members[:, None] > others) + np.mean(members[:, None] == others) / 2
    found, p = auc(members, others)
    assert found.value == pytest.approx(float(pairs)) and 0 <= found.low <= found.value <= found.high <= 1
    mirrored, same_p = auc(others, members)
    assert mirrored.value == pytest.approx(1 - found.value) and same_p == pytest.approx(p)


def test_the_rank_test_is_scipys():
    from scipy.stats import mannwhitneyu

    rng = np.random.default_rng(1)
    members, others = rng.integers(0, 30, 200).astype(np.float32), rng.integers(2, 30, 150).astype(np.float32)
    wanted = mannwhitneyu(members, others, use_continuity=False, method="asymptotic").pvalue
    assert auc(members, others)[1] == pytest.approx(wanted)


def test_constant_scores_say_nothing():
    same = np.zeros(300, dtype=np.float32)
    ps = [top_test(same, same[:100], seed)[0] for seed in range(200)]
    assert np.mean(np.array(ps) < 0.05) < 0.08, "ties are broken by chance, not in favour of who stands first"
    assert auc(same, same)[0].value == 0.5 and auc(same, same)[1] == 1.0
    assert tpr(same, same, 0.01, 1)[0].value == 0


def test_the_exact_test_holds_its_level_and_sees_either_direction():
    rng = np.random.default_rng(3)
    scores = [rng.normal(size=900).astype(np.float32) for _ in range(400)]
    ps = np.array([top_test(one[:600], one[600:], seed)[0] for seed, one in enumerate(scores)])
    assert np.mean(ps < 0.05) <= 0.07
    high, low = np.full(60, 9, dtype=np.float32), scores[0]
    assert top_test(np.concatenate([high, low[:600]]), low[600:], 1)[0] < 0.01
    assert top_test(low[:600], np.concatenate([high, low[600:]]), 1)[0] < 1e-6


def test_the_true_positive_rate_is_what_was_asked_for_where_nothing_leaks():
    rng = np.random.default_rng(5)
    found = [tpr(*(rng.normal(size=n).astype(np.float32) for n in (2_000, 1_000)), 0.01, seed) for seed in range(60)]
    assert np.mean([share.value for share, _ in found]) == pytest.approx(0.01, abs=0.0015)
    assert all(reached == pytest.approx(0.01, abs=0.001) for _, reached in found)


def test_few_people_reach_the_rate_that_they_can():
    rng = np.random.default_rng(5)
    _, reached = tpr(*(rng.normal(size=n).astype(np.float32) for n in (500, 200)), 0.001, 1)
    assert reached == pytest.approx(1 / 101)


@given(st.integers(0, 60), st.integers(1, 60))
def test_exact_limits_hold_the_share(count, more):
    found = share_limits(count, count + more)
    assert found.low <= found.value <= found.high
    # Ten false hits in a thousand: 0.018 (a published table value of Clopper and Pearson's interval).
    assert share_limits(10, 1_000).high == pytest.approx(0.0183, abs=1e-4)


def test_epsilon_is_the_limit_at_which_so_many_hits_are_no_surprise():
    from scipy.stats import binom

    low = epsilon_low(95, 100, 0.5)
    assert binom.sf(94, 100, exp(low) / (1 + exp(low))) == pytest.approx(0.05, abs=1e-6)
    assert low == pytest.approx(2.17, abs=0.01)
    assert epsilon_low(50, 100, 0.5) == 0 and epsilon_low(0, 100, 0.5) == 0
    assert epsilon_low(95, 100, 0.75) == pytest.approx(low - log(3)), "more members among all make a hit less telling"
