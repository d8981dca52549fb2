"""Evidence and gates as pictures: what is drawn is what was measured."""

from __future__ import annotations

from xml.etree import ElementTree

import polars as pl

from supplychain.gates import judge
from supplychain.gates.pictures import gate_pictures
from supplychain.gates.suite import EVIDENCE_RULE, Rule, Suite
from supplychain.validate.evidence import SCHEMA
from supplychain.validate.pictures import evidence_pictures

ROWS = [
    ("bias.gap", "sex", 0.01, -0.01, 0.02, 0.0, 50),
    ("bias.gap", "age", 0.2, 0.1, 0.3, 0.0, 50),
    ("bias.gap", "nobody", None, None, None, None, 0),
    ("cells.covered", "2-way", 0.97, 0.95, 0.99, 0.98, 50),
]
EVIDENCE = pl.DataFrame(ROWS, schema=SCHEMA, orient="row")


def told(drawn):
    return {title: ElementTree.fromstring(svg).get("aria-label") for title, svg in drawn.items()}


def test_a_chart_a_gate_of_what_was_measured_beside_its_reference():
    words = told(evidence_pictures(EVIDENCE))
    assert list(words) == [
        "Bias: gaps between groups that widen",
        "Coverage: combinations of real people that are there",
    ]
    first = words["Bias: gaps between groups that widen"]
    assert "age 0.2 (0.1 to 0.3) beside 0" in first and "nobody" not in first
    many = pl.concat([EVIDENCE.head(1).with_columns(scope=pl.lit(str(place))) for place in range(30)])
    assert [title[-41:] for title in evidence_pictures(many)] == [" widen (the 12 farthest from their reference)"[-41:]]
    assert evidence_pictures(EVIDENCE.head(0)) == {}


def test_each_scope_has_its_own_outcome_and_what_is_no_number_comes_first():
    rule = Rule(
        "gap", EVIDENCE_RULE, {"metric": "bias.gap", "scope": "*", "max_value": 0.05}, "critical", "bias", "", 1
    )
    (gate,) = judge(EVIDENCE, Suite("evidence", "e.yaml", "0", (rule,))).results(asset="evidence", content="")
    assert gate.limits == [None, 0.05]
    assert gate.spans == {"sex": [-0.01, 0.02], "age": [0.1, 0.3], "nobody": [None, None]}
    (words,) = told(gate_pictures([gate])).values()
    assert words.index("gap, nobody not a number") < words.index("gap, age 0.2 (0.1 to 0.3), ≤ 0.05: fail")
    assert "gap, sex 0.01 (-0.01 to 0.02), ≤ 0.05" in words and "sex 0.01 (-0.01 to 0.02), ≤ 0.05: " not in words
    assert gate_pictures([]) == {}
