"""Shape: the ends of a number, the values that many have, what is missing together, and the calendar."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import polars as pl

from supplychain.measures.bins import as_number
from supplychain.measures.copies import excess

if TYPE_CHECKING:
    from supplychain.schema import Column, Schema

END = 0.01
"""The share of real rows beyond each of the two ends."""
COMMON = 0.02
"""The share of real rows from which on a value is a point mass."""
MASSES = 5
"""Point masses that are looked at, the commonest first."""


def tail_shift(real: pl.DataFrame, other: pl.DataFrame, column: Column) -> tuple[float, float, float]:
    """The greater of the changes of the shares beyond a number's 1% and 99% quantile, with 95% limits.

    NaN where nobody has a value.
    """
    values, others = (as_number(frame[column.name]).drop_nulls() for frame in (real, other))
    if not len(values) or not len(others):
        return float("nan"), float("nan"), float("nan")
    low, high = values.quantile(END), values.quantile(1 - END)
    return _greatest([(others < low, values < low), (others > high, values > high)])


def mass_shift(real: pl.DataFrame, other: pl.DataFrame, column: Column) -> tuple[float, float, float] | None:
    """The greatest change of the share of a value that at least 2% of the real rows have, with 95% limits.

    None where a number has no such value.
    """
    values, others = (as_number(frame[column.name]).drop_nulls() for frame in (real, other))
    if not len(values) or not len(others):
        return None
    counts = values.value_counts(name="_n").sort(["_n", column.name], descending=[True, False]).head(MASSES)
    common = counts.filter(pl.col("_n") >= COMMON * len(values))[column.name].to_list()
    if not common:
        return None
    return _greatest([(others == value, values == value) for value in common])


def missing_patterns(frames: list[pl.DataFrame]) -> list[pl.DataFrame] | None:
    """Each row's pattern of missing values as one column of text; None where nothing is missing in any frame."""
    names = [name for name in frames[0].columns if any(frame[name].null_count() for frame in frames)]
    if not names:
        return None
    flags = [pl.col(name).is_null().cast(pl.Int8).cast(pl.String) for name in names]
    return [frame.select(pl.concat_str(flags).alias("missing")) for frame in frames]


def calendar(frames: list[pl.DataFrame], schema: Schema) -> list[pl.DataFrame] | None:
    """Month, weekday and hour of every moment, as texts; None where there is none.

    How columns hang together with time is among the other crossings.
    """
    parts = []
    for column in schema.columns:
        if column.kind in ("date", "datetime"):
            moment = pl.col(column.name)
            parts += [
                moment.dt.month().alias(f"{column.name}: month"),
                moment.dt.weekday().alias(f"{column.name}: day"),
            ]
        if column.kind == "datetime":
            parts.append(moment.dt.hour().alias(f"{column.name}: hour"))
    return [frame.select(part.cast(pl.String) for part in parts) for frame in frames] if parts else None


def _greatest(asked: list[tuple[pl.Series, pl.Series]]) -> tuple[float, float, float]:
    """The greatest absolute difference of two shares, each of a flag a row of one table and a row of the other.

    The limits hold at 95% for all that were asked together (Bonferroni).
    """
    z = NormalDist().inv_cdf(1 - 0.025 / len(asked))
    found = []
    for flags in asked:
        (count, n), (control, control_n) = ((int(part.sum()), len(part)) for part in flags)
        value, low, high = excess(count, n, control, control_n, z=z)
        least = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
        found.append((abs(value), least, max(abs(low), abs(high))))
    return max(found)
