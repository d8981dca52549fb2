"""The comparison in words: what to do, what it hangs on, what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from supplychain.roi.answers import BreakEven
    from supplychain.roi.draws import Range
    from supplychain.roi.measured import Known
    from supplychain.roi.outcome import Aim

FIRST = (
    ("raw_row_price", "what one more collected real row costs"),
    ("permission_months", "how long until the first of them arrives"),
    ("define_hours", "how long people work on the product file and its limits"),
    ("wage", "what an hour of them costs"),
    ("exchange_rate", "how many real rows a synthetic one is worth"),
    ("ceiling", "how many real rows all synthetic ones of a slice are worth at most"),
    ("value_per_point", "what a point of loss less is worth in a month"),
)
"""The smallest set that compares anything, in the order in which it is worth finding out."""
NO_PRICE = "No price is known, so no money is computed."


def money(amount: float, currency: str) -> str:
    """An amount in three digits, such as `EUR 12,300`."""
    return f"{currency} {figure(amount)}"


def figure(value: float) -> str:
    """A figure in three digits, without powers of ten where it is large: `12,300`, `0.0417`."""
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 100 else f"{rounded:g}"


def span(found: Range, currency: str) -> str:
    """P50, with P10 to P90."""
    return f"{money(found.middle, currency)} ({money(found.low, currency)} to {money(found.high, currency)})"


def what_to_fill(lacking: Iterable[str] = ()) -> tuple[str, ...]:
    """What to write under `roi.inputs` first; all of the smallest set where nothing is named."""
    wanted = set(lacking) or {name for name, _ in FIRST}
    return tuple(f"roi.inputs.{name}: {meaning}" for name, meaning in FIRST if name in wanted)


def verdict(best: str, shares: Mapping[str, float], lead: float, other: str, currency: str) -> str:
    """Which strategy, how surely, and by how much."""
    words = {
        "nothing": "Leave it as it is",
        "real": "Buy real rows",
        "synthetic": "Synthesise",
        "hybrid": "Synthesise, and buy real rows for the rest",
    }
    return (
        f"{words[best]}: {best} is best in {shares[best]:.0%} of the draws, "
        f"on average by {money(lead, currency)} over {other}."
    )


def evidence(share: float, needed: float, hidden: list[str], unpriced: list[str]) -> str:
    """How much of the result rests on what was measured or quoted, and what that makes of it."""
    line = f"{share:.0%} of the variance that single inputs explain rests on measured or quoted ones"
    if unpriced:
        return f"Illustrative: {' and '.join(unpriced)} cannot be computed yet; {line}."
    if hidden:
        return (
            f"Illustrative: {', '.join(hidden)} is assumed and given as one figure, which hides its variance; {line}."
        )
    word = "Headline" if share >= needed else "Illustrative"
    return f"{word}: {line}; a headline needs {needed:.0%}."


def break_even(best: str, found: BreakEven) -> str:
    """Where another strategy becomes the best."""
    side = "above" if found.above else "below"
    return (
        f"{best} stops being best where {name_of(found.name)} is {side} {figure(found.value)} {found.unit}, "
        f"given as {figure(found.low)} to {figure(found.high)}; then {found.other} is."
    )


def no_break_even(best: str, names: list[str]) -> str:
    """That no single input decides."""
    if not names:
        return f"No input moves the lead of {best}."
    moved = ", ".join(name_of(name) for name in names)
    return f"{best} stays the best wherever one of these alone lies within ten times its range: {moved}."


def pilot(worth: float, cost: float, names: list[str], currency: str) -> str:
    """Whether to find out before choosing."""
    known = ", ".join(name_of(name) for name in names)
    price = f"one attempt costs about {money(cost, currency)}"
    if worth > cost:
        return f"A pilot would pay: to know {known} before choosing is worth up to {money(worth, currency)}; {price}."
    return f"A pilot would not pay: to know {known} before choosing is worth at most {money(worth, currency)}; {price}."


def reach(name: str, share: float) -> str:
    """How far a strategy gets towards the target."""
    return f"{name} gets {share:.0%} of the way to the target: partial credit."


def out_of_reach(aim: Aim) -> str:
    """A target that rows do not reach."""
    if aim.asked <= aim.c:
        why = f"no number of such rows gets below {aim.c:.4g}"
    else:
        why = "its learning curve is not followed so far"
    return f"{aim.slice}: a loss of {aim.asked:.4g} is out of reach, {why}; all strategies aim at {aim.target:.4g}."


def not_counted(found: Mapping[str, Mapping[str, str]]) -> tuple[str, ...]:
    """Stages that have no price, and what would price them."""
    return tuple(
        f"Not counted in {pipeline}: " + ", ".join(f"{stage} (give {names})" for stage, names in stages.items()) + "."
        for pipeline, stages in found.items()
        if stages
    )


def name_of(name: str) -> str:
    """An input's name for a sentence: `exchange_rate.rural` is `exchange rate in rural`."""
    plain, _, slice_ = name.partition(".")
    words = plain.replace("_", " ")
    return f"{words} in {slice_}" if slice_ else words


def updated(name: str, known: Known) -> str:
    """How measurements moved an input."""
    if known.stated is None or not known.measurements:
        return ""
    return f"{name_of(name)}: {figure(known.stated.middle)} became {figure(known.used.middle)} {known.unit}"
