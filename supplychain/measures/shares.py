"""Shares and rates of made rows against real ones that are parted among strata as the made ones are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Z95 = 1.96


def share_ratio(
    here: NDArray[np.bool_],
    stratum: NDArray[np.int64],
    among: NDArray[np.bool_],
    inside: list[NDArray[np.bool_]],
) -> tuple[float, float, float]:
    """How many times its expected share a group has among made rows, with 95% limits; 1 is as among real ones.

    The expected share is the mean of its shares among the real rows of each stratum, weighted by made rows. Limits are
    those of a ratio on the logarithm's scale (Katz et al., 1978).

    Args:
        here: Whether a made row is of the group.
        stratum: The stratum of each made row, from 0 on.
        among: Whether a real row is of the group.
        inside: Of each stratum which real rows lie in it; at least one row does.

    Returns:
        Value and limits; NaN where no real row of the strata is of the group.
    """
    import numpy as np

    weights = np.bincount(stratum, minlength=len(inside)) / max(len(stratum), 1)
    shares = np.array([among[mask].mean() for mask in inside])
    sizes = np.array([mask.sum() for mask in inside])
    expected, observed = float(weights @ shares), float(here.mean()) if len(here) else float("nan")
    if not expected or not len(here):
        return float("nan"), float("nan"), float("nan")
    at_least = max(observed, 0.5 / len(here))  # none at all has limits too
    variance = (1 - at_least) / (at_least * len(here))
    variance += float((weights**2 * shares * (1 - shares) / sizes).sum()) / expected**2
    times = float(np.exp(Z95 * variance**0.5))
    return observed / expected, observed / expected / times, at_least / expected * times


def outcome_shift(
    made: NDArray[np.float64],
    stratum: NDArray[np.int64],
    real: NDArray[np.float64],
    inside: list[NDArray[np.bool_]],
    *,
    of: int = 1,
) -> tuple[float, float, float]:
    """How far the outcome's rate among made rows lies above that of real ones in the same strata, with 95% limits.

    Of several classes the one that is surest to differ, with limits that allow for the choice (Bonferroni).

    Args:
        made: Rows x classes of 0 and 1, or of a quantity.
        stratum: The stratum of each made row, from 0 on.
        real: The same of real rows.
        inside: Of each stratum which real rows lie in it; made rows of a stratum without real ones are left out.
        of: How many groups are looked at together: the limits hold for all of them at once (Bonferroni).

    Returns:
        Value and limits; NaN where nothing can be compared.
    """
    import numpy as np
    from scipy.special import ndtri

    there = np.array([mask.sum() >= 2 for mask in inside])
    made, stratum = made[there[stratum]], stratum[there[stratum]]
    if len(made) < 2:
        return float("nan"), float("nan"), float("nan")
    weights = np.bincount(stratum, minlength=len(inside)) / len(made)
    expected, variance = np.zeros(made.shape[1]), _variance(made)
    for weight, mask in zip(weights, inside, strict=True):
        if weight:
            expected += weight * real[mask].mean(axis=0)
            variance += weight**2 * _variance(real[mask])
    shift, error = made.mean(axis=0) - expected, np.sqrt(variance)
    worst = int(np.argmax(np.abs(shift) / np.maximum(error, 1e-12)))
    margin = float(ndtri(1 - 0.025 / (made.shape[1] * of))) * float(error[worst])
    return float(shift[worst]), float(shift[worst]) - margin, float(shift[worst]) + margin


def _variance(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The variance of each column's mean; of a rate with half a case more on either side, so that none of all is known
    no better than one of all (Agresti and Coull, 1998, with one more row instead of four).
    """
    import numpy as np

    if np.isin(values, (0.0, 1.0)).all():
        rate = (values.sum(axis=0) + 0.5) / (len(values) + 1)
        of_rates: NDArray[np.float64] = rate * (1 - rate) / len(values)
        return of_rates
    found: NDArray[np.float64] = values.var(axis=0, ddof=1) / len(values)
    return found
