"""Slices: speakable predicates that find a gap, steer generation and score a release alike."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from supplychain.errors import BadInput, nearest

EVERYTHING = "all"
"""The name of the slice that holds every row."""


@dataclass(frozen=True)
class Slice:
    """A named SQL predicate over a row.

    Example:
        >>> rural = Slice("rural-poor", "msa = 0 AND poverty = 1")
        >>> rural.columns
        ('msa', 'poverty')
        >>> rural.pick(pl.DataFrame({"msa": [0, 1], "poverty": [1, 1]})).height
        1
    """

    name: str
    where: str = "TRUE"

    @cached_property
    def expression(self) -> pl.Expr:
        """The predicate as a polars expression; a null counts as no.

        Raises:
            BadInput: The text is not one SQL expression.
        """
        try:
            return pl.sql_expr(self.where).fill_null(value=False)
        except pl.exceptions.PolarsError as error:
            raise BadInput(
                f"cannot read the predicate {self.where!r} ({error})",
                place=f"slice {self.name}",
                remedy="write one SQL condition, text in single quotes: region = 'rural' AND age >= 65",
            ) from None

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns that the predicate reads, sorted."""
        return tuple(sorted(set(self.expression.meta.root_names())))

    def mask(self, frame: pl.DataFrame) -> pl.Series:
        """One boolean a row.

        Raises:
            BadInput: A column is unknown, or compared with a value of another type.
        """
        for column in self.columns:
            if column not in frame.columns:
                raise BadInput(
                    f"reads the unknown column {column!r}",
                    place=f"slice {self.name}",
                    remedy=nearest(column, frame.columns),
                )
        try:
            mask = frame.select(self.expression.alias("in")).to_series()
        except pl.exceptions.PolarsError as error:
            raise BadInput(
                f"cannot evaluate {self.where!r} ({str(error).partition(chr(10))[0]})",
                place=f"slice {self.name}",
                remedy="compare a column with a value of its own type, text in single quotes",
            ) from None
        if mask.dtype != pl.Boolean:
            raise BadInput(
                f"{self.where!r} is not a condition",
                place=f"slice {self.name}",
                remedy="compare with something: age >= 65",
            )
        return mask.new_from_index(0, frame.height) if len(mask) != frame.height else mask

    def pick(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows of the frame that lie in the slice, in their order."""
        return frame.filter(self.mask(frame))


ALL_ROWS = Slice(EVERYTHING)
