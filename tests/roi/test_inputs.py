"""Inputs in the product file: one line with file and line for each mistake, from `supplychain check`."""

from __future__ import annotations

import pytest

from supplychain.documents import plain
from supplychain.roi.inputs import Inputs, Roi, unit_of
from tests.bad_input import DEFS, refuser
from tests.conftest import REPO

LINES = """  drop: [drugexp]
  roi:
    inputs:
      wage:
        dist: pert
        low: 55
        mode: 75
        high: 110
        unit: EUR/h
        source: quoted
        ref: an offer
      gate_pass: {dist: beta, passes: 5, fails: 9, unit: share, source: assumed, as_of: 2026-09-01}
      permission_months: {dist: lognormal, p10: 4, p90: 18, unit: month, source: assumed}
      raw_yield: {dist: fixed, value: 0.8, unit: share, source: assumed}
    correlations:
      - {between: [wage, permission_months], rank: 0.3}
"""
MISTAKES = {
    "another currency": ("EUR/h", "USD/h", 19, "inputs.wage.unit",
        "is in 'USD/h' where levers.cost.currency is EUR; convert it to EUR/h"),
    "no money": ("EUR/h", "h", 19, "inputs.wage.unit", "is in 'h'; give it in EUR/h"),
    "low above mode": ("low: 55", "low: 80", 16, "inputs.wage.low",
        "low 80, mode 75, high 110 is impossible; let low be at most mode, and mode at most high"),
    "mode above high": ("high: 110", "high: 60", 18, "inputs.wage.high",
        "low 55, mode 75, high 60 is impossible; let low be at most mode, and mode at most high"),
    "p10 not below p90": ("p10: 4", "p10: 18", 23, "inputs.permission_months.p10",
        "p10 18, p90 18 is impossible; let p10 be below p90"),
    "negative counts": ("passes: 5", "passes: -5", 22, "inputs.gate_pass.passes",
        "-5 does not fit here; it should be greater than or equal to 0"),
    "a chance above 1": ("value: 0.8", "value: 1.2", 24, "inputs.raw_yield",
        "1.2 is above 1, and it is a share; give a beta, pert, triangular or fixed up to 1"),
    "a chance of 0 that is divided by": ("value: 0.8", "value: 0", 24, "inputs.raw_yield",
        "may be 0, and is divided by; let it begin above 0"),
    "no source": ("        source: quoted\n", "", 14, "inputs.wage.source", "is missing; add it"),
    "a quote of nobody": ("        ref: an offer\n", "", 20, "inputs.wage.source",
        "is quoted and does not say by whom; add ref"),
    "another source": ("source: quoted", "source: guessed", 20, "inputs.wage.source",
        "'guessed' does not fit here; it should be 'measured', 'quoted', 'literature' or 'assumed'"),
    "a figure of another distribution": ("mode: 75", "p90: 75", 17, "inputs.wage.p90",
        "does not belong to a pert distribution; give low, mode, high"),
    "a figure that is missing": ("        mode: 75\n", "", 14, "inputs.wage",
        "is a pert distribution without mode; give low, mode, high"),
    "a misspelt input": ("      wage:", "      wege:", 14, "inputs.wege", "unknown key; did you mean 'wage'?"),
    "a misspelt figure": ("low: 55", "lwo: 55", 16, "inputs.wage.lwo", "unknown key; did you mean 'low'?"),
    "not a number": ("low: 55", "low: .nan", 16, "inputs.wage.low",
        "nan does not fit here; it should be a finite number"),
    "a measurement of nothing": ("dist: fixed, value: 0.8", "dist: measured", 24, "inputs.raw_yield.source",
        "is assumed where dist is measured; write source: measured"),
    "a correlation with what is not given": ("[wage, perm", "[wag, perm", 26, "correlations.0",
        "'wag' is no input that is given; give it first"),
}  # fmt: skip


@pytest.fixture
def refused(project, supplychain):
    return refuser(project, supplychain)


def test_a_file_with_inputs_is_in_order(project, supplychain):
    project.edit(DEFS, "  drop: [drugexp]\n", LINES)
    code, _, err = supplychain("check", "clinic")
    assert code == 0, err


@pytest.mark.parametrize(("old", "new", "line", "place", "problem"), MISTAKES.values(), ids=MISTAKES)
def test_an_input_that_cannot_be_is_refused_at_its_line(project, refused, old, new, line, place, problem):
    project.edit(DEFS, "  drop: [drugexp]\n", LINES)
    project.edit(DEFS, old, new)
    assert refused("check", "clinic") == f"{DEFS}:{line}: roi.{place}: {problem}"


def test_correlations_that_cannot_hold_at_once_and_an_unknown_slice(project, refused):
    project.edit(DEFS, "  drop: [drugexp]\n", LINES)
    pairs = ("[wage, raw_yield], rank: 0.9", "[raw_yield, permission_months], rank: -0.9")
    more = "0.9}" + "".join(f"\n      - {{between: {pair}}}" for pair in pairs)
    project.edit(DEFS, "0.3}", more)
    assert refused("check", "clinic") == f"{DEFS}:25: roi.correlations: cannot hold all at once; weaken one of them"
    project.edit(DEFS, more, "0.3}\n    slices: {poor-helth: {}}")
    assert "roi.slices.poor-helth: there is no such slice; did you mean 'poor-health'?" in refused("check", "clinic")


def test_the_inputs_change_no_seed(project):
    before = project.chain().product.recipe_hash
    project.edit(DEFS, "  drop: [drugexp]\n", LINES)
    chain = project.chain()
    assert chain.product.roi.inputs.wage is not None and chain.product.recipe_hash == before


def test_the_example_of_the_docs_is_in_order():
    from ruamel.yaml import YAML

    text = (REPO / "docs/roi.md").read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
    roi = Roi.model_validate(plain(YAML(typ="rt").load(text)["roi"]))
    assert roi.slices["rural"].exchange_rate is not None and roi.inputs.wage.as_of.year == 2026


def test_every_input_of_the_model_is_in_the_reference_with_its_unit():
    reference = (REPO / "docs/product-reference.md").read_text(encoding="utf-8")
    for name in Inputs.model_fields:
        assert f"| `{name}` |" in reference and f"Unit: `{unit_of(name, 'EUR')}`" in reference
