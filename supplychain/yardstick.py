"""The yardstick: one model by which gaps are found and training sets are compared.

Gradient-boosted trees on histograms (scikit-learn), with missing values and categories as they are. The same
settings everywhere, so that a difference between two training sets is not a difference between two models.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supplychain.schema import Schema

MOST_CATEGORIES = 200
"""Categories kept as such; rarer ones share a code. (scikit-learn's trees take at most 255.)"""


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
    outcome: str
    classes: tuple[Any, ...]
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
    ) -> Yardstick:
        """Fit on a frame.

        Args:
            frame: Training rows with the outcome.
            schema: The real rows' schema, so that every training set is read alike.
            outcome: The outcome's column.
            seed: Seed of the model's own randomness.
            classes: The outcome's values in the real rows, sorted.
            weights: One weight a row.
        """
        from sklearn.ensemble import HistGradientBoostingClassifier
        from threadpoolctl import threadpool_limits

        features = Features.of(frame, schema, leave_out=(outcome,))
        model = HistGradientBoostingClassifier(
            learning_rate=0.1,
            max_iter=100,
            max_leaf_nodes=15,
            min_samples_leaf=20,
            l2_regularization=1.0,
            early_stopping=False,
            categorical_features=features.categorical,
            random_state=seed % 2**32,
        )
        codes = {value: code for code, value in enumerate(classes)}
        target = frame[outcome].replace_strict(list(codes), list(codes.values()), return_dtype=pl.Int64).to_numpy()
        with threadpool_limits(1):  # one thread: the same model on every machine, and no fight over cores
            model.fit(features.matrix(frame), target, sample_weight=weights)
        return cls(features, outcome, classes, model)

    def probabilities(self, frame: pl.DataFrame) -> NDArray[np.float64]:
        """Rows x classes, in the order of `classes`; a class that training had not gets 0."""
        import numpy as np
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1):
            known = self.model.predict_proba(self.features.matrix(frame))
        full = np.zeros((frame.height, len(self.classes)))
        full[:, self.model.classes_.astype(int)] = known
        return full

    def truth(self, frame: pl.DataFrame) -> NDArray[np.int64]:
        """The outcome of each row as a position in `classes`."""
        codes = {value: code for code, value in enumerate(self.classes)}
        return frame[self.outcome].replace_strict(list(codes), list(codes.values()), return_dtype=pl.Int64).to_numpy()


def classes_of(frame: pl.DataFrame, outcome: str) -> tuple[Any, ...]:
    """The outcome's values, sorted."""
    return tuple(frame[outcome].drop_nulls().unique().sort().to_list())


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
