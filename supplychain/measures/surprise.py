"""Outcomes that are too odd or too regular for the rows that they stand in.

Two views of the same question. Surprise asks a model: how much likelier or unlikelier are these outcomes than it says
itself? Agreement asks no model: how often do a row and its nearest rows have the same outcome?
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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


def agreement(points: NDArray[np.float32], outcome: NDArray[Any]) -> NDArray[np.float64]:
    """For each row the share of its five nearest other rows that have its outcome.

    Args:
        points: Rows x axes, without the outcome.
        outcome: The class of each row.
    """
    import numpy as np

    nearest = min(NEIGHBOURS, len(points) - 1)
    norms, found = (points**2).sum(1), np.zeros(len(points))
    for start in range(0, len(points), CHUNK):
        part = np.arange(start, min(start + CHUNK, len(points)))
        squared = norms - 2 * points[part] @ points.T
        squared[np.arange(len(part)), part] = np.inf
        near = np.argpartition(squared, nearest - 1, axis=1)[:, :nearest]
        found[part] = (outcome[near] == outcome[part, None]).mean(axis=1)
    return found


def apart(values: NDArray[np.float64], margin: float, real: float, real_margin: float) -> tuple[float, float, float]:
    """The difference of two means with 95% limits, from half the width of the limits of each."""
    both = (margin**2 + real_margin**2) ** 0.5
    value = float(values.mean()) - real
    return value, value - both, value + both
