"""Pruning: which splits of a grown tree stay, told by people that it was not grown on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MARGIN = 1.0
"""Impurities that a split has to gain on the other half: about what a split on noise gains by luck."""

_Side = tuple["NDArray[np.float32]", "list[NDArray[np.int32]]", "NDArray[np.float64]", "NDArray[np.float64]"]


def pruned(tree: Any, grown: _Side, held_out: _Side, floor: float) -> NDArray[np.bool_]:  # noqa: ANN401
    """Which nodes end: a split stays only where it lowers the squared error on people that it was not made from."""
    import numpy as np

    left, right, nodes = tree.children_left, tree.children_right, tree.node_count
    inner = np.flatnonzero(left >= 0)
    widths = [int(max(*(side[1][part].max() for side in (grown, held_out)))) + 1 for part in (0, 1)]

    def sums(side: _Side) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Per node: of the weight, the shares up to each code and of each kind; and people. From the leaves up."""
        seen, apart, people, weight = side
        leaf = tree.apply(seen)
        counts = [
            np.bincount(leaf * width + part, weights=weight, minlength=nodes * width).reshape(nodes, width)
            for part, width in zip(apart, widths, strict=True)
        ]
        counted = [np.cumsum(counts[0], axis=1), counts[1]]  # the last of the first is the whole weight
        total = np.concatenate([*counted, np.bincount(leaf, weights=people, minlength=nodes)[:, None]], axis=1)
        for node in inner[::-1]:
            total[node] = total[left[node]] + total[right[node]]
        return total[:, :-1], total[:, -1]

    whole = widths[0] - 1
    outcome, people = sums(grown)
    mean = outcome / np.maximum(outcome[:, whole : whole + 1], 1e-12)
    luck = MARGIN * (mean * (1 - mean)).sum(axis=1)
    outcome, others = sums(held_out)
    as_leaf = (outcome * (1 - 2 * mean)).sum(axis=1) + outcome[:, whole] * (mean**2).sum(axis=1)
    people = people + others
    best, ends = as_leaf.copy(), np.ones(nodes, dtype=bool)
    for node in inner[::-1]:
        below = best[left[node]] + best[right[node]]
        if below < as_leaf[node] - luck[node] and min(people[left[node]], people[right[node]]) >= floor:
            best[node], ends[node] = below, False
    return ends
