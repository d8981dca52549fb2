"""Sequences: the rows of one entity in their order, each beside the one before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from supplychain.measures.bins import Table, as_number
from supplychain.measures.structure import GROUPS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supplychain.schema import Schema

ENTITY = "_entity"
STRONG = 0.1
"""The association with the row before from which a column says something of an entity's next row."""
BINS = 12
"""Bins of a column at most, where rows stand beside the ones before."""
MOST_ROWS_EACH = 20
"""Rows of one entity that are looked at, from its first."""


@dataclass(frozen=True)
class Sequences:
    """Rows of entities, those of one next to one another and in order.

    Attributes:
        rows: The rows.
        entity: The entity of each, as a number from 0.
        now: Positions of rows that follow another of their entity.
        before: Positions of the rows that they follow.
    """

    rows: pl.DataFrame
    entity: NDArray[np.int64]
    now: NDArray[np.int64]
    before: NDArray[np.int64]

    @classmethod
    def of(cls, frame: pl.DataFrame, names: list[str], *, by: str | None, most: int, seed: int) -> Sequences:
        """Whole entities drawn by seed, until there are so many rows.

        Args:
            frame: Rows with `_entity`.
            names: The columns that are kept.
            by: The column of times that orders the rows of an entity; None keeps the order of the frame.
            most: Rows at most.
            seed: Seed of the draw, by which entities are also numbered.
        """
        import numpy as np

        sizes = frame.group_by(ENTITY).len().sort(ENTITY)
        sizes = sizes[np.random.default_rng(seed).permutation(sizes.height)].with_row_index("_number")
        chosen = sizes.filter(pl.col("len").clip(upper_bound=MOST_ROWS_EACH).cum_sum() <= most)
        rows = frame.select(ENTITY, *names).join(chosen, on=ENTITY, how="inner", maintain_order="left")
        if by:
            rows = rows.sort(by, nulls_last=True, maintain_order=True)
        rows = rows.sort("_number", maintain_order=True)
        rows = rows.filter(pl.int_range(pl.len()).over("_number") < MOST_ROWS_EACH)
        entity = rows["_number"].cast(pl.Int64).to_numpy()
        now = np.flatnonzero(entity[1:] == entity[:-1]) + 1
        return cls(rows.select(names), entity, now, now - 1)

    @property
    def people(self) -> int:
        """Entities with a row that follows another."""
        return len(set(self.entity[self.now].tolist()))

    @property
    def parts(self) -> NDArray[np.int64]:
        """Which of twenty parts each following row is left out with: that of its entity."""
        found: NDArray[np.int64] = self.entity[self.now] % GROUPS
        return found

    def changes(self, schema: Schema) -> pl.DataFrame:
        """By how much each number or moment differs from the one before, a column each; missing where either is."""
        numbers = [column.name for column in schema.columns if not column.is_discrete]
        values = {name: as_number(self.rows[name]) for name in numbers}
        return pl.DataFrame({name: one[self.now] - one[self.before] for name, one in values.items()})

    def order(self, name: str) -> pl.DataFrame:
        """Whether each row's moment is before, at or after that of the row before, as a column of text."""
        moment = self.rows[name]
        now, before = moment[self.now], moment[self.before]
        return pl.DataFrame({"now": now, "before": before}).select(
            pl.when(pl.col("now") > pl.col("before"))
            .then(pl.lit("on"))
            .when(pl.col("now") == pl.col("before"))
            .then(pl.lit("same"))
            .when(pl.col("now") < pl.col("before"))
            .then(pl.lit("back"))
            .alias(name)
        )

    def lengths(self) -> tuple[pl.DataFrame, NDArray[np.int64]]:
        """How many rows each entity has, as text, and the part that it is left out with."""
        import numpy as np

        counts = np.bincount(self.entity)
        return pl.DataFrame({"all": pl.Series(counts).cast(pl.String)}), np.arange(len(counts)) % GROUPS


def one_after_another(frames: dict[str, Sequences], schema: Schema, real: str, bins: int) -> Table:
    """Each row's bins beside those of the row before: of k columns, k now and k before.

    Args:
        frames: Sequences by name.
        schema: The columns.
        real: The frame by which bins are cut.
        bins: Bins of a column at most.
    """
    import numpy as np

    table = Table.of({name: one.rows for name, one in frames.items()}, schema, frames[real].rows).folded(real, bins)
    codes = {
        name: np.hstack([table.codes[name][one.now], table.codes[name][one.before]]) for name, one in frames.items()
    }
    parts = {name: one.parts for name, one in frames.items()}
    return Table(table.names * 2, codes, table.sizes * 2, parts=parts)


def autocorrelations(sequence: Sequences, schema: Schema) -> dict[str, NDArray[np.float64]]:
    """Of each number the correlation with the one before: of all entities, then of those without each twentieth.

    Pairs of an entity's rows are pooled; an entity that has more rows counts for more. NaN where nothing varies.
    """
    import numpy as np

    found = {}
    for column in schema.columns:
        if column.is_discrete or column.kind in ("date", "datetime"):
            continue
        values = as_number(sequence.rows[column.name]).to_numpy()
        now, before = values[sequence.now], values[sequence.before]
        there = np.isfinite(now) & np.isfinite(before)
        sums = np.stack(
            [
                np.bincount(sequence.parts[there], weights=part[there], minlength=GROUPS)
                for part in _moments(now - np.nanmean(values), before - np.nanmean(values))
            ]
        )
        whole = sums.sum(1)
        found[column.name] = np.array([_correlation(whole), *(_correlation(whole - one) for one in sums.T)])
    return found


def _moments(x: NDArray[np.float64], y: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    import numpy as np

    return [np.ones(len(x)), x, y, x * x, y * y, x * y]


def _correlation(sums: NDArray[np.float64]) -> float:
    n, x, y, xx, yy, xy = sums
    if n < 3:
        return float("nan")
    spread = (xx - x * x / n) * (yy - y * y / n)
    return float((xy - x * y / n) / spread**0.5) if spread > 1e-12 else float("nan")
