"""Confidence of a model that learned from the blend: planted certainty is seen where it was planted."""

from __future__ import annotations

import polars as pl

from supplychain.measures.calibration import BINS
from supplychain.slices import ALL_ROWS, Slice
from tests.validate.arms import POOR, confidence_of


def sharpened(effect, rows, where):
    """The rows with the outcome that a model holds likeliest, in one slice: too regular, as of a generator."""
    likely = pl.Series(effect.arms["weighted"].model.probabilities(rows)[:, 1] > 0.25).cast(pl.Int64)
    return rows.with_columns(pl.when(where).then(likely).otherwise(pl.col("high")).alias("high"))


def test_fresh_real_people_make_nobody_surer_than_right(fresh):
    found = confidence_of(fresh)
    assert {metric for metric, _ in found} == {
        *("confidence.ece", "confidence.ece_p", "confidence.ece_change", "confidence.brier"),
        *("confidence.brier_change", "confidence.over", "confidence.over_change"),
    }
    for scope in ("all", "poor-health"):
        over = found["confidence.over_change", scope]
        assert over.low < 0.01 and over.low <= over.value <= over.high
        assert found["confidence.ece_change", scope].low < 0.01
    assert found["confidence.brier_change", "all"].value < 0, "more people, better probabilities"


def test_an_overconfident_slice_is_seen_there(parts, fresh):
    planted = confidence_of(parts.effect(sharpened(fresh, parts.fresh, POOR.expression)), [ALL_ROWS, POOR])
    assert planted["confidence.over", "poor-health"].low > 0.05
    assert planted["confidence.over_change", "poor-health"].low > 0.03
    assert planted["confidence.ece_change", "poor-health"].low > 0.02
    assert planted["confidence.ece_p", "poor-health"].value < 0.01


def test_a_collapsed_outcome_is_seen(parts):
    alone = parts.fresh.with_columns(pl.lit(0).alias("high"))
    found = confidence_of(parts.effect(alone), [ALL_ROWS])
    assert found["confidence.over_change", "all"].low > 0.03
    assert found["confidence.brier_change", "all"].low > 0


def test_more_than_two_classes(parts):
    roles = {name: getattr(parts, name).with_columns(pl.col("totchr").clip(0, 2)) for name in ("real", "gold", "tune")}
    added = parts.fresh.with_columns(pl.col("totchr").clip(0, 2))
    clean = confidence_of(parts.effect(added, outcome="totchr", **roles))
    assert clean["confidence.over_change", "all"].low < 0.01
    regular = added.with_columns(pl.when(pl.col("priolist") == 1).then(2).otherwise(0).cast(pl.Int64).alias("totchr"))
    planted = confidence_of(parts.effect(regular, outcome="totchr", **roles))
    assert planted["confidence.over_change", "all"].low > 0.1


def test_intervals_of_a_quantity(parts):
    clean = confidence_of(parts.effect(parts.fresh, outcome="income"))
    assert {metric for metric, _ in clean} == {"confidence.coverage", "confidence.coverage_change"}
    assert abs(clean["confidence.coverage", "all"].value - 0.9) < 0.03
    assert abs(clean["confidence.coverage_change", "all"].value) < 0.03
    mean = parts.real["income"].mean()
    regular = parts.fresh.with_columns((mean + (pl.col("income") - mean) * 0.05).alias("income"))
    planted = confidence_of(parts.effect(regular, outcome="income"))
    assert planted["confidence.coverage_change", "all"].high < -0.1


def test_slices_without_people_or_with_one_outcome(parts, fresh):
    found = confidence_of(fresh, [Slice("none", "age > 200"), Slice("few", "age > 89 AND female = 0 AND poor = 1")])
    assert not found
    well = parts.gold.with_columns(pl.when(POOR.expression).then(0).otherwise(pl.col("high")).alias("high"))
    constant = confidence_of(parts.effect(parts.fresh, gold=well))
    assert constant["confidence.ece", "poor-health"].value > 0
    assert constant["confidence.over", "poor-health"].n == POOR.pick(parts.gold).height > BINS
