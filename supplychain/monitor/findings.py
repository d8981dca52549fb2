"""What was found of a window, held against what a release was trained on: a line a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.ledger import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable

METRICS = (
    "drift.distance",
    "drift.joint",
    "drift.concept",
    "drift.refused",
    "drift.schema",
    "drift.shrunk",
    "traffic.distance",
    "traffic.joint",
    "traffic.concept",
)
"""`drift`: of real rows; `traffic`: of feedback. Distances are 0 to 1, `joint` an AUC, `concept` a change of the
outcome at equal features, `refused` and `shrunk` shares of rows, `schema` columns that differ."""
MOVED, STAYED, TOO_FEW, UNTOLD = "moved", "as before", "too few", "cannot tell"
MEASURED = (MOVED, STAYED)


@dataclass(frozen=True)
class Finding:
    """One test of one window.

    Attributes:
        metric: See `METRICS`.
        scope: A column, a slice, or `COLUMN in SLICE`.
        slice: The slice, `all` for every row.
        column: The column; None where it is about no single one.
        value: How far: see `METRICS`; never below 0 but for `change`.
        low: Lower end of its interval, which holds over all tests of the window together.
        high: Upper end of it.
        reference: What chance alone gives at the most, over all tests together.
        change: For `concept`: the change with its sign.
        n: Rows that arrived.
        verdict: moved, as before, too few, or cannot tell.
        words: What moved, and how far, for a person.
    """

    metric: str
    scope: str
    slice: str
    column: str | None
    value: float | None
    low: float | None
    high: float | None
    reference: float | None
    change: float | None
    n: int
    verdict: str
    words: str

    @property
    def evidence(self) -> Evidence:
        """The finding as a measurement of the lineage log."""
        return Evidence(self.metric, self.scope, self.value, self.low, self.high, self.reference, self.n, 0.0)


SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("metric", "scope"), pl.String),
    **dict.fromkeys(("value", "low", "high", "reference"), pl.Float64),
    "n": pl.Int64,
    **dict.fromkeys(("verdict", "slice", "column"), pl.String),
    "change": pl.Float64,
    "words": pl.String,
}
"""Columns of the table `drift`."""


def table_of(findings: Iterable[Finding]) -> pl.DataFrame:
    """The findings as a table: what moved first, the farthest first."""
    table = pl.DataFrame([{name: getattr(one, name) for name in SCHEMA} for one in findings], schema=SCHEMA)
    return table.sort(
        pl.col("verdict") != MOVED, pl.col("low").fill_null(0.0), descending=[False, True], maintain_order=True
    )


def distance(
    metric: str,
    scope: str,
    value: float,
    chance: float,
    n: int,
    words: str = "",
    *,
    slice_: str = "all",
    column: str | None = None,
) -> Finding:
    """A distance, and the distance that chance alone gives; no distance is above 1."""
    low, high = max(value - chance, 0.0), min(value + chance, 1.0)
    verdict = MOVED if low > 0 else STAYED
    return Finding(metric, scope, slice_, column, value, low, high, chance, None, n, verdict, words)
