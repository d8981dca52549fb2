"""How the trees of one column are grown: on half of the people, pruned on the others, filled from all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from supplychain.generate.trees.forest import Forest, Nodes, led
from supplychain.generate.trees.pruning import pruned

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.generate.trees.tokens import Tokens

GROW_ROWS = 20_000
"""Rows that a tree is grown and pruned on at most; its leaves are filled from all."""
AXES = 2
"""Axes on which a category is seen."""
SIGNS = 16
"""A tree is grown on so many random projections at most of what it tells apart: squared distances stay on average."""
PRIOR = 10.0
"""Rows of everyone that join each category when its place is estimated."""
FINE_BITS = 3
MOST_BITS = 14
"""A leaf's table for drawing has 8 to 16 cells a row in it, and 2^14 at most: shares are exact to a part of a row."""


@dataclass(frozen=True)
class Sample:
    """The rows that trees are grown on.

    Attributes:
        codes: Rows x columns: the code of each value.
        tokens: Each column's tokens.
        person: Each row's person, from 0.
        people: What a row counts for where people are counted: 1 over the person's rows.
        weight: How common a row's like is in the population; 1 on average.
    """

    codes: NDArray[np.int32]
    tokens: Sequence[Tokens]
    person: NDArray[np.int64]
    people: NDArray[np.float64]
    weight: NDArray[np.float64]

    def of(self, rows: NDArray[np.int64]) -> Sample:
        """The same of some of the rows."""
        return Sample(self.codes[rows], self.tokens, self.person[rows], self.people[rows], self.weight[rows])


@dataclass(frozen=True)
class Tree:
    """One tree, as in `Nodes`."""

    feature: NDArray[np.int64]
    start_of: NDArray[np.int64]
    goes_to: NDArray[np.int64]
    depth: int

    def leaf(self, codes: NDArray[np.int32]) -> NDArray[np.int64]:
        """The leaf of each row. Codes are rows x columns, a column of zeros first."""
        import numpy as np

        node, rows = np.zeros(len(codes), dtype=np.int64), np.arange(len(codes))
        for _ in range(self.depth):
            node = self.goes_to[self.start_of[node] + codes[rows, self.feature[node]]]
        return node


def grow(
    sample: Sample,
    place: int,
    target: NDArray[np.int32],
    *,
    min_leaf: int,
    trees: int,
    rng: np.random.Generator,
) -> Forest:
    """The forest of the column at `place` on those before it.

    Args:
        sample: The rows.
        place: The column.
        target: What is drawn in each row: its code, or a code behind `rare` for the very value of another column.
        min_leaf: People in a leaf, at least.
        trees: How many trees.
        rng: Where random choices are from.
    """
    import numpy as np

    parts = [_tree(sample, place, target, min_leaf, rng) for _ in range(trees if place else 1)]
    tables = [_tables(sample, part, target, sample.tokens[place]) for part in parts]
    cells = np.cumsum([0, *(len(table[2]) for table in tables)])
    return Forest(
        **vars(joined(parts)),
        start=np.concatenate([table[0] + at for table, at in zip(tables, cells, strict=False)]),
        shift=np.concatenate([table[1] for table in tables]),
        table=np.concatenate([table[2] for table in tables]),
    )


def joined(parts: Sequence[Tree]) -> Nodes:
    """Trees as flat arrays, one after another."""
    import numpy as np

    nodes = np.cumsum([0, *(len(part.feature) for part in parts)])
    answers = np.cumsum([0, *(len(part.goes_to) for part in parts)])
    return Nodes(
        feature=np.concatenate([part.feature for part in parts]).astype(np.int32),
        start_of=np.concatenate([part.start_of + at for part, at in zip(parts, answers, strict=False)]).astype(
            np.int32
        ),
        goes_to=np.concatenate([part.goes_to + at for part, at in zip(parts, nodes, strict=False)]).astype(np.int32),
        depth=max(part.depth for part in parts),
        roots=nodes[:-1].astype(np.int32),
    )


def _tree(sample: Sample, place: int, target: NDArray[np.int32], min_leaf: int, rng: np.random.Generator) -> Tree:
    import numpy as np
    from sklearn.tree import DecisionTreeRegressor

    people = int(sample.person.max()) + 1
    usable = target != sample.tokens[place].rare
    nothing = np.zeros(1, np.int64)
    leaf = Tree(nothing, nothing, nothing, 0)
    if not place or people < 4 * min_leaf:
        return leaf
    chance = rng.random(people)[sample.person]
    taken = GROW_ROWS / max(len(target), GROW_ROWS)
    grows, prunes = np.flatnonzero(usable & (chance < taken / 2)), np.flatnonzero(usable & (chance >= 1 - taken / 2))
    if not len(prunes) or len(np.unique(target[grows])) < 2:
        return leaf
    apart = _apart(sample.codes[:, place], target, sample.tokens[place])
    goal = _projected(apart, grows, rng)
    views = _views(sample.codes[grows], sample.tokens[:place], goal)
    if not views:
        return leaf
    counted = (sample.people * sample.weight)[grows]
    model = DecisionTreeRegressor(
        min_weight_fraction_leaf=min(min_leaf * taken / 2 / max(counted.sum(), 1), 0.5),
        random_state=int(rng.integers(2**31)),
    )
    model.fit(_seen(sample.codes[grows], views), goal, sample_weight=counted)
    sides = [
        (_seen(sample.codes[rows], views), [part[rows] for part in apart], sample.people[rows], sample.weight[rows])
        for rows in (grows, prunes)
    ]
    ends = pruned(model.tree_, sides[0], sides[1], min_leaf * taken)
    return _compact(model.tree_, ends, views)


_Apart = tuple["NDArray[np.int32]", "NDArray[np.int32]"]


def _apart(codes: NDArray[np.int32], target: NDArray[np.int32], tokens: Tokens) -> _Apart:
    """What a tree tells apart: up to which code a number lies (0 throughout for a category), and which kind it is."""
    import numpy as np

    if not tokens.ordered:
        return np.zeros_like(codes), target
    return codes, np.maximum(target - tokens.rare, 0)


def _projected(apart: _Apart, rows: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Random projections of indicators: squared distances are those of indicators on average (Achlioptas, 2003).

    Of a number the indicators say whether it lies up to each code, so that the squared error is a continuous ranked
    probability score; of a kind, which one it is, so that it is the Gini impurity. Few kinds are taken as they are.
    """
    import numpy as np

    level, kind = (part[rows] for part in apart)
    parts = []
    if level.max() > 0:
        steps = rng.integers(0, 2, (int(level.max()) + 1, SIGNS)) * 2.0 - 1
        parts.append((np.cumsum(steps, axis=0) / (len(steps) * SIGNS) ** 0.5)[level])
    if kind.max() > 0:
        kinds = int(kind.max()) + 1
        alike = np.eye(kinds) if kinds <= SIGNS else (rng.integers(0, 2, (kinds, SIGNS)) * 2.0 - 1) / SIGNS**0.5
        parts.append(alike[kind])
    return np.concatenate(parts, axis=1)


def _views(
    codes: NDArray[np.int32], tokens: Sequence[Tokens], outcomes: NDArray[np.float64]
) -> list[tuple[int, NDArray[np.float64]]]:
    """How each column before is seen: an ordered one as it is, a category by where its outcomes lie.

    The axes are the principal ones of the categories' mean outcomes, weighted by their rows: for a flag as outcome
    the order by its rate, by which the best of all partitions is a threshold (Breiman et al., 1984, section 4.2).
    """
    import numpy as np

    views: list[tuple[int, NDArray[np.float64]]] = []
    overall = outcomes.mean(axis=0)
    for place, token in enumerate(tokens):
        kinds = token.rare + 1
        if token.ordered or token.known <= 2:
            views.append((place, np.arange(kinds, dtype=np.float64)))
            continue
        rows = np.bincount(codes[:, place], minlength=kinds)
        sums = np.stack(
            [np.bincount(codes[:, place], weights=outcome, minlength=kinds) for outcome in outcomes.T], axis=1
        )
        off = (sums - rows[:, None] * overall) / (rows[:, None] + PRIOR)
        _, scale, axes = np.linalg.svd(off * np.sqrt(rows)[:, None], full_matrices=False)
        views.extend((place, off @ axis) for axis, size in zip(axes[:AXES], scale[:AXES], strict=True) if size > 1e-9)
    return views


def _seen(codes: NDArray[np.int32], views: list[tuple[int, NDArray[np.float64]]]) -> NDArray[np.float32]:
    import numpy as np

    return np.stack([numbers[codes[:, place]] for place, numbers in views], axis=1).astype(np.float32)


def _compact(tree: Any, ends: NDArray[np.bool_], views: list[tuple[int, NDArray[np.float64]]]) -> Tree:  # noqa: ANN401
    """The nodes that pruning left, numbered anew; a leaf leads to itself."""
    import numpy as np

    kept, depth, number = [0], {0: 0}, {0: 0}
    for node in kept:
        if not ends[node]:
            for below in (int(tree.children_left[node]), int(tree.children_right[node])):
                number[below], depth[below] = len(kept), depth[node] + 1
                kept.append(below)
    feature, answers = [], []
    for place, node in enumerate(kept):
        column, numbers = (0, None) if ends[node] else views[int(tree.feature[node])]
        feature.append(0 if numbers is None else column + 1)
        if numbers is None:
            answers.append(np.array([place]))
            continue
        right = numbers.astype(np.float32) > tree.threshold[node]
        left_place, right_place = (number[int(side[node])] for side in (tree.children_left, tree.children_right))
        answers.append(np.where(right, right_place, left_place))
    starts = np.cumsum([0, *(len(answer) for answer in answers[:-1])])
    return Tree(np.array(feature), starts, np.concatenate(answers), max(depth.values()))


def _tables(
    sample: Sample, tree: Tree, target: NDArray[np.int32], tokens: Tokens
) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.int16]]:
    """For each node a table to draw codes from: where it begins, the shift into it, and the codes."""
    import numpy as np

    node = tree.leaf(led(sample.codes))
    drawable = target != tokens.rare
    width = max(int(target.max()), tokens.missing) + 1
    weights = np.bincount(
        node[drawable] * width + target[drawable], weights=sample.weight[drawable], minlength=len(tree.feature) * width
    ).reshape(-1, width)
    if not weights.any():
        weights[:, tokens.missing] = 1  # a column of nothing but rare values: none of them may be told
    start, shift, tables, at = [], [], [], 0
    for row in weights:
        total = row.sum()
        bits = min(int(np.ceil(np.log2(max(total, 1)))) + FINE_BITS, MOST_BITS)
        shares = row / total if total else np.full(len(row), 1 / len(row))
        ends = np.round(np.cumsum(shares) * 2**bits).astype(np.int64)
        tables.append(np.repeat(np.arange(len(row), dtype=np.int16), np.diff(ends, prepend=0)))
        start.append(at)
        shift.append(32 - bits)
        at += 2**bits
    return np.array(start), np.array(shift, dtype=np.uint32), np.concatenate(tables)
