"""Small charts as SVG text: bars, ranges, a tornado, lines. The same figures give the same bytes; there is no script.

Each has a light panel of its own with dark text on it, and so is readable on a light page and on a dark one.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING

from supplychain import drawing
from supplychain.drawing import COLOURS, FAINT, HEAD, INK, LABEL, LINE, WIDTH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOTE = 250
"""Room for the words beside a figure that is held against limits."""
NEAR = 0.2
"""The share of its size up to which a figure is so near its limit that a scale with the zero would hide the room."""
PLOT = 240
"""Height of the plane of a line chart."""


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
    scale = drawing.Scale.over([0.0, *values.values()], right=drawing.right_end(notes.values()))
    body, told = [], []
    for row, (label, value) in enumerate(values.items()):
        y = HEAD + row * LINE
        note = notes.get(label, "")
        start, end = sorted((scale.x(0.0), scale.x(value)))
        box = drawing.box(start, y + 5, end - start, LINE - 10, colours.get(note, COLOURS[0]))
        body += [*drawing.label(label, y), box, drawing.figure(end, y, value, note)]
        told.append(" ".join(filter(None, (label, drawing.number(value), unit, note))))
    return drawing.chart(title, unit, body, len(values), scale, "; ".join(told))


def ranges(title: str, spans: Sequence[Span], unit: str = "", drawn: str = "P10 to P90 and P50") -> str:
    """A line over the range of each, and a point at its figure.

    Args:
        title: The title.
        spans: The ranges.
        unit: Their unit.
        drawn: What the line and the point are, in words.
    """
    ends = [end for one in spans for end in (one.low, one.high, one.middle if one.other is None else one.other)]
    scale = drawing.Scale.over([0.0, *ends], right=drawing.right_end(one.note for one in spans))
    body, told = [], []
    for row, one in enumerate(spans):
        y = HEAD + row * LINE
        colour = COLOURS[int(one.stands_out)]
        left, middle, right = (scale.x(value) for value in (one.low, one.middle, one.high))
        body += [
            *drawing.label(one.label, y),
            drawing.box(left, y + LINE / 2 - 3, max(right - left, 1.0), 6, colour, opacity=0.45),
            f'<circle cx="{middle:.1f}" cy="{y + LINE / 2:.1f}" r="5" fill="{colour}"/>',
        ]
        last = max(right, middle + 5)
        words = f"{one.label} {drawing.number(one.middle)} ({drawing.number(one.low)} to {drawing.number(one.high)})"
        if one.other is not None:
            x = scale.x(one.other)
            body.append(drawing.box(x - 1.5, y + 4, 3, LINE - 8, INK))
            last, words = max(last, x + 2), f"{words} beside {drawing.number(one.other)}"
        body.append(drawing.figure(last, y, one.middle, one.note))
        told.append(" ".join(filter(None, (words, unit, one.note))))
    return drawing.chart(title, f"{unit}, {drawn}".lstrip(", "), body, len(spans), scale, "; ".join(told))


def against_limits(title: str, held: Sequence[Held]) -> str:
    """Each figure with its interval on a scale of its own, over what its limits allow; the figures stand beside it."""
    body = [part for row, one in enumerate(held) for part in _held(one, HEAD + row * LINE)]
    told = "; ".join(f"{one.label} {one.note}" for one in held)
    words = "each on its own scale; green: allowed; orange: refused; ochre: too little data to tell"
    return drawing.svg(title, words, body, HEAD + len(held) * LINE + 10, told)


def _held(one: Held, y: float) -> list[str]:
    left, right, colour = float(LABEL), float(WIDTH - NOTE), COLOURS[one.colour]
    known = [end for end in (one.low, one.middle, one.high, one.least, one.most) if end is not None]
    if max(known) - min(known) > NEAR * max(map(abs, known)):
        known.append(0.0)
    room = 0.1 * (max(known) - min(known)) or 0.5
    scale = drawing.Scale(min(known) - room, max(known) + room, left, right)
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
        *drawing.label(one.label, y),
        drawing.box(left, y + 3, right - left, LINE - 6, FAINT, opacity=0.15),
        drawing.box(allowed[0], y + 3, max(allowed[1] - allowed[0], 0.0), LINE - 6, COLOURS[2], opacity=0.25),
        *(drawing.box(limit - 1, y + 1, 2, LINE - 2, INK) for limit in places[:2] if limit is not None),
        drawing.box(interval[0], y + LINE / 2 - 3, max(interval[1] - interval[0], 1.0), 6, colour, opacity=0.6),
        *([dot] if dot else []),
        drawing.text(right + 8, y + 17, one.note, size=11),
    ]


def tornado(title: str, swings: Sequence[Swing], unit: str = "") -> str:
    """What each input does to a figure as it goes from its P10 to its P90."""
    scale = drawing.Scale.over([0.0, *(end for one in swings for end in (one.at_low, one.at_high))])
    body = []
    for row, one in enumerate(swings):
        y = HEAD + row * LINE
        at_low, at_high = scale.x(one.at_low), scale.x(one.at_high)
        middle = (at_low + at_high) / 2
        for end, colour in ((at_low, COLOURS[1]), (at_high, COLOURS[0])):
            body.append(drawing.box(min(middle, end), y + 5, abs(end - middle), LINE - 10, colour))
        body += [
            *drawing.label(one.label, y),
            drawing.text(max(at_low, at_high) + 6, y + 17, one.note, size=11, colour=INK),
        ]
    told = "; ".join(
        f"{one.label} {drawing.number(one.at_low)} to {drawing.number(one.at_high)} {unit}".rstrip() for one in swings
    )
    return drawing.chart(
        title, f"{unit}; orange: input at its P10, blue: at its P90".lstrip("; "), body, len(swings), scale, told
    )


def lines(title: str, series: Mapping[str, Sequence[tuple[float, float]]], x_label: str = "", y_label: str = "") -> str:
    """A line through the points of each series."""
    points = [point for line in series.values() for point in line]
    across = drawing.Scale.over([x for x, _ in points], left=60, right=WIDTH - 170)
    up = drawing.Scale.over([y for _, y in points], left=HEAD + PLOT, right=HEAD + 8)
    body = []
    for tick in up.ticks():
        y = up.x(tick)
        body += [
            drawing.rule(60, y, WIDTH - 170, y),
            drawing.text(54, y + 4, drawing.number(tick), anchor="end", size=11),
        ]
    for tick in across.ticks():
        body.append(drawing.text(across.x(tick), HEAD + PLOT + 16, drawing.number(tick), anchor="middle", size=11))
    for number, (name, line) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{across.x(x):.1f},{up.x(y):.1f}" for x, y in line)
        body.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        body.append(drawing.box(WIDTH - 155, HEAD + 8 + number * 20, 12, 12, colour))
        body.append(drawing.text(WIDTH - 137, HEAD + 18 + number * 20, name, size=12))
    body.append(drawing.text((60 + WIDTH - 170) / 2, HEAD + PLOT + 34, x_label, anchor="middle", size=11))
    told = "; ".join(
        f"{name} from {drawing.number(line[0][1])} to {drawing.number(line[-1][1])} {y_label}".rstrip()
        for name, line in series.items()
        if line
    )
    return drawing.svg(title, y_label, body, HEAD + PLOT + 44, told)


def data_uri(svg: str) -> str:
    """The chart as an address of its own, for places that show images and no markup."""
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
