"""Compact pictures as SVG text, legible on a phone: two histograms in one, a matrix, and intervals on a line.

They are drawn 340 units wide, so that a phone shows their letters at their size. The same figures give the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDTH = 340
SMALL = 200
"""Width of a histogram: several stand side by side, two of them on a phone."""
REAL, MADE, INK, FAINT, GRID = "#8fb3cf", "#b4470f", "#1f2430", "#5d6575", "#d9dde5"
GOOD, BAD, UNSURE = "#2e6b38", "#a3262f", "#5d6575"


@dataclass(frozen=True)
class Dot:
    """A figure with its interval, and a word on it.

    Attributes:
        label: What it is of.
        low: The interval's lower end.
        value: The figure.
        high: The interval's upper end.
        note: What it means.
        colour: Of the interval.
    """

    label: str
    low: float
    value: float
    high: float
    note: str = ""
    colour: str = UNSURE


def histograms(told: str, real: Sequence[float], made: Sequence[float], ends: tuple[str, str]) -> str:
    """Shares of real rows as filled bars, of synthetic ones as an outline over them.

    Args:
        told: The picture in words.
        real: Share in each bin; empty where real rows are not to be shown.
        made: The same of synthetic rows.
        ends: What stands under the first and the last bin.
    """
    top = max([*real, *made, 1e-9])
    step, base, height = (SMALL - 12) / len(made), 62, 56
    body = []
    for place, share in enumerate(real):
        tall = share / top * height
        body.append(_box(6 + place * step + 0.5, base - tall, step - 1, tall, REAL))
    path = [f"M6,{base}"]
    for place, share in enumerate(made):
        y = base - share / top * height
        path.append(f"L{6 + place * step:.1f},{y:.1f} L{6 + (place + 1) * step:.1f},{y:.1f}")
    path.append(f"L{SMALL - 6},{base}")
    body.append(f'<path d="{" ".join(path)}" fill="none" stroke="{MADE}" stroke-width="2"/>')
    body.append(_line(6, base, SMALL - 6, base, FAINT))
    body.append(_text(6, base + 13, _short(ends[0], 14)))
    body.append(_text(SMALL - 6, base + 13, _short(ends[1], 14), anchor="end"))
    return _svg(told, base + 17, body, SMALL)


def matrix(told: str, names: Sequence[str], below: Sequence[Sequence[float]], above: Sequence[Sequence[float]]) -> str:
    """Strengths between columns, 0 to 1: one table below the diagonal and one above."""
    size, left, top = min((WIDTH - 112) / len(names), 20), 108, 4
    body = []
    for row, name in enumerate(names):
        body.append(_text(left - 5, top + row * size + size * 0.72, _short(name, 16), anchor="end", size=min(11, size)))
        for column in range(len(names)):
            x, y = left + column * size, top + row * size
            if row == column:
                body.append(_box(x, y, size - 1, size - 1, GRID))
                continue
            value = below[row][column] if column < row else above[row][column]
            colour = "#2f6f9f" if column < row else MADE
            body.append(_box(x, y, size - 1, size - 1, colour, opacity=0.03 + 0.97 * min(max(value, 0.0), 1.0) ** 0.75))
    return _svg(told, top * 2 + len(names) * size, body)


def intervals(told: str, dots: Sequence[Dot], *, marks: Iterable[tuple[float, str]] = ((0.0, "no change"),)) -> str:
    """An interval a line, its label above it; upright lines at figures to compare with."""
    marks = list(marks)
    ends = [end for dot in dots for end in (dot.low, dot.high)] + [x for x, _ in marks]
    low, high = min(ends), max(ends)
    room = (high - low or 1.0) * 0.06

    def x(value: float) -> float:
        return 10 + (value - low + room) / (high - low + 2 * room) * (WIDTH - 20)

    line, top = 36, 20
    bottom = top + line * len(dots)
    body = []
    for value, word in marks:
        body += [_line(x(value), y + 17, x(value), y + 29, INK) for y in range(top, bottom, line)]
        anchor = "start" if x(value) < WIDTH / 3 else "end" if x(value) > WIDTH * 2 / 3 else "middle"
        body.append(_text(x(value), 12, word, anchor=anchor, size=11, colour=FAINT))
    for place, dot in enumerate(dots):
        y = top + place * line
        body.append(_text(10, y + 12, _short(dot.label, 30), size=12))
        body.append(_text(WIDTH - 10, y + 12, dot.note, anchor="end", size=11, colour=dot.colour))
        body.append(_line(x(dot.low), y + 23, x(dot.high), y + 23, dot.colour, width=3))
        body.append(f'<circle cx="{x(dot.value):.1f}" cy="{y + 23}" r="4.5" fill="{dot.colour}"/>')
    return _svg(told, bottom + 4, body)


def shares(told: str, rows: Sequence[tuple[str, float | None, float, str]]) -> str:
    """Two bars a line: the share among real rows, None where that is not shown, and among synthetic ones."""
    top = max([share for _, real, made, _ in rows for share in (real or 0.0, made)] + [1e-9])
    line, body = 40, []
    for place, (label, real, made, note) in enumerate(rows):
        y = place * line
        body.append(_text(10, y + 13, _short(label, 30), size=12))
        body.append(_text(WIDTH - 10, y + 13, note, anchor="end", size=11, colour=FAINT))
        if real is not None:
            body.append(_box(10, y + 18, real / top * (WIDTH - 20), 7, REAL))
        body.append(_box(10, y + 26, made / top * (WIDTH - 20), 7, MADE))
    return _svg(told, line * len(rows) + 2, body)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _svg(told: str, height: float, body: list[str], width: int = WIDTH) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height:.0f}" role="img" aria-label={quoteattr(told)} '
        f'font-family="system-ui, sans-serif">{"".join(body)}</svg>'
    )


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: float = 11, colour: str = INK) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size:g}" fill="{colour}">'
        f"{escape(text)}</text>"
    )


def _box(x: float, y: float, width: float, height: float, colour: str, *, opacity: float = 1.0) -> str:
    shape = f'x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}"'
    return f'<rect {shape} fill="{colour}" fill-opacity="{opacity:.2f}"/>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, *, width: float = 1, dash: str = "") -> str:
    more = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{width:g}"{more}/>'
    )
