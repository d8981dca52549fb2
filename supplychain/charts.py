"""Small charts as SVG text: bars, ranges, a tornado, lines. The same figures give the same bytes; there is no script.

Each has a light panel of its own with dark text on it, and so is readable on a light page and on a dark one.
"""

from __future__ import annotations

import math
from base64 import b64encode
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

WIDTH, LABEL, LINE, HEAD, FOOT, EDGE = 720, 210, 26, 40, 34, 70
NOTE = 250
"""Room for the words beside a figure that is held against limits."""
NEAR = 0.2
"""The share of its size up to which a figure is so near its limit that a scale with the zero would hide the room."""
SHORT, LONG = 31, 36
"""Characters of a label in one line, and of each line of a label in two."""
PLOT = 240
"""Height of the plane of a line chart."""
PANEL, INK, FAINT = "#f7f8fa", "#1f2430", "#8a92a3"
COLOURS = ("#2f6f9f", "#c2571a", "#3d7d44", "#7a4fa3", "#8a6d00", "#a33b52")
"""Told apart with any colour vision, and each at least 4.5 to 1 on the panel."""


@dataclass(frozen=True)
class Span:
    """A label with a figure and its range, such as P10, P50 and P90.

    Attributes:
        label: What it is of.
        low: The lower end.
        middle: The figure.
        high: The upper end.
        other: A figure to compare with, drawn as a stroke across.
        note: A word beside the figure.
        stands_out: Whether it has a colour of its own.
    """

    label: str
    low: float
    middle: float
    high: float
    other: float | None = None
    note: str = ""
    stands_out: bool = False


@dataclass(frozen=True)
class Held:
    """A figure that is held against limits: what was looked at, what is allowed, and its colour (see `COLOURS`).

    What is None is not known, or not limited.
    """

    label: str
    low: float | None
    middle: float | None
    high: float | None
    least: float | None
    most: float | None
    note: str
    colour: int = 0


@dataclass(frozen=True)
class Swing:
    """A label, the figure with an input at its P10 and at its P90, and a word on where the input is from."""

    label: str
    at_low: float
    at_high: float
    note: str = ""


def bars(title: str, values: Mapping[str, float], unit: str = "", notes: Mapping[str, str] | None = None) -> str:
    """A bar for each figure, and a note beside it; bars of one note have one colour."""
    notes = notes or {}
    colours = dict(zip(dict.fromkeys(notes.values()), cycle(COLOURS), strict=False))
    scale = _Scale.over([0.0, *values.values()], right=_right(notes.values()))
    body, told = [], []
    for row, (label, value) in enumerate(values.items()):
        y = HEAD + row * LINE
        note = notes.get(label, "")
        start, end = sorted((scale.x(0.0), scale.x(value)))
        box = _box(start, y + 5, end - start, LINE - 10, colours.get(note, COLOURS[0]))
        body += [*_label(label, y), box, _value(end, y, value, note)]
        told.append(" ".join(filter(None, (label, _number(value), unit, note))))
    return _chart(title, unit, body, len(values), scale, "; ".join(told))


def ranges(title: str, spans: Sequence[Span], unit: str = "", drawn: str = "P10 to P90 and P50") -> str:
    """A line over the range of each, and a point at its figure.

    Args:
        title: The title.
        spans: The ranges.
        unit: Their unit.
        drawn: What the line and the point are, in words.
    """
    ends = [end for one in spans for end in (one.low, one.high, one.middle if one.other is None else one.other)]
    scale = _Scale.over([0.0, *ends], right=_right(one.note for one in spans))
    body, told = [], []
    for row, one in enumerate(spans):
        y = HEAD + row * LINE
        colour = COLOURS[int(one.stands_out)]
        left, middle, right = (scale.x(value) for value in (one.low, one.middle, one.high))
        body += [
            *_label(one.label, y),
            _box(left, y + LINE / 2 - 3, max(right - left, 1.0), 6, colour, opacity=0.45),
            f'<circle cx="{middle:.1f}" cy="{y + LINE / 2:.1f}" r="5" fill="{colour}"/>',
        ]
        last = max(right, middle + 5)
        words = f"{one.label} {_number(one.middle)} ({_number(one.low)} to {_number(one.high)})"
        if one.other is not None:
            x = scale.x(one.other)
            body.append(_box(x - 1.5, y + 4, 3, LINE - 8, INK))
            last, words = max(last, x + 2), f"{words} beside {_number(one.other)}"
        body.append(_value(last, y, one.middle, one.note))
        told.append(" ".join(filter(None, (words, unit, one.note))))
    return _chart(title, f"{unit}, {drawn}".lstrip(", "), body, len(spans), scale, "; ".join(told))


def against_limits(title: str, held: Sequence[Held]) -> str:
    """Each figure with its interval on a scale of its own, over what its limits allow; the figures stand beside it."""
    body = [part for row, one in enumerate(held) for part in _held(one, HEAD + row * LINE)]
    told = "; ".join(f"{one.label} {one.note}" for one in held)
    words = "each on its own scale; green: allowed; orange: refused; ochre: too little data to tell"
    return _svg(title, words, body, HEAD + len(held) * LINE + 10, told)


def _held(one: Held, y: float) -> list[str]:
    left, right, colour = float(LABEL), float(WIDTH - NOTE), COLOURS[one.colour]
    known = [end for end in (one.low, one.middle, one.high, one.least, one.most) if end is not None]
    if max(known) - min(known) > NEAR * max(map(abs, known)):
        known.append(0.0)
    room = 0.1 * (max(known) - min(known)) or 0.5
    scale = _Scale(min(known) - room, max(known) + room, left, right)
    places = [None if end is None else scale.x(end) for end in (one.least, one.most, one.low, one.high)]
    allowed, interval = (
        (left if start is None else start, right if end is None else end) for start, end in (places[:2], places[2:])
    )
    dot = (
        ""
        if one.middle is None
        else f'<circle cx="{scale.x(one.middle):.1f}" cy="{y + 13:.1f}" r="5" fill="{colour}"/>'
    )
    return [
        *_label(one.label, y),
        _box(left, y + 3, right - left, LINE - 6, FAINT, opacity=0.15),
        _box(allowed[0], y + 3, max(allowed[1] - allowed[0], 0.0), LINE - 6, COLOURS[2], opacity=0.25),
        *(_box(limit - 1, y + 1, 2, LINE - 2, INK) for limit in places[:2] if limit is not None),
        _box(interval[0], y + LINE / 2 - 3, max(interval[1] - interval[0], 1.0), 6, colour, opacity=0.6),
        *([dot] if dot else []),
        _text(right + 8, y + 17, one.note, size=11),
    ]


def tornado(title: str, swings: Sequence[Swing], unit: str = "") -> str:
    """What each input does to a figure as it goes from its P10 to its P90."""
    scale = _Scale.over([0.0, *(end for one in swings for end in (one.at_low, one.at_high))])
    body = []
    for row, one in enumerate(swings):
        y = HEAD + row * LINE
        at_low, at_high = scale.x(one.at_low), scale.x(one.at_high)
        middle = (at_low + at_high) / 2
        for end, colour in ((at_low, COLOURS[1]), (at_high, COLOURS[0])):
            body.append(_box(min(middle, end), y + 5, abs(end - middle), LINE - 10, colour))
        body += [*_label(one.label, y), _text(max(at_low, at_high) + 6, y + 17, one.note, size=11, colour=INK)]
    told = "; ".join(f"{one.label} {_number(one.at_low)} to {_number(one.at_high)} {unit}".rstrip() for one in swings)
    return _chart(
        title, f"{unit}; orange: input at its P10, blue: at its P90".lstrip("; "), body, len(swings), scale, told
    )


def lines(title: str, series: Mapping[str, Sequence[tuple[float, float]]], x_label: str = "", y_label: str = "") -> str:
    """A line through the points of each series."""
    points = [point for line in series.values() for point in line]
    across = _Scale.over([x for x, _ in points], left=60, right=WIDTH - 170)
    up = _Scale.over([y for _, y in points], left=HEAD + PLOT, right=HEAD + 8)
    body = []
    for tick in up.ticks():
        y = up.x(tick)
        body += [_rule(60, y, WIDTH - 170, y), _text(54, y + 4, _number(tick), anchor="end", size=11)]
    for tick in across.ticks():
        body.append(_text(across.x(tick), HEAD + PLOT + 16, _number(tick), anchor="middle", size=11))
    for number, (name, line) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{across.x(x):.1f},{up.x(y):.1f}" for x, y in line)
        body.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        body.append(_box(WIDTH - 155, HEAD + 8 + number * 20, 12, 12, colour))
        body.append(_text(WIDTH - 137, HEAD + 18 + number * 20, name, size=12))
    body.append(_text((60 + WIDTH - 170) / 2, HEAD + PLOT + 34, x_label, anchor="middle", size=11))
    told = "; ".join(
        f"{name} from {_number(line[0][1])} to {_number(line[-1][1])} {y_label}".rstrip()
        for name, line in series.items()
        if line
    )
    return _svg(title, y_label, body, HEAD + PLOT + 44, told)


def data_uri(svg: str) -> str:
    """The chart as an address of its own, for places that show images and no markup."""
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


@dataclass(frozen=True)
class _Scale:
    """Figures to places along a line."""

    low: float
    high: float
    left: float
    right: float

    @classmethod
    def over(cls, values: Sequence[float], *, left: float = LABEL, right: float = WIDTH - EDGE) -> _Scale:
        """A scale that holds all of the values, with a little room."""
        low, high = (min(values), max(values)) if values else (0.0, 1.0)
        if low == high:
            low, high = low - 0.5, high + 0.5
        return cls(low, high, left, right)

    def x(self, value: float) -> float:
        return self.left + (value - self.low) / (self.high - self.low) * (self.right - self.left)

    def ticks(self) -> list[float]:
        """Up to six round figures within the scale."""
        raw = (self.high - self.low) / 5
        power = 10.0 ** math.floor(math.log10(raw))
        step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [number * step for number in range(first, last + 1)]


def _chart(title: str, unit: str, body: list[str], rows: int, scale: _Scale, told: str) -> str:
    """Rows of a bar chart, over a scale with the zero marked."""
    bottom = HEAD + rows * LINE
    grid = [_rule(scale.x(tick), HEAD, scale.x(tick), bottom) for tick in scale.ticks()]
    marks = [_text(scale.x(tick), bottom + 16, _number(tick), anchor="middle", size=11) for tick in scale.ticks()]
    zero = _rule(scale.x(0.0), HEAD, scale.x(0.0), bottom, colour=INK)
    return _svg(title, unit, [*grid, *body, zero, *marks], bottom + FOOT, told)


def _svg(title: str, unit: str, body: list[str], height: float, told: str) -> str:
    words = f"{title}: {told}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" '
            f'height="{height:.0f}" role="img" aria-label={quoteattr(words)} font-family="sans-serif">',
            f'<rect width="{WIDTH}" height="{height:.0f}" rx="6" fill="{PANEL}"/>',
            _text(12, 20, title, size=14, weight="bold"),
            _text(12, 35, unit, size=11),
            *body,
            "</svg>",
            "",
        ]
    )


def _label(text: str, y: float) -> list[str]:
    """The label before a row; a long one in two lines, broken near its middle where a word ends."""
    if len(text) <= SHORT:
        return [_text(LABEL - 10, y + 17, text, anchor="end", size=12)]
    ends = [place for place in range(1, min(LONG, len(text)) + 1) if text[place - 1] in "- "] or [min(LONG, len(text))]
    cut = min(ends, key=lambda end: abs(end - min(len(text) / 2, LONG)))
    rest = text[cut:] if len(text) - cut <= LONG else f"{text[cut : cut + LONG - 1]}…"
    return [_text(LABEL - 10, y + place, part, anchor="end", size=10) for place, part in ((11, text[:cut]), (22, rest))]


def _right(notes: Iterable[str]) -> float:
    """Where the plane ends: there is room for figures, and for notes after them."""
    return max(WIDTH - EDGE - 6.0 * max(map(len, notes), default=0), WIDTH / 2)


def _value(x: float, y: float, value: float, note: str = "") -> str:
    return _text(x + 6, y + 17, f"{_number(value)} {note}".rstrip(), size=11)


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", size: int = 12, weight: str = "normal", colour: str = INK
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}" '
        f'fill="{colour}">{escape(text)}</text>'
    )


def _box(x: float, y: float, width: float, height: float, colour: str, *, opacity: float = 1.0) -> str:
    shape = f'x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{height:.1f}"'
    return f'<rect {shape} fill="{colour}" fill-opacity="{opacity:g}"/>'


def _rule(x1: float, y1: float, x2: float, y2: float, *, colour: str = FAINT) -> str:
    width = "1" if colour == INK else "0.5"
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width}"/>'


def _number(value: float) -> str:
    """Three digits, thousands apart."""
    rounded = float(f"{value:.3g}") or 0.0
    return f"{rounded:,.0f}" if abs(rounded) >= 100 else f"{rounded:g}"
