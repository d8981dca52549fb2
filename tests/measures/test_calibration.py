"""Calibration: what a perfect model shows by chance is no alarm, and certainty without right is."""

from __future__ import annotations

import numpy as np
import pytest

from supplychain.measures.bootstrap import Resampled
from supplychain.measures.calibration import Calibration, brier_of, interval_half_width


def measured(truth, chance, *, seed=1):
    predictions = np.column_stack([1 - chance, chance])
    everyone = np.ones(len(truth), dtype=bool)
    return Calibration.of(truth, predictions, Resampled(len(truth), seed=seed, draws=50), everyone, seed=seed)


def drawn(n, seed):
    rng = np.random.default_rng(seed)
    chance = rng.uniform(0.05, 0.95, n)
    return (rng.random(n) < chance).astype(int), chance


def test_a_perfect_model_errs_by_chance_and_its_p_values_are_uniform():
    found = [measured(*drawn(200, seed), seed=seed) for seed in range(60)]
    assert np.mean([one.ece[0] for one in found]) == pytest.approx(np.mean([one.null for one in found]), rel=0.1)
    assert np.mean([one.ece[0] for one in found]) > 0.05, "raw, a perfect model looks badly calibrated on 200 people"
    assert 2 <= sum(one.p < 0.1 for one in found) <= 13
    assert np.mean([one.over[0] for one in found]) == pytest.approx(0, abs=0.02)


def test_certainty_without_right_is_seen():
    truth, chance = drawn(2_000, 1)
    sure = measured(truth, np.where(chance > 0.5, 0.99, 0.01))
    assert sure.over[0] == pytest.approx(0.24, abs=0.03) and sure.p < 0.01
    assert sure.ece[0] == pytest.approx(abs(sure.over[0])), "one bin"
    assert sure.brier[0] > measured(truth, chance).brier[0]


def test_briers_score_of_two_classes_is_the_usual_one_and_of_many_half_the_distance():
    truth, chance = drawn(50, 3)
    assert brier_of(truth, np.column_stack([1 - chance, chance])) == pytest.approx((chance - truth) ** 2)
    assert brier_of(np.array([0, 2]), np.array([[1.0, 0, 0], [1.0, 0, 0]])) == pytest.approx([0, 1])


def test_a_single_row_and_one_class():
    found = measured(np.array([1]), np.array([0.7]))
    assert found.ece[0] == pytest.approx(0.3) and 0 < found.p <= 1


def test_an_interval_holds_the_share_that_it_is_for():
    rng = np.random.default_rng(1)
    residuals = rng.normal(size=5_000)
    half = interval_half_width(residuals, np.ones(5_000), 0.9)
    assert half == pytest.approx(1.645, abs=0.06)
    heavy = np.where(np.abs(residuals) > 1, 1e-9, 1.0)
    assert interval_half_width(residuals, heavy, 0.9) < 1, "rows of next to no weight say next to nothing"
