"""Copies: synthetic rows that equal a real `train` row, beyond what chance gives.

Chance is measured, not assumed: real `gold` people whom the generator never saw also equal a train row now and
then, often so where columns are few and coarse. Only the excess over them is held against a batch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


def copied_share(rows: pl.DataFrame, train: pl.DataFrame) -> tuple[int, int]:
    """How many of the rows equal a train row in every column, and how many rows there are."""
    names = train.columns
    return rows.select(names).join(train.unique(), on=names, how="semi", nulls_equal=True).height, rows.height


def wilson(count: float, n: float, z: float = 1.96) -> tuple[float, float]:
    """The 95% score interval of a share (Wilson, 1927)."""
    if n == 0:
        return 0.0, 1.0
    share, inflate = count / n, z**2 / n
    centre = (share + inflate / 2) / (1 + inflate)
    margin = z / (1 + inflate) * (share * (1 - share) / n + inflate / (4 * n)) ** 0.5
    return max(min(centre - margin, share), 0.0), min(max(centre + margin, share), 1.0)


def excess(count: float, n: float, control: float, control_n: float, z: float = 1.96) -> tuple[float, float, float]:
    """The difference of two shares with its limits, 95% by default (Newcombe, 1998, method 10)."""
    share, other = count / max(n, 1), control / max(control_n, 1)
    low, high = wilson(count, n, z)
    other_low, other_high = wilson(control, control_n, z)
    below = ((share - low) ** 2 + (other_high - other) ** 2) ** 0.5
    above = ((high - share) ** 2 + (other - other_low) ** 2) ** 0.5
    return share - other, share - other - below, share - other + above
