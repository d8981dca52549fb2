"""What somebody doubts may be, but no oftener than among people: which rows of a slice are more than that."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import polars as pl

from supplychain.gates import Judgement, judge, row_wise
from supplychain.measures.copies import wilson

if TYPE_CHECKING:
    from collections.abc import Mapping

    from supplychain.gates import Suite
    from supplychain.slices import Slice


class Doubts:
    """Tells of rows, piece by piece, which break a doubt oftener than real people of the same slice surely do.

    Of each slice and doubt the first rows are let be, as many as the upper 95% limit (Wilson, 1927) of the share of
    real rows there makes of the rows wanted. A slice with few real rows, or none, so sets a wide limit: little is known
    of who is there.
    """

    def __init__(
        self, suite: Suite, real: pl.DataFrame, wanted: Mapping[Slice, int], oftener: float | None = 1.0
    ) -> None:
        """Count how often real rows of role train break each doubt.

        Args:
            suite: A suite; of its rules those count that doubt single rows.
            real: The real rows.
            wanted: Rows that are asked for in each slice.
            oftener: How many times as often as real people surely do rows may break a doubt; None tells of no row.
        """
        self._columns = [name for name in real.columns if not name.startswith("_")]
        self._suite = row_wise(suite.doubts, real.schema)
        if oftener is None:
            self._suite = self._suite.with_rules(())
            return
        doubted = self._doubted(real)
        self._left: dict[tuple[str, str], int] = {}
        for slice_, rows in wanted.items():
            there = set(slice_.mask(real).arg_true())
            for rule in self._suite.rules:
                broken = len(there.intersection(doubted.get(rule.id, ())))
                self._left[slice_.name, rule.id] = ceil(oftener * wilson(broken, len(there))[1] * rows)

    def split(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The rows of the next piece that are let be, and the others, with the doubts and their values.

        Args:
            rows: Rows with the name of their slice in `_slice`; they count as having come before from now on.
        """
        return Judgement(self._suite, (), self._too_many(rows)).split(rows)

    def _too_many(self, rows: pl.DataFrame) -> dict[str, tuple[int, ...]]:
        """Of each doubt the places of the rows that are too many."""
        too_many: dict[str, list[int]] = {}
        slices = rows["_slice"].to_list()
        for rule, places in self._doubted(rows).items():
            for place in places:
                self._left[slices[place], rule] -= 1
                if self._left[slices[place], rule] < 0:
                    too_many.setdefault(rule, []).append(place)
        return {rule: tuple(places) for rule, places in too_many.items()}

    def _doubted(self, rows: pl.DataFrame) -> Mapping[str, tuple[int, ...]]:
        return judge(rows.select(self._columns), self._suite).doubted if self._suite.rules else {}
