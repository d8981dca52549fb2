"""What charts are drawn with: a scale, and text, boxes and lines as SVG."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDTH, LABEL, LINE, HEAD, FOOT, EDGE = 720, 210, 26, 40, 34, 70
SHORT, LONG = 31, 36
"""Characters of a label in one line, and of each line of a label in two."""
PANEL, INK, FAINT = "#f7f8fa", "#1f2430", "#8a92a3"
COLOURS = ("#2f6f9f", "#c2571a", "#3d7d44", "#7a4fa3", "#8a6d00", "#a33b52")
"""Told apart with any colour vision, and each at least 4.5 to 1 on the panel."""


@dataclass(frozen=True)
class Scale:
    """Figures to places along a line."""

    low: float
    high: float
    left: float
    right: float

    @classmethod
    def over(cls, values: Sequence[float], *, left: float = LABEL, right: float = WIDTH - EDGE) -> Scale:
        """A scale that holds all of the values, with a little room."""
        low, high = (min(values), max(values)) if values else (0.0, 1.0)
        if low == high:
            low, high = low - 0.5, high + 0.5
        return cls(low, high, left, right)

    def x(self, value: float) -> float:
        """Where a figure stands."""
        return self.left + (value - self.low) / (self.high - self.low) * (self.right - self.left)

    def ticks(self) -> list[float]:
        """Up to six round figures within the scale."""
        raw = (self.high - self.low) / 5
        power = 10.0 ** math.floor(math.log10(raw))
        step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [number * step for number in range(first, last + 1)]


def chart(title: str, unit: str, body: list[str], rows: int, scale: Scale, told: str) -> str:
    """Rows of a bar chart, over a scale with the zero marked."""
    bottom = HEAD + rows * LINE
    grid = [rule(scale.x(tick), HEAD, scale.x(tick), bottom) for tick in scale.ticks()]
    marks = [text(scale.x(tick), bottom + 16, number(tick), anchor="middle", size=11) for tick in scale.ticks()]
    zero = rule(scale.x(0.0), HEAD, scale.x(0.0), bottom, colour=INK)
    return svg(title, unit, [*grid, *body, zero, *marks], bottom + FOOT, told)


def svg(title: str, unit: str, body: list[str], height: float, told: str) -> str:
    """A whole picture: its panel, its title, the unit below it, and what is drawn; `told` is for who cannot see it."""
    words = f"{title}: {told}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" '
            f'height="{height:.0f}" role="img" aria-label={quoteattr(words)} font-family="sans-serif">',
            f'<rect width="{WIDTH}" height="{height:.0f}" rx="6" fill="{PANEL}"/>',
            text(12, 20, title, size=14, weight="bold"),
            text(12, 35, unit, size=11),
            *body,
            "</svg>",
            "",
        ]
    )


def label(words: str, y: float) -> list[str]:
    """The label before a row; a long one in two lines, broken near its middle where a word ends."""
    if len(words) <= SHORT:
        return [text(LABEL - 10, y + 17, words, anchor="end", size=12)]
    ends = [place for place in range(1, min(LONG, len(words)) + 1) if words[place - 1] in "- "] or [
        min(LONG, len(words))
    ]
    cut = min(ends, key=lambda end: abs(end - min(len(words) / 2, LONG)))
    rest = words[cut:] if len(words) - cut <= LONG else f"{words[cut : cut + LONG - 1]}…"
    return [text(LABEL - 10, y + place, part, anchor="end", size=10) for place, part in ((11, words[:cut]), (22, rest))]


def right_end(notes: Iterable[str]) -> float:
    """Where the plane ends: there is room for figures, and for notes after them."""
    return max(WIDTH - EDGE - 6.0 * max(map(len, notes), default=0), WIDTH / 2)


def figure(x: float, y: float, value: float, note: str = "") -> str:
    """A figure after a bar, and a note."""
    return text(x + 6, y + 17, f"{number(value)} {note}".rstrip(), size=11)


def text(
    x: float, y: float, words: str, *, anchor: str = "start", size: int = 12, weight: str = "normal", colour: str = INK
) -> str:
    """Text at a place; `anchor` is which of its ends stands there."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}" '
        f'fill="{colour}">{escape(words)}</text>'
    )


def box(x: float, y: float, width: float, height: float, colour: str, *, opacity: float = 1.0) -> str:
    """A filled rectangle, wide enough to be seen."""
    shape = f'x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{height:.1f}"'
    return f'<rect {shape} fill="{colour}" fill-opacity="{opacity:g}"/>'


def rule(x1: float, y1: float, x2: float, y2: float, *, colour: str = FAINT) -> str:
    """A thin line."""
    width = "1" if colour == INK else "0.5"
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width}"/>'


def number(value: float) -> str:
    """Three digits, thousands apart."""
    rounded = float(f"{value:.3g}") or 0.0
    return f"{rounded:,.0f}" if abs(rounded) >= 100 else f"{rounded:g}"
