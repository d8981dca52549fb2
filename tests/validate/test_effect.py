"""The effect of synthetic rows on the outcome model: planted harm, planted bias, and none where nothing is added."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from supplychain.schema import Schema
from supplychain.slices import ALL_ROWS, Slice
from supplychain.validate.effect import Effect, slices_of

POOR = Slice("poor-health", "fair = 1 OR poor = 1")


@pytest.fixture(scope="module")
def rows(people):
    """Real people: train, fresh ones in the part of good synthetic rows, gold."""
    mixed = people.drop("person").with_columns((pl.col("drugexp") >= 2500).cast(pl.Int64).alias("high")).drop("drugexp")
    mixed = mixed.sample(fraction=1, shuffle=True, seed=5)
    return mixed.head(2_000), mixed.slice(2_000, 4_000), mixed.slice(6_000)


def effect(rows, added, outcome="high", weight=1.0):
    real, _, gold = rows
    return Effect.of(real, added, gold, Schema.of(real), outcome, weight=weight, seed=1)


def test_fresh_real_people_help_and_widen_nothing(rows):
    found = effect(rows, rows[1])
    fell = found.fall(ALL_ROWS)
    assert fell.low > 0 and fell.n == rows[2].height
    value, low, high, _ = found.widening("female", seed=1)
    assert low <= value <= high
    assert low < 0.02


def test_a_flipped_outcome_in_one_slice_harms_that_slice(rows):
    inside = POOR.expression
    flipped = rows[1].with_columns(pl.when(inside).then(1 - pl.col("high")).otherwise(pl.col("high")).alias("high"))
    assert effect(rows, flipped).fall(POOR).high < 0


def test_an_amplified_bias_widens_the_gap(rows):
    biased = rows[1].with_columns(pl.col("female").alias("high"))
    assert effect(rows, biased).widening("female", seed=1)[1] > 0.05


def test_weight_next_to_nothing_changes_next_to_nothing(rows):
    fell = effect(rows, rows[1].with_columns((1 - pl.col("high")).alias("high")), weight=1e-9).fall(ALL_ROWS)
    assert abs(fell.value) < 0.01


def test_the_same_people_again_are_no_help_whatever_they_do_to_the_model(rows):
    """What the trap looks like: repeated rows move an untuned model, and the null moves with them."""
    real = rows[0]
    fell = effect(rows, real.sample(4_000, with_replacement=True, seed=9)).fall(ALL_ROWS)
    assert not fell.low > 0
    assert fell.null != 0


def test_quantities_and_numbers_as_groups(rows):
    found = effect(rows, rows[1], outcome="income")
    assert np.isfinite(found.fall(ALL_ROWS).value)
    assert np.isfinite(found.widening("age", seed=1)[0])


def test_too_few_people_give_no_figure(rows):
    found = effect(rows, rows[1])
    assert np.isnan(found.fall(Slice("none", "age > 200")).value)
    alone = Effect(**{**found.__dict__, "gold": found.gold.with_columns(pl.lit(1).alias("female"))})
    assert np.isnan(alone.widening("female", seed=1)[0])


def test_slices_of_the_plan_are_looked_at_beside_the_declared_ones():
    plan = pl.DataFrame(
        {"slice": ["found", "poor-health", "bought"], "predicate": ["a = 1", "b = 1", "c"], "rows": [5, 1, 0]}
    )
    assert [slice_.name for slice_ in slices_of([ALL_ROWS, POOR], plan)] == ["all", "poor-health", "found"]
