"""What no rule forbids and nobody is: two values that many real people should have together, and that none has."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import polars as pl

from supplychain.measures.codes import RARE, Codes
from supplychain.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.slices import Slice

NEVER_MET = "never-met-among-people"
"""The reason for which a row with two such values is refused."""


class Unmet:
    """Tells of rows which two of their values never met among real people, though so many people should have both.

    Should have: if the two columns had nothing to do with one another. At least one of them is a category or a flag;
    two quantities that go together leave most of their plane empty. Values of a handful of people are let be, and so
    are pairs of columns that a planned slice names: there somebody asks for what nobody is.
    """

    def __init__(self, real: pl.DataFrame, least: int, planned: Iterable[Slice] = ()) -> None:
        """Learn from real rows of role train.

        Args:
            real: The rows.
            least: Real people who should have both values; 0 tells of no row.
            planned: The slices that rows are asked for in.
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
        for first, second in combinations(range(len(discrete)), 2):
            asked_for = frozenset((schema.names[first], schema.names[second])) in wanted
            if (discrete[first] or discrete[second]) and not asked_for:
                table = _never(known[:, first], known[:, second], least)
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


def _never(first: NDArray[np.int32], second: NDArray[np.int32], least: int) -> NDArray[np.bool_]:
    """Of each pair of codes, whether nobody has it though at least so many should."""
    import numpy as np

    a, b = np.bincount(first), np.bincount(second)
    met = np.bincount(first.astype(np.int64) * len(b) + second, minlength=len(a) * len(b)).reshape(len(a), len(b))
    never: NDArray[np.bool_] = (met == 0) & (np.outer(a, b) >= least * len(first))
    never[RARE : RARE + 1] = False
    never[:, RARE : RARE + 1] = False
    return never
