"""Outcomes that are too odd or too regular for the rows that they stand in.

Two views of the same question. Surprise asks a model: how much likelier or unlikelier are these outcomes than it says
itself? Agreement asks no model: how often do a row and its nearest rows have the same outcome?
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from supplychain.measures.bootstrap import Z95

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEIGHBOURS = 5
"""Rows of the same table that a row's outcome is compared with."""
CHUNK = 500
LEAST = 1e-6
"""Probabilities are kept away from 0 by so much, as in the log loss."""


def surprise(losses: NDArray[np.float64], predictions: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how much each row's loss is above what the model itself expects of it.

    The expected log loss of a forecast is its entropy, whatever the row: taking it away leaves the rows' mix out of the
    comparison (the decomposition of a proper score, Gneiting and Raftery, JASA 2007). Calibrated outcomes have 0 on
    average, likeliest ones less, and flipped ones more. A quantity's squared error has no such expectation.

    Args:
        losses: A loss a row.
        predictions: Rows x classes, or x 1 for a quantity.
    """
    import numpy as np

    if predictions.shape[1] == 1:
        return losses
    known = np.clip(predictions, LEAST, 1.0)
    beyond: NDArray[np.float64] = losses + (known * np.log(known)).sum(axis=1)
    return beyond


def told(truth: NDArray[Any], predictions: NDArray[np.float64], losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how much each row's loss would be greater on average, had it the outcome of any of these rows.

    Its mean is what the columns tell of the outcome, by a model: 0 where they tell nothing.

    Args:
        truth: Positions of classes, or a quantity in the unit of the losses' root.
        predictions: Rows x classes, or x 1 for a quantity in the same unit.
        losses: The rows' losses.
    """
    import numpy as np

    if predictions.shape[1] == 1:
        beyond: NDArray[np.float64] = (predictions[:, 0] - truth.mean()) ** 2 + truth.var() - losses
        return beyond
    share = np.bincount(truth, minlength=predictions.shape[1]) / len(truth)
    worth: NDArray[np.float64] = -np.log(np.clip(predictions, LEAST, 1.0)) @ share - losses
    return worth


@dataclass(frozen=True)
class Agreement:
    """Rows and the five other rows of their table that are nearest to each.

    Attributes:
        near: Rows x neighbours: positions of rows.
        same: Likewise: whether the neighbour has the row's outcome.
    """

    near: NDArray[np.int64]
    same: NDArray[np.float64]

    @classmethod
    def of(cls, points: NDArray[np.float32], outcome: NDArray[Any]) -> Agreement:
        """Find them.

        Args:
            points: Rows x axes, without the outcome.
            outcome: The class of each row.
        """
        import numpy as np

        nearest = min(NEIGHBOURS, len(points) - 1)
        norms, near = (points**2).sum(1), np.zeros((len(points), nearest), dtype=np.int64)
        for start in range(0, len(points), CHUNK):
            part = np.arange(start, min(start + CHUNK, len(points)))
            squared = norms - 2 * points[part] @ points.T
            squared[np.arange(len(part)), part] = np.inf
            near[part] = np.argpartition(squared, nearest - 1, axis=1)[:, :nearest]
        return cls(near, (outcome[near] == outcome[:, None]).astype(np.float64))

    def share(self, inside: NDArray[np.bool_]) -> tuple[float, float]:
        """How often rows agree with their neighbours, and half the width of its 95% limits.

        A row speaks for itself and for every row that it is a neighbour of: the limits are of the sum of both, by the
        infinitesimal jackknife (Efron, 1982).
        """
        import numpy as np

        value = float(self.same[inside].mean())
        away = (self.same[inside] - value) / self.same.shape[1]
        influence = np.bincount(self.near[inside].ravel(), weights=away.ravel(), minlength=len(inside))
        influence[inside] += away.sum(axis=1)
        return value, float(Z95 * (influence**2).sum() ** 0.5) / int(inside.sum())


def apart(value: float, margin: float, other: float, other_margin: float, *, of: int = 1) -> tuple[float, float, float]:
    """The difference of two means with its limits, from half the width of the 95% limits of each.

    They are 95% ones for so many differences together (Bonferroni): of many slices, one is odd by chance.
    """
    both = (margin**2 + other_margin**2) ** 0.5 * NormalDist().inv_cdf(1 - 0.025 / of) / Z95
    return value - other, value - other - both, value - other + both
