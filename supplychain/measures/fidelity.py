"""Fidelity: how near two tables are, column by column, pair by pair, and to a classifier's eye."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supplychain.schema import Column, Schema

BINS = 10
"""Quantile bins of a number, cut on the real rows so that both tables share them."""
CLASSIFIER_ROWS = 8_000
"""Rows of each table that the classifier sees at most."""
FOLDS = 3


def marginal_similarity(real: pl.DataFrame, other: pl.DataFrame, column: Column) -> float:
    """1 minus the Kolmogorov-Smirnov distance of a number, or the total variation distance of a category. 0 to 1."""
    if column.is_discrete:
        codes = [_codes(frame, column, real) for frame in (real, other)]
        return 1 - _total_variation(*codes)
    from scipy.stats import ks_2samp

    parts = [_as_number(frame[column.name]).drop_nulls().to_numpy() for frame in (real, other)]
    missing = abs(real[column.name].null_count() / real.height - other[column.name].null_count() / other.height)
    if not len(parts[0]) or not len(parts[1]):
        return 1 - missing
    return float(1 - max(ks_2samp(*parts, method="asymp").statistic, missing))


def pair_similarity(real: pl.DataFrame, other: pl.DataFrame, schema: Schema) -> dict[tuple[str, str], float]:
    """1 minus the total variation distance of every pair of columns, numbers in the real rows' deciles. 0 to 1."""
    binned = [{column.name: _codes(frame, column, real) for column in schema.columns} for frame in (real, other)]
    pairs = {}
    for first, second in combinations(schema.names, 2):
        codes = [_joint(table[first], table[second]) for table in binned]
        pairs[first, second] = 1 - _total_variation(*codes)
    return pairs


def discriminator_auc(real: pl.DataFrame, other: pl.DataFrame, schema: Schema, *, seed: int) -> tuple[float, int]:
    """Cross-validated AUC of gradient-boosted trees that tell the two tables apart, and the rows used.

    0.5 means that they cannot (the classifier two-sample test of Lopez-Paz and Oquab, 2017); well below 0.5 hints
    at copies. The outcome is a column like the others.
    """
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score
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
    return float(roc_auc_score(label, scores)), rows


def auc_margin(value: float, positives: int, negatives: int) -> float:
    """Half the width of an AUC's 95% interval (Hanley and McNeil, 1982, equation 1)."""
    q1, q2 = value / (2 - value), 2 * value**2 / (1 + value)
    variance = (value * (1 - value) + (positives - 1) * (q1 - value**2) + (negatives - 1) * (q2 - value**2)) / (
        positives * negatives
    )
    return float(1.96 * max(variance, 0.0) ** 0.5)


def _as_number(values: pl.Series) -> pl.Series:
    if values.dtype in (pl.Date, pl.Datetime("us")):
        values = values.cast(pl.Datetime("us")).cast(pl.Int64)
    return values.cast(pl.Float64)


def _codes(frame: pl.DataFrame, column: Column, reference: pl.DataFrame) -> NDArray[np.int64]:
    """Each value as a bin: a category's own, a number's decile in the reference, 0 for missing, 1 for unheard of."""
    import numpy as np

    values = frame[column.name]
    if column.is_discrete:
        known = reference[column.name].drop_nulls().unique().sort()
        mapping = {value: code for code, value in enumerate(known, start=2)}
        codes = values.replace_strict(list(mapping), list(mapping.values()), default=1, return_dtype=pl.Int64)
        return np.where(values.is_null().to_numpy(), 0, codes.fill_null(1).to_numpy())
    numbers = _as_number(reference[column.name]).drop_nulls().to_numpy()
    edges = np.unique(np.quantile(numbers, np.linspace(0, 1, BINS + 1)[1:-1])) if len(numbers) else np.array([])
    given = _as_number(values)
    bins = np.searchsorted(edges, given.fill_null(0).to_numpy(), side="right") + 2
    return np.where(given.is_null().to_numpy(), 0, bins)


def _joint(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    return first * 1_000_003 + second


def _total_variation(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """Half the sum of absolute differences of the shares. 0 to 1."""
    import numpy as np

    cells, codes = np.unique(np.concatenate([first, second]), return_inverse=True)
    shares = [np.bincount(part, minlength=len(cells)) / max(len(part), 1) for part in np.split(codes, [len(first)])]
    return float(np.abs(shares[0] - shares[1]).sum() / 2)
