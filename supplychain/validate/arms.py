"""The arms: what the outcome model learns from, each tuned on `tune` with the same few settings, scored on `gold`.

`real` rows alone; the `null`, real rows and as many drawn from them again as there are synthetic ones, at the synthetic
weight; `plain`, real and synthetic rows alike; `weighted`, synthetic rows at the most that the lever lets them weigh;
`blend`, each at the weight that was measured for its slice, as a release has them. Rows of any kind regularise a badly
set model, so that an arm which was not tuned proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from supplychain.estimator import TREES, Estimator
from supplychain.yardstick import Target, Yardstick

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supplychain.schema import Schema

MOST_TRAINED = 100_000
"""Rows that an arm learns from; where there are more, real and synthetic ones are thinned alike."""
MOST_TUNED = 20_000
"""Rows that an arm is tuned on, thinned likewise."""
MOST_SCORED = 20_000
"""Rows of tune, and of gold, that are scored; drawn by chance where there are more."""
HELD_OUT = 0.2
"""The share of an arm's rows that says how wide a quantity's interval has to be."""


@dataclass(frozen=True)
class Bench:
    """What every arm shares.

    Attributes:
        schema: The real rows' schema.
        target: The outcome.
        tune: Rows by which an arm is tuned.
        gold: Rows by which it is scored.
        budget: What each arm is tried with.
        seed: Seed of models and draws.
    """

    schema: Schema
    target: Target
    tune: pl.DataFrame
    gold: pl.DataFrame
    budget: tuple[Estimator, ...]
    seed: int

    def arm(self, rows: Training) -> Arm:
        """Tune on `tune`, train on all rows, predict `gold`."""
        few, tried = rows.thinned(most_tuned(self.target), self.seed), self.budget
        if few is not rows and len(tried) > 1:
            # Fewer rows want a smaller model, and an arm with more rows was thinned more: what was tuned on real rows
            # is tried on all of them too.
            own, _ = self._best(few, tried)
            tried = (tried[0],) if own == tried[0] else (tried[0], own)
        estimator, model = self._best(rows, tried)
        predictions = model.probabilities(self.gold)
        losses = self.target.losses(self.target.truth(self.gold), predictions)
        return Arm(rows, estimator, model, predictions, losses)

    def _best(self, rows: Training, budget: tuple[Estimator, ...]) -> tuple[Estimator, Yardstick]:
        """The settings with the least loss on `tune`, and the model that they make of some rows."""
        models = [self.model(rows, estimator) for estimator in budget]
        if len(models) == 1:
            return budget[0], models[0]
        # Equal losses go to the first settings: the same answer on every machine.
        best = min(range(len(models)), key=lambda k: (round(float(self.losses(models[k], self.tune).mean()), 9), k))
        return budget[best], models[best]

    def model(self, rows: Training, estimator: Estimator) -> Yardstick:
        """The outcome model of some rows."""
        return Yardstick.fit(
            rows.frame,
            self.schema,
            self.target.name,
            seed=self.seed,
            classes=self.target.classes,
            weights=rows.weights,
            estimator=estimator,
        )

    def losses(self, model: Yardstick, people: pl.DataFrame) -> NDArray[np.float64]:
        """Each person's loss."""
        return self.target.losses(self.target.truth(people), model.probabilities(people))


@dataclass(frozen=True)
class Training:
    """Rows to learn from, each with its weight."""

    frame: pl.DataFrame
    weights: NDArray[np.float64]

    @classmethod
    def of(cls, real: pl.DataFrame, added: pl.DataFrame, weight: float | NDArray[np.float64]) -> Training:
        """Real rows, and others at a weight, or each at its own; a row that weighs nothing is not there."""
        import numpy as np

        weights = np.broadcast_to(weight, added.height)
        frame = pl.concat([real, added.filter(pl.Series(weights > 0)).select(real.columns)], how="vertical_relaxed")
        return cls(frame, np.concatenate([np.ones(real.height), weights[weights > 0]]))

    def thinned(self, most: int, seed: int) -> Training:
        """At most so many rows, drawn by chance; itself where there are no more."""
        return self if self.frame.height <= most else self.parted(most / self.frame.height, seed)[0]

    def parted(self, share: float, seed: int) -> tuple[Training, Training]:
        """A draw of a share of the rows, in their order, and the rest."""
        import numpy as np

        order = np.random.default_rng(seed).permutation(self.frame.height)
        first = np.zeros(self.frame.height, dtype=np.bool_)
        first[order[: round(share * len(order))]] = True
        one, other = (Training(self.frame.filter(pl.Series(mask)), self.weights[mask]) for mask in (first, ~first))
        return one, other


@dataclass(frozen=True)
class Arm:
    """A training set and its model.

    Attributes:
        rows: What it learnt from.
        estimator: The settings that were best on `tune`.
        model: The model.
        predictions: Gold rows x classes, or x 1 for a quantity.
        losses: The loss of each gold row.
    """

    rows: Training
    estimator: Estimator
    model: Yardstick
    predictions: NDArray[np.float64]
    losses: NDArray[np.float64]


def most_trained(target: Target) -> int:
    """Rows that an arm learns from at most: fewer of many classes, since a round of boosting grows a tree for each."""
    return MOST_TRAINED // (len(target.classes) if len(target.classes) > 2 else 1)


def most_tuned(target: Target) -> int:
    """Rows that an arm is tuned on at most; likewise."""
    return MOST_TUNED // (len(target.classes) if len(target.classes) > 2 else 1)


def budget_around(estimator: Estimator) -> tuple[Estimator, ...]:
    """Settings that each arm is tried with: those of the gap search, fewer and more trees, and plainer trees.

    A model that is not ours is taken as its settings are: nobody knows which of them to turn.
    """
    if estimator.path:
        return (estimator,)
    known = {**TREES, **estimator.settings}
    trees, leaves = known["max_iter"], known["max_leaf_nodes"] or 31
    turned: tuple[dict[str, int], ...] = (
        {},
        {"max_iter": max(trees // 2, 1)},
        {"max_iter": trees * 2},
        {"max_leaf_nodes": max(leaves // 2, 2)},
    )
    return tuple(Estimator("", {**known, **turn}) for turn in turned)


def usable(rows: pl.DataFrame, target: Target) -> pl.DataFrame:
    """The rows whose outcome a model can learn: known, and one that real rows have."""
    values = rows[target.name]
    return rows.filter(values.is_not_null() if target.is_quantity else values.is_in(list(target.classes)))
