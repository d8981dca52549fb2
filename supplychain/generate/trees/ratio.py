"""How much likelier a drawn row is among real people: boosted trees of real rows against drawn ones.

Each column is drawn from those before it, and what pruned trees leave out of that adds up over the columns. A
classifier of whole rows sees the sum: its odds are the ratio of the two densities (Sugiyama, Suzuki and Kanamori,
Density Ratio Estimation in Machine Learning, 2012, chapter 4), by which drawn rows are chosen (discriminator rejection
sampling: Azadi et al., ICLR 2019). The trees are boosted by the logistic loss (Friedman, Annals of Statistics 2001).
A leaf's step is a Newton step, of which a part is taken. Splits are made on everybody and leaves filled from everybody:
from other halves each, as the trees of columns are pruned, half of what there is to mend was left, and an attack found
as much (docs/decisions/0086-choices.md).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from supplychain.generate.trees.boosting import Bins, grow_boosted
from supplychain.generate.trees.forest import Nodes, led
from supplychain.generate.trees.growing import joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.generate.trees.forest import Forest
    from supplychain.generate.trees.growing import Sample

ROUNDS = 50
RATE = 0.3
"""The share of each step that is taken."""
PRIOR = 1.0
"""Curvature that joins each leaf's when its step is computed."""
ROWS = 60_000
"""Rows of either kind that are compared at most."""
CELLS = 3_000_000
"""Their values at most: a wide table is compared on fewer rows, so that memory does not grow with its columns."""


@dataclass(frozen=True)
class Ratio:
    """The log odds that a row is a real one.

    Attributes:
        trees: The trees, one a round.
        steps: What each leaf adds.
    """

    trees: Nodes
    steps: NDArray[np.float64]

    def log_odds(self, codes: NDArray[np.int32]) -> NDArray[np.float64]:
        """Of each row; codes are rows x columns, a column of zeros first."""
        import numpy as np

        odds = np.zeros(len(codes))
        for tree in range(len(self.trees.roots)):
            odds += self.steps.take(self.trees.leaves(codes, np.full(len(codes), tree)))
        return odds


def most_rows(columns: int) -> int:
    """Rows of either kind that are compared of a table with so many columns."""
    return min(ROWS, CELLS // max(columns, 1))


def learn_ratio(real: Sample, made: NDArray[np.int32], *, min_leaf: int) -> Ratio | None:
    """The ratio of real rows to drawn ones; None where there are too few to part.

    Args:
        real: The real rows; a value that is never drawn has to be replaced before.
        made: Codes of drawn rows, rows x columns.
        min_leaf: People in a leaf, at least, of either kind together.
    """
    import numpy as np

    codes = np.concatenate([real.codes, made])
    people = np.concatenate([real.people, np.ones(len(made))])
    if people.sum() < 2 * min_leaf or not codes.shape[1]:
        return None
    label = np.arange(len(codes)) < len(real.codes)
    weight = np.concatenate([real.weight, np.full(len(made), real.weight.sum() / len(made))])
    bins = Bins.of(real.tokens)
    odds, trees, steps = np.zeros(len(codes)), [], []
    zeroed = led(codes)
    for _ in range(ROUNDS):
        off = label - 1 / (1 + np.exp(-odds))
        tree = grow_boosted(codes, off * weight, people, bins, min_leaf=min_leaf)
        leaf = tree.leaf(zeroed)
        slope, curve = (
            np.bincount(leaf, weights=weight * each, minlength=len(tree.feature))
            for each in (off, np.abs(off) * (1 - np.abs(off)))
        )
        step = RATE * slope / (curve + PRIOR)
        odds += step[leaf]
        trees.append(tree)
        steps.append(step)
    return Ratio(joined(trees), np.concatenate(steps))


def drawable(real: Sample, forests: Sequence[Forest | None], rng: np.random.Generator) -> Sample:
    """The real rows with values that are never drawn replaced by what would be drawn there: those tell nothing."""
    import numpy as np

    codes = led(real.codes)
    for place, (tokens, forest) in enumerate(zip(real.tokens, forests, strict=True)):
        rare = np.flatnonzero(codes[:, place + 1] == tokens.rare)
        if len(rare) and forest:
            drawn = forest.draw(codes[rare], rng.integers(0, 2**64, len(rare), dtype=np.uint64))
            codes[rare, place + 1] = np.where(drawn > tokens.rare, tokens.missing, drawn)
    return replace(real, codes=codes[:, 1:])


def chosen(
    odds: NDArray[np.float64], chance: NDArray[np.float64], run: NDArray[np.int64], wanted: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which rows are taken: of each run as many as wanted, drawn without replacement by their odds.

    Args:
        odds: The log odds of each row.
        chance: A number from 0 to 1 a row.
        run: The run that each row belongs to, in order.
        wanted: Rows wanted of each run.
    """
    import numpy as np

    keys = _keys(odds, chance)
    order = np.lexsort((-keys, run))
    place = np.arange(len(run)) - np.searchsorted(run[order], run[order])
    taken = np.zeros(len(run), dtype=bool)
    taken[order] = place < wanted[run[order]]
    return taken


def chosen_people(
    odds: NDArray[np.float64], chance: NDArray[np.float64], many: NDArray[np.int64], wanted: int
) -> NDArray[np.bool_]:
    """Which people are taken, drawn in the same way until their rows are as many as wanted.

    Args:
        odds: The log odds of each person.
        chance: A number from 0 to 1 a person.
        many: The rows of each person; the last may be cut short, and is not taken where others are enough.
        wanted: Rows wanted.
    """
    import numpy as np

    keys = _keys(odds, chance)
    keys[-1] = -np.inf
    order = np.argsort(-keys, kind="stable")
    before = np.cumsum(many[order]) - many[order]
    taken = np.zeros(len(many), dtype=bool)
    taken[order] = before < wanted
    return taken


def _keys(odds: NDArray[np.float64], chance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Keys of which the greatest are a draw by the odds (Efraimidis and Spirakis, Information Processing Letters 2006).

    The log odds and a Gumbel number each.
    """
    import numpy as np

    keys: NDArray[np.float64] = odds - np.log(-np.log(np.clip(chance, 1e-300, 1 - 1e-16)))
    return keys
