"""Evidence of fidelity, plausibility and coverage: fresh real people look real, and planted faults do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from supplychain.define import find_gaps, land, make_plan
from supplychain.generate import fit_synthesizer, sample_candidates
from supplychain.measures.reports import has_sdmetrics
from supplychain.measures.structure import unrelated
from supplychain.validate import (
    METRICS,
    coverage,
    fidelity,
    plausibility,
    regularity,
    reports,
    screen,
    shape,
    structure,
)
from supplychain.validate.subject import Subject

FAMILIES = (
    coverage.coverage,
    plausibility.plausibility,
    fidelity.fidelity,
    structure.structure,
    shape.shape,
    reports.reports,
    regularity.regularity,
)
NAMES = {
    name
    for family in (coverage, plausibility, fidelity, structure, shape, reports, regularity)
    for name in family.METRICS
    if has_sdmetrics() or not name.startswith("sdmetrics")
}
WHERE_THERE_IS_ANY = {"missing.similarity", "calendar.similarity"}


@pytest.fixture
def subject(project, people):
    """A window of a real run, whose tables are then real people: train, fresh ones as the synthetic ones, gold."""
    chain = project.chain()
    for step in (land, find_gaps, make_plan, fit_synthesizer, sample_candidates, screen):
        step(chain, "metro")
    with chain.step("validate", "metro") as step:
        made = Subject.of(chain, step)
        step.write("evidence", pl.DataFrame({"x": [1]}))
    rows = people.with_columns((pl.col("drugexp") >= 2500).cast(pl.Int64).alias("high_spend")).drop("person", "drugexp")
    mixed = rows.select(made.schema.names).sample(fraction=1, shuffle=True, seed=7)
    tables = {"real": mixed.head(4_000), "accepted": mixed.slice(4_000, 3_000), "gold": mixed.slice(7_000, 2_000)}
    general = made.plan.filter(pl.col("slice") == "all")
    return replace(made, tables={**made.tables, **tables}, plan=general)


def measured(subject, families=FAMILIES):
    rows = [row for family in families for row in family(subject)]
    found = {(row.metric, row.scope): row for row in rows}
    assert len(found) == len(rows), "a metric is measured once in a scope"
    return found


def planted(subject, rows):
    return replace(subject, tables={**subject.tables, "accepted": rows})


def test_fresh_people_look_real_and_faults_do_not(subject):
    everything = measured(subject)
    assert {metric for metric, _ in everything} == NAMES - WHERE_THERE_IS_ANY
    assert set(METRICS) >= NAMES
    _looks_real(everything)
    assert _same(everything, measured(subject))
    fresh = subject.tables["accepted"]
    rng = np.random.default_rng(1)
    few = fresh.head(100).sample(3_000, with_replacement=True, seed=1)
    found = measured(planted(subject, few), (coverage.coverage, structure.structure))
    assert found["cells.covered", "3-way"].high < 0.97, "mode collapse"
    assert found["triple.kept", "all"].high < 0.75, "mode collapse"

    found = measured(planted(subject, fresh.filter(pl.col("poverty") == 0)), (coverage.coverage,))
    assert found["cells.covered", "1-way"].value < 1.0, "a missing category"
    poor = float((subject.tables["gold"]["poverty"] == 1).mean())
    assert found["values.lost", "all"].value == pytest.approx(poor) and found["values.lost", "all"].low > 0.05
    assert measured(subject, (coverage.coverage,))["values.lost", "all"].low < 0.01
    assert "poverty" in found["cells.worst", next(scope for metric, scope in found if metric == "cells.worst")].scope

    found = measured(planted(subject, fresh.with_columns(pl.col("age") + 3)), (fidelity.fidelity,))
    assert found["marginal.similarity", "age"].high < 0.9, "a shifted marginal"

    broken = fresh.with_columns(pl.col("totchr").shuffle(seed=1))
    found = measured(planted(subject, broken), (structure.structure,))
    assert found["association.kept", "totchr"].high < 0.3 < 0.8 < found["association.kept", "ssiratio"].value
    assert "totchr" in next(scope for metric, scope in found if metric == "association.worst")

    thousands = fresh.with_columns(pl.col("income") * 1_000)
    found = measured(planted(subject, thousands), (plausibility.plausibility, shape.shape))
    assert found["tail.shift", "income"].low > 0.5, "wrong units"
    assert found["support.excess", "all"].low > 0.5, "wrong units"

    smeared = fresh.with_columns((pl.col("educyr") + pl.Series(rng.integers(-2, 3, fresh.height))).clip(0, 17))
    assert measured(planted(subject, smeared), (shape.shape,))["mass.shift", "educyr"].low > 0.05, "heaping lost"

    alone = unrelated(subject.tables["real"], 3_000, seed=1).select(fresh.columns)
    found = measured(planted(subject, alone), (plausibility.plausibility, fidelity.fidelity))
    assert found["density.far", "all"].low > 0.1 and found["support.excess", "all"].low > 0.3
    assert found["novelty.excess", "all"].high < -0.3
    assert found["discriminator.auc", "poor-health"].low > 0.8

    holes = fresh.with_columns(
        pl.when(pl.Series(rng.random(fresh.height) < 0.3)).then(None).otherwise(pl.col("educyr")).alias("educyr")
    )
    found = measured(planted(subject, holes), (shape.shape,))
    assert found["missing.similarity", "all"].high < 0.8 and found["missing.similarity", "all"].reference == 1.0


def test_neighbours_that_always_agree_are_seen_in_their_slice(subject):
    fresh = subject.tables["accepted"]
    poor = (pl.col("fair") == 1) | (pl.col("poor") == 1)
    ruled = fresh.with_columns(pl.when(poor).then(1).otherwise("high_spend").alias("high_spend"))
    clean, found = (measured(planted(subject, rows), (regularity.regularity,)) for rows in (fresh, ruled))
    assert clean["outcome.agreement", "all"].low < 0.03 and clean["outcome.agreement", "poor-health"].low < 0.08
    assert found["outcome.agreement", "poor-health"].low > 0.1
    assert found["outcome.agreement", "all"].value < found["outcome.agreement", "poor-health"].value


def _looks_real(found):
    """Every value lies within its interval, and no limit of the embedded suite is reached."""
    for row in found.values():
        assert row.value is not None, row
        if row.low is not None:
            assert row.low <= row.value <= row.high, row
    assert found["discriminator.auc", "all"].low < 0.5 < found["discriminator.auc", "all"].high + 0.02
    assert found["support.excess", "all"].low <= 0.0 <= found["support.excess", "all"].high
    assert found["density.far", "all"].low <= 0.05 <= found["density.far", "all"].high
    assert found["triple.kept", "all"].low < 1.0 < found["triple.kept", "all"].high + 0.05
    assert found["triple.naive", "all"].high < found["triple.mean", "all"].low
    assert found["association.naive", "all"].low > found["association.shift", "all"].high
    assert found["cells.covered", "3-way"].value > 0.99
    shifts = [row.low for (metric, _), row in found.items() if metric in ("tail.shift", "mass.shift")]
    assert max(shifts) < 0.02


def _same(found, again):
    return all(replace(row, seconds=0.0) == replace(again[key], seconds=0.0) for key, row in found.items())


def test_a_plan_that_favours_a_slice_is_no_fault(subject):
    """Slices that were asked for are commoner on purpose; real people of them are what a perfect generator makes."""
    fresh = subject.tables["accepted"]
    poor = "fair = 1 OR poor = 1"
    extra = fresh.slice(1_200).filter(pl.sql_expr(poor)).head(400)
    favoured = pl.concat([fresh.head(1_200), extra])
    plan = pl.concat([subject.plan, subject.plan.with_columns(slice=pl.lit("poor-health"), predicate=pl.lit(poor))])
    asked = replace(planted(subject, favoured), plan=plan)
    asked.__dict__["taken"] = {"all": 1_200, "poor-health": extra.height}
    as_planned = measured(asked, (fidelity.fidelity, structure.structure))
    unasked = measured(planted(subject, favoured), (fidelity.fidelity, structure.structure))
    assert as_planned["discriminator.auc", "all"].low < 0.52 < unasked["discriminator.auc", "all"].low
    assert as_planned["triple.kept", "all"].high > 0.95 > 0.8 > unasked["triple.kept", "all"].high


def test_a_table_of_one_column_and_one_of_two_rows(subject):
    """Little is measured where there is little; nothing fails."""
    narrow = replace(subject, tables={name: rows.select("high_spend") for name, rows in subject.tables.items()})
    assert not list(structure.structure(narrow))
    short = {name: rows.head(2) for name, rows in subject.tables.items()}
    for row in measured(replace(subject, tables=short), (*FAMILIES[:5], regularity.regularity)).values():
        assert row.value is None or np.isfinite(row.value)
