"""A gate as charts: each rule on evidence beside its limits, and how many rows broke each rule on rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplychain import charts
from supplychain.gates.outcomes import outcome
from supplychain.ledger.verdicts import FAIL, INCONCLUSIVE, PASS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from supplychain.ledger import GateResult

SHOWN = 24
"""Lines of a chart that a person reads."""
_COLOURS = {FAIL: 1, INCONCLUSIVE: 4}


def gate_pictures(results: Sequence[GateResult]) -> dict[str, str]:
    """The verdicts of one gate as charts, title to SVG; none where there is nothing to draw."""
    drawn = {}
    measured = [gate for gate in results if gate.limits and gate.spans]
    if measured:
        each = max(SHOWN // len(measured), 1)
        held = [one for gate in measured for one in _held(gate, each)][:SHOWN]
        title = "What was measured, beside what is allowed"
        drawn[title] = charts.against_limits(title, held)
    # Of a rule on rows the score is how many broke it; one on the whole table has another, and is in the table alone.
    on_rows = [gate for gate in results if not gate.limits and gate.figures.get("all") == gate.failed_rows]
    counted = {gate.rule: float(gate.failed_rows) for gate in on_rows}
    if counted:
        shown = dict(sorted(counted.items(), key=lambda item: -item[1])[:SHOWN])
        outcomes = {gate.rule: "" if gate.passed else gate.outcome for gate in results}
        title = (
            "Rows that broke each rule" if len(shown) == len(counted) else f"Rows that broke the {SHOWN} worst rules"
        )
        drawn[title] = charts.bars(title, shown, "rows", {rule: outcomes[rule] for rule in shown})
    return drawn


def _held(gate: GateResult, most: int) -> Iterator[charts.Held]:
    """The scopes of a rule that are nearest to its limit, or beyond it, each in the colour of its outcome."""
    least, top = gate.limits
    for scope in sorted(gate.spans, key=lambda scope: _room(gate.spans[scope], least, top))[:most]:
        low, high = gate.spans[scope]
        middle = gate.figures.get(scope)
        said = _outcome(gate, scope)
        yield charts.Held(
            label=gate.rule if scope == "all" else f"{gate.rule}, {scope}",
            low=low,
            middle=middle if middle is not None and _within(middle, low, high) else low,
            high=high,
            least=least,
            most=top,
            note=_note(gate, scope, said),
            colour=_COLOURS.get(said, 0),
        )


def _outcome(gate: GateResult, scope: str) -> str:
    low, high = gate.spans[scope]
    least, most = gate.limits
    if low is None and high is None:
        return gate.outcome
    ends = (float("-inf") if low is None else low, float("inf") if high is None else high)
    return outcome(ends, least, most)


def _room(ends: list[float | None], least: float | None, most: float | None) -> tuple[int, float]:
    """How far an interval is from the limit, in widths of what is allowed, smallest first; unknown ones before all."""
    low, high = ends
    if low is None and high is None:
        return 0, 0.0
    rooms = [
        *([low - least] if low is not None and least is not None else []),
        *([most - high] if high is not None and most is not None else []),
    ]
    return 1, min(rooms, default=0.0)


def _within(middle: float, low: float | None, high: float | None) -> bool:
    return (low is None or low <= middle) and (high is None or middle <= high)


def _note(gate: GateResult, scope: str, said: str) -> str:
    least, most = gate.limits
    low, high = gate.spans[scope]
    found = "not a number" if low is None and high is None else _figures(gate.figures.get(scope), low, high)
    bounds = [f"{word} {limit:g}" for word, limit in (("≥", least), ("≤", most)) if limit is not None]
    waived = ", waived" if gate.waiver else ""
    told = "" if said == PASS else f": {said}{waived}"
    return f"{found}, {' '.join(bounds)}{told}"


def _figures(value: float | None, low: float | None, high: float | None) -> str:
    if low == high or value is None:
        return f"{low if low is not None else high:.3g}"
    ends = " to ".join("?" if end is None else f"{end:.3g}" for end in (low, high))
    return f"{value:.3g} ({ends})"
