"""Shape: the ends of a number, the values that many have, what is missing together, and the calendar."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from statistics import NormalDist
from typing import TYPE_CHECKING

import polars as pl

from supplychain.measures.bins import as_number, effective
from supplychain.measures.copies import excess
from supplychain.measures.fidelity import kolmogorov

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.schema import Schema

END = 0.01
"""The share of real rows beyond each of the two ends."""
COMMON = 0.02
"""The share of real rows from which on a value is a point mass."""
MASSES = 5
"""Point masses that are looked at, the commonest first."""
KOLMOGOROV = 1.36
"""The 95% quantile of the Kolmogorov distribution."""


@dataclass(frozen=True)
class Numbers:
    """A column of numbers without its missing values, and how much each counts."""

    values: NDArray[np.float64]
    weights: NDArray[np.float64]

    @classmethod
    def of(cls, frame: pl.DataFrame, name: str, weights: NDArray[np.float64] | None = None) -> Numbers:
        """The numbers of a frame's column; all alike without weights."""
        import numpy as np

        weights = np.ones(frame.height) if weights is None else weights
        there = frame[name].is_not_null().to_numpy() & (weights > 0)
        return cls(as_number(frame[name]).fill_null(0.0).to_numpy()[there], weights[there])

    def count(self, such: NDArray[np.bool_]) -> tuple[float, float]:
        """How many are such, and how many there are; weighted ones as many as tell as much."""
        n = effective(self.weights)
        return n * float(self.weights[such].sum() / self.weights.sum()), n


def tail_shift(real: Numbers, other: Numbers) -> tuple[float, float, float]:
    """The greater of the changes of the shares beyond the 1% and the 99% quantile, with 95% limits.

    NaN where nobody has a value.
    """
    import numpy as np

    if not len(real.values) or not len(other.values):
        return float("nan"), float("nan"), float("nan")
    low, high = np.quantile(real.values, [END, 1 - END])
    return _greatest(real, other, [lambda values: values < low, lambda values: values > high])


def mass_shift(real: Numbers, other: Numbers) -> tuple[float, float, float] | None:
    """The greatest change of the share of a value that at least 2% of the real rows have, with 95% limits.

    None where there is no such value.
    """
    import numpy as np

    values, counts = np.unique(real.values, return_counts=True)
    common = np.argsort(-counts, kind="stable")[:MASSES]
    asked = [partial(np.equal, values[place]) for place in common if counts[place] >= COMMON * len(real.values)]
    return _greatest(real, other, asked) if asked and len(other.values) else None


def distribution_shift(real: Numbers, other: Numbers) -> tuple[float, float, float]:
    """The Kolmogorov-Smirnov distance: the greatest change of the share below any value; with 95% limits.

    NaN where nobody has a value.
    """
    if not len(real.values) or not len(other.values):
        return float("nan"), float("nan"), float("nan")
    value = kolmogorov(real.values, real.weights, other.values, other.weights)
    half = KOLMOGOROV * (1 / effective(real.weights) + 1 / effective(other.weights)) ** 0.5
    return value, max(value - half, 0.0), min(value + half, 1.0)


def category_shift(real: Numbers, other: Numbers) -> tuple[float, float, float] | None:
    """The greatest change of the share of any category that at least 2% of the real rows have, with 95% limits.

    None where there is no such category.

    Args:
        real: Real rows, categories as numbers; what is missing is a category too.
        other: Others, likewise.
    """
    import numpy as np

    values, code = np.unique(real.values, return_inverse=True)
    share = np.bincount(code, weights=real.weights) / max(real.weights.sum(), 1e-9)
    asked = [partial(np.equal, value) for value in values[share >= COMMON]]
    return _greatest(real, other, asked) if asked and len(other.values) else None


def missing_patterns(frames: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame] | None:
    """Each row's pattern of missing values as a column `all` of text; None where nothing is missing in any frame."""
    names = [
        name
        for name in next(iter(frames.values())).columns
        if any(frame[name].null_count() for frame in frames.values())
    ]
    if not names:
        return None
    flags = [pl.col(name).is_null().cast(pl.Int8).cast(pl.String) for name in names]
    return {role: frame.select(pl.concat_str(flags).alias("all")) for role, frame in frames.items()}


def calendar(frames: dict[str, pl.DataFrame], schema: Schema) -> dict[str, pl.DataFrame] | None:
    """Month, weekday and hour of every moment, as texts; None where there is none.

    How columns hang together with time is among the crossings of columns.
    """
    parts = []
    for column in schema.columns:
        if column.kind in ("date", "datetime"):
            moment = pl.col(column.name)
            parts += [moment.dt.month().alias(f"{column.name} month"), moment.dt.weekday().alias(f"{column.name} day")]
        if column.kind == "datetime":
            parts.append(moment.dt.hour().alias(f"{column.name} hour"))
    texts = [part.cast(pl.String) for part in parts]
    return {role: frame.select(texts) for role, frame in frames.items()} if texts else None


def _greatest(
    real: Numbers, other: Numbers, asked: Sequence[Callable[[NDArray[np.float64]], NDArray[np.bool_]]]
) -> tuple[float, float, float]:
    """The greatest absolute difference of two shares; limits at 95% for all that were asked together (Bonferroni)."""
    z = NormalDist().inv_cdf(1 - 0.025 / len(asked))
    found = []
    for such in asked:
        value, low, high = excess(*other.count(such(other.values)), *real.count(such(real.values)), z=z)
        least = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
        found.append((abs(value), least, max(abs(low), abs(high))))
    return max(found)
