"""The trees of one column: grown on half of the people, pruned on the others, and flattened to be drawn from fast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supplychain.generate.tokens import Tokens

GROW_ROWS = 20_000
"""Rows that a tree is grown and pruned on at most; its leaves are filled from all."""
CUTS = 16
"""Thresholds at which the distribution of a number is scored when pruning."""
MOST_CLASSES = 60
"""Categories up to which a column is split by class; more are ordered first."""
MARGIN = 1.0
"""Impurities that a split has to gain on the other half: about what a split on noise gains by luck."""
FINE_BITS = 3
MOST_BITS = 14
"""A leaf's table for drawing has 8 to 16 cells a row in it, and 2^14 at most: shares are exact to a part of a row."""


@dataclass(frozen=True)
class Forest:
    """The trees of one column, as flat arrays; a leaf leads to itself.

    Attributes:
        feature: Column that a node asks about, by its place in the order.
        threshold: Codes up to this go left.
        child: Left and right child of each node, flattened.
        depth: Steps from a root to the deepest leaf.
        roots: The node where each tree begins.
        start: Where a leaf's table for drawing begins.
        shift: How far a 32-bit random number is shifted to a place in that table.
        table: Codes, as often as they are likely.
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float32]
    child: NDArray[np.int32]
    depth: int
    roots: NDArray[np.int32]
    start: NDArray[np.int64]
    shift: NDArray[np.uint32]
    table: NDArray[np.int16]

    def leaves(self, codes: NDArray[np.float32], tree: NDArray[np.int64]) -> NDArray[np.int32]:
        """The leaf of each row in its tree."""
        import numpy as np

        node = self.roots[tree]
        base = np.arange(len(codes), dtype=np.int64) * codes.shape[1]
        flat = codes.ravel()
        for _ in range(self.depth):
            right = flat[base + self.feature[node]] > self.threshold[node]
            node = self.child[2 * node + right]
        return node

    def draw(self, codes: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.int64]:
        """A code for each row, given the codes of the columns before."""
        import numpy as np

        tree = rng.integers(0, len(self.roots), len(codes))
        leaf = self.leaves(codes, tree)
        number = rng.integers(0, 2**32, len(codes), dtype=np.uint32)
        return self.table[self.start[leaf] + (number >> self.shift[leaf])].astype(np.int64)


def grow(
    codes: NDArray[np.float32],
    place: int,
    tokens: Tokens,
    person: NDArray[np.int64],
    weight: NDArray[np.float64],
    min_leaf: int,
    trees: int,
    rng: np.random.Generator,
) -> Forest:
    """The forest of one column on those before it."""
    import numpy as np

    target = codes[:, place].astype(np.int64)
    count = trees if place else 1
    parts = [_tree(codes[:, :place], target, tokens, person, weight, min_leaf, rng) for _ in range(count)]
    sizes = np.cumsum([0, *(len(part[0]) for part in parts)])
    tables = [_tables(codes[:, :place], part, target, tokens) for part in parts]
    offsets = np.cumsum([0, *(len(table[2]) for table in tables)])
    return Forest(
        feature=np.concatenate([part[0] for part in parts]).astype(np.int32),
        threshold=np.concatenate([part[1] for part in parts]).astype(np.float32),
        child=np.concatenate([part[2] + size for part, size in zip(parts, sizes, strict=False)]).astype(np.int32),
        depth=max(part[3] for part in parts),
        roots=sizes[:-1].astype(np.int32),
        start=np.concatenate([table[0] + offset for table, offset in zip(tables, offsets, strict=False)]),
        shift=np.concatenate([table[1] for table in tables]),
        table=np.concatenate([table[2] for table in tables]),
    )


_Nodes = tuple["NDArray[np.int64]", "NDArray[np.float64]", "NDArray[np.int64]", int]


def _tree(
    before: NDArray[np.float32],
    target: NDArray[np.int64],
    tokens: Tokens,
    person: NDArray[np.int64],
    weight: NDArray[np.float64],
    min_leaf: int,
    rng: np.random.Generator,
) -> _Nodes:
    """A tree grown on half of the people and pruned on the others: feature, threshold, children, depth."""
    import numpy as np
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    people = int(person.max()) + 1
    usable = target != tokens.rare
    if not before.shape[1] or people < 4 * min_leaf or len(np.unique(target[usable])) < 2:
        return np.zeros(1, np.int64), np.full(1, np.inf), np.zeros(2, np.int64), 0
    chance = rng.random(people)
    taken = GROW_ROWS / max(len(target), GROW_ROWS)
    grows = usable & (chance[person] < taken / 2)
    prunes = usable & (chance[person] >= 1 - taken / 2)
    by_class = not tokens.ordered and tokens.known <= MOST_CLASSES
    kind = DecisionTreeClassifier if by_class else DecisionTreeRegressor
    model = kind(
        min_weight_fraction_leaf=min(min_leaf * taken / 2 / max(weight[grows].sum(), 1), 0.5),
        random_state=int(rng.integers(2**31)),
    )
    goal = target if by_class else _midranks(target)
    model.fit(before[grows], goal[grows], sample_weight=weight[grows])
    return _pruned(model.tree_, before, target, tokens, weight, grows, prunes, min_leaf * taken)


def _midranks(target: NDArray[np.int64]) -> NDArray[np.float64]:
    """Each code's middle rank, 0 to 1: splits then see the whole distribution, not its tails."""
    import numpy as np

    _, place, count = np.unique(target, return_inverse=True, return_counts=True)
    ranks: NDArray[np.float64] = ((np.cumsum(count) - count / 2) / len(target))[place]
    return ranks


def _pruned(
    tree: Any,  # noqa: ANN401  (a tree of scikit-learn)
    before: NDArray[np.float32],
    target: NDArray[np.int64],
    tokens: Tokens,
    weight: NDArray[np.float64],
    grows: NDArray[np.bool_],
    prunes: NDArray[np.bool_],
    floor: float,
) -> _Nodes:
    """Keep a split only where it lowers the Brier score on the people that it was not made from."""
    import numpy as np

    left, right = tree.children_left, tree.children_right
    nodes = tree.node_count
    parent = np.full(nodes, -1)
    inner = np.flatnonzero(left >= 0)
    parent[left[inner]] = inner
    parent[right[inner]] = inner

    def sums(chosen: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Per node: indicators of the target, and people; summed from the leaves up."""
        leaf = tree.apply(before[chosen])
        outcomes = _indicators(target[chosen], tokens)
        total = np.zeros((nodes, outcomes.shape[1] + 2))
        np.add.at(total, leaf, np.column_stack([outcomes, np.ones(len(leaf)), weight[chosen]]))
        for node in range(nodes - 1, 0, -1):
            total[parent[node]] += total[node]
        return total[:, :-1], total[:, -1]

    grown, grown_people = sums(grows)
    held_out, held_out_people = sums(prunes)
    share = grown[:, :-1] / np.maximum(grown[:, -1:], 1)
    as_leaf = (held_out[:, :-1] - 2 * share * held_out[:, :-1] + held_out[:, -1:] * share**2).sum(axis=1)
    people = grown_people + held_out_people
    best, ends = as_leaf.copy(), np.ones(nodes, dtype=bool)
    luck = MARGIN * (share * (1 - share)).sum(axis=1)
    for node in inner[::-1]:
        below = best[left[node]] + best[right[node]]
        if below < as_leaf[node] - luck[node] and min(people[left[node]], people[right[node]]) >= floor:
            best[node], ends[node] = below, False
    return _compact(tree, left, right, ends)


def _compact(tree: Any, left: NDArray[np.int64], right: NDArray[np.int64], ends: NDArray[np.bool_]) -> _Nodes:  # noqa: ANN401
    """The nodes that pruning left, numbered anew; a leaf leads to itself."""
    import numpy as np

    kept, depth, number = [0], {0: 0}, {0: 0}
    for node in kept:
        if not ends[node]:
            for below in (int(left[node]), int(right[node])):
                number[below], depth[below] = len(kept), depth[node] + 1
                kept.append(below)
    feature = np.array([0 if ends[node] else tree.feature[node] for node in kept])
    threshold = np.array([np.inf if ends[node] else tree.threshold[node] for node in kept])
    child = [number[node] if ends[node] else number[int(side[node])] for node in kept for side in (left, right)]
    return feature, threshold, np.array(child), max(depth.values())


def _indicators(target: NDArray[np.int64], tokens: Tokens) -> NDArray[np.float64]:
    """What the Brier score is taken of: each class, or whether a number lies up to each of some thresholds."""
    import numpy as np

    if not tokens.ordered and tokens.known <= MOST_CLASSES:
        return np.eye(tokens.rare + 1)[target]
    cuts = np.unique(np.quantile(np.arange(tokens.known + 1), np.linspace(0, 1, CUTS + 2)[1:-1]))
    return (target[:, None] <= cuts[None, :]).astype(np.float64)


def _tables(
    before: NDArray[np.float32], nodes: _Nodes, target: NDArray[np.int64], tokens: Tokens
) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.int16]]:
    """For each node a table to draw codes from: where it begins, the shift into it, and the codes."""
    import numpy as np

    feature, threshold, child, depth = nodes
    node = np.zeros(len(target), dtype=np.int64)
    for _ in range(depth):
        node = child[2 * node + (before[np.arange(len(node)), feature[node]] > threshold[node])]
    drawable = target != tokens.rare
    counts = np.zeros((len(feature), tokens.missing + 1))
    np.add.at(counts, (node[drawable], target[drawable]), 1)
    if not counts.any():
        counts[:, tokens.missing] = 1  # a column of nothing but rare values: none of them may be told
    start, shift, tables, at = [], [], [], 0
    for row in counts:
        total = row.sum()
        bits = min(int(np.ceil(np.log2(max(total, 1)))) + FINE_BITS, MOST_BITS)
        shares = row / total if total else np.full(len(row), 1 / len(row))
        ends = np.round(np.cumsum(shares) * 2**bits).astype(np.int64)
        tables.append(np.repeat(np.arange(len(row), dtype=np.int16), np.diff(ends, prepend=0)))
        start.append(at)
        shift.append(32 - bits)
        at += 2**bits
    return np.array(start), np.array(shift, dtype=np.uint32), np.concatenate(tables)
