"""Shares and outcome rates by stratum, and the gaps of a model that is known."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from supplychain.measures.bootstrap import Resampled
from supplychain.measures.groups import Gaps, Grouping, large_groups
from supplychain.measures.shares import outcome_shift, share_ratio


def test_strata_that_were_asked_for_do_not_count():
    real = np.arange(1_000) % 10 == 0  # a tenth are of the group
    inside = [np.ones(1_000, dtype=bool), real]  # all of the second stratum are
    stratum = np.repeat([0, 1], [500, 500])
    here = np.where(stratum == 1, True, np.arange(1_000) % 10 == 0)
    value, low, high = share_ratio(here, stratum, real, inside)
    assert value == pytest.approx(1.0) and low < 1 < high
    assert share_ratio(here, np.zeros(1_000, dtype=int), real, inside[:1])[1] > 4, "all at once they look swelled"
    rates = np.where(stratum == 1, 1.0, 0.2)[:, None]
    truth = np.where(real, 1.0, 1 / 9)[:, None]
    assert outcome_shift(rates, stratum, truth, inside)[0] == pytest.approx(0, abs=0.01)


def test_none_of_a_group_has_limits_and_a_group_that_nobody_has_none():
    everyone = [np.ones(100, dtype=bool)]
    nobody, some = np.zeros(100, dtype=bool), np.arange(100) < 50
    value, low, high = share_ratio(nobody, np.zeros(100, dtype=int), some, everyone)
    assert value == low == 0 and 0 < high < 0.5
    assert np.isnan(share_ratio(some, np.zeros(100, dtype=int), nobody, everyone)).all()
    assert np.isnan(outcome_shift(np.ones((1, 1)), np.zeros(1, dtype=int), np.ones((100, 1)), everyone)).all()


def test_a_rate_of_none_is_not_known_for_sure_and_many_groups_widen_the_limits():
    everyone, nobody = [np.ones(40, dtype=bool)], np.zeros(40, dtype=int)
    none, some = np.zeros((40, 1)), (np.arange(40) < 4).astype(float)[:, None]
    _, low, high = outcome_shift(none, nobody, none, everyone)
    assert low < 0 < high
    one, many = (outcome_shift(some, nobody, none, everyone, of=groups) for groups in (1, 40))
    assert one[0] == many[0] == pytest.approx(0.1) and many[1] < one[1] < one[2] < many[2]


def test_limits_hold_what_is_true_nineteen_times_in_twenty():
    rng, everyone, missed = np.random.default_rng(1), [np.ones(800, dtype=bool)], {"share": 0, "outcome": 0}
    for _ in range(200):
        made, real = rng.random(500) < 0.2, rng.random(800) < 0.2
        _, low, high = share_ratio(made, np.zeros(500, dtype=int), real, everyone)
        missed["share"] += not low <= 1 <= high
        y, z = (rng.integers(0, 4, n)[:, None] == np.arange(4) for n in (500, 800))
        _, low, high = outcome_shift(y.astype(float), np.zeros(500, dtype=int), z.astype(float), everyone)
        missed["outcome"] += not low <= 0 <= high
    assert 2 <= missed["share"] <= 20 and missed["outcome"] <= 20


def test_gaps_of_a_model_that_is_known():
    code = np.repeat([0, 1, 2], [100, 100, 5])
    truth = np.arange(205) % 2 == 0
    chosen = np.where(code == 0, truth, False) | (code == 2)  # the first group is told, the second never
    score = np.where(code == 0, 0.5, 0.25)
    found = Gaps.of(code, truth, truth.astype(float), score, chosen, Resampled(205, seed=1, draws=20))
    assert found.told == (2, 2), "five people tell nothing"
    assert found.opportunity[0] == found.odds[0] == 1 and found.parity[0] == 0.25 == found.calibration[0]
    alone = Gaps.of(np.zeros(205, dtype=int), truth, truth.astype(float), score, chosen, Resampled(205, seed=1))
    assert np.isnan(alone.parity).all() and alone.told == (1, 1)
    rare = np.arange(205) < 5
    few = Gaps.of(code, rare, rare.astype(float), score, chosen, Resampled(205, seed=1))
    assert np.isfinite(few.parity[0]) and np.isnan(few.odds).all()


def test_groups_are_learnt_from_real_rows_and_found_in_any():
    real = pl.DataFrame({"sex": ["f", "m"] * 50, "age": [float(k) for k in range(100)]})
    both = Grouping.of(real, "sex", "age")
    assert both.name == "sex x age" and len(both.labels) == 8
    made = pl.DataFrame({"sex": ["m", "x", None, "f"], "age": [0.0, 1.0, 2.0, None]})
    code = both.code(made)
    assert both.labels[code[0]].startswith("sex=m x age=(-inf") and list(code[1:]) == [-1, -1, -1]
    assert large_groups(real, "sex") == 2 and large_groups(real, "age") == 0
    assert Grouping.of(real.clear(), "sex").code(real).max() == -1
