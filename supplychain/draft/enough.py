"""How many rows are enough: half of those that are expected, and a reason that says of what it is half."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplychain.draft.rounding import figure

if TYPE_CHECKING:
    from supplychain.draft.drafting import Draft

ASKED_FOR = "that levers.coverage.rows asked for when this was drafted"


@dataclass(frozen=True)
class Expected:
    """How many rows a suite's table is expected to have.

    Attributes:
        rows: The rows; 0 where nobody can say.
        of: Whose they are, in words that go on after `rows`.
    """

    rows: int
    of: str


def arriving(draft: Draft) -> Expected:
    """The rows that come at once: the smallest window, where a column could part them, or all."""
    if not draft.window:
        return Expected(draft.table.rows, "that the file had when this was drafted")
    name, rows = draft.window[0], draft.table.rows
    share = figure(draft.frame[name].value_counts()["count"].min()) / draft.frame.height
    about = "or so " if rows > draft.frame.height else ""  # counted in a sample
    return Expected(round(share * rows), f"{about}that the smallest {name} had when this was drafted")


def least_real(expected: Expected) -> tuple[int, str]:
    """The least rows that may arrive, and why."""
    return max(expected.rows // 2, 1), f"{_half(expected)}: with fewer, the file is probably cut short."


def least_candidates(expected: Expected) -> tuple[int, str]:
    """The least candidates that are judged, and why."""
    if not expected.rows:
        return 1, "The plan asks for as many rows as gaps need; no rows at all would pass every other rule."
    why = "fewer candidates leave most of the plan unfilled, and none at all would pass every other rule."
    return max(expected.rows // 2, 1), f"{_half(expected)}: {why}"


def _half(expected: Expected) -> str:
    return f"Half of the {expected.rows:,} rows {expected.of}"
