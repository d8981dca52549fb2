"""Cross-fitting: every row is predicted by models that saw no row of the same entity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from supplychain.estimator import TREES, Estimator

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from supplychain.yardstick import Features, Target

FOLDS = 5
MOST_TRAINING = 200_000
"""Rows that one model trains on at most; beyond that, entities are drawn."""
TUNING_ROWS = 30_000
TUNING_FOLDS = 2
SHAPES: tuple[dict[str, Any], ...] = (
    dict(TREES),
    {"learning_rate": 0.05, "max_iter": 200, "max_leaf_nodes": 6, "min_samples_leaf": 40, "l2_regularization": 5.0},
    {"learning_rate": 0.1, "max_iter": 200, "max_leaf_nodes": 31, "min_samples_leaf": 50, "l2_regularization": 5.0},
)
"""Settings of the trees that tuning compares, each at several numbers of trees; the first is the default."""
STAGES = (25, 50, 100, 200)
MOST_ROUNDS = 100
"""Rounds of trees that are tried for more than two classes."""
MANY_ROWS = 10_000
"""Below this many rows the deepest trees are not tried."""


@dataclass(frozen=True)
class Rows:
    """Rows as models read them.

    Attributes:
        matrix: Rows x columns.
        truth: The outcome: positions of classes, or a quantity.
        entity: Of each row a 64-bit number of its entity, uniform.
    """

    matrix: NDArray[np.float64]
    truth: NDArray[Any]
    entity: NDArray[np.uint64]

    @classmethod
    def of(cls, frame: pl.DataFrame, features: Features, target: Target) -> Rows:
        """The rows of a table of real rows."""
        import numpy as np

        # The first half of the hash gives the role; the second is free for what follows.
        entity = np.array([int(value[16:], 16) for value in frame["_entity"]], dtype=np.uint64)
        return cls(features.matrix(frame), target.truth(frame), entity)

    def __len__(self) -> int:
        return len(self.truth)

    def pick(self, chosen: NDArray[np.bool_]) -> Rows:
        """Some of the rows."""
        return Rows(self.matrix[chosen], self.truth[chosen], self.entity[chosen])

    @property
    def fold(self) -> NDArray[np.uint64]:
        """The fold of each row, 0 to 4; an entity has one."""
        import numpy as np

        return self.entity % np.uint64(FOLDS)

    @property
    def confirms(self) -> NDArray[np.bool_]:
        """Whether a row is of the half that confirms what the other half discovers; an entity is of one."""
        import numpy as np

        folds: NDArray[np.bool_] = self.entity // np.uint64(FOLDS) % np.uint64(2) == 1
        return folds

    def drawn(self, share: float, seed: int) -> NDArray[np.bool_]:
        """A draw of about that share of the entities; under one seed a smaller draw lies in a larger one."""
        import numpy as np

        if share >= 1:
            return np.ones(len(self), dtype=np.bool_)
        # splitmix64 (Steele, Lea and Flood, 2014): a new uniform number from the entity's and the seed.
        z = self.entity + np.uint64(seed * 0x9E3779B97F4A7C15 % 2**64)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        inside: NDArray[np.bool_] = (z ^ (z >> np.uint64(31))) < np.uint64(share * 2**64)
        return inside


@dataclass(frozen=True)
class CrossFit:
    """One kind of model, cross-fitted."""

    estimator: Estimator
    target: Target
    categorical: list[bool]
    seed: int

    def predict(self, train: Rows, test: Rows, *, share: float = 1.0, attempt: int = 0) -> NDArray[np.float64]:
        """Predictions for the test rows of each fold by a model of the train rows of the others.

        Args:
            train: Rows to learn from.
            test: Rows to predict, often the same.
            share: The share of the entities to learn from, beneath the bound on rows.
            attempt: Which draw of them.

        Returns:
            Rows x classes, or rows x 1 for a quantity.
        """
        import numpy as np

        classes = len(self.target.classes)
        predictions = np.zeros((len(test), max(classes, 1)))
        drawn = train.drawn(share * bounded(len(train)), self.seed + attempt)
        for fold in range(FOLDS):
            wanted = test.fold == fold
            if not wanted.any():
                continue
            rest = train.pick(drawn & (train.fold != fold))
            model = self._fit(rest, self.seed + FOLDS * attempt + fold)
            predictions[wanted] = self.estimator.predict(model, test.matrix[wanted], classes)
        return predictions

    def _fit(self, rows: Rows, seed: int) -> Any:  # noqa: ANN401  (a fitted estimator)
        return self.estimator.fit(
            rows.matrix,
            rows.truth,
            categorical=self.categorical,
            quantity=self.target.is_quantity,
            seed=seed,
        )


def bounded(rows: int) -> float:
    """The share of so many rows that a model trains on, so that cost does not grow with the table."""
    return min(1.0, MOST_TRAINING / (rows * (1 - 1 / FOLDS)))


def tuned(rows: Rows, target: Target, categorical: list[bool], seed: int, progress: Callable[[str], None]) -> Estimator:
    """The trees whose cross-fitted loss is least, among a few settings and numbers of trees, the default included."""
    import numpy as np
    from threadpoolctl import threadpool_limits

    rows = rows.pick(rows.drawn(TUNING_ROWS / len(rows), seed))
    shapes = SHAPES if len(rows) > MANY_ROWS else SHAPES[:2]
    if len(target.classes) > 2:  # a tree a class and round: fewer rounds, or the search would take minutes
        shapes = tuple({**shape, "max_iter": min(shape["max_iter"], MOST_ROUNDS)} for shape in SHAPES[:2])
    losses: dict[tuple[int, int], list[float]] = {}
    for number, shape in enumerate(shapes):
        progress(f"tuning the outcome model: {number + 1} of {len(shapes)}")
        fit = CrossFit(Estimator("", shape), target, categorical, seed)
        for fold in range(TUNING_FOLDS):
            test = rows.entity % np.uint64(TUNING_FOLDS) == fold
            model, truth = fit._fit(rows.pick(~test), seed), rows.truth[test]
            with threadpool_limits(1):
                for trees, values in _stages(model, rows.matrix[test], len(target.classes)):
                    losses.setdefault((number, trees), []).append(float(target.losses(truth, values).sum()))
    # Equal losses go to the first shape and the fewest trees: the same answer on every machine.
    number, trees = min(losses, key=lambda key: (round(sum(losses[key]), 9), key))
    return Estimator("", {**shapes[number], "max_iter": trees})


def _stages(model: Any, matrix: NDArray[np.float64], classes: int) -> Any:  # noqa: ANN401
    """Predictions after some numbers of trees of one fitted model."""
    import numpy as np

    if not hasattr(model, "staged_predict"):  # one class alone
        yield STAGES[0], _full(model.predict_proba(matrix), model, classes)
        return
    stages = model.staged_predict_proba(matrix) if classes else model.staged_predict(matrix)
    for trees, values in enumerate(stages, start=1):
        if trees in STAGES:
            yield trees, _full(values, model, classes) if classes else np.asarray(values).reshape(-1, 1)


def _full(values: NDArray[np.float64], model: Any, classes: int) -> NDArray[np.float64]:  # noqa: ANN401
    import numpy as np

    full = np.zeros((len(values), classes))
    full[:, model.classes_.astype(int)] = values
    return full
