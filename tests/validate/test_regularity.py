"""Outcomes that a model of real people finds odd, or foregone, in one slice; fresh people's are neither."""

from __future__ import annotations

import numpy as np
import polars as pl

from supplychain.validate.regularity import surprises
from tests.validate.arms import POOR, SLICES, by_scope, row


def found(parts, rows):
    return by_scope(surprises(row, parts.effect(rows), SLICES))


def test_flipped_and_likeliest_outcomes_in_a_slice_are_seen_and_fresh_ones_pass(parts, fresh):
    clean = by_scope(surprises(row, fresh, SLICES))
    for (metric, _), one in clean.items():
        assert one.low < one.value < one.high
        assert (one.low < 0.05 and one.high > -0.05) if metric == "outcome.surprise" else one.high > 0.5
    rows, poor = parts.fresh, POOR.mask(parts.fresh)
    flipped = rows.with_columns(pl.when(poor).then(1 - pl.col("high")).otherwise("high").alias("high"))
    odd = found(parts, flipped)
    assert odd["outcome.surprise", "poor-health"].low > 0.05 and odd["outcome.kept", "poor-health"].high < 0.25
    likeliest = pl.Series(fresh.arms["real"].model.probabilities(rows).argmax(axis=1).astype(np.int64))
    sure = found(parts, rows.with_columns(pl.when(poor).then(likeliest).otherwise("high").alias("high")))
    assert sure["outcome.surprise", "poor-health"].high < -0.05
    assert sure["outcome.surprise", "poor-health"].n == clean["outcome.surprise", "poor-health"].n


def test_a_quantity_whose_errors_are_gone_is_foregone(parts):
    truth = parts.effect(parts.fresh, outcome="income")
    exact = pl.Series(truth.arms["real"].model.probabilities(parts.fresh)[:, 0])
    sure = by_scope(surprises(row, parts.effect(parts.fresh.with_columns(income=exact), outcome="income"), SLICES))
    assert sure["outcome.surprise", "all"].high < -0.05
