"""Numbers that may be written down: rounded to 1, 2 or 5 of a power of ten, and never a person's own extreme."""

from __future__ import annotations

from math import ceil, floor, isfinite, log10
from typing import Any

from supplychain.draft.profile import SHARED

NATURAL = (0.0, 1.0, 100.0)
"""Ends that belong to a scale, not to a person."""
PARTS = 10
"""A range is rounded outward by no more than about one in so many of its length, at each end."""


def step(size: float) -> float:
    """The least of 1, 2, 5 times a power of ten that is not below `size`.

    Example:
        >>> [step(size) for size in (0.03, 1, 61)]
        [0.05, 1.0, 100.0]
    """
    power = 10.0 ** floor(log10(size))
    for factor in (1, 2, 5, 10):
        if factor * power >= size * (1 - 1e-9):
            return float(f"{factor * power:.12g}")
    return float(f"{10 * power:.12g}")


def down(size: float) -> int:
    """The greatest of 1, 2, 5 times a power of ten that is not above `size`; at least 1."""
    power = int(10 ** floor(log10(max(size, 1))))
    return next(factor * power for factor in (5, 2, 1) if factor * power <= max(size, 1))


def limits(low: float, high: float, *, low_rows: int, high_rows: int) -> tuple[float, float]:
    """A range around [low, high] whose ends are rounded outward, and are no single person's value.

    An end that many rows share, or that belongs to a scale (0, 1, 100), stands as it is where rounding lands on it.

    Args:
        low: The least value.
        high: The greatest.
        low_rows: Rows that have the least value.
        high_rows: Rows that have the greatest.

    Example:
        >>> limits(18, 80, low_rows=1, high_rows=1)
        (10.0, 90.0)
    """
    size = step(max(high - low, abs(high) / 1e6, 1e-9) / PARTS)
    bottom, top = floor(low / size), ceil(high / size)
    if _same(bottom * size, low) and not _may_stand(low, low_rows):
        bottom -= 1
    if _same(top * size, high) and not _may_stand(high, high_rows):
        top += 1
    return _plain(bottom * size), _plain(top * size)


def cut(value: float, low: float, high: float) -> float:
    """A value inside a range, rounded to one in twenty of its length in steps of 1, 2 or 5."""
    size = step(max(high - low, 1e-9) / 20)
    return _plain(round(value / size) * size)


def figure(statistic: Any) -> float:  # noqa: ANN401  (a literal of polars, of whatever type its column has)
    """A statistic of a column of numbers; 0 where there is none."""
    return float(statistic or 0)


def written(value: float) -> str:
    """A number as a file shows it."""
    return str(int(value)) if isfinite(value) and value == int(value) and abs(value) < 1e15 else repr(value)


def _may_stand(value: float, rows: int) -> bool:
    return rows >= SHARED or value in NATURAL


def _same(first: float, second: float) -> bool:
    return abs(first - second) <= 1e-9 * max(abs(first), abs(second), 1e-12)


def _plain(value: float) -> float:
    """Without the dust of binary fractions."""
    return float(f"{value:.12g}") + 0.0
