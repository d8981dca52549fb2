"""The bootstrap of people: the same draws for every statistic, and a person's rows together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.measures.bootstrap import Resampled, limits


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.integers(0, 9))
def test_the_first_sums_are_those_of_the_rows_and_sums_add_up(values, seed):
    column = np.array(values)
    draws = Resampled(len(column), np.arange(len(column)) // 2, seed=seed, draws=20)
    both = draws.sums(np.column_stack([column, np.ones(len(column))]))
    assert both[0, 0] == pytest.approx(column.sum(), abs=1e-6) and both[0, 1] == len(column)
    inside = column > 0
    parts = draws.sums(column[:, None], inside) + draws.sums(column[:, None], ~inside)
    assert parts[:, 0] == pytest.approx(both[:, 0], abs=1e-6 * (1 + np.abs(column).sum()))


def test_rows_of_a_person_come_and_go_together():
    draws = Resampled(30, np.arange(30) // 3, seed=1)
    by_row = np.stack([draws.sums(np.eye(30))[:, row] for row in range(30)])
    assert (by_row[0::3] == by_row[1::3]).all() and (by_row[0::3] == by_row[2::3]).all()
    assert not (by_row[0] == by_row[3]).all()


def test_limits_of_a_mean_are_those_that_theory_gives():
    values = np.random.default_rng(1).normal(size=2_000)
    draws = Resampled(2_000, seed=2)
    value, low, high = draws.mean(values)
    found = limits(draws.sums(values[:, None])[:, 0] / 2_000)
    assert found[0] == pytest.approx(value)
    assert found[2] - found[1] == pytest.approx(high - low, rel=0.15) == pytest.approx(2 * 1.96 / 2_000**0.5, rel=0.2)
    assert np.isnan(draws.mean(values, np.arange(2_000) == 7)).all(), "one person has no spread"


def test_limits_of_many_figures_hold_for_all_of_them_at_once():
    """Of six figures without any effect one is surely above 0 in 14% of cases, each by itself; at once in few."""
    rng, alone, together = np.random.default_rng(3), 0, 0
    for seed in range(150):
        draws = Resampled(300, seed=seed, draws=200)
        found = draws.sums(rng.normal(size=(300, 6))).T / 300
        alone += any(limits(each)[1] > 0 for each in found)
        together += any(limits(each, of=6)[1] > 0 for each in found)
    assert 10 <= alone <= 35 and together <= 9, (alone, together)


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=30), st.integers(1, 40))
def test_limits_of_more_figures_are_wider(found, of):
    value, low, high = limits(np.array(found), of=of)
    _, lower, higher = limits(np.array(found), of=of + 1)
    assert lower <= low + 1e-9 and higher >= high - 1e-9 and value == found[0]


@given(st.lists(st.floats(-1e3, 1e3) | st.just(float("nan")), min_size=2, max_size=30))
def test_limits_hold_the_value_or_there_are_none(found):
    for mirrored in (False, True):
        value, low, high = limits(np.array(found), mirrored=mirrored)
        if np.isnan(value):
            assert np.isnan(low) and np.isnan(high)
        else:
            assert low <= value == found[0] <= high


def test_nobody_at_all():
    assert Resampled(0, seed=1).sums(np.empty((0, 2))).shape == (401, 2)
