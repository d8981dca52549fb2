"""Slices that must not fail: a plan of their own, on rows drawn by chance from them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.errors import BadInput
from supplychain.review.acceptance import Limits, at_most, zero_plan
from supplychain.review.gate import take_verdict
from supplychain.review.lot import RANDOM, SLICED, Lot
from supplychain.review.verdict import advanced
from tests.review.conftest import PRODUCT, make

SECTION = "{slices: [poor-health]}"


@pytest.fixture
def sliced(project, people):
    return make(project, people, SECTION)


@given(st.integers(1, 5_000), st.sampled_from([0.03, 0.05, 0.1]), st.sampled_from([0.05, 0.1]))
def test_a_plan_without_defects_keeps_the_consumers_risk_and_no_smaller_one_does(lot, ltpd, beta):
    limits = Limits(ltpd=ltpd, beta=beta)
    plan = zero_plan(lot, limits)
    assert plan.c == 0 and 1 <= plan.n <= lot
    assert at_most(0, lot, limits.bad(lot), plan.n) <= beta or plan.n == lot
    assert at_most(0, lot, limits.bad(lot), plan.n - 1) > beta


def test_a_slices_rows_are_of_it_are_as_many_as_its_plan_and_are_judged_by_two(sliced):
    lot, chain = sliced.docket.lot, sliced.chain
    accepted = chain.store.read_table(chain.ledger.current("clinic", "accepted", "metro").table)
    inside = set(chain.product.slice_named("poor-health").pick(accepted)["_row"])
    (each,) = lot.slices
    assert each.plan == zero_plan(len(inside), Limits()) and each.plan.n < 45 < len(inside)
    rows = [item for item in lot.items if item.slices]
    assert len(rows) == each.plan.n and {item.row for item in rows} <= inside
    assert all(item.double and item.stratum in (RANDOM, SLICED) for item in rows)
    assert {item.id for item in rows} <= {item.id for item in lot.active(lot.plan.n)}
    drawn = [item for item in lot.drawn if item.row in inside]
    counted = [item for item in drawn if item.slices]
    assert drawn[: len(counted)] == counted, "the first ones in the frozen order: nobody picks them"
    shown = [item.row for item in lot.active(lot.plan.n) if not item.truth]
    assert len(set(shown)) == len(shown), "a row that counts for both is shown once"
    assert Lot.from_json(lot.to_json(), where="x") == lot


def test_one_rejected_row_of_a_slice_rejects_a_window_that_its_own_plan_accepts(sliced):
    under = sliced.docket
    bad = next(item.id for item in under.lot.items if item.slices)
    for name in ("ann", "bob"):
        sliced.judge(name, lambda item: item.id == bad)
    found = advanced(under.lot, under.journal)
    assert found.called.count <= found.plan.c, "the window's own plan would accept"
    assert (found.outcome, found.final, found.failed_slices) == ("reject", True, ["poor-health"])
    assert found.words.startswith("reject: slice poor-health: 1 of"), "what decided comes first"
    gates = {gate.rule: gate for gate in take_verdict(sliced.chain, "metro").gates}
    assert gates["slice-poor-health"].blocks and gates["verdict"].blocks


def test_a_slice_without_a_rejected_row_accepts_and_waits_for_every_second_answer(sliced):
    under = sliced.docket
    assert {gate.rule for gate in take_verdict(sliced.chain, "metro").gates if gate.blocks} == {
        "verdict",
        "slice-poor-health",
    }
    sliced.judge("ann")
    assert "second reviewer" in advanced(under.lot, under.journal).words
    sliced.judge("bob")
    found = advanced(under.lot, under.journal)
    assert found.releases and found.failed_slices == [] and "slice poor-health: 0 of" in found.words
    commit = take_verdict(sliced.chain, "metro")
    assert not any(gate.blocks for gate in commit.gates)
    assert {row.scope for row in commit.evidence if row.metric == "review.called_share"} == {"all", "poor-health"}


def test_a_lot_without_slices_is_the_file_that_it_was(reviewed):
    document = json.loads(reviewed.docket.lot.to_json())
    assert "slices" not in document and not any("slices" in item for item in document["items"])


def test_a_slice_that_is_none_is_refused_by_name(project):
    project.edit(PRODUCT, "  generate: {synth", "  review: {slices: [poor-helth]}\n  generate: {synth")
    with pytest.raises(BadInput, match=r"review.slices: poor-helth is no slice; did you mean 'poor-health'"):
        project.chain()
