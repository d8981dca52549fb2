"""The yardstick: one model by which gaps are found and training sets are compared.

Gradient-boosted trees on histograms (scikit-learn), with missing values and categories as they are. The same
settings everywhere, so that a difference between two training sets is not a difference between two models; the gap
search alone tunes them, or takes the product's own model.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.estimator import Estimator

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supplychain.schema import Schema

MOST_CATEGORIES = 200
"""Categories kept as such; rarer ones share a code. (scikit-learn's trees take at most 255.)"""
MOST_CLASSES = 20
"""The most classes of an outcome; whole numbers with more values are a quantity."""


@dataclass(frozen=True)
class Target:
    """What is predicted.

    Attributes:
        name: The outcome's column.
        classes: Its values, sorted; empty for a quantity.
        scale: What a squared error is divided by: the variance of a quantity.
    """

    name: str
    classes: tuple[Any, ...] = ()
    scale: float = 1.0

    @classmethod
    def of(cls, name: str, *frames: pl.DataFrame) -> Target:
        """The outcome as these frames hold it: a quantity, or the classes of all of them."""
        values = pl.concat([frame[name].drop_nulls() for frame in frames])
        if is_quantity(values):
            return cls(name, (), float(values.cast(pl.Float64).var(ddof=0) or 0.0) or 1.0)  # type: ignore[arg-type]
        return cls(name, tuple(values.unique().sort().to_list()))

    @property
    def is_quantity(self) -> bool:
        """Whether it is a number and no class."""
        return not self.classes

    def truth(self, frame: pl.DataFrame) -> NDArray[Any]:
        """The outcome of each row: a position in `classes`, or the quantity."""
        if self.is_quantity:
            return frame[self.name].cast(pl.Float64).to_numpy()
        codes = {value: code for code, value in enumerate(self.classes)}
        return frame[self.name].replace_strict(list(codes), list(codes.values()), return_dtype=pl.Int64).to_numpy()

    def rate(self, truth: NDArray[Any]) -> NDArray[np.float64]:
        """One number a row whose mean is the outcome's rate: the last class or not, or the quantity."""
        import numpy as np

        return truth if self.is_quantity else (truth == len(self.classes) - 1).astype(np.float64)

    def losses(self, truth: NDArray[Any], predictions: NDArray[np.float64]) -> NDArray[np.float64]:
        """The loss of each row: log loss in nats; for a quantity squared error over its variance."""
        if self.is_quantity:
            error: NDArray[np.float64] = (truth - predictions[:, 0]) ** 2 / self.scale
            return error
        return log_loss(truth, predictions)

    def auc(self, truth: NDArray[Any], predictions: NDArray[np.float64]) -> float:
        """How well the predictions rank the rows: AUC, or for a quantity the concordance index. 0.5 is chance."""
        return concordance(truth, predictions[:, 0]) if self.is_quantity else auc(truth, predictions)

    def excess_confidence(self, truth: NDArray[Any], predictions: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """Of each row the highest probability less 1 where that class was right; None for a quantity."""
        if self.is_quantity:
            return None
        hit: NDArray[np.float64] = predictions.max(axis=1) - (predictions.argmax(axis=1) == truth)
        return hit


@dataclass
class Features:
    """Frames to matrices: numbers as they are, categories as codes, dates as days. Unknown categories are missing."""

    schema: Schema
    codes: dict[str, dict[Any, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, frame: pl.DataFrame, schema: Schema, *, leave_out: tuple[str, ...] = ()) -> Features:
        """Learn the categories' codes from a frame, commonest first."""
        from supplychain.schema import Schema as Table

        features = cls(Table(tuple(column for column in schema.columns if column.name not in leave_out)))
        for column in features.schema.columns:
            if column.kind == "category":
                counts = (
                    frame[column.name]
                    .drop_nulls()
                    .value_counts()
                    .sort(["count", column.name], descending=[True, False])
                )
                features.codes[column.name] = {
                    value: min(code, MOST_CATEGORIES) for code, value in enumerate(counts[column.name])
                }
        return features

    @property
    def categorical(self) -> list[bool]:
        """Which columns of the matrix hold codes."""
        return [column.kind == "category" for column in self.schema.columns]

    def matrix(self, frame: pl.DataFrame) -> NDArray[np.float64]:
        """Rows x columns of float64; missing is NaN."""
        return frame.select(self._numeric(column.name, column.kind) for column in self.schema.columns).to_numpy()

    def _numeric(self, name: str, kind: str) -> pl.Expr:
        value = pl.col(name)
        if kind == "category":
            codes = self.codes[name]
            value = value.replace_strict(list(codes), list(codes.values()), default=None, return_dtype=pl.Float64)
        elif kind in ("date", "datetime"):
            value = value.cast(pl.Datetime("us")).dt.epoch("s") / 86_400
        return value.cast(pl.Float64).fill_null(float("nan")).alias(name)


@dataclass(frozen=True)
class Yardstick:
    """A fitted model of the outcome."""

    features: Features
    target: Target
    estimator: Estimator
    model: Any

    @classmethod
    def fit(
        cls,
        frame: pl.DataFrame,
        schema: Schema,
        outcome: str,
        *,
        seed: int,
        classes: tuple[Any, ...],
        weights: NDArray[np.float64] | None = None,
        estimator: Estimator | None = None,
    ) -> Yardstick:
        """Fit on a frame.

        Args:
            frame: Training rows with the outcome.
            schema: The real rows' schema, so that every training set is read alike.
            outcome: The outcome's column.
            seed: Seed of the model's own randomness.
            classes: The outcome's values in the real rows, sorted; none for a quantity.
            weights: One weight a row.
            estimator: Another model than the trees at their fixed settings.

        Raises:
            BadInput: Another model refuses its settings or the rows.
        """
        target, estimator = Target(outcome, classes), estimator or Estimator()
        features = Features.of(frame, schema, leave_out=(outcome,))
        model = estimator.fit(
            features.matrix(frame),
            target.truth(frame),
            categorical=features.categorical,
            quantity=target.is_quantity,
            seed=seed,
            weights=weights,
        )
        return cls(features, target, estimator, model)

    @property
    def classes(self) -> tuple[Any, ...]:
        """The outcome's values, sorted; none for a quantity."""
        return self.target.classes

    def probabilities(self, frame: pl.DataFrame) -> NDArray[np.float64]:
        """Rows x classes, in the order of `classes`; a class that training had not gets 0.

        For a quantity rows x 1: what is predicted.
        """
        return self.estimator.predict(self.model, self.features.matrix(frame), len(self.classes))

    def truth(self, frame: pl.DataFrame) -> NDArray[Any]:
        """The outcome of each row as a position in `classes`, or the quantity."""
        return self.target.truth(frame)


def is_quantity(values: pl.Series) -> bool:
    """Whether an outcome with these values is a quantity: a number with a fraction, or with more than 20 values."""
    return values.dtype.is_float() or (values.dtype.is_integer() and values.drop_nulls().n_unique() > MOST_CLASSES)


def classes_of(frame: pl.DataFrame, outcome: str) -> tuple[Any, ...]:
    """The outcome's values, sorted; none for a quantity."""
    return Target.of(outcome, frame).classes


def log_loss(truth: NDArray[np.int64], probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """The log loss of each row, in nats; probabilities are kept away from 0 by 1e-6."""
    import numpy as np

    chosen = probabilities[np.arange(len(truth)), truth]
    return -np.log(np.clip(chosen, 1e-6, 1.0))


def auc(truth: NDArray[np.int64], probabilities: NDArray[np.float64]) -> float:
    """Area under the ROC curve; for more than two classes the mean over one class against the rest.

    NaN where the rows have one class only.
    """
    import numpy as np
    from sklearn.metrics import roc_auc_score

    present = np.unique(truth)
    if len(present) < 2:
        return float("nan")
    if probabilities.shape[1] == 2:
        return float(roc_auc_score(truth, probabilities[:, 1]))
    scores = [roc_auc_score(truth == code, probabilities[:, code]) for code in present]
    return float(np.mean(scores))


def concordance(truth: NDArray[np.float64], score: NDArray[np.float64]) -> float:
    """Of all pairs of rows whose truth differs, the share that the score orders alike; ties count half.

    Harrell's C without censoring (Harrell et al., JAMA 1982), from Kendall's tau with ties in O(n log n). For a truth
    of 0 and 1 it is the AUC. NaN where all rows have one truth.
    """
    import numpy as np
    from scipy.stats import kendalltau

    def pairs(counts: NDArray[np.int64]) -> float:
        return float((counts.astype(np.float64) * (counts - 1) / 2).sum())

    every = len(truth) * (len(truth) - 1) / 2
    told = every - pairs(np.unique(truth, return_counts=True)[1])
    scored = every - pairs(np.unique(score, return_counts=True)[1])
    if not told:
        return float("nan")
    if not scored or len(truth) < 3:
        return 0.5 if not scored else float((truth[0] < truth[1]) == (score[0] < score[1]))
    tau = float(kendalltau(truth, score, method="asymptotic").statistic)
    return float(0.5 + tau * (told * scored) ** 0.5 / told / 2)
