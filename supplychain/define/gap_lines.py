"""Lines of the table `gaps`: what is measured of a slice, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.define.kinds import TOO_FEW, Facts, Limits, judged

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supplychain.define.estimates import Mean
    from supplychain.define.measured import Learning, Measured
    from supplychain.slices import Slice

SCHEMA: dict[str, Any] = {
    "slice": pl.String,
    "predicate": pl.String,
    "found": pl.Boolean,
    "rows": pl.Int64,
    "train_rows": pl.Int64,
    "share": pl.Float64,
    "outcome_rate": pl.Float64,
    "loss": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "loss_elsewhere": pl.Float64,
    "auc": pl.Float64,
    "overconfidence": pl.Float64,
    "overconfidence_low": pl.Float64,
    "overconfidence_high": pl.Float64,
    "q": pl.Float64,
    "gain": pl.Float64,
    "gain_low": pl.Float64,
    "gain_high": pl.Float64,
    "curve_a": pl.Float64,
    "curve_b": pl.Float64,
    "curve_c": pl.Float64,
    "noise": pl.Float64,
    "expected_rows": pl.Float64,
    "kind": pl.String,
    "verdict": pl.String,
    "remedy": pl.String,
}
"""Columns of the table `gaps`; docs/gaps.md says what each is."""


@dataclass(frozen=True)
class Subject:
    """A slice that is to be judged.

    Attributes:
        slice_: The slice.
        inside: The known rows in it.
        among: The known rows that judge it: all, or for a found one those of the confirming half.
        q: The adjusted p-value of a found one.
    """

    slice_: Slice
    inside: NDArray[np.bool_]
    among: NDArray[np.bool_]
    q: float | None = None


def line_of(
    subject: Subject, measured: Measured, learning: Learning, limits: Limits, train_rows: int
) -> dict[str, Any]:
    """A row of the table: what is measured of a slice, and what is said of it."""
    inside, judging = subject.inside, subject.inside & subject.among
    rest = ~subject.inside & subject.among
    n = int(inside.sum())
    line = {
        "slice": subject.slice_.name,
        "predicate": subject.slice_.where,
        "found": subject.q is not None,
        "rows": n,
        "train_rows": int(inside[:train_rows].sum()),
        "share": n / len(inside),
        "q": subject.q,
    }
    rate = measured.fit.target.rate(measured.rows.truth[inside])
    loss, elsewhere = measured.mean(measured.loss, judging), measured.mean(measured.loss, rest)
    sure = unsure = None
    if measured.confidence is not None:
        sure, unsure = (measured.mean(measured.confidence, part) for part in (judging, rest))
    learned = learning.of_slice(judging) if n >= TOO_FEW else None
    facts = Facts(
        rows=n,
        loss=loss,
        worse=loss - elsewhere if rest.any() else None,
        overconfidence=sure,
        surer=sure - unsure if sure and unsure and rest.any() else None,
        shift=measured.mean(measured.shift, judging) if measured.shift is not None else None,
        gain=learned[0] if learned else None,
        mended=measured.recalibrated(inside, judging) if n >= TOO_FEW else None,
        confirmed=subject.q is not None,
    )
    finding = judged(facts, limits)
    line |= {
        "loss": loss.value if n else None,
        "low": loss.limits[0],
        "high": loss.limits[1],
        "outcome_rate": float(rate.mean()) if n else None,
        "loss_elsewhere": elsewhere.value if rest.any() else None,
        "auc": measured.auc(judging),
        **_interval("overconfidence", sure),
        **_interval("gain", facts.gain),
    }
    if learned:
        curve = learned[1].of_more(n / max(int(judging.sum()), 1))
        line |= {"curve_a": curve.a, "curve_b": curve.b, "curve_c": curve.c, "noise": min(curve.c / loss.value, 1.0)}
    return {**line, "kind": finding.kind, "verdict": finding.verdict, "remedy": finding.remedy}


def _interval(name: str, mean: Mean | None) -> dict[str, float | None]:
    if mean is None or mean.value != mean.value:
        return {}
    low, high = mean.limits
    return {name: mean.value, f"{name}_low": low, f"{name}_high": high}
