"""Means with their errors, where rows of one entity are not independent; tests of means; learning curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Mean:
    """A mean and its standard error.

    Attributes:
        value: The mean; NaN of nothing.
        error: Its standard error; infinite where fewer than two entities tell.
        freedom: Degrees of freedom.
    """

    value: float
    error: float
    freedom: float

    @classmethod
    def of(cls, values: NDArray[np.float64], entity: NDArray[np.int64] | None = None) -> Mean:
        """The mean over rows; the error by entity, since the rows of one are alike (the cluster-robust variance).

        Args:
            values: One a row.
            entity: The entity of each row as a whole number; None where each row is its own.
        """
        import numpy as np

        n = len(values)
        if not n:
            return cls(float("nan"), float("inf"), 0.0)
        mean = float(values.mean())
        away: NDArray[np.float64] = values - mean
        if entity is not None:
            codes = np.unique(entity, return_inverse=True)[1]
            away = np.bincount(codes, weights=away).astype(np.float64)
        groups = len(away)
        if groups < 2:
            return cls(mean, float("inf"), 0.0)
        error = float(np.sqrt((away**2).sum() * groups / (groups - 1))) / n
        return cls(mean, error, groups - 1.0)

    def __sub__(self, other: Mean) -> Mean:
        """The difference of independent means; the freedom is Welch's."""
        variances = self.error**2, other.error**2
        total = sum(variances)
        if total in (0.0, float("inf")) or not (self.freedom and other.freedom):
            return Mean(self.value - other.value, total**0.5, min(self.freedom, other.freedom))
        parts = variances[0] ** 2 / self.freedom + variances[1] ** 2 / other.freedom
        return Mean(
            self.value - other.value, total**0.5, total**2 / parts if parts else min(self.freedom, other.freedom)
        )

    @property
    def limits(self) -> tuple[float | None, float | None]:
        """The 95% interval; None twice where nothing tells it."""
        from math import isfinite

        from scipy.special import stdtrit

        if not isfinite(self.error) or self.freedom < 1:
            return None, None
        margin = float(stdtrit(self.freedom, 0.975)) * self.error
        return self.value - margin, self.value + margin

    @property
    def above_zero(self) -> float:
        """The p-value of "no more than 0"; 1 where nothing tells it."""
        from math import isfinite

        from scipy.special import stdtr

        if not isfinite(self.error) or self.freedom < 1:
            return 1.0
        if self.error == 0:
            return 0.0 if self.value > 0 else 1.0
        return float(stdtr(self.freedom, -self.value / self.error))

    @property
    def surely_positive(self) -> bool:
        """Whether the whole 95% interval lies above 0."""
        return self.above_zero < 0.025


def adjusted(p_values: list[float]) -> list[float]:
    """Benjamini and Hochberg's adjusted p-values (1995): rejecting those up to q errs in a share q of rejections."""
    if not p_values:
        return []
    from scipy.stats import false_discovery_control

    return [float(q) for q in false_discovery_control(p_values, method="bh")]
