"""Agreement of two reviewers on the same rows: raw, AC1 and kappa, each with an interval; never kappa alone.

Where nearly all rows are good, kappa is low although the two nearly always agree (Feinstein and Cicchetti, High
agreement but low kappa, 1990); AC1 is not (Gwet, Computing inter-rater reliability in the presence of high agreement,
2008).
"""

from __future__ import annotations

from dataclasses import dataclass

Z95 = 1.959964


@dataclass(frozen=True)
class Figure:
    """A figure with its 95% interval; None where it is not defined."""

    value: float | None
    low: float | None
    high: float | None


NOT_KNOWN = Figure(None, None, None)


@dataclass(frozen=True)
class Agreement:
    """How far two answers on each of `n` rows agree."""

    n: int
    raw: Figure
    ac1: Figure
    kappa: Figure


def agreement(both: int, first: int, second: int, neither: int) -> Agreement:
    """Agreement from the four counts of rows: rejected by both, by the first alone, by the second alone, by neither."""
    n = both + first + second + neither
    if not n:
        return Agreement(0, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN)
    raw = (both + neither) / n
    rates = (both + first) / n, (both + second) / n
    mean = sum(rates) / 2
    by_chance = rates[0] * rates[1] + (1 - rates[0]) * (1 - rates[1])
    return Agreement(
        n,
        wilson(both + neither, n),
        _ac1(both, first + second, neither, mean),
        _kappa(raw, by_chance, n),
    )


def wilson(count: float, n: float) -> Figure:
    """A share with Wilson's interval."""
    if n <= 0:
        return NOT_KNOWN
    share, z2 = count / n, Z95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * ((share * (1 - share) / n + z2 / (4 * n * n)) ** 0.5) / (1 + z2 / n)
    return Figure(share, max(middle - half, 0.0), min(middle + half, 1.0))


def _ac1(both: int, differ: int, neither: int, mean: float) -> Figure:
    """Gwet's AC1 for two reviewers and two answers, with his variance over rows (2008, equation 34)."""
    n = both + differ + neither
    raw, by_chance = (both + neither) / n, 2 * mean * (1 - mean)
    value = (raw - by_chance) / (1 - by_chance)
    if n < 2:
        return Figure(value, None, None)
    spread = 0.0
    for count, agrees, rejected in ((both, 1.0, 1.0), (differ, 0.0, 0.5), (neither, 1.0, 0.0)):
        own = (agrees - by_chance) / (1 - by_chance)
        chance = rejected * (1 - mean) + (1 - rejected) * mean
        spread += count * (own - 2 * (1 - value) * (chance - by_chance) / (1 - by_chance) - value) ** 2
    return _around(value, (spread / (n * (n - 1))) ** 0.5)


def _kappa(raw: float, by_chance: float, n: int) -> Figure:
    """Cohen's kappa (1960), with its large-sample error; not defined where both gave one and the same answer."""
    if by_chance >= 1:
        return NOT_KNOWN
    value = (raw - by_chance) / (1 - by_chance)
    return _around(value, (raw * (1 - raw) / n) ** 0.5 / (1 - by_chance))


def _around(value: float, error: float) -> Figure:
    return Figure(value, max(value - Z95 * error, -1.0), min(value + Z95 * error, 1.0))
