"""One tree of a boosted classifier, grown on histograms of codes, level by level.

At each node the categories of a column are put in the order of their own mean, of which the best split is a threshold
(Fisher, 1958; Breiman et al., 1984, section 4.2): what two categories lack of one another is seen where they meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplychain.generate.trees.growing import Tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.generate.trees.tokens import Tokens

DEPTH = 3
PRIOR = 10.0
"""Rows of everyone that join each category when its place in the order is found."""


@dataclass(frozen=True)
class Bins:
    """The codes of all columns, laid end to end.

    Attributes:
        starts: Where each column's codes begin, and where the last ends.
        column: Of each code which column it is of.
        ordered: Of each code whether its column is a number.
    """

    starts: NDArray[np.int64]
    column: NDArray[np.int64]
    ordered: NDArray[np.bool_]

    @classmethod
    def of(cls, tokens: Sequence[Tokens]) -> Bins:
        """Of the columns of a table."""
        import numpy as np

        sizes = np.array([each.rare + 1 for each in tokens])
        ordered = np.repeat(np.array([each.ordered for each in tokens]), sizes)
        return cls(np.concatenate([[0], np.cumsum(sizes)]), np.repeat(np.arange(len(tokens)), sizes), ordered)

    def span(self, column: int) -> slice:
        """Where a column's codes lie."""
        return slice(int(self.starts[column]), int(self.starts[column + 1]))


class _Growing:
    """A tree that is being grown: its nodes in the order in which they were made."""

    def __init__(self) -> None:
        import numpy as np

        self.feature, self.goes_to, self.depth = [0], [np.zeros(1, np.int64)], 0

    def split(self, node: int, column: int, right: NDArray[np.int64]) -> int:
        """Ask a leaf about a column; the name of the first of the two new leaves."""
        import numpy as np

        new = len(self.feature)
        self.feature[node], self.goes_to[node] = column + 1, new + right
        self.feature += [0, 0]
        self.goes_to += [np.array([new]), np.array([new + 1])]
        return new

    def tree(self) -> Tree:
        """All of it."""
        import numpy as np

        starts = np.cumsum([0, *(len(answers) for answers in self.goes_to[:-1])])
        return Tree(np.array(self.feature), starts, np.concatenate(self.goes_to), self.depth)


def grow_boosted(
    codes: NDArray[np.int32], off: NDArray[np.float64], people: NDArray[np.float64], bins: Bins, *, min_leaf: int
) -> Tree:
    """A tree of which each split lowers the squared error most.

    Args:
        codes: Rows x columns.
        off: What is predicted in each row.
        people: What each row counts for where people are counted.
        bins: The columns.
        min_leaf: People in a leaf, at least.
    """
    import numpy as np

    made, leaves = _Growing(), [0]
    laid = codes.astype(np.int64) + bins.starts[:-1]
    node = np.zeros(len(codes), dtype=np.int64)  # of each row the place of its leaf among `leaves`
    for depth in range(1, DEPTH + 1):
        cuts = _best_cuts(laid, node, off, people, bins, len(leaves), min_leaf)
        if not cuts:
            break
        goes_right = np.zeros((len(leaves), len(bins.column)), dtype=np.int64)
        asked, first = np.zeros(len(leaves), np.int64), np.full(len(leaves), -1)
        below: list[int] = []
        for place, (column, right) in cuts.items():
            goes_right[place, bins.span(column)], asked[place], first[place] = right, column, len(below)
            new = made.split(leaves[place], column, right)
            below += [new, new + 1]
        made.depth = depth
        rows = np.flatnonzero(first[node] >= 0)
        laid, off, people, node = laid[rows], off[rows], people[rows], node[rows]
        code = laid[np.arange(len(rows)), asked[node]]
        node, leaves = first[node] + goes_right[node, code], below
    return made.tree()


def _best_cuts(
    laid: NDArray[np.int64],
    node: NDArray[np.int64],
    off: NDArray[np.float64],
    people: NDArray[np.float64],
    bins: Bins,
    nodes: int,
    min_leaf: int,
) -> dict[int, tuple[int, NDArray[np.int64]]]:
    """Of each node that can be split the column, and of each of its codes whether it goes right."""
    import numpy as np

    total, columns = len(bins.column), laid.shape[1]
    flat = (laid + (node * total)[:, None]).ravel()
    each, heads, sums = (
        np.bincount(flat, weights=weights, minlength=nodes * total).reshape(nodes, total).astype(np.float64)
        for weights in (None, np.repeat(people, columns), np.repeat(off, columns))
    )
    rows, head, whole = (
        np.bincount(node, weights=weights, minlength=nodes)[:, None].astype(np.float64)
        for weights in (None, people, off)
    )
    mean = (sums + PRIOR * whole / np.maximum(rows, 1)) / (each + PRIOR)
    key = np.where(bins.ordered, np.arange(total), mean)
    order = np.lexsort((key, np.broadcast_to(bins.column, key.shape)), axis=1)

    def up_to(part: NDArray[np.float64], sum_of_node: NDArray[np.float64]) -> NDArray[np.float64]:
        """The sum up to each code within its column; a row has one code in each, so that columns before add up."""
        return np.cumsum(np.take_along_axis(part, order, axis=1), axis=1) - bins.column * sum_of_node

    left, head_left, sum_left = up_to(each, rows), up_to(heads, head), up_to(sums, whole)
    with np.errstate(invalid="ignore", divide="ignore"):
        gain = sum_left**2 / left + (whole - sum_left) ** 2 / (rows - left) - whole**2 / rows
    gain = np.where((head_left >= min_leaf) & (head - head_left >= min_leaf), gain, -np.inf)
    cuts = {}
    for place, cut in enumerate(gain.argmax(axis=1).tolist()):
        if gain[place, cut] > 0:
            column = int(bins.column[cut])
            span = bins.span(column)
            right = np.zeros(span.stop - span.start, dtype=np.int64)
            right[order[place, cut + 1 : span.stop] - span.start] = 1
            cuts[place] = column, right
    return cuts
