"""Fidelity: how near two tables are, column by column, pair by pair, and to a classifier's eye."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import polars as pl

from supplychain.measures.bins import as_number, binned, effective

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supplychain.schema import Column, Schema

    Weights = NDArray[np.float64] | None

CLASSIFIER_ROWS = 8_000
"""Rows of each table that the classifier sees at most."""
FOLDS = 3


def marginal_similarity(
    real: pl.DataFrame, other: pl.DataFrame, column: Column, weights: tuple[Weights, Weights] = (None, None)
) -> float:
    """1 minus the Kolmogorov-Smirnov distance of a number, or the total variation distance of a category. 0 to 1.

    Args:
        real: Real rows.
        other: Rows held against them.
        column: The column.
        weights: How much each row of either counts; all alike where None.
    """
    if column.is_discrete:
        return 1 - _total_variation(binned(real, column, real), binned(other, column, real), weights)
    import numpy as np

    parts = []
    for frame, given in zip((real, other), weights, strict=True):
        values = as_number(frame[column.name])
        missing, counts = values.is_null().to_numpy(), np.ones(frame.height) if given is None else given
        parts.append(
            (values.fill_null(0.0).to_numpy(), np.where(missing, 0.0, counts), counts[missing].sum() / counts.sum())
        )
    gone = abs(parts[0][2] - parts[1][2])
    if not all(counts.any() for _, counts, _ in parts):
        return float(1 - gone)
    return float(1 - max(kolmogorov(*parts[0][:2], *parts[1][:2]), gone))


def pair_similarity(real: pl.DataFrame, other: pl.DataFrame, schema: Schema) -> dict[tuple[str, str], float]:
    """1 minus the total variation distance of every pair of columns, numbers in the real rows' deciles. 0 to 1."""
    tables = [{column.name: binned(frame, column, real) for column in schema.columns} for frame in (real, other)]
    pairs = {}
    for first, second in combinations(schema.names, 2):
        here, there = (_joint(table[first], table[second]) for table in tables)
        pairs[first, second] = 1 - _total_variation(here, there)
    return pairs


@dataclass(frozen=True)
class Told:
    """What a classifier says of rows that it did not train on.

    Attributes:
        rows: The real rows, then the others, as many.
        label: 0 for a real row, 1 for another.
        scores: How surely each is taken for no real one.
        weights: How much each counts.
    """

    rows: pl.DataFrame
    label: NDArray[np.int64]
    scores: NDArray[np.float64]
    weights: NDArray[np.float64]

    def auc(self, inside: NDArray[np.bool_] | None = None) -> tuple[float, float, float, int]:
        """The AUC with its 95% limits, and the fewer of the rows of either side; of some rows, if told which.

        NaN where a side has no row.
        """
        import numpy as np
        from sklearn.metrics import roc_auc_score

        inside = np.ones(len(self.label), dtype=bool) if inside is None else inside
        label, scores, weights = self.label[inside], self.scores[inside], self.weights[inside]
        counts = [effective(weights[label == side]) for side in (0, 1)]
        if not min(counts):
            return float("nan"), float("nan"), float("nan"), 0
        value = float(roc_auc_score(label, scores, sample_weight=weights))
        half = auc_margin(value, counts[1], counts[0])
        return value, max(value - half, 0.0), min(value + half, 1.0), round(min(counts))


def told_apart(real: pl.DataFrame, other: pl.DataFrame, schema: Schema, *, seed: int, weights: Weights = None) -> Told:
    """Let gradient-boosted trees tell the two tables apart, cross-validated.

    An AUC of 0.5 means that they cannot (the classifier two-sample test of Lopez-Paz and Oquab, 2017); well below 0.5
    hints at copies. The outcome is a column like the others. Fewer than three rows of a table are not looked at.

    Args:
        real: Real rows.
        other: Rows to be told from them.
        schema: The real rows' schema.
        seed: Seed of the samples, the folds and the trees.
        weights: How much each real row counts.
    """
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import StratifiedKFold
    from threadpoolctl import threadpool_limits

    from supplychain.yardstick import Features

    rows = min(real.height, other.height, CLASSIFIER_ROWS)
    rows = rows if rows >= FOLDS else 0
    counts = np.ones(real.height) if weights is None else weights
    weighted = (
        real.select(schema.names).with_columns(_weight=counts),
        other.select(schema.names).with_columns(_weight=1.0),
    )
    both = pl.concat([frame.sample(rows, seed=seed % 2**63) for frame in weighted])
    features = Features.of(both, schema)
    matrix, label, counts = features.matrix(both), np.repeat([0, 1], rows), both["_weight"].to_numpy()
    told = Told(both, label, np.zeros(len(label)), counts)
    if not rows:
        return told
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed % 2**32)
    with threadpool_limits(1):
        for train, test in folds.split(matrix, label):
            model = HistGradientBoostingClassifier(
                max_iter=60,
                early_stopping=False,
                categorical_features=features.categorical,
                random_state=seed % 2**32,
            )
            model.fit(matrix[train], label[train], counts[train])
            told.scores[test] = model.predict_proba(matrix[test])[:, 1]
    return told


def discriminator_auc(real: pl.DataFrame, other: pl.DataFrame, schema: Schema, *, seed: int) -> tuple[float, int]:
    """The AUC of `told_apart`, and the rows of each table that were used."""
    value, _, _, rows = told_apart(real, other, schema, seed=seed).auc()
    return value, rows


def auc_margin(value: float, positives: float, negatives: float) -> float:
    """Half the width of an AUC's 95% interval (Hanley and McNeil, 1982, equation 1)."""
    q1, q2 = value / (2 - value), 2 * value**2 / (1 + value)
    variance = (value * (1 - value) + (positives - 1) * (q1 - value**2) + (negatives - 1) * (q2 - value**2)) / (
        positives * negatives
    )
    return float(1.96 * max(variance, 0.0) ** 0.5)


def _joint(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    return first * 1_000_003 + second


def kolmogorov(
    first: NDArray[np.float64], weights: NDArray[np.float64], second: NDArray[np.float64], others: NDArray[np.float64]
) -> float:
    """The greatest difference of two weighted distribution functions."""
    import numpy as np

    values, place = np.unique(np.concatenate([first, second]), return_inverse=True)
    parts = zip(np.split(place, [len(first)]), (weights, others), strict=True)
    reached = [np.cumsum(np.bincount(part, given, minlength=len(values))) for part, given in parts]
    return float(np.abs(reached[0] / reached[0][-1] - reached[1] / reached[1][-1]).max())


def _total_variation(
    first: NDArray[np.int64], second: NDArray[np.int64], weights: tuple[Weights, Weights] = (None, None)
) -> float:
    """Half the sum of absolute differences of the shares. 0 to 1."""
    import numpy as np

    cells, codes = np.unique(np.concatenate([first, second]), return_inverse=True)
    parts = zip(np.split(codes, [len(first)]), weights, strict=True)
    counts = [np.bincount(part, given, minlength=len(cells)) for part, given in parts]
    shares = [count / max(count.sum(), 1e-9) for count in counts]
    return float(np.abs(shares[0] - shares[1]).sum() / 2)
