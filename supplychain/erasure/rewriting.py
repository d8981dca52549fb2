"""A table without the rows of some people: under a new content, since a table is never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ORIGIN, REAL = "_origin", "real"


class BlendWithout:
    """A blend's rows without as many real ones as were taken from `real`, told by what stands in them.

    A blend does not say whom a row is about. Where a person's row equals another's in all columns, it does not matter
    which of the two goes.

    Args:
        gone: The rows that went from `real`.
    """

    def __init__(self, gone: pl.DataFrame) -> None:
        self._gone = gone
        self._left: pl.DataFrame | None = None
        self.rows = 0

    def pieces(self, pieces: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """The rows that stay, piece by piece; `rows` counts those that went."""
        for piece in pieces:
            yield self._without(piece)

    def _without(self, piece: pl.DataFrame) -> pl.DataFrame:
        names = [name for name in self._gone.columns if name in piece.columns and not name.startswith("_")]
        if self._left is None:
            types = {name: piece.schema[name] for name in names}
            self._left = self._gone.select(names).cast(types).group_by(names).len("_left")  # type: ignore[arg-type]
        real = (pl.col(ORIGIN) == REAL) if ORIGIN in piece.columns else pl.lit(value=True)
        number = pl.int_range(pl.len()).over([*names, real.alias("_real")])
        marked = piece.with_columns(number.alias("_number")).join(
            self._left, on=names, how="left", nulls_equal=True, maintain_order="left"
        )
        goes = marked.select((real & (pl.col("_number") < pl.col("_left"))).fill_null(value=False)).to_series()
        self._count(piece.filter(goes), names)
        return piece.filter(~goes)

    def _count(self, went: pl.DataFrame, names: list[str]) -> None:
        """So many of each content are left to take out of later pieces."""
        assert self._left is not None
        self.rows += went.height
        taken = went.group_by(names).len("_taken")
        joined = self._left.join(taken, on=names, how="left", nulls_equal=True)
        left = (pl.col("_left").cast(pl.Int64) - pl.col("_taken").fill_null(0).cast(pl.Int64)).alias("_left")
        self._left = joined.with_columns(left).drop("_taken")
