"""Charts: well-formed, the same bytes each time, safe from what is in a label, told in words too."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.charts import Held, Span, Swing, against_limits, bars, data_uri, lines, ranges, tornado
from supplychain.drawing import PANEL

NASTY = "<script>alert(\"x\")</script> & 'y'"
DRAWN = {
    "bars": lambda: bars(NASTY, {NASTY: 3.0, "less": -1.0}, "EUR"),
    "bars with notes": lambda: bars("Rows", {NASTY: 3.0, "less": 1.0}, "rows", {NASTY: NASTY, "less": "to buy"}),
    "ranges": lambda: ranges("Value", [Span("real", -5, 1, 9), Span(NASTY, 2, 3, 4)], "EUR"),
    "ranges with strokes": lambda: ranges(
        "Loss", [Span("a", 1, 2, 3, 9, NASTY, stands_out=True), Span("b", 1, 2, 3, 0)], drawn=NASTY
    ),
    "against limits": lambda: against_limits(
        "Gate", [Held(NASTY, 1, 2, 3, None, 4, NASTY), Held("b", None, None, None, 0, 1, "not a number", 1)]
    ),
    "tornado": lambda: tornado("Lead", [Swing(NASTY, -3, 8, "assumed")], "EUR"),
    "lines": lambda: lines("Curves", {"real": [(100, 0.7), (400, 0.5)], NASTY: [(100, 0.6)]}, "rows", "loss"),
}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_a_chart_is_well_formed_has_words_and_no_script(draw):
    assert draw() == draw()
    root = ElementTree.fromstring(draw())
    assert root.get("role") == "img" and len(root.get("aria-label")) > 20
    assert {node.tag.removeprefix(SVG) for node in root.iter()} <= {"svg", "rect", "text", "line", "circle", "polyline"}
    assert root.find(f"{SVG}rect").get("fill") == PANEL, "it brings its own ground, for light and dark pages"
    assert data_uri(draw()).startswith("data:image/svg+xml;base64,")


def test_the_words_tell_the_figures():
    root = ElementTree.fromstring(ranges("Value", [Span("real", -86_000, -29_000, 31_000)], "EUR"))
    assert root.get("aria-label") == "Value: real -29,000 (-86,000 to 31,000) EUR"


def test_what_a_span_is_beside_is_drawn_and_told():
    one, other = (ranges("Loss", [Span("old", 0.2, 0.3, 0.4, beside, "noisy")]) for beside in (0.1, 2.0))
    assert "old 0.3 (0.2 to 0.4) beside 2 noisy" in ElementTree.fromstring(other).get("aria-label")
    assert one != other, "the stroke stands where the figure is, and the scale holds it"


def test_bars_of_one_note_have_one_colour():
    root = ElementTree.fromstring(
        bars("Rows", {"a": 3, "b": 2, "c": 1}, "rows", {"a": "make", "b": "buy", "c": "make"})
    )
    a, b, c = (node.get("fill") for node in root.findall(f"{SVG}rect")[1:])
    assert a == c != b
    assert root.get("aria-label") == "Rows: a 3 rows make; b 2 rows buy; c 1 rows make"


def test_a_long_label_is_broken_where_a_word_ends_and_whole():
    name = "ssiratio-0.8-to-1-and-income-from-40-and-age-below-70"
    texts = [node.text for node in ElementTree.fromstring(bars("B", {name: 1.0})).findall(f"{SVG}text")]
    first = next(text for text in texts if (text or "").startswith("ssiratio"))
    assert first.endswith("-") and name.removeprefix(first) in texts


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_text_stands_out_from_its_ground(draw):
    """WCAG 2.2, 1.4.3: at least 4.5 to 1."""
    for colour in set(re.findall(r'<text[^>]* fill="(#\w+)"', draw())):
        assert (luminance(PANEL) + 0.05) / (luminance(colour) + 0.05) >= 4.5


figures = st.floats(-1e9, 1e9, allow_nan=False)


@given(st.lists(st.tuples(figures, figures, figures), min_size=0, max_size=6))
def test_everything_is_drawn_inside_whatever_the_figures(triples):
    spans = [Span(f"s{n}", *sorted(triple), other=triple[0]) for n, triple in enumerate(triples)]
    swings = [Swing(span.label, span.low, span.high) for span in spans]
    points = {"a": [(span.low, span.high) for span in spans]}
    for chart in (
        ranges("R", spans),
        tornado("T", swings),
        bars("B", {s.label: s.middle for s in spans}),
        bars("N", {s.label: s.middle for s in spans}, notes={s.label: "note" for s in spans}),
        lines("L", points),
    ):
        root = ElementTree.fromstring(chart)
        wide, high = float(root.get("width")), float(root.get("height"))
        for node in root.iter():
            for key, most in (("x", wide), ("cx", wide), ("x1", wide), ("y", high), ("cy", high), ("y1", high)):
                assert -1 <= float(node.get(key, 0)) <= most + 1
