"""Uncovered combinations: values that occur, never together, though one would expect it and the rules allow it.

Combinations of t columns as in combinatorial testing (Kuhn, Kacker and Lei, NIST SP 800-142, 2010), weighed by the rows
that one would expect.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

import polars as pl

from supplychain.define.conjunctions import Conjunction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.define.cuts import Binned
    from supplychain.gates import Suite

EXPECTED = 10.0
"""Rows that one expects at least of a combination that is missed: none is then no chance."""
MOST_EMPTY = 0.1
"""Where a larger share of the expected cells of some columns is empty, one column follows from another."""
VISITS = 2_000_000_000
"""Rows times combinations of columns that are counted; beyond that, a draw of rows, and what it lacks is looked up."""
MADE_UP = 20
"""Made-up rows that the rules judge, for each combination and each column of it."""


@dataclass(frozen=True)
class Uncovered:
    """A combination without a row.

    Attributes:
        conjunction: What it is.
        expected: Rows that one would expect: under independence; of three columns the least of those where two of
            them go together as they do.
    """

    conjunction: Conjunction
    expected: float


def find_uncovered(
    columns: Sequence[Binned],
    frame: pl.DataFrame,
    suite: Callable[[], Suite],
    *,
    ways: int,
    most: int,
    seed: int,
    progress: Callable[[str], None] = lambda _: None,
) -> list[Uncovered]:
    """The combinations that lack the most rows, among those that the row rules allow.

    Args:
        columns: The columns of the frame in bins.
        frame: The known rows.
        suite: Reads the rules of real rows; called where there is something to judge.
        ways: The most columns of a combination, 2 or 3; 0 looks for none. A triple that lacks only because a pair of
            it does is not told beside the pair: none of it is expected.
        most: The most combinations.
        seed: Seed of the draw of rows.
        progress: Called with a line of text now and then.
    """
    import numpy as np

    if not ways or not most or len(columns) < 2:
        return []
    progress(f"looking for uncovered combinations of up to {ways} columns")
    codes = np.stack([column.codes for column in columns])
    known = [tuple(not part.where.endswith(" IS NULL") for part in column.bins) for column in columns]
    missed = (one for size in range(2, ways + 1) for one in _candidates(codes, known, size, seed))
    candidates = sorted(missed, key=lambda one: (-one.expected, one.conjunction.parts))
    found: list[Uncovered] = []
    while candidates and len(found) < most:
        batch, candidates = candidates[: 3 * most], candidates[3 * most :]
        # Only here all rows are looked at, where the tables are of a draw.
        batch = [one for one in batch if not one.conjunction.mask(codes).any()]
        found += _allowed(batch, columns, codes, frame, suite)
    return found[:most]


def _candidates(
    codes: NDArray[np.uint8], known: Sequence[tuple[bool, ...]], ways: int, seed: int
) -> Iterator[Uncovered]:
    import numpy as np

    rows = codes.shape[1]
    drawn = VISITS // max(comb(len(known), ways), 1)
    some = codes
    if drawn < rows:
        some = codes[:, np.sort(np.random.default_rng(seed).choice(rows, drawn, replace=False))]
    wide, scale = some.astype(np.int64), rows / some.shape[1]
    sizes = [len(bins) + 1 for bins in known]
    for chosen in combinations(range(len(known)), ways):
        shape = tuple(sizes[column] for column in chosen)
        cells = wide[chosen[0]]
        for column in chosen[1:]:
            cells = cells * sizes[column] + wide[column]
        table = np.bincount(cells, minlength=int(np.prod(shape))).reshape(shape)
        # Neither missing values nor the rest of a category are a combination that one could ask for.
        table = table[np.ix_(*(np.flatnonzero(known[column]) for column in chosen))]
        expected = _expected(table) * scale
        likely = expected >= EXPECTED
        empty = likely & (table == 0)
        if not empty.any() or empty.sum() > max(1.0, MOST_EMPTY * likely.sum()):
            continue
        for place in zip(*np.nonzero(empty), strict=True):
            parts = tuple(
                (column, int(np.flatnonzero(known[column])[code])) for column, code in zip(chosen, place, strict=True)
            )
            yield Uncovered(Conjunction(parts), float(expected[place]))


def _expected(table: NDArray[np.int64]) -> NDArray[np.float64]:
    """Rows that one would expect in each cell of two or three columns."""
    import numpy as np

    total = max(int(table.sum()), 1)
    axes = range(table.ndim)
    alone = [table.sum(axis=tuple(other for other in axes if other != axis), keepdims=True) for axis in axes]
    if table.ndim == 2:
        return np.asarray(alone[0] * alone[1] / total)
    together = [table.sum(axis=axis, keepdims=True) * alone[axis] / total for axis in axes]
    return np.asarray(np.minimum.reduce(np.broadcast_arrays(*together)))


def _allowed(
    candidates: list[Uncovered],
    columns: Sequence[Binned],
    codes: NDArray[np.uint8],
    frame: pl.DataFrame,
    suite: Callable[[], Suite],
) -> list[Uncovered]:
    """Those of which a made-up row keeps every rule: a real row with one value replaced by one of another real row."""
    from supplychain.gates import judge

    if not candidates:
        return []
    plain = frame.select(name for name in frame.columns if not name.startswith("_"))
    made = [
        plain[rows].with_columns(plain[name][values], pl.lit(number).alias("_candidate"))
        for number, one in enumerate(candidates)
        for name, rows, values in _replacements(one.conjunction, columns, codes)
    ]
    if not made:
        return []
    rows = pl.concat(made)
    judgement = judge(rows.drop("_candidate"), suite())
    broken = {position for positions in judgement.failing.values() for position in positions}
    kept = {number for position, number in enumerate(rows["_candidate"]) if position not in broken}
    return [one for number, one in enumerate(candidates) if number in kept]


def _replacements(
    conjunction: Conjunction, columns: Sequence[Binned], codes: NDArray[np.uint8]
) -> Iterator[tuple[str, NDArray[np.int64], NDArray[np.int64]]]:
    """Per column of a combination: rows that have all the other values, and rows that lend theirs."""
    import numpy as np

    for column, code in conjunction.parts:
        others = Conjunction(tuple(part for part in conjunction.parts if part[0] != column))
        rows, lenders = np.flatnonzero(others.mask(codes)), np.flatnonzero(codes[column] == code)
        if len(rows) and len(lenders):
            spread = np.linspace(0, 1, MADE_UP)
            yield (
                columns[column].name,
                rows[(spread * (len(rows) - 1)).astype(np.int64)],
                lenders[(spread * (len(lenders) - 1)).astype(np.int64)],
            )
