"""People with several rows and survey weights, from the source to the blend."""

from __future__ import annotations

import polars as pl
import pytest

from supplychain.define import find_gaps, land, make_plan
from supplychain.generate import fit_synthesizer, sample_candidates
from supplychain.merge import blend
from supplychain.validate import judge_evidence, measure, screen


@pytest.fixture
def survey(project, people):
    """Each person answers twice; rural people were asked three times as often as they live there."""
    once = people.sample(1_200, seed=1).with_columns(w=pl.when(pl.col("msa") == 0).then(100).otherwise(300))
    again = once.with_columns(pl.col("totchr") + 1, pl.col("age") + 1)
    pl.concat([once, again]).write_csv(project.root / "clinic.csv")
    product = "assets/products/clinic/defs.yaml"
    project.edit(product, "entity: {column: person}", "entity: {column: person, rows: many}\n  weight: w")
    project.edit(product, "  window: {column: msa, values: {metro: 1, rural: 0}}\n", "")
    project.edit(product, "synthesizer: marginals", "synthesizer: trees")
    return project.chain()


def test_people_and_weights_go_through_the_chain(survey):
    for step in (land, find_gaps, make_plan, fit_synthesizer, sample_candidates, screen, measure, judge_evidence):
        done = step(survey, "all")
    rows = {
        name: survey.store.read_table(survey.ledger.current("clinic", name, "all").table)
        for name in ("real", "candidates", "accepted", "evidence")
    }
    whole = rows["candidates"].filter(pl.col("_slice") == "all")
    per_person = whole.group_by("_entity").len()["len"].value_counts(normalize=True).sort("len", descending=True)
    assert per_person["len"][0] == 2 and per_person["proportion"][0] > 0.9, "people answer twice"
    assert not set(whole["_entity"]) & set(rows["real"]["_entity"].cast(pl.String)), "and are nobody real"
    real = rows["real"]
    weighted = (real["msa"] * real["w"]).sum() / real["w"].sum()
    assert abs(real["msa"].mean() - weighted) > 0.04
    assert whole["msa"].mean() == pytest.approx(weighted, abs=0.04)
    assert set(whole["w"]) == {round(real["w"].mean())}
    measured = set(rows["evidence"].filter(pl.col("metric") == "marginal.similarity")["scope"])
    assert "msa" in measured and "w" not in measured
    assert [gate.rule for gate in done.gates if gate.blocks] == []
    blended = survey.store.read_table(blend(survey, "all").output("blend").table)
    weights = blended.filter(pl.col("_origin") == "real").group_by("msa").agg(pl.col("_weight").mean()).sort("msa")
    assert weights["_weight"][1] == pytest.approx(3 * weights["_weight"][0])
    assert "_entity" not in blended.columns


def test_a_weight_that_is_no_column_is_one_line(project, supplychain):
    project.edit("assets/products/clinic/defs.yaml", "  sensitive: [female]", "  sensitive: [female]\n  weight: agee")
    code, _, error = supplychain("run", "clinic", "--window", "metro")
    assert code == 64 and "has no column 'agee'; did you mean 'age'?" in error and len(error.strip().splitlines()) == 1
