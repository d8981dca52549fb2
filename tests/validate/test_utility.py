"""Utility, confidence and bias as the chain measures them: every metric that is named, and planted faults."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from supplychain.define import find_gaps, land, make_plan
from supplychain.generate import fit_synthesizer, sample_candidates
from supplychain.validate import METRICS, screen, utility
from supplychain.validate.subject import Subject
from tests.validate.arms import by_scope

STEPS = (land, find_gaps, make_plan, fit_synthesizer, sample_candidates, screen)


class Looked(Exception):
    """Ends a step that was only to be looked into."""


def subject_of(chain) -> Subject:
    for step in STEPS:
        step(chain, "metro")
    with pytest.raises(Looked), chain.step("validate", "metro") as step:
        subject = Subject.of(chain, step)
        raise Looked
    return subject


def measured(subject: Subject):
    return by_scope(row for family in (utility.utility, utility.effect) for row in family(subject))


def test_every_named_metric_is_measured_and_a_collapsed_outcome_is_seen(project):
    subject = subject_of(project.chain())
    found = measured(subject)
    assert {metric for metric, _ in found} <= set(utility.METRICS) <= set(METRICS)
    left = set(utility.METRICS) - {metric for metric, _ in found}
    assert left <= {"exchange.rate", "confidence.coverage", "confidence.coverage_change"}, "of a quantity, or no curve"
    fell, last = found["fall.per_100", "all"], found["fall.per_100", "last half"]
    added = subject.tables["accepted"].height
    assert fell.value == pytest.approx(found["slice.fall", "all"].value * 100 / added)
    assert last.low < last.value < last.high and last.reference == fell.reference
    assert {scope for metric, scope in found if metric == "slice.fall"} == {"all", "poor-health"}
    assert found["bias.share", "female=1"].reference == pytest.approx(1, abs=0.2)

    alone = subject.tables["accepted"].with_columns(pl.lit(0, dtype=pl.Int64).alias("high_spend"))
    collapsed = measured(replace(subject, tables={**subject.tables, "accepted": alone}))
    assert collapsed["tstr.ratio", "all"].value is None
    assert collapsed["bias.outcome", "female=1"].high < 0


def test_a_quantity(project):
    project.edit("assets/products/clinic/defs.yaml", "{name: high_spend, where: drugexp >= 2500, ", "{name: income, ")
    found = measured(subject_of(project.chain()))
    assert found["confidence.coverage", "all"].value > 0.7 and ("confidence.ece", "all") not in found
    assert found["bias.odds", "female"].n == found["slice.fall", "all"].n
    assert found["tstr.auc", "all"].reference == found["trtr.auc", "all"].value
