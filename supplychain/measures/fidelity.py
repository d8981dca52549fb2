"""Fidelity: how near two tables are, column by column, pair by pair, and to a classifier's eye."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import polars as pl

from supplychain.measures.bins import as_number, binned

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supplychain.schema import Column, Schema

CLASSIFIER_ROWS = 8_000
"""Rows of each table that the classifier sees at most."""
FOLDS = 3


def marginal_similarity(real: pl.DataFrame, other: pl.DataFrame, column: Column) -> float:
    """1 minus the Kolmogorov-Smirnov distance of a number, or the total variation distance of a category. 0 to 1."""
    if column.is_discrete:
        codes = [binned(frame, column, real) for frame in (real, other)]
        return 1 - _total_variation(*codes)
    from scipy.stats import ks_2samp

    parts = [as_number(frame[column.name]).drop_nulls().to_numpy() for frame in (real, other)]
    missing = abs(real[column.name].null_count() / real.height - other[column.name].null_count() / other.height)
    if not len(parts[0]) or not len(parts[1]):
        return 1 - missing
    return float(1 - max(ks_2samp(*parts, method="asymp").statistic, missing))


def pair_similarity(real: pl.DataFrame, other: pl.DataFrame, schema: Schema) -> dict[tuple[str, str], float]:
    """1 minus the total variation distance of every pair of columns, numbers in the real rows' deciles. 0 to 1."""
    tables = [{column.name: binned(frame, column, real) for column in schema.columns} for frame in (real, other)]
    pairs = {}
    for first, second in combinations(schema.names, 2):
        codes = [_joint(table[first], table[second]) for table in tables]
        pairs[first, second] = 1 - _total_variation(*codes)
    return pairs


@dataclass(frozen=True)
class Told:
    """What a classifier says of rows that it did not train on.

    Attributes:
        rows: The real rows, then the others, as many.
        label: 0 for a real row, 1 for another.
        scores: How surely each is taken for no real one.
    """

    rows: pl.DataFrame
    label: NDArray[np.int64]
    scores: NDArray[np.float64]

    def auc(self, inside: NDArray[np.bool_] | None = None) -> tuple[float, float, float, int]:
        """The AUC with its 95% limits, and the fewer of the rows of either side; of some rows, if told which.

        NaN where a side has no row.
        """
        import numpy as np
        from sklearn.metrics import roc_auc_score

        inside = np.ones(len(self.label), dtype=bool) if inside is None else inside
        label, scores = self.label[inside], self.scores[inside]
        others, real = int(label.sum()), int((1 - label).sum())
        if not min(real, others):
            return float("nan"), float("nan"), float("nan"), 0
        value = float(roc_auc_score(label, scores))
        half = auc_margin(value, others, real)
        return value, max(value - half, 0.0), min(value + half, 1.0), min(real, others)


def told_apart(real: pl.DataFrame, other: pl.DataFrame, schema: Schema, *, seed: int) -> Told:
    """Let gradient-boosted trees tell the two tables apart, cross-validated.

    An AUC of 0.5 means that they cannot (the classifier two-sample test of Lopez-Paz and Oquab, 2017); well below 0.5
    hints at copies. The outcome is a column like the others.
    """
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import StratifiedKFold
    from threadpoolctl import threadpool_limits

    from supplychain.yardstick import Features

    rows = min(real.height, other.height, CLASSIFIER_ROWS)
    both = pl.concat([frame.select(schema.names).sample(rows, seed=seed % 2**63) for frame in (real, other)])
    features = Features.of(both, schema)
    matrix, label = features.matrix(both), np.repeat([0, 1], rows)
    scores = np.zeros(len(label))
    with threadpool_limits(1):
        for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=seed % 2**32).split(matrix, label):
            model = HistGradientBoostingClassifier(
                max_iter=60,
                early_stopping=False,
                categorical_features=features.categorical,
                random_state=seed % 2**32,
            )
            scores[test] = model.fit(matrix[train], label[train]).predict_proba(matrix[test])[:, 1]
    return Told(both, label, scores)


def discriminator_auc(real: pl.DataFrame, other: pl.DataFrame, schema: Schema, *, seed: int) -> tuple[float, int]:
    """The AUC of `told_apart`, and the rows of each table that were used."""
    value, _, _, rows = told_apart(real, other, schema, seed=seed).auc()
    return value, rows


def auc_margin(value: float, positives: int, negatives: int) -> float:
    """Half the width of an AUC's 95% interval (Hanley and McNeil, 1982, equation 1)."""
    q1, q2 = value / (2 - value), 2 * value**2 / (1 + value)
    variance = (value * (1 - value) + (positives - 1) * (q1 - value**2) + (negatives - 1) * (q2 - value**2)) / (
        positives * negatives
    )
    return float(1.96 * max(variance, 0.0) ** 0.5)


def _joint(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    return first * 1_000_003 + second


def _total_variation(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """Half the sum of absolute differences of the shares. 0 to 1."""
    import numpy as np

    cells, codes = np.unique(np.concatenate([first, second]), return_inverse=True)
    shares = [np.bincount(part, minlength=len(cells)) / max(len(part), 1) for part in np.split(codes, [len(first)])]
    return float(np.abs(shares[0] - shares[1]).sum() / 2)
