"""Calibration: whether a model is as sure as it is right. Top-label confidence, for two classes and for many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supplychain.measures.bootstrap import Resampled

BINS = 10
NULLS = 400
"""Outcomes that are drawn from a model's own probabilities: what a perfectly calibrated model would show."""


@dataclass(frozen=True)
class Calibration:
    """A model's calibration on some people.

    Attributes:
        ece: Expected calibration error (Naeini et al., AAAI 2015; Guo et al., ICML 2017) of the highest probability,
            in up to ten bins of equal numbers of people: of the rows, then of each draw.
        brier: Brier score, half the squared distance of probabilities and outcome, likewise.
        over: Mean highest probability less accuracy, likewise; above 0 the model is too sure.
        null: Mean ECE of a perfectly calibrated model with the same probabilities.
        p: How often such a model shows as great an ECE.
    """

    ece: NDArray[np.float64]
    brier: NDArray[np.float64]
    over: NDArray[np.float64]
    null: float
    p: float

    @classmethod
    def of(
        cls,
        truth: NDArray[np.int64],
        predictions: NDArray[np.float64],
        draws: Resampled,
        inside: NDArray[np.bool_],
        *,
        seed: int,
    ) -> Calibration:
        """Measure it.

        Args:
            truth: Of each row the position of its class.
            predictions: Rows x classes of probabilities.
            draws: Draws of the rows.
            inside: The rows that count.
            seed: Seed of the null.
        """
        import numpy as np

        sure = predictions.max(axis=1)
        excess = sure - (predictions.argmax(axis=1) == truth)
        bins = np.zeros(len(truth), dtype=np.int64)
        bins[inside] = _bins(sure[inside])
        of_bin = np.eye(bins.max() + 1)[bins]
        brier = brier_of(truth, predictions)
        sums = draws.sums(np.column_stack([np.ones(len(truth)), brier, excess, of_bin * excess[:, None]]), inside)
        people = np.maximum(sums[:, 0], 1)
        ece = np.abs(sums[:, 3:]).sum(axis=1) / people
        null = _null(sure[inside], of_bin[inside], seed)
        p = float((1 + (null >= ece[0]).sum()) / (1 + len(null)))
        return cls(ece, sums[:, 1] / people, sums[:, 2] / people, float(null.mean()), p)


def brier_of(truth: NDArray[Any], predictions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each row's Brier score: half its squared distance, which for two classes is the usual (p - y)^2."""
    import numpy as np

    right = np.eye(predictions.shape[1])[truth]
    score: NDArray[np.float64] = ((predictions - right) ** 2).sum(axis=1) / 2
    return score


def interval_half_width(residuals: NDArray[np.float64], weights: NDArray[np.float64], level: float) -> float:
    """Half the width of a prediction interval that holds a share of the weight of these rows: the split conformal one.

    Lei et al., Distribution-free predictive inference for regression (JASA 2018).

    Args:
        residuals: What a model was wrong by, on rows that it did not learn from.
        weights: One weight a row.
        level: The share, such as 0.9.
    """
    import numpy as np

    order = np.argsort(np.abs(residuals))
    reached = np.cumsum(weights[order]) / weights.sum()
    place = min(int(np.searchsorted(reached, level)), len(order) - 1)
    return float(np.abs(residuals)[order][place])


def _bins(sure: NDArray[np.float64]) -> NDArray[np.int64]:
    """Bins of equal numbers of rows; equal confidences share one."""
    import numpy as np

    cuts = np.unique(np.quantile(sure, np.linspace(0, 1, BINS + 1)[1:-1])) if len(sure) else np.empty(0)
    return np.searchsorted(cuts, sure, side="right").astype(np.int64)


def _null(sure: NDArray[np.float64], of_bin: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    import numpy as np

    rng = np.random.default_rng(seed)
    found = np.empty(NULLS)
    for draw in range(NULLS):
        found[draw] = np.abs((sure - (rng.random(len(sure)) < sure)) @ of_bin).sum() / max(len(sure), 1)
    return found
