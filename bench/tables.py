"""Tables of the benchmarks: Markdown, in columns that line up when printed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

RESULTS = Path(__file__).parent / "results"


def markdown(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A table; the first column is left, the others are right."""
    cells = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(head))]
    rule = [("-" * (width - 1) + ":" if place else "-" * width) for place, width in enumerate(widths)]
    return "\n".join(_line(row, widths) for row in (cells[0], rule, *cells[1:]))


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        f"{cell:>{w}}" if place else f"{cell:<{w}}" for place, (cell, w) in enumerate(zip(row, widths, strict=True))
    )
    return f"| {' | '.join(padded)} |"


def spread(values: Sequence[float], digits: int = 3) -> str:
    """The median, and the range where there are several: `0.55 (0.54 to 0.57)`."""
    shown = [f"{value:,.{digits}f}" for value in (median(values), min(values), max(values))]
    return shown[0] if shown[1] == shown[2] else f"{shown[0]} ({shown[1]} to {shown[2]})"


def save(name: str, result: dict[str, Any]) -> None:
    """Write a result as JSON."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=2, default=float) + "\n")


def saved(name: str) -> dict[str, Any] | None:
    """A result as it was written last; None where there is none."""
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text()) if path.is_file() else None
