"""Who wins: never one who may not be used, never one whom another beats in all, and never by a noisy second."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.generate.tournament.choosing import Entry, choose, dominates, why_out
from supplychain.generate.tournament.scoring import Figure, Referee, Scores
from supplychain.levers import Levers

PEOPLE = 400
RULES = Levers.model_validate({"coverage": {"rows": {"all": 100}}})


def referee(shares=None):
    """What entrants are compared by: two slices, 400 people, all of them lost 0.5 with real rows."""
    inside = {"young": np.arange(PEOPLE) < 100, "all": np.ones(PEOPLE, dtype=bool)}
    made = dict.fromkeys(Referee.__dataclass_fields__)
    made |= {"inside": inside, "shares": shares or {"all": 1}, "losses": np.full(PEOPLE, 0.5), "fidelity": 0.9}
    return Referee(**made)


def entry(
    name,
    *,
    young=0.0,
    old=0.0,
    fidelity=0.9,
    auc=0.55,
    attack=0.0,
    margin=0.03,
    broken=0.0,
    refused=(),
    cpu=2.0,
    base=False,
):
    """An entrant whose model loses so much more than one of real rows, for the young and for the old."""
    judge = referee()
    noise = np.where(np.arange(PEOPLE) % 2 == 0, 0.02, -0.02)
    losses = 0.5 + np.where(judge.inside["young"], young, old) + noise
    fell = judge.losses - losses
    scores = Scores(
        losses,
        judge._weighted(fell),
        {slice_: Figure(float(fell[mask].mean()), -1, 1, int(mask.sum())) for slice_, mask in judge.inside.items()},
        fidelity,
        Figure(auc, auc - 0.01, auc + 0.01, 1_000),
        Figure(attack, attack - margin, attack + margin, 500),
        Figure(broken, 0, 1, 1_000),
        refused,
    )
    return Entry(name, scores, cpu, base)


def levers(**risk):
    return Levers.model_validate({"coverage": {"rows": {"all": 100}}, "risk": risk})


figures = st.fixed_dictionaries(
    {
        "young": st.floats(0, 0.2),
        "old": st.floats(0, 0.2),
        "fidelity": st.floats(0.5, 1),
        "auc": st.floats(0.4, 1),
        "attack": st.floats(-0.05, 0.3),
        "broken": st.floats(0, 1),
        "cpu": st.floats(0.1, 500),
    }
)
entries = st.lists(figures, min_size=1, max_size=5).map(
    lambda found: [entry(f"e{number}", **one) for number, one in enumerate(found)]
)


@given(entries)
def test_the_winner_may_be_used_and_is_on_the_front(field):
    choice = choose(field, referee(), RULES)
    able = [one for one in field if not why_out(one, RULES)]
    if choice is None:
        assert not able
        return
    winner = next(one for one in able if one.name == choice.winner)
    assert not any(dominates(other, winner) for other in able)
    assert set(choice.standing) == {one.name for one in field}
    assert [name for name, (word, _) in choice.standing.items() if word == "chosen"] == [winner.name]
    assert choice.reason.startswith(f"{winner.name}: ") and "\n" not in choice.reason


@given(entries, st.randoms())
def test_the_order_of_the_file_decides_only_between_equals(field, random):
    mixed = list(field)
    random.shuffle(mixed)
    first, second = choose(field, referee(), RULES), choose(mixed, referee(), RULES)
    assert (first is None) == (second is None)
    if first and first.winner != second.winner:
        assert all("beyond chance, and it stands before it" in found.reason for found in (first, second))


@given(entries, st.lists(st.floats(0.4, 2.5), min_size=5, max_size=5))
def test_noise_in_seconds_flips_nothing_among_fits_that_cost_about_the_same(field, noise):
    """Fits of one to three seconds, each measured anew at two fifths to two and a half times that."""

    def at(factors):
        timed = [
            Entry(one.name, one.scores, 1 + one.cpu_seconds % 2 * factor)
            for one, factor in zip(field, factors, strict=False)
        ]
        choice = choose(timed, referee(), RULES)
        return choice and choice.winner

    assert at(noise) == at([1.0] * 5)


def test_who_leaks_breaks_rules_or_spends_the_budget_is_out():
    good = entry("plain", old=0.1)
    for bad, why in (
        (entry("bad", attack=0.2), "leaks: attack advantage 0.200 (0.170 to 0.230), and levers.risk.attack_advantage"),
        (entry("bad", refused=("age",)), "breaks the rules: age"),
        (entry("bad", broken=0.8), "too few for levers.cost.candidates_per_row 4"),
    ):
        choice = choose([bad, good], referee(), RULES)
        assert choice.winner == "plain"
        assert why in choice.standing["bad"][1] and why in choice.reason


def test_nobody_may_be_used():
    assert choose([entry("bad", attack=0.5)], referee(), RULES) is None


def test_the_baseline_wins_only_alone():
    base = entry("base", base=True)
    assert choose([base, entry("poor", old=0.2)], referee(), RULES).winner == "poor"
    assert choose([base, entry("leaky", attack=0.5)], referee(), RULES).winner == "base"


def test_a_tight_lever_puts_risk_first_and_a_loose_one_utility():
    """The useful one is attacked with an advantage of 0.1: within both levers' lower limit, told from the safe one."""
    useful, safe = entry("useful", attack=0.1), entry("safe", old=0.05, young=0.05, attack=0.0)
    loose = choose([useful, safe], referee(), levers(attack_advantage=0.2))
    tight = choose([useful, safe], referee(), levers(attack_advantage=0.08))
    assert loose.winner == "useful" and "loses 0.050" in loose.reason and "than with safe" in loose.reason
    assert tight.winner == "safe" and "safer than useful" in tight.reason and "0.08" in tight.reason


@pytest.mark.parametrize(("shares", "winner"), [({"young": 100}, "for-young"), ({"all": 100}, "for-old")])
def test_utility_counts_where_the_plan_puts_rows(shares, winner):
    field = [entry("for-young", old=0.05), entry("for-old", young=0.05)]
    assert choose(field, referee(shares), RULES).winner == winner


def test_alike_in_use_the_safer_then_the_less_told_then_the_cheaper_then_the_first():
    rest = {"fidelity": 0.95}
    field = [entry("one", attack=0.1, **rest), entry("two")]
    assert "as useful as one, and safer" in choose(field, referee(), levers(attack_advantage=0.5)).reason
    field = [entry("one", auc=0.6, **rest), entry("two", auc=0.45)]
    assert "discriminator AUC 0.450, not 0.600" in choose(field, referee(), RULES).reason
    field = [entry("one", cpu=50.0, **rest), entry("two", cpu=4.0)]
    assert "4 processor seconds, not 50" in choose(field, referee(), RULES).reason
    field = [entry("one", attack=0.02, **rest), entry("two")]
    assert (
        choose(field, referee(), RULES).reason
        == "one: nothing tells it from two beyond chance, and it stands before it"
    )
    assert choose(field[::-1], referee(), RULES).winner == "two"


def test_who_is_beaten_in_all_is_said_to_be():
    choice = choose([entry("worse", old=0.1, auc=0.9), entry("better")], referee(), RULES)
    assert choice.standing["worse"] == ("dominated", "better is better or the same in all")
    assert "no figure speaks for another; a model that learns from its rows loses 0.075" in choice.reason


def test_the_limits_of_weighted_utility_are_those_of_a_mean_where_there_is_one_slice():
    fell = np.random.default_rng(1).normal(0.1, 0.5, PEOPLE)
    figure = referee()._weighted(fell)
    assert figure.value == pytest.approx(fell.mean())
    assert figure.high - figure.value == pytest.approx(1.96 * fell.std() / PEOPLE**0.5)


def test_the_weighted_limits_hold_the_truth_as_often_as_they_say():
    """Two slices that overlap, drawn a thousand times."""
    rng, judge, hits = np.random.default_rng(2), referee({"young": 3, "all": 1}), 0
    for _ in range(1_000):
        figure = judge._weighted(np.where(judge.inside["young"], 0.2, 0.0) + rng.normal(0, 0.4, PEOPLE))
        hits += figure.low <= 0.75 * 0.2 + 0.25 * 0.2 * 100 / PEOPLE <= figure.high
    assert 0.93 < hits / 1_000 < 0.97
