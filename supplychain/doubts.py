"""What somebody doubts may be, but no oftener than among people: which rows of a slice are more than that."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import polars as pl

from supplychain.errors import SupplyChainError
from supplychain.gates import Judgement, judge, row_wise
from supplychain.measures.copies import wilson

if TYPE_CHECKING:
    from collections.abc import Mapping

    from supplychain.gates import Suite
    from supplychain.sections import Entity
    from supplychain.slices import Slice


class Doubts:
    """Tells of rows, piece by piece, which break a doubt oftener than real people of the same slice surely do.

    Of each slice and doubt the first rows are let be, as many as the upper 95% limit (Wilson, 1927) of the share of
    real rows there makes of the rows wanted. A slice with few real rows so sets a wide limit, and one with none the
    widest: little is known of who is there. Where people have many rows, the limit is as wide as so few people make it.
    """

    def __init__(
        self,
        suite: Suite,
        real: pl.DataFrame,
        wanted: Mapping[Slice, int],
        oftener: float | None = 1.0,
        *,
        entity: Entity | None = None,
    ) -> None:
        """Count how often real rows of role train break each doubt.

        Args:
            suite: A suite; of its rules those count that doubt single rows.
            real: The real rows, with `_entity` where people have many.
            wanted: Rows that are asked for in each slice.
            oftener: How many times as often as real people surely do rows may break a doubt; None tells of no row.
            entity: Whom a row is about, as the product file says it; without it each row is a person.

        Raises:
            SupplyChainError: A doubt cannot be evaluated on the real rows.
        """
        self._columns = [name for name in real.columns if not name.startswith("_")]
        self._suite = row_wise(suite.doubts if oftener is not None else suite.with_rules(()), real.schema)
        self._left: dict[tuple[str, str], int] = {}
        if oftener is None or not self._suite.rules:
            return
        doubted = _on_real(judge(real.select(self._columns), self._suite))
        many = entity is not None and entity.rows == "many"
        for slice_, rows in wanted.items():
            there = slice_.mask(real)
            people = real.filter(there)["_entity"].n_unique() if many else int(there.sum())
            for rule in self._suite.rules:
                broken = int(there.gather(list(doubted.get(rule.id, ()))).sum())
                share = wilson(broken / max(int(there.sum()), 1) * people, people)[1]
                self._left[slice_.name, rule.id] = ceil(oftener * share * rows)

    def split(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The rows of the next piece that are let be, and the others, with the doubts and their values.

        Args:
            rows: Rows with the name of their slice in `_slice`; they count as having come before from now on.
        """
        return Judgement(self._suite, (), self._too_many(rows)).split(rows)

    def _too_many(self, rows: pl.DataFrame) -> dict[str, tuple[int, ...]]:
        """Of each doubt the places of the rows that are too many; a row that is told leaves room for another."""
        if not self._suite.rules or rows.is_empty():
            return {}
        breaks: dict[int, list[str]] = {}
        for rule, places in judge(rows.select(self._columns), self._suite).doubted.items():
            for place in places:
                breaks.setdefault(place, []).append(rule)
        slices, too_many = rows["_slice"].to_list(), dict[str, list[int]]()
        for place in sorted(breaks):
            full = [rule for rule in breaks[place] if self._left[slices[place], rule] <= 0]
            for rule in full:
                too_many.setdefault(rule, []).append(place)
            if not full:
                for rule in breaks[place]:
                    self._left[slices[place], rule] -= 1
        return {rule: tuple(places) for rule, places in too_many.items()}


def _on_real(judgement: Judgement) -> Mapping[str, tuple[int, ...]]:
    """The real rows that each doubt names; how often people break one that cannot be asked, nobody knows."""
    raised = next((verdict for verdict in judgement.verdicts if not verdict.evaluated), None)
    if raised:
        raise SupplyChainError(
            f"{judgement.suite.file}:{raised.rule.line}: {raised.rule.id} {raised.observed}, on real rows; "
            "mend the rule, so that it can be asked of every row"
        )
    return judgement.doubted
