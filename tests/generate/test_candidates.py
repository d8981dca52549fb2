"""Candidates: as planned, batch by batch, the same for any number of workers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from supplychain.define import find_gaps, land, make_plan
from supplychain.errors import StoreFault
from supplychain.generate import fit_synthesizer, sample_candidates
from supplychain.validate import screen


@pytest.fixture
def planned(project):
    project.edit(
        "assets/products/clinic/defs.yaml",
        "generate: {synthesizer: marginals}",
        "generate: {synthesizer: marginals, batch_rows: 150, workers: 1}",
    )
    return project


def candidates(project):
    chain = project.chain()
    for step in (land, find_gaps, make_plan, fit_synthesizer, sample_candidates):
        commit = step(chain, "metro")
    return chain, commit


def test_batches_are_whole_labelled_and_recorded(planned):
    chain, commit = candidates(planned)
    rows = chain.store.read_table(commit.output("candidates").table)
    assert {batch.id for batch in commit.batches} == set(rows["_batch"])
    assert len({batch.seed for batch in commit.batches}) == len(commit.batches) > 5
    assert all(batch.candidates <= 150 for batch in commit.batches)
    sizes = dict(rows.group_by("_batch").len().iter_rows())
    assert all(sizes[batch.id] == batch.sampled for batch in commit.batches)
    numbers = rows.group_by("_batch").agg(pl.col("_row").sort())
    assert all(row == list(range(len(row))) for row in numbers["_row"].to_list())
    sick = rows.filter(pl.col("_slice") == "poor-health")
    assert ((sick["fair"] == 1) | (sick["poor"] == 1)).all()


def test_no_two_batches_hold_the_same_rows(planned):
    chain, commit = candidates(planned)
    rows = chain.store.read_table(commit.output("candidates").table)
    names = [name for name in rows.columns if not name.startswith("_")]
    assert rows.select(names).unique().height == rows.height


def test_four_workers_write_the_bytes_of_one(planned, tmp_path):
    _, one = candidates(planned)
    planned.edit("assets/products/clinic/defs.yaml", "workers: 1", "workers: 4")
    planned.home = tmp_path / "four"
    _, four = candidates(planned)
    assert four.output("candidates").content == one.output("candidates").content


def test_a_changed_model_file_is_not_loaded(planned):
    chain, _ = candidates(planned)
    output = chain.ledger.current("clinic", "synthesizer", "metro")
    (planned.home / output.path).write_bytes(b"not the model")
    with pytest.raises(StoreFault, match="it is not loaded"):
        sample_candidates(chain, "metro")


def fits(chain):
    """Fit again, and say whether anything was fitted."""
    said = []
    fit_synthesizer(replace(chain, progress=said.append), "metro")
    return any(text.startswith("fitting") for text in said)


def test_the_same_rows_are_never_fitted_twice(planned):
    chain, _ = candidates(planned)
    before = chain.ledger.current("clinic", "synthesizer", "metro")
    assert not fits(chain)
    assert chain.ledger.current("clinic", "synthesizer", "metro") == before


@pytest.mark.parametrize("what", ["rows", "settings", "code", "damage"])
def test_what_has_changed_is_fitted_again(planned, what, monkeypatch):
    chain, _ = candidates(planned)
    if what == "rows":
        rows = pl.read_csv(planned.root / "clinic.csv")
        rows.head(2_900).write_csv(planned.root / "clinic.csv")
        land(chain, "metro")
    elif what == "settings":
        planned.edit("assets/products/clinic/defs.yaml", "synthesizer: marginals", "synthesizer: trees")
        chain = planned.chain()
    elif what == "code":
        monkeypatch.setattr("supplychain.code.code_hash", lambda: "other")
    else:
        path = chain.store.path(chain.ledger.current("clinic", "synthesizer", "metro").path)
        Path(path).write_bytes(b"something else")
    assert fits(chain)


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


def test_exactly_the_planned_rows_though_rules_refuse_most(planned):
    """People of 80 and over are about a fifth: later rounds ask for what is missing, and not for all again."""
    _, commit, accepted = quota(planned, keep=80, per_row=50)
    assert accepted.rows == 400
    assert commit.output("candidates").notes["exhausted"] is None
    assert 1_500 < commit.output("candidates").rows < 5_000


def test_the_budget_of_candidates_is_hard_and_says_where_it_ended(planned):
    _, commit, accepted = quota(planned, keep=80, per_row=2)
    assert sum(batch.candidates for batch in commit.batches) == 800
    assert accepted.rows < 400
    words = commit.output("candidates").notes["exhausted"]
    assert words.startswith(f"all: {accepted.rows} of 400 after 800 candidates (")


def test_no_accepted_row_copies_a_person_or_repeats_another(planned):
    """A synthesizer that hands out real rows: all are told, named and kept out."""
    chain, _, _ = quota(planned, keep=65, per_row=4)
    real = chain.store.read_table(chain.ledger.current("clinic", "real", "metro").table)
    rejected = chain.store.read_table(chain.ledger.current("clinic", "rejected", "metro").table)
    accepted = chain.store.read_table(chain.ledger.current("clinic", "accepted", "metro").table)
    names = [name for name in real.columns if not name.startswith("_")]
    made = pl.concat([real.select(names).head(300), accepted.select(names).head(100), accepted.select(names).head(100)])
    labels = accepted.select("_batch", "_slice", "_row").head(1)
    planted = made.join(labels, how="cross")
    with chain.step("generate", "metro") as step:
        step.write("candidates", planted)
    screen(chain, "metro")
    now = chain.store.read_table(chain.ledger.current("clinic", "accepted", "metro").table)
    rejected = chain.store.read_table(chain.ledger.current("clinic", "rejected", "metro").table)
    reasons = rejected.explode("_rules")["_rules"].value_counts()
    told = dict(reasons.iter_rows())
    assert now.height == 100
    assert told["copies-a-real-row"] + told["repeats-a-row"] + told.get("one-health-status", 0) == 400
