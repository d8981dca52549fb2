"""Three outcomes of a measurement against its limits, decided on its interval and never on a point estimate."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from supplychain.ledger.verdicts import FAIL, INCONCLUSIVE, PASS

if TYPE_CHECKING:
    from collections.abc import Mapping

Span = tuple[float, float] | None
"""What is known of a quantity: its lowest and highest value, or None where it was not measured."""


def is_number(value: float | None) -> bool:
    """Whether a measurement is there and finite."""
    return value is not None and math.isfinite(value)


def span(value: float | None, low: float | None, high: float | None, bound: str) -> Span:
    """What a rule looks at: the interval (`surely`), or one figure of it, twice.

    A value without an interval is taken as exact: a count, an exact test, a lower bound that was proved. Where one end
    alone is missing, nothing is known on that side.
    """
    if not is_number(value):
        return None
    if bound != "surely":
        chosen = {"value": value, "low": low, "high": high}[bound]
        return (chosen, chosen) if chosen is not None and is_number(chosen) else None
    known = [end for end in (low, high) if is_number(end)]
    if not known:
        low = high = value
    first = low if low is not None and is_number(low) else -math.inf
    last = high if high is not None and is_number(high) else math.inf
    return first, last


def known(ends: Span) -> list[float | None]:
    """The two ends, None where nothing is known: as the log keeps them."""
    return [end if math.isfinite(end) else None for end in ends or ()] or [None, None]


def outcome(ends: Span, least: float | None, most: float | None) -> str:
    """Pass where the whole span lies within the limits, fail where all of it lies without, inconclusive else.

    What was not measured fails.
    """
    if ends is None:
        return FAIL
    low, high = ends
    least = -math.inf if least is None else least
    most = math.inf if most is None else most
    if least <= low and high <= most:
        return PASS
    return FAIL if high < least or low > most else INCONCLUSIVE


def in_words(spans: Mapping[str, Span], figures: Mapping[str, float], worst: str) -> str:
    """What was found, for a person: the scopes that decide, the farthest from zero first.

    Args:
        spans: Scope to what the rule looked at.
        figures: Scope to the measured value.
        worst: The outcome; of scopes that all pass the range is enough.
    """
    if not spans:
        return "not measured"
    if worst == PASS and len(spans) > 1:
        values = [end for ends in spans.values() if ends for end in ends]
        return f"{min(values):.4g} to {max(values):.4g} over {len(spans)}"
    ordered = sorted(spans, key=lambda scope: -_size(spans[scope]))
    return ", ".join(f"{scope} {_one(spans[scope], figures.get(scope))}".removeprefix("all ") for scope in ordered)


def _one(ends: Span, value: float | None) -> str:
    if ends is None:
        return "not a number"
    low, high = ends
    return f"{low:.4g}" if low == high or value is None else f"{value:.4g} ({low:.4g} to {high:.4g})"


def _size(ends: Span) -> float:
    return math.inf if ends is None else max(abs(end) for end in ends)
