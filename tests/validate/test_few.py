"""Where there is next to nothing to measure: nothing fails, what is no number is none, and a rule on it refuses."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite

import polars as pl
import pytest

from supplychain.gates import judge
from supplychain.gates.suite import EVIDENCE_RULE, Rule, Suite
from supplychain.ledger.verdicts import FAIL
from supplychain.validate import coverage, exposure, fidelity, plausibility, shape, structure, utility
from supplychain.validate.evidence import as_frame
from tests.validate.test_utility import subject_of

OF_SHAPE = (coverage.coverage, plausibility.plausibility, fidelity.fidelity, structure.structure, shape.shape)
POOR = (pl.col("fair") == 1) | (pl.col("poor") == 1)


def measured(subject, *families):
    rows = [row for family in families for row in family(subject)]
    for row in rows:
        assert all(end is None or isfinite(end) for end in (row.value, row.low, row.high, row.reference)), row
    return {(row.metric, row.scope): row for row in rows}, as_frame(rows)


def said(evidence, **kwargs):
    rule = Rule("r", EVIDENCE_RULE, kwargs, "critical", "utility", "because", 1)
    (verdict,) = judge(evidence, Suite("evidence", "e.yaml", "0", (rule,))).verdicts
    return verdict.outcome, verdict.observed


@pytest.fixture
def subject(project):
    return subject_of(project.chain())


def with_gold(subject, change):
    return replace(
        subject,
        people={**subject.people, "gold": change(subject.people["gold"])},
        whole={**subject.whole, "gold": change(subject.whole["gold"])},
        tables={**subject.tables, "gold": change(subject.tables["gold"])},
    )


def test_a_slice_without_gold_rows_a_group_of_one_person_and_a_column_that_never_changes(subject):
    def change(rows):
        women = (pl.col("female") == 1) & (pl.col("female").cum_sum() > 1)
        return rows.filter(~POOR & ~women).with_columns(hisp=pl.lit(0, rows.schema["hisp"]))

    found, evidence = measured(with_gold(subject, change), *OF_SHAPE, utility.effect)
    assert ("slice.fall", "all") in found
    assert not {metric for metric, scope in found if scope == "poor-health"} & {"slice.fall", "discriminator.auc"}
    assert said(evidence, metric="slice.fall", scope="poor-health", min_value=-9) == (FAIL, "not measured")
    assert found["bias.gap", "female"].value is None, "one woman is no group"
    assert said(evidence, metric="bias.gap", scope="female", max_value=9) == (FAIL, "female not a number")
    assert found["marginal.similarity", "hisp"].value is not None


def test_an_attack_on_too_few_people_says_nothing_and_its_gate_refuses(subject):
    found, evidence = measured(with_gold(subject, lambda rows: rows.head(40)), exposure.exposure)
    assert found["membership.auc", "all"].value is None and found["membership.auc", "all"].n == 0
    assert said(evidence, metric="membership.p_top", scope="*", min_value=0.005) == (FAIL, "not a number")


def test_accepted_rows_that_are_all_alike(subject):
    alike = subject.tables["accepted"].head(1)
    same = pl.concat([alike] * subject.tables["accepted"].height)
    found, evidence = measured(
        replace(subject, tables={**subject.tables, "accepted": same}, whole={**subject.whole, "accepted": same}),
        *OF_SHAPE,
        utility.utility,
    )
    assert found["tstr.ratio", "all"].value is None
    assert said(evidence, metric="tstr.ratio", min_value=0.85) == (FAIL, "not a number")
    assert found["discriminator.auc", "all"].low > 0.9


def test_no_number_is_a_failure_whatever_the_bound():
    schema = as_frame([]).schema
    evidence = pl.DataFrame([("m", "all", float("nan"), 0.1, 0.2, None, 5)], schema=schema, orient="row")
    for bound in ("surely", "value", "low", "high"):
        assert said(evidence, metric="m", bound=bound, max_value=1.0)[0] == FAIL
