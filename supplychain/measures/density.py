"""Density: rows that lie farther from real rows than other real rows do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplychain.measures.bins import effective

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEAREST = 5
"""The real row, counted from the nearest, whose distance is a row's own: one stray row makes no neighbourhood."""
FAR = 0.05
"""The share of gold rows that are called far. Of a hundred gold rows the farthest one says little."""
CHUNK = 500
DRAWS = 200


def distances(rows: NDArray[np.float32], real: NDArray[np.float32]) -> NDArray[np.float64]:
    """Euclidean distance of each row to its fifth nearest real one.

    Args:
        rows: Rows x axes.
        real: The real ones, likewise.
    """
    import numpy as np

    place = min(NEAREST, len(real)) - 1
    norms = (real**2).sum(1)
    found = np.zeros(len(rows))
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        squared = (part**2).sum(1)[:, None] - 2 * part @ real.T + norms
        found[start : start + CHUNK] = np.partition(squared, place, axis=1)[:, place]
    return np.sqrt(np.maximum(found, 0.0))


def far_share(
    rows: NDArray[np.float64], gold: NDArray[np.float64], weights: NDArray[np.float64], *, seed: int
) -> tuple[float, float, float]:
    """The share of rows farther from real ones than 95% of gold rows are; 0.05 is what real rows have.

    Args:
        rows: A distance a row.
        gold: A distance a gold row.
        weights: How much each gold row counts.
        seed: Seed of the bootstrap, which draws both anew: where the line lies is not certain either.

    Returns:
        The share and its 95% limits.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    many = max(round(effective(weights)), 1)
    lines = np.quantile(rng.choice(gold, (DRAWS, many), p=weights / weights.sum()), 1 - FAR, axis=1)
    line = np.quantile(gold, 1 - FAR, weights=weights, method="inverted_cdf")
    ordered = np.sort(rows)
    beyond = (len(rows) - np.searchsorted(ordered, lines, side="right")) / len(rows)
    draws = rng.binomial(len(rows), beyond) / len(rows)
    value = float((rows > line).mean())
    low, high = np.quantile(draws, [0.025, 0.975])
    return value, min(float(low), value), max(float(high), value)
