"""Bins: tables of mixed types as small whole numbers, cut on real rows so that every table shares them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supplychain.schema import Column, Schema

BINS = 10
"""Quantile bins of a number."""
DENSE = 1 << 16
"""Cells up to which a table of counts is held as it is; beyond it, only those that somebody is in."""
MISSING, UNHEARD = 0, 1


def binned(frame: pl.DataFrame, column: Column, real: pl.DataFrame) -> NDArray[np.int64]:
    """Each value's bin: a category's own or a number's decile from 2 on, 0 where it is missing, 1 where unheard of.

    A category is unheard of that no real row has, and a number below the least or above the greatest real one.
    """
    import numpy as np

    values = frame[column.name]
    if column.is_discrete:
        known = real[column.name].drop_nulls().unique().sort()
        mapping = {value: code for code, value in enumerate(known, start=UNHEARD + 1)}
        codes = values.replace_strict(list(mapping), list(mapping.values()), default=UNHEARD, return_dtype=pl.Int64)
        return np.where(values.is_null().to_numpy(), MISSING, codes.fill_null(UNHEARD).to_numpy())
    numbers = as_number(real[column.name]).drop_nulls().to_numpy()
    given = as_number(values).fill_null(0).to_numpy()
    if not len(numbers):
        return np.where(values.is_null().to_numpy(), MISSING, UNHEARD)
    edges = np.unique(np.quantile(numbers, np.linspace(0, 1, BINS + 1)[1:-1]))
    bins = np.searchsorted(edges, given, side="right") + UNHEARD + 1
    bins = np.where((given < numbers.min()) | (given > numbers.max()), UNHEARD, bins)
    return np.where(values.is_null().to_numpy(), MISSING, bins)


def as_number(values: pl.Series) -> pl.Series:
    """A number, or a moment in microseconds, as a float."""
    if values.dtype in (pl.Date, pl.Datetime("us")):
        values = values.cast(pl.Datetime("us")).cast(pl.Int64)
    return values.cast(pl.Float64)


@dataclass(frozen=True)
class Table:
    """Frames as bins.

    Attributes:
        names: The columns.
        codes: Of each frame, by its name, rows x columns.
        sizes: How many bins each column has.
        weights: Of the frames whose rows do not all count alike, a weight a row.
        parts: Of the frames whose rows hang together, which of twenty parts each row is left out with.
    """

    names: tuple[str, ...]
    codes: dict[str, NDArray[np.int64]]
    sizes: tuple[int, ...]
    weights: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    parts: dict[str, NDArray[np.int64]] = field(default_factory=dict)

    @classmethod
    def of(cls, frames: dict[str, pl.DataFrame], schema: Schema, real: pl.DataFrame) -> Table:
        """Bin frames by the bins of the real rows."""
        import numpy as np

        codes = {
            name: np.stack([binned(frame, column, real) for column in schema.columns], axis=1)
            for name, frame in frames.items()
        }
        sizes = tuple(int(size) + 1 for size in np.max([part.max(0, initial=UNHEARD) for part in codes.values()], 0))
        return cls(tuple(schema.names), codes, sizes)

    def folded(self, by: str, most: int) -> Table:
        """The same with at most so many bins a column: its commonest in one frame, and one for all others."""
        import numpy as np

        codes, sizes = dict(self.codes), list(self.sizes)
        for place, size in enumerate(self.sizes):
            if size > most:
                common = np.argsort(-np.bincount(self.codes[by][:, place], minlength=size), kind="stable")[: most - 1]
                new = np.full(size, most - 1)
                new[common] = np.arange(most - 1)
                for name, part in codes.items():
                    codes[name] = part.copy()
                    codes[name][:, place] = new[part[:, place]]
                sizes[place] = most
        return replace(self, codes=codes, sizes=tuple(sizes))

    def cells(self, columns: tuple[int, ...]) -> tuple[dict[str, NDArray[np.int64]], int]:
        """The cell that each row of each frame lies in, where some columns are crossed, and how many cells there are.

        Cells in which nobody is are left out where there would be more than 65,536.
        """
        import numpy as np

        joint = {name: np.zeros(len(part), dtype=np.int64) for name, part in self.codes.items()}
        size = 1
        for column in columns:
            joint = {name: cells * self.sizes[column] + self.codes[name][:, column] for name, cells in joint.items()}
            size *= self.sizes[column]
            if size > DENSE:
                kept, codes = np.unique(np.concatenate(list(joint.values())), return_inverse=True)
                ends = np.cumsum([len(cells) for cells in joint.values()])[:-1]
                joint, size = dict(zip(joint, np.split(codes, ends), strict=True)), len(kept)
        return joint, size


def crossings(columns: int, ways: int, most: int, *, seed: int) -> list[tuple[int, ...]]:
    """All ways to choose so many of the columns, or some of them by chance where there are more than `most`."""
    import numpy as np

    if comb(columns, ways) <= most:
        return list(combinations(range(columns), ways))
    rng = np.random.default_rng(seed)
    chosen: set[tuple[int, ...]] = set()
    while len(chosen) < most:
        chosen.add(tuple(sorted(rng.choice(columns, ways, replace=False).tolist())))
    return sorted(chosen)


def effective(weights: NDArray[np.float64]) -> float:
    """How many rows of one weight tell as much (Kish, Survey Sampling, 1965)."""
    return float(weights.sum() ** 2 / max((weights**2).sum(), 1e-300))
