"""What no rule forbids and nobody is: two values that many real people should have together, and that none has."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import polars as pl

from supplychain.measures.codes import LEAST, RARE, Codes
from supplychain.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.sections import Entity
    from supplychain.slices import Slice

NEVER_MET = "never-met-among-people"
"""The reason for which a row with two such values is refused."""


class Unmet:
    """Tells of rows which two of their values never met among real people, though so many people should have both.

    Should have: if the two columns had nothing to do with one another. At least one of them is a category or a flag;
    two quantities that go together leave most of their plane empty. Values of a handful of people are let be, and so
    are pairs of columns that a planned slice names: there somebody asks for what nobody is. Of people with many rows,
    people are counted and not rows: ten visits of two people are two people.
    """

    def __init__(
        self, real: pl.DataFrame, least: int, planned: Iterable[Slice] = (), *, entity: Entity | None = None
    ) -> None:
        """Learn from real rows of role train.

        Args:
            real: The rows, with `_entity` where people have many.
            least: Real people who should have both values; 0 tells of no row.
            planned: The slices that rows are asked for in.
            entity: Whom a row is about, as the product file says it; without it each row is a person.
        """
        import numpy as np

        self._pairs: list[tuple[int, int, NDArray[np.bool_]]] = []
        if not least:
            return
        schema = Schema.of(real)
        self._names, self._codes = schema.names, Codes.of(real, schema)
        wanted = {frozenset(pair) for slice_ in planned for pair in combinations(slice_.columns, 2)}
        discrete = [column.is_discrete for column in schema.columns]
        known = self._codes.of_rows(real)
        counts = _Counts.of(known, real["_entity"] if entity and entity.rows == "many" else None)
        for first, second in combinations(range(len(discrete)), 2):
            asked_for = frozenset((schema.names[first], schema.names[second])) in wanted
            if (discrete[first] or discrete[second]) and not asked_for:
                table = counts.never(first, second, least)
                if table.any():
                    self._pairs.append((first, second, np.pad(table, ((0, 1), (0, 1)))))

    def pairs(self, rows: pl.DataFrame) -> pl.Series:
        """Of each row two values that never met, as `sex = m, ward = obstetrics`; null where all did."""
        found: list[str | None] = [None] * rows.height
        for first, second, places in self._places(rows):
            for place in places:
                if found[place] is None:
                    found[place] = ", ".join(f"{name} = {rows[name][place]}" for name in (first, second))
        return pl.Series(found, dtype=pl.String)

    def _places(self, rows: pl.DataFrame) -> Iterator[tuple[str, str, list[int]]]:
        """Of two columns the places of rows whose values never met."""
        import numpy as np

        if not self._pairs or rows.is_empty():
            return
        codes = self._codes.of_rows(rows)
        for first, second, table in self._pairs:
            # Past the table's edge lie codes that only later rows have: no real row says anything of them.
            rows_of, columns_of = (size - 1 for size in table.shape)
            a, b = np.minimum(codes[:, first], rows_of), np.minimum(codes[:, second], columns_of)
            yield self._names[first], self._names[second], np.flatnonzero(table[a, b]).tolist()


@dataclass(frozen=True)
class _Counts:
    """Rows and people by code, of each column.

    Attributes:
        known: Codes, rows x columns.
        rows: Rows that have each code.
        people: People who have it in any row; the rows again where each is a person.
        everybody: People in all.
    """

    known: NDArray[np.int32]
    rows: list[NDArray[np.int64]]
    people: list[NDArray[np.int64]]
    everybody: int

    @classmethod
    def of(cls, known: NDArray[np.int32], entity: pl.Series | None) -> _Counts:
        """Count codes; `entity` says whose each row is."""
        import numpy as np

        rows = [np.bincount(column) for column in known.T]
        if entity is None:
            return cls(known, rows, rows, len(known))
        person = entity.rank("dense")
        had = (pl.DataFrame({"person": person, "code": column}).unique()["code"] for column in known.T)
        return cls(known, rows, [np.bincount(code.to_numpy()) for code in had], person.n_unique())

    def never(self, first: int, second: int, least: int) -> NDArray[np.bool_]:
        """Of each pair of codes, whether no row has it though so many people should."""
        import numpy as np

        a, b = self.known[:, first], self.known[:, second]
        shape = len(self.rows[first]), len(self.rows[second])
        met = np.bincount(a.astype(np.int64) * shape[1] + b, minlength=shape[0] * shape[1]).reshape(shape)
        never: NDArray[np.bool_] = (met == 0) & self._should(first, second, least)
        never[RARE : RARE + 1] = False
        never[:, RARE : RARE + 1] = False
        return never

    def _should(self, first: int, second: int, least: int) -> NDArray[np.bool_]:
        """Of each pair of codes, whether so many people should have it in one row, were the columns apart.

        They are no more than the rows that should have both values, and no more than the people who should have both
        in rows of theirs, be it in two. The rows are too many where those of a person are alike, the people where they
        are not. Values of a handful of people are let be.
        """
        import numpy as np

        should = np.outer(self.rows[first], self.rows[second]) >= least * len(self.known)
        if self.people is self.rows:
            return should
        a, b = (np.where(had < LEAST, 0, had) for had in (self.people[first], self.people[second]))
        return should & (np.outer(a, b) >= least * self.everybody)
