"""The outcome that all strategies aim at, and the rows that reach it: learning curves and effective rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from supplychain.learning import CURED_BY_ROWS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from supplychain.product import Product

COLUMNS = ("slice", "rows", "train_rows", "share", "loss", "kind", "verdict", "curve_a", "curve_b", "curve_c")
TRUST = 4.0
"""A learning curve is followed up to so many times the rows that it was fitted on. Learning curves of tables are often
ill-behaved (LCDB 1.1, 2025), and extrapolating far in one shot is unreliable (Mahmood et al., 2022)."""
NEAR = 0.95
"""The share of its ceiling to which synthetic rows are added; the rest of it would take rows without end."""
POINT = 0.01
"""A point: what the loss is counted in where it is priced."""


@dataclass(frozen=True)
class Aim:
    """What is wanted in one slice, the same for every strategy.

    Attributes:
        slice: Its name.
        share: Of all rows that it holds.
        rows: Real rows that the outcome model learns from there now, of train and tune, as the curve counts them.
        a: The loss at n rows is a n^-b + c.
        b: The curve's steepness.
        c: What no number of rows gets below.
        asked: The loss that is asked for.
        target: What is aimed at: the same, or the best that the curve is trusted for.
        more: Effective rows beyond `rows` that reach it.
    """

    slice: str
    share: float
    rows: float
    a: float
    b: float
    c: float
    asked: float
    target: float
    more: float

    def loss(self, more: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """The loss with so many more effective rows."""
        return self.a * np.asarray(self.rows + more, dtype=np.float64) ** -self.b + self.c

    def points(self, more: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Points by which the loss of all rows falls, up to the target and no further."""
        gained = self.loss(0.0) - np.maximum(self.loss(more), self.target)
        return np.asarray(self.share * gained / POINT)

    @property
    def within_reach(self) -> bool:
        """Whether rows of any kind reach what is asked."""
        return self.target <= self.asked


def read_gaps(gaps: pl.DataFrame) -> pl.DataFrame:
    """The table `gaps` with every column that is read here; null where it has none."""
    return gaps.with_columns(pl.lit(None).alias(name) for name in COLUMNS if name not in gaps.columns)


def aims(product: Product, gaps: pl.DataFrame) -> tuple[list[Aim], dict[str, str]]:
    """What is wanted, and why other slices are left out.

    A slice is aimed at if it has a target, or is a gap that rows close; it takes a learning curve.
    Without a target the aim is what twice its rows would give.
    """
    found: list[Aim] = []
    left: dict[str, str] = {}
    for row in read_gaps(gaps).iter_rows(named=True):
        asked = product.levers.coverage.targets.get(row["slice"])
        reason = _not_aimed(row, asked)
        if reason:
            left[row["slice"]] = reason
        else:
            found.append(_aim(row, asked))
    reached = [aim for aim in found if aim.more <= 0]
    left |= {aim.slice: "is at its target already" for aim in reached}
    return [aim for aim in found if aim.more > 0], left


def _not_aimed(row: dict[str, Any], asked: float | None) -> str:
    if asked is None and row["verdict"] != "gap":
        return "too few rows to tell" if row["verdict"] == "too few" else "no gap"
    if asked is None and row["kind"] not in CURED_BY_ROWS:
        known = "no row is there, so what more would bring is not known" if row["kind"] == "uncovered" else ""
        return f"{row['kind']}: {known or 'more rows do not close it'}"
    if None in (row["curve_a"], row["curve_b"], row["curve_c"]):
        return "has no learning curve"
    if not (row["curve_a"] > 0 and row["curve_b"] > 0):
        return "its learning curve is flat: more rows do not help"
    return ""


def real_rows(row: dict[str, Any]) -> float:
    """Real rows of a slice that a model is trained on; all that were looked at where that is not known."""
    return float(max(row["train_rows"] if row["train_rows"] is not None else row["rows"] or 0, 0))


def _aim(row: dict[str, Any], asked: float | None) -> Aim:
    a, b, c = (float(row[f"curve_{letter}"]) for letter in "abc")
    rows = max(float(row["rows"] or 0), 1.0)  # the curve counts the rows of train and tune
    wanted = max(asked if asked is not None else a * (2 * rows) ** -b + c, c)
    target = max(wanted, a * (TRUST * rows) ** -b + c)
    need = (a / (target - c)) ** (1 / b)
    return Aim(
        row["slice"], float(row["share"]), rows, a, b, c, wanted if asked is None else asked, target, need - rows
    )


def effective(
    made: NDArray[np.float64], rate: NDArray[np.float64], ceiling: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Real rows that synthetic ones are worth: K (1 - exp(-rho m / K))."""
    top = np.maximum(ceiling, 1e-9)
    return np.asarray(top * -np.expm1(-rate * made / top))


def to_make(wanted: float, rate: NDArray[np.float64], ceiling: NDArray[np.float64], most: float) -> NDArray[np.float64]:
    """Synthetic rows that are worth `wanted` real ones; fewer where the ceiling or `most` is in the way."""
    top = np.maximum(ceiling, 1e-9)
    rows = -np.log1p(-np.minimum(wanted / top, NEAR)) * top / np.maximum(rate, 1e-12)
    return np.minimum(rows, most)
