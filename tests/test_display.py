"""What the UI shows of a commit."""

from __future__ import annotations

import dataclasses

from assets import display
from supplychain.define import find_gaps, land, make_plan
from supplychain.generate import fit_synthesizer, sample_candidates
from supplychain.ledger import GateResult, Waiver
from supplychain.validate import screen
from tests.e2e.test_ui import drawn


def test_a_picture_that_cannot_be_drawn_fails_nothing(project, monkeypatch):
    chain = project.chain()
    land(chain, "metro")
    commit = find_gaps(chain, "metro")
    output = commit.output("gaps")
    assert "svg" in display.of_output(chain, commit, output)["charts"].value
    monkeypatch.setattr(display, "gap_pictures", lambda _: 1 / 0)
    metadata = display.of_output(chain, commit, output)
    assert metadata["charts"] == "could not be drawn (ZeroDivisionError: division by zero)"
    assert metadata["gaps"] == output.notes["gaps"]


def test_a_check_shows_every_score_as_a_number_and_says_what_is_in_doubt():
    figures = {"all": 0.5, "age": 0.7}
    doubt = GateResult(
        "evidence", "", "fidelity", "r", "t", "critical", "inconclusive", "0.5 (0.3 to 0.8)", "m surely at least 0.4",
        0, "why", "evidence", "c", set_by="levers.risk.bias_gap", figures=figures,
    )  # fmt: skip
    doubt = dataclasses.replace(doubt, spans={"all": [0.3, 0.8], "age": [0.7, None]}, limits=[0.4, None])
    broken = dataclasses.replace(
        doubt, rule="rows", failed_rows=12, figures={"all": 12.0}, spans={}, limits=[], outcome="fail"
    )
    pictures = drawn(display.of_gates([doubt, broken])["charts"].value)
    told = pictures["What was measured, beside what is allowed"]
    assert "r 0.5 (0.3 to 0.8), ≥ 0.4: inconclusive" in told and "r, age 0.7 (0.7 to ?), ≥ 0.4" in told
    assert pictures["Rows that broke each rule"].endswith("rows 12 rows fail")
    metadata = display.of_gates([doubt])
    assert (metadata["r"], metadata["r, age"], metadata["rules_inconclusive"], metadata["rules_failed"]) == (
        0.5,
        0.7,
        1,
        0,
    )
    (row,) = metadata["rules"].records
    assert row.data["verdict"] == "inconclusive" and row.data["moved by"] == "levers.risk.bias_gap"
    assert display.gate_words(doubt).endswith("(too little data to tell)")
    waived = dataclasses.replace(doubt, waiver=Waiver("evidence", "fidelity", "r", "m", "a pilot", "Ada", "2030-01-01"))
    assert display.gate_words(waived).endswith("(waived until 2030-01-01 by Ada: a pilot)")


def test_the_line_on_rejected_rows_names_every_reason(project):
    """Columns drawn by themselves make people that nobody is: a reader who is told of two reasons misses the third."""
    project.edit("assets/products/clinic/defs.yaml", "unmet: 0", "unmet: 10, doubted: 0")
    doubt = """
  - type: expect_rows_to_satisfy_sql
    kwargs: {rule: age < 85}
    severity: info
    meta: {id: very-old, why: Few are.}
"""
    project.edit("expectations/clinic/synthetic.yaml", "expectations:", f"expectations:{doubt}")
    chain = project.chain()
    for step in (land, find_gaps, make_plan, fit_synthesizer, sample_candidates, screen):
        commit = step(chain, "metro")
    rejected = commit.output("rejected")
    metadata = display.of_output(chain, commit, rejected)
    line = display.summary({name: getattr(value, "value", value) for name, value in metadata.items()})
    told = dict(part.split(" ") for part in line.split(", "))
    assert int(told["never_met"]) > 5 and int(told["doubted"]) > 5
    assert sum(map(int, told.values())) == rejected.rows, f"{rejected.rows} rows were rejected: {line}"
