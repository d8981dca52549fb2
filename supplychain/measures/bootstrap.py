"""The bootstrap of people: statistics that are sums over rows, drawn again and again, a person's rows together.

Every statistic sees the same draws, so that the interval of a difference is that of a paired one (Efron, 1979; the
draws are of entities, since the rows of one are alike).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DRAWS = 400
Z95 = 1.96


class Resampled:
    """Draws of the entities of some rows.

    Args:
        rows: How many rows there are.
        entity: The entity of each row, any values that compare; None where each row is its own.
        seed: Seed of the draws.
        draws: How many.
    """

    def __init__(self, rows: int, entity: NDArray[Any] | None = None, *, seed: int, draws: int = DRAWS) -> None:
        import numpy as np

        self.entity = np.arange(rows) if entity is None else np.unique(entity, return_inverse=True)[1]
        people = int(self.entity.max()) + 1 if rows else 0
        rng = np.random.default_rng(seed)
        self._times = np.ones((1 + draws, people), dtype=np.float64)
        for draw in range(1, 1 + draws if people else 0):
            self._times[draw] = np.bincount(rng.integers(0, people, people), minlength=people)

    def sums(self, columns: NDArray[Any], inside: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        """Sums over rows: first of the rows as they are, then of each draw.

        Args:
            columns: Rows x statistics.
            inside: The rows that count; None for all.

        Returns:
            (1 + draws) x statistics.
        """
        import numpy as np

        entity = self.entity if inside is None else self.entity[inside]
        columns = np.asarray(columns if inside is None else columns[inside], dtype=np.float64)
        known, code = np.unique(entity, return_inverse=True)
        by_entity = np.stack([np.bincount(code, weights=column, minlength=len(known)) for column in columns.T], axis=1)
        found: NDArray[np.float64] = self._times[:, known] @ by_entity
        return found

    def mean(self, values: NDArray[np.float64], inside: NDArray[np.bool_] | None = None) -> tuple[float, float, float]:
        """The mean of some rows and its 95% limits, by the cluster-robust variance; NaN of fewer than two entities."""
        import numpy as np

        entity = self.entity if inside is None else self.entity[inside]
        values = values if inside is None else values[inside]
        people = len(np.unique(entity))
        if people < 2:
            return float("nan"), float("nan"), float("nan")
        mean = float(values.mean())
        away = np.bincount(np.unique(entity, return_inverse=True)[1], weights=values - mean)
        margin = Z95 * float(np.sqrt((away**2).sum() * people / (people - 1))) / len(values)
        return mean, mean - margin, mean + margin


def limits(found: NDArray[np.float64], *, mirrored: bool = False, of: int = 1) -> tuple[float, float, float]:
    """The first of some figures, and 95% limits by the others, which hold it; NaN where it is none.

    Args:
        found: The statistic of the rows, then of each draw.
        mirrored: The basic bootstrap (Davison and Hinkley, 1997, 5.2), for what noise alone makes larger, such as a sum
            of absolute values: a draw is as far above the rows as these are above the population.
        of: How many figures are looked at together: the limits hold for all of them at once (Bonferroni). Draws are too
            few for such ends, so that those for one are moved out as a normal figure's would be.
    """
    import numpy as np
    from scipy.special import ndtri

    value, draws = float(found[0]), found[1:][np.isfinite(found[1:])]
    if not np.isfinite(value) or not len(draws):
        return float("nan"), float("nan"), float("nan")
    low, high = (float(end) for end in np.quantile(2 * value - draws if mirrored else draws, [0.025, 0.975]))
    wider = float(ndtri(1 - 0.025 / of)) / Z95 if of > 1 else 1.0
    return value, value - wider * max(value - low, 0.0), value + wider * max(high - value, 0.0)
