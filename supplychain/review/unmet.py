"""Pairs of values that should have met among real people and never did."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from supplychain.measures.codes import FIRST

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST = 25.0
"""Real rows that one empty pair may count for."""


def never_met(
    made: NDArray[np.int32], known: NDArray[np.int32], ordered: list[bool]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """How much a row's pairs of values, never met among real people, should have; and its two worst columns.

    A pair counts for the geometric mean of two figures: the real rows that would have it if its columns had nothing
    to do with one another, and the surprise in nats that a real person, left out, would stand so alone in that pair of
    columns. Of a row the three worst pairs count, and all pairs of its worst column.

    Args:
        made: Codes of the rows, rows x columns.
        known: Codes of the real rows.
        ordered: Of each column whether it is a number.
    """
    import numpy as np

    n, columns = known.shape
    sizes = np.maximum(known.max(0), made.max(0)) + 1
    worst, each = np.zeros((len(made), 4)), np.zeros((len(made), columns))
    for first, second in combinations(range(columns), 2):
        a, b = (np.bincount(known[:, place], minlength=sizes[place]) for place in (first, second))
        joint = np.bincount(
            known[:, first].astype(np.int64) * sizes[second] + known[:, second], minlength=sizes[first] * sizes[second]
        )
        met, expected = joint.reshape(len(a), len(b)), np.outer(a, b) / n
        empty = np.where(met == 0, expected, 0.0)
        inner = tuple(slice(FIRST if ordered[place] else 0, None) for place in (first, second))
        empty[inner] = np.maximum(empty[inner], _corner(met[inner], expected[inner], ordered[first], ordered[second]))
        should = empty[made[:, first], made[:, second]]
        alone = np.sort(expected[met == 1])
        surprise = np.log((n + 1) / (1 + len(alone) - np.searchsorted(alone, should)))
        found = np.sqrt(np.minimum(should, MOST) * surprise)
        worst[:, 0] = found
        worst.sort(axis=1)
        each[:, first] += found
        each[:, second] += found
    return worst[:, 1:].sum(1) + each.max(1), np.argsort(-each, axis=1, kind="stable")[:, :2]


def _corner(met: NDArray[np.int64], expected: NDArray[np.float64], rows: bool, columns: bool) -> NDArray[np.float64]:
    """For each cell, the most real rows that should lie in an empty corner of the table that holds the cell.

    A corner reaches from one end of a number's range to the cell or beyond: nobody stayed so long with so little.
    """
    import numpy as np

    best = np.zeros(expected.shape)
    for down in (1, -1) if rows else (0,):
        for right in (1, -1) if columns else (0,):
            turned = (slice(None, None, down or 1), slice(None, None, right or 1))
            inside, should = met[turned], expected[turned]
            for axis, way in enumerate((down, right)):
                if way:
                    inside, should = inside.cumsum(axis), should.cumsum(axis)
            most = np.where(inside == 0, should, 0.0)
            for axis, way in enumerate((down, right)):
                if way:
                    most = np.flip(np.maximum.accumulate(np.flip(most, axis), axis), axis)
            best = np.maximum(best, most[turned])
    return best
