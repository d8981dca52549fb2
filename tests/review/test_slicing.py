"""Slices that must not fail: a plan of their own, on rows drawn by chance from them."""

from __future__ import annotations

import json
from itertools import pairwise
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.errors import BadInput
from supplychain.review.acceptance import Limits, Plan, at_most, none_called, producers_risk, still_possible, zero_plan
from supplychain.review.desk.pages import verdict_context
from supplychain.review.gate import take_verdict
from supplychain.review.journal import Record
from supplychain.review.lot import DEFECT, RANDOM, SLICED, TARGETED, Lot, SlicePlan
from supplychain.review.rates import Tally
from supplychain.review.slicing import slice_found
from supplychain.review.standing import Standing
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


@given(st.data())
def test_what_no_rejected_row_leaves_possible_is_the_largest_such_rate(data):
    """Held against every number of defects there may be, with the chance summed over all that the rows may hold."""
    lot = data.draw(st.integers(1, 60))
    n, sensitivity = data.draw(st.integers(0, lot)), data.draw(st.sampled_from([0.0, 0.35, 0.7, 0.95, 1.0]))
    limits = Limits(beta=data.draw(st.sampled_from([0.05, 0.1, 0.4])))

    def missed(defects):
        ways = (
            comb(defects, k) * comb(lot - defects, n - k) * (1 - sensitivity) ** k
            for k in range(max(0, n - lot + defects), min(defects, n) + 1)
        )
        return sum(ways) / comb(lot, n)

    chances = [missed(defects) for defects in range(lot + 1)]
    found = still_possible(Plan(lot, n, 0), limits, sensitivity)
    assert none_called(lot, lot // 2, n, sensitivity) == pytest.approx(chances[lot // 2])
    assert all(later <= before + 1e-12 for before, later in pairwise(chances))
    allowed = [defects / lot for defects, chance in enumerate(chances) if chance > limits.beta * (1 + 1e-9)]
    clear = [defects / lot for defects, chance in enumerate(chances) if chance > limits.beta * (1 - 1e-9)]
    assert max(allowed) <= found <= max(clear)


@given(st.integers(1, 5_000), st.floats(0.0, 1.0))
def test_who_misses_defects_leaves_more_of_them_possible(lot, sensitivity):
    limits = Limits()
    plan = zero_plan(lot, limits)
    perfect, real = still_possible(plan, limits), still_possible(plan, limits, sensitivity)
    assert perfect <= real <= 1 and perfect < max(limits.ltpd, 1 / lot)
    assert producers_risk(zero_plan(600, limits), limits) == pytest.approx(0.368, abs=0.001)


@given(st.integers(1, 3_000), st.floats(0.3, 1.0), st.sampled_from([0.05, 0.1]))
def test_who_misses_defects_looks_at_just_so_many_more_rows_that_the_risk_is_kept(lot, sensitivity, beta):
    limits = Limits(beta=beta)
    bad, plan = limits.bad(lot), zero_plan(lot, limits, sensitivity)
    assert zero_plan(lot, limits).n <= plan.n <= lot
    assert none_called(lot, bad, plan.n, sensitivity) <= beta * (1 + 1e-9) or plan.n == lot
    assert none_called(lot, bad, plan.n - 1, sensitivity) > beta * (1 - 1e-9)
    found = slice_found(SlicePlan("x", zero_plan(lot, limits)), plan.n, Tally(0, plan.n), limits, sensitivity)
    assert not found.is_short and found.if_bad == pytest.approx(none_called(lot, bad, plan.n, sensitivity))
    if found.if_bad <= beta:
        assert found.possible < bad / lot, "a bad slice is not among what is still possible"


def missing(reviewed, count):
    """Two people who miss so many planted defects, and reject nothing else."""
    missed = [item.id for item in reviewed.docket.lot.seeded if item.truth == DEFECT][:count]
    for name in ("ann", "bob"):
        reviewed.judge(name, lambda item: item.id in missed)
    return advanced(reviewed.docket.lot, reviewed.docket.journal)


def test_reviewers_who_miss_defects_are_given_more_rows_of_a_slice(sliced, supplychain):
    lot, limits = sliced.docket.lot, sliced.docket.lot.limits
    (each,), before = lot.slices, {item.id for item in sliced.standing.items}
    found, rows = missing(sliced, 4), len(sliced.standing.of_slices["poor-health"])
    assert (found.sensitivity.share, found.called.count) == (0.8, 0)
    assert each.plan.n < rows == zero_plan(each.plan.lot, limits, 0.8).n
    assert found.outcome == "awaiting" and "accept" not in found.words, "no rejected row of the first says too little"
    assert sliced.standing.records[-1].role == "plan of slice poor-health"
    more = [item for item in sliced.standing.items if item.id in each.reserve]
    assert {item.id for item in more} == set(each.reserve[: rows - each.plan.n]) and all(item.double for item in more)
    assert {item.id for item in sliced.standing.items} - before and found.called.n == lot.plan.n, "not the window's"
    assert advanced(lot, sliced.docket.journal) == found, "asked for once"
    for name in ("ann", "bob"):
        assert {item.id for item in sliced.standing.queue(name)} <= {item.id for item in more}
        sliced.judge(name)
    found = advanced(lot, sliced.docket.journal)
    (of_slice,) = found.slices
    assert found.releases and of_slice.called.n == rows and of_slice.if_bad <= limits.beta
    told = f"up to {of_slice.possible:.1%} of defects are still possible"
    assert told in found.words and of_slice.possible < limits.ltpd
    line = next(against for what, _, against in verdict_context(lot, found) if what.startswith("Slice poor-health"))
    assert f"{told}, with a chance above 10%" in line and "reviewers who find 80% of defects see none" in line
    assert f"2 defects among its {each.plan.lot} rows do so with a chance of {of_slice.producers_risk:.0%}" in line
    gate = next(gate for gate in take_verdict(sliced.chain, "metro").gates if gate.rule == "slice-poor-health")
    assert gate.passed and gate.figures["possible"] == of_slice.possible
    assert told in " ".join(supplychain("review", "verdict", "clinic", "--window", "metro")[1].split())


def test_the_sequential_test_waits_for_the_further_rows_of_a_slice_too(project, people):
    reviewed = make(project, people, "{slices: [poor-health], plan: {mode: sequential}}")
    under, (each,) = reviewed.docket, reviewed.docket.lot.slices
    missed = [item.id for item in under.lot.seeded if item.truth == DEFECT][:4]
    late = set(each.reserve)
    for name in ("ann", "bob"):
        batch = [item for item in reviewed.standing.queue(name) if item.id not in late]
        under.journal.append(
            Record(
                "decision",
                under.lot.content,
                item.id,
                reviewer=name,
                role="reviewer",
                answer="reject" if item.truth == DEFECT and item.id not in missed else "accept",
            )
            for item in batch
        )
    found = advanced(under.lot, under.journal)
    assert found.outcome == "awaiting", "though the rows of the window decide"
    for name in ("ann", "bob"):
        reviewed.judge(name)
    found = advanced(under.lot, under.journal)
    assert found.releases and found.slices[0].called.n == zero_plan(each.plan.lot, under.lot.limits, 0.8).n


def test_a_rejected_row_among_the_further_ones_rejects_the_window(sliced):
    missing(sliced, 4)
    last = [item.id for item in sliced.standing.items if item.id in sliced.docket.lot.slices[0].reserve][-1]
    for name in ("ann", "bob"):
        sliced.judge(name, lambda item: item.id == last)
    found = advanced(sliced.docket.lot, sliced.docket.journal)
    assert found.outcome == "reject" and found.failed_slices == ["poor-health"]
    assert "so is one that is just good with a chance of" in found.words


def test_a_slice_that_was_looked_at_whole_is_not_rejected_for_what_reviewers_miss():
    limits, plan = Limits(), zero_plan(9, Limits())
    found = slice_found(SlicePlan("x", plan), 9, Tally(0, 9), limits, 0.8)
    assert plan.n == 9 and not found.is_short and not found.fails
    assert found.if_bad == pytest.approx(0.2) and found.possible == pytest.approx(1 / 9)


def test_a_lot_of_before_has_no_rows_in_reserve(sliced):
    document = json.loads(sliced.docket.lot.to_json())
    for each in document["slices"]:
        del each["reserve"]
    lot = Lot.from_json(json.dumps(document).encode(), where="x")
    (each,) = lot.slices
    assert each.reserve == () and len(Standing(lot, []).of_slices["poor-health"]) == each.plan.n
    assert not slice_found(each, each.plan.n, Tally(0, each.plan.n), lot.limits, 0.7).is_short


def test_the_plan_says_what_a_slices_plan_costs_and_cannot_tell(sliced, supplychain):
    (each,), limits = sliced.docket.lot.slices, sliced.docket.lot.limits
    code, out, _ = supplychain("review", "plan", "clinic", "--window", "metro")
    told, most = " ".join(out.split()), zero_plan(each.plan.lot, limits, 0.7)
    assert code == 0 and f"no defect among {each.plan.n} of its {each.plan.lot} rows; 45 of a large slice" in told
    assert f"up to {most.n} where reviewers find fewer planted defects: 70% at the least" in told
    assert most.n == each.plan.n + len(each.reserve)
    assert f"is rejected with a chance of {producers_risk(each.plan, limits):.0%}" in told
    assert f"up to: {still_possible(each.plan, limits):.1%} if they find 100% of defects" in told
    assert f"{still_possible(most, limits, 0.7):.1%} if they find 70%" in told


def test_the_plan_promises_the_rows_that_the_lot_has(project, people, supplychain):
    reviewed = make(project, people, "{slices: [poor-health], targeted: 60}")
    items = reviewed.docket.lot.active(reviewed.docket.lot.plan.n)
    code, out, _ = supplychain("review", "plan", "clinic", "--window", "metro", "--json")
    told, strata = json.loads(out), [item.stratum for item in items]
    assert code == 0 and told["accepted"]
    assert told["targeted"] == strata.count(TARGETED) == 60, "those also drawn by chance are replaced by the next ones"
    assert told["n"] + told["beside"] == strata.count(RANDOM) + strata.count(SLICED) and told["beside"] > 0
    assert [each["plan"]["n"] for each in told["slices"]] == [sum(bool(item.slices) for item in items)]
    rows = [(item.batch, item.row) for item in items if item.truth != DEFECT]
    assert len(set(rows)) == len(rows), "no row is shown twice, not as a good one either"


def test_the_plan_says_where_fewer_rows_are_left_than_it_wants(project, people, supplychain):
    reviewed = make(project, people, "{slices: [poor-health]}", rows=45)
    strata = [item.stratum for item in reviewed.docket.lot.items]
    code, out, _ = supplychain("review", "plan", "clinic", "--window", "metro")
    there = strata.count(TARGETED)
    assert code == 0 and there < 24 and f"{there} suspect rows (24 are wanted, no more are left)" in out
    (each,) = reviewed.docket.lot.slices
    assert f"no defect among {each.plan.n} of its {each.plan.lot} rows; 45 of a large slice" in out


def test_the_plan_says_of_a_slice_without_a_row_that_nobody_looks(project, people, supplychain):
    project.edit(PRODUCT, "slices: {", "slices: {nobody: age > 1000, ")
    make(project, people, "{slices: [nobody]}", rows=200)
    out = " ".join(supplychain("review", "plan", "clinic", "--window", "metro")[1].split())
    assert "slice nobody: no row of it is accepted" in out
    out = supplychain("review", "plan", "clinic", "--window", "rural")[1]
    assert "no row is accepted yet: the figures are those of 500" in out and "slice nobody: no defect among 45" in out
