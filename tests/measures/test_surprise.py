"""Outcomes that are too odd or too regular: a calibrated forecast is never surprised, and coins never agree."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.measures.surprise import NEIGHBOURS, Agreement, apart, surprise, told

CHANCES = st.lists(st.floats(0.01, 1.0), min_size=2, max_size=5)


@given(CHANCES)
def test_outcomes_as_likely_as_the_model_says_surprise_it_by_nothing_on_average(weights):
    chances = np.array(weights) / sum(weights)
    every = np.tile(chances, (len(chances), 1))
    odd = surprise(-np.log(chances), every)
    assert chances @ odd == pytest.approx(0, abs=1e-9)
    assert odd[chances.argmax()] <= 1e-9 <= odd[chances.argmin()] + 2e-9, "the likeliest is never odd"


def test_the_loss_of_a_quantity_is_its_own_surprise():
    assert surprise(np.array([0.5, 2.0]), np.zeros((2, 1))).tolist() == [0.5, 2.0]


def test_what_columns_tell_is_the_loss_of_shuffled_outcomes_less_their_own():
    rng = np.random.default_rng(2)
    chances = rng.dirichlet(np.ones(3), 50)
    truth = np.array([rng.choice(3, p=row) for row in chances])
    losses = -np.log(chances[np.arange(50), truth])
    shuffled = np.mean([-np.log(chances[np.arange(50), np.roll(truth, turn)]).mean() for turn in range(50)])
    assert told(truth, chances, losses).mean() == pytest.approx(shuffled - losses.mean())
    height, guess = rng.normal(size=50), rng.normal(size=(50, 1))
    errors = (height - guess[:, 0]) ** 2
    shuffled = np.mean([((np.roll(height, turn) - guess[:, 0]) ** 2).mean() for turn in range(50)])
    assert told(height, guess, errors).mean() == pytest.approx(shuffled - errors.mean())


def test_one_outcome_for_all_agrees_always_and_a_row_is_not_its_own_neighbour():
    points = np.random.default_rng(1).normal(size=(40, 3)).astype(np.float32)
    found = Agreement.of(points, np.zeros(40))
    assert found.share(np.ones(40, dtype=bool)) == (1.0, 0.0)
    assert not (found.near == np.arange(40)[:, None]).any() and found.near.shape == (40, NEIGHBOURS)
    brute = np.argsort(((points[:, None] - points) ** 2).sum(2) + np.eye(40) * 1e9, axis=1)[:, :NEIGHBOURS]
    assert (np.sort(found.near) == np.sort(brute)).all()


def test_limits_hold_the_truth_as_often_as_they_say():
    """Coins of one chance agree at 0.58; the limits of 200 draws hold it in about 95 of 100."""
    held = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        found = Agreement.of(rng.normal(size=(300, 2)).astype(np.float32), rng.random(300) < 0.3)
        value, margin = found.share(np.ones(300, dtype=bool))
        held += abs(value - 0.58) <= margin
    assert held >= 180


def test_two_means_are_apart_by_both_margins():
    assert apart(0.5, 0.03, 0.1, 0.04) == pytest.approx((0.4, 0.35, 0.45), abs=1e-4)
    assert apart(0.5, 0.03, 0.1, 0.04, of=6)[1] == pytest.approx(0.4 - 0.05 * 2.638 / 1.96, abs=1e-3)
