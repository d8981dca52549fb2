"""Candidates of the product `clinic`, and other rules and columns for it."""

from __future__ import annotations

import polars as pl

from supplychain.define import find_gaps, land, make_plan
from supplychain.generate import fit_synthesizer, sample_candidates
from supplychain.validate import screen

SICK = """
  - type: expect_rows_to_satisfy_sql
    kwargs: {rule: sick = fair + poor, mostly: 0.01}
    meta: {id: sick-is-fair-or-poor, why: It is defined so.}
"""


def candidates(project):
    chain = project.chain()
    for step in (land, find_gaps, make_plan, fit_synthesizer, sample_candidates):
        commit = step(chain, "metro")
    return chain, commit


def table(chain, asset):
    return chain.store.read_table(chain.ledger.current("clinic", asset, "metro").table)


def quota(project, *, keep, per_row):
    """Run with a rule that keeps about a share of the candidates; rows accepted of 400 and what was noted."""
    project.edit(
        "assets/products/clinic/defs.yaml", "levers:\n", f"levers:\n    cost: {{candidates_per_row: {per_row}}}\n"
    )
    project.edit("assets/products/clinic/defs.yaml", "{all: 400, poor-health: 100}", "{all: 400}")
    project.edit("expectations/clinic/synthetic.yaml", "min_value: 65", f"min_value: {keep}, mostly: 0.01")
    chain, commit = candidates(project)
    accepted = screen(chain, "metro").output("accepted")
    return chain, commit, accepted


def with_columns(project, *columns):
    rows = pl.read_csv(project.root / "clinic.csv").with_columns(*columns)
    rows.write_csv(project.root / "clinic.csv")


def add_rule(project, text):
    path = project.root / "expectations/clinic/synthetic.yaml"
    path.write_text(path.read_text() + text)
