"""The table `evidence` as charts: of each gate the measurement that a person looks at first, beside its reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from supplychain import charts
from supplychain.falls import RELEASED

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOWN = 12
"""Lines of a chart that a person reads."""
FIRST = (
    ("Plausibility: values and pairs that no real row has, beyond gold", "support.excess", "share of rows"),
    ("Fidelity: likeness of columns", "marginal.similarity", "0 to 1"),
    ("Fidelity: is it told from real rows?", "discriminator.auc", "AUC; 0.5 is chance"),
    ("Fidelity: the rows of one person", "sequence.kept", "share of what holds from one row to the next"),
    ("Utility: what the rows do to the model, as the release weighs them", RELEASED, "fall of the loss on gold"),
    ("Confidence: how much surer than right", "confidence.over_change", "change of confidence less accuracy"),
    ("Privacy: attacks on membership", "membership.auc", "AUC; 0.5 is chance"),
    ("Bias: gaps between groups that widen", "bias.gap", "change of the gap"),
    ("Coverage: combinations of real people that are there", "cells.covered", "share"),
)
"""Title, metric and unit of each chart."""


def evidence_pictures(evidence: pl.DataFrame) -> dict[str, str]:
    """Title to SVG; a measurement that is not there has no chart."""
    drawn = {}
    for title, metric, unit in FIRST:
        rows = evidence.filter(pl.col("metric") == metric, pl.col("value").is_not_null())
        if rows.height:
            shown = title if rows.height <= SHOWN else f"{title} (the {SHOWN} farthest from their reference)"
            words = "95% interval; upright stroke: real rows, or chance"
            drawn[shown] = charts.ranges(shown, list(_spans(rows)), unit, words)
    return drawn


def _spans(rows: pl.DataFrame) -> Iterator[charts.Span]:
    away = (pl.col("value") - pl.col("reference").fill_null(0.0)).abs()
    for row in rows.sort(away, descending=True, maintain_order=True).head(SHOWN).iter_rows(named=True):
        low, high = (row["value"] if row[end] is None else row[end] for end in ("low", "high"))
        yield charts.Span(row["scope"], low, row["value"], high, row["reference"])
