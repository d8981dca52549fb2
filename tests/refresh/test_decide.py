"""What is done about stale windows: once, not while something is under way, not again until something new has come."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.cli.refresh import put_worth
from supplychain.ledger import Cause, Commit
from supplychain.monitor import rebalance
from supplychain.refresh import SCHEDULE, SENSOR, History, Incident, Look, decide, finish, look, note
from supplychain.refresh.history import DUE, PROPOSED, STARTED
from supplychain.refresh.others import rebalanced
from supplychain.refresh.worth import worth_of
from tests.roi.cases import BASE
from tests.roi.cases import given as inputs

DEFS = "assets/products/clinic/defs.yaml"
LATE = Cause("rural", "changed", "0123", "has 7 more rows")
EDITED = Cause("metro", "recipe", "4567", "was released before the product file changed")

causes = st.builds(Cause, st.sampled_from(["metro", "rural"]), st.sampled_from(["new", "drift"]), st.text("abc"), st.just(""))  # fmt: skip  # noqa: E501


@given(st.lists(causes, min_size=1, unique=True).flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))))
def test_the_same_causes_in_any_order_are_the_same_incident(pair):
    one, other = (Incident("clinic", tuple(some)).id for some in pair)
    assert one == other


@given(st.lists(causes, min_size=1, unique=True), causes)
def test_something_new_makes_another_incident(some, other):
    mine = Incident("clinic", tuple(some))
    if other not in some:
        assert Incident("clinic", (*some, other)).id != mine.id
    assert Incident("ward", tuple(some)).id != mine.id != Incident("clinic", tuple(some), attempt=2).id


def started(chain, found, by=SENSOR):
    """Decide, and start what is to be started."""
    decision = decide(chain, found, by=by)
    assert decision.action == "start", decision
    note(chain, decision.incident, STARTED, by=by, reason=decision.words)
    return History.of(chain).open


def test_a_backfill_is_started_once_and_not_again_until_something_new_comes(released):
    chain, found = released.chain(), Look((LATE,))
    opened = started(chain, found)
    assert decide(chain, found, by=SENSOR).action == decide(chain, found, by=SCHEDULE).action == "nothing"
    assert finish(chain, replace(opened), []).outcome == "failed"
    again = started(chain, found)
    assert again.incident != opened.incident, "a try that failed for another reason than a gate is tried again"
    finish(chain, again, [])
    finish(chain, started(chain, found), [])
    assert decide(chain, found, by=SENSOR).action == "nothing", "three times, and no more"
    newer = replace(LATE, key="89ab")
    assert decide(chain, Look((newer,)), by=SENSOR).incident.causes == (newer,)


@pytest.mark.long
def test_what_a_gate_refused_is_not_tried_again_and_says_what_is_in_force(released, supplychain):
    released.edit("expectations/clinic/evidence.yaml", "min_value: 0.8}", "min_value: 0.999}")
    code, out, _ = supplychain("refresh", "clinic", "--now")
    assert code == 3
    chain = released.chain()
    end = History.of(chain).events[-1][1]
    assert (end.action, end.outcome, end.release) == ("ended", "refused", "1.1.0")
    assert "gate fidelity refused metro: marginals found" in end.reason
    assert end.reason.endswith("release 1.1.0 stays in force") and end.reason in out.replace("\n", " ")
    assert len(end.runs) == 2 and end.cpu_seconds > 0
    assert look(chain).causes == (), "nothing to try again"
    assert [cause.kind for cause in look(chain).held] == ["refused", "refused"], "and it is not forgotten"
    assert decide(chain, look(chain), by=SENSOR).action == "nothing"
    released.edit("expectations/clinic/evidence.yaml", "min_value: 0.999}", "min_value: 0.75}")
    chain = released.chain()
    assert decide(chain, look(chain), by=SENSOR).action == "start", "until the suite is another one"


def test_nothing_starts_beside_what_is_under_way_and_a_schedule_is_remembered(released):
    chain, found = released.chain(), Look((LATE,))
    for by in (SENSOR, SCHEDULE):
        waits = decide(chain, found, by=by, busy="backfill 1 is under way")
        assert (waits.action, waits.words) == ("wait", "backfill 1 is under way")
    released.edit(DEFS, "act: rebuild", "act: propose")
    chain = released.chain()
    assert decide(chain, found, by=SENSOR).action == "propose"
    note(chain, waits.incident, DUE, by=SCHEDULE, reason=waits.words)
    assert decide(chain, found, by=SENSOR).action == "start", "the schedule came while it could not"


@pytest.mark.parametrize(
    ("act", "kind", "action"),
    [
        ("propose", "changed", "propose"),
        ("propose", "erased", "start"),
        ("refresh", "changed", "start"),
        ("refresh", "unreleased", "start"),
        ("refresh", "recipe", "start"),
        ("refresh", "drift", "propose"),
        ("refresh", "rebalance", "start"),
        ("rebuild", "drift", "start"),
        ("rebuild", "rebalance", "start"),
    ],
)
def test_the_lever_decides_what_is_done_by_itself(released, act, kind, action):
    released.edit(DEFS, "act: rebuild", f"act: {act}")
    chain, found = released.chain(), Look((replace(LATE, kind=kind),))
    decision = decide(chain, found, by=SENSOR)
    assert decision.action == action
    assert decide(chain, found, by=SCHEDULE).action == "start", "a schedule was decided on by a person"
    if action == "propose":
        note(chain, decision.incident, PROPOSED, by=SENSOR, reason=decision.words)
        assert decide(chain, found, by=SENSOR).action == "nothing", "it is proposed once"


def test_what_may_not_be_done_holds_up_nothing_that_may(released):
    released.edit(DEFS, "act: rebuild", "act: refresh")
    found = Look((replace(LATE, kind="drift"), EDITED))
    assert decide(released.chain(), found, by=SENSOR).incident.causes == (EDITED,)


def test_a_sensor_starts_at_most_so_many_a_day(released):
    released.edit(DEFS, "look_seconds: 5", "most_a_day: 2")
    chain = released.chain()
    for key in "ab":
        finish(chain, started(chain, Look((replace(LATE, key=key),))), [])
    more = Look((replace(LATE, key="c"),))
    waits = decide(chain, more, by=SENSOR)
    assert waits.action == "wait" and "refresh.most_a_day" in waits.words
    assert decide(chain, more, by=SENSOR, now=datetime.now(UTC) + timedelta(days=1, minutes=1)).action == "start"
    assert decide(chain, more, by=SCHEDULE).action == "start"


def test_a_new_window_is_landed_before_anything_is_said_of_it(released):
    found = Look((replace(LATE, kind="new"), EDITED))
    chain = released.chain()
    landing = decide(chain, found, by=SENSOR)
    assert (landing.action, landing.incident.windows) == ("land", ("rural",))
    tried = decide(chain, found, by=SENSOR, tried=lambda incident: incident == landing.incident.id)
    assert (tried.action, tried.incident.causes) == ("start", (EDITED,)), "one that cannot be landed holds up nobody"
    assert decide(chain, found, by=SCHEDULE).incident.windows == ("rural", "metro")


def priced(project, **figures) -> None:
    base = {**BASE, **inputs(**figures)}
    project.edit(DEFS, "  drop: [drugexp]\n", f"  drop: [drugexp]\n  roi: {json.dumps({'inputs': base})}\n")


def test_a_refresh_that_is_not_worth_its_price_is_proposed_and_not_done(released):
    priced(released, value_per_point=0.001)
    chain = released.chain()
    worth = worth_of(chain, (LATE,))
    assert worth.price > 100, "132 rows are reviewed at two minutes each"
    decision = decide(chain, Look((LATE,)), by=SCHEDULE)
    assert decision.action == "propose"
    assert decision.words == worth.complaint
    assert "EUR" in worth.complaint and "points on gold" in worth.complaint
    assert decide(chain, Look((replace(LATE, kind="erased"),)), by=SCHEDULE).action == "start", "erasure has no price"


def harmed(project, window: str, **falls) -> None:
    """What was measured of a window's rows, with other falls on gold; and what follows from them."""
    chain = project.chain()
    commit, output = chain.ledger.find("clinic", "evidence", window)
    rows = {(row.metric, row.scope): row for row in commit.evidence}
    for scope, (value, low, high) in falls.items():
        of = "slice.fall", scope.replace("_", "-")
        rows[of] = replace(rows[of], value=value, low=low, high=high)
    with chain.step("validate", window) as step:
        step.measured(rows.values())
        step.write("evidence", chain.store.read_table(output.table), **output.notes)
    rebalance(chain, window)


def test_rows_that_harm_are_retired_for_the_harm_that_ends(released, capsys):
    """The gain is the harm, by the slice's share of people; the price is that of a run whose rows nobody looks at."""
    priced(released, value_per_point=50.0)
    harmed(released, "rural", poor_health=(-0.05, -0.08, -0.02), all=(-0.001, -0.01, 0.01))
    chain = released.chain()
    found = Look(tuple(rebalanced(chain)))
    assert [cause.window for cause in found.causes] == ["rural"]
    evidence = chain.ledger.find("clinic", "evidence", "rural")[0].evidence
    people = {row.scope: row.n for row in evidence if row.metric == "slice.fall"}
    share = people["poor-health"] / people["all"]
    worth = worth_of(chain, found.causes)
    assert worth.points == pytest.approx((5 * share, 2 * share, 8 * share)) and 0 < share < 1
    assert worth.gain == pytest.approx(worth.points[0] * 50 * worth.months)
    assert 0 < worth.price < 1, "no review"
    put_worth(chain, decide(chain, found, by=SCHEDULE))
    assert f"gain {worth.gain:,.2f} EUR in {worth.months} months" in capsys.readouterr().out
    assert decide(chain, found, by=SCHEDULE).action == "start"
    other = worth_of(chain, (*found.causes, LATE))
    assert other.price > 100 and other.points != worth.points, "of new rows people see some"


def test_what_a_refresh_brings_is_what_the_rows_taught_as_they_were_released(released):
    chain = released.chain()
    (told,) = (
        row
        for row in chain.ledger.find("clinic", "evidence", "rural")[0].evidence
        if (row.metric, row.scope) == ("release.fall", "all")
    )
    points = tuple(100 * one for one in (told.value, told.low, told.high))
    assert worth_of(chain, (LATE,)).points == pytest.approx(points)


def test_a_refresh_whose_price_is_not_known_is_done(released):
    worth = worth_of(released.chain(), (LATE,))
    assert worth.price is None and worth.gain is None and not worth.complaint


def test_the_log_keeps_what_was_decided_and_reads_what_was_written_before(released):
    chain = released.chain()
    opened = started(chain, Look((LATE, EDITED)))
    assert opened.causes == (LATE, EDITED) and opened.by == SENSOR
    commit = chain.ledger.commits("clinic")[-1]
    assert Commit.from_json(commit.to_json(), where="") == commit
    older = json.loads(commit.to_json())
    del older["refreshes"], older["recipe"]
    older["format"] = 3
    assert Commit.from_json(json.dumps(older).encode(), where="").refreshes == ()


@pytest.mark.long
def test_the_cost_of_a_refresh_is_that_of_its_steps(released, supplychain):
    priced(released)
    released.edit(DEFS, "poor-health: 100", "poor-health: 110")
    before = (released.home / "releases/clinic/1.1.0/data/metro.parquet").read_bytes()
    chain = released.chain()
    found = Look(tuple(cause for cause in look(chain).causes if cause.window == "rural"))
    from supplychain.cli.refresh import rebuild

    assert rebuild(chain, decide(chain, found, by=SCHEDULE).incident, quiet=True) == 0
    end = History.of(chain).events[-1][1]
    spent = [commit for commit in chain.ledger.commits("clinic") if commit.run in end.runs]
    assert end.outcome == "released" and len(end.runs) == 1
    assert end.money == pytest.approx(sum(cost.money or 0 for commit in spent for cost in commit.costs))
    assert end.currency == "EUR" and end.money > 0
    assert end.cpu_seconds == pytest.approx(sum(commit.cpu_seconds for commit in spent))
    version = chain.ledger.releases("clinic")[-1].release.version
    assert version == end.release != "1.1.0"
    assert (released.home / f"releases/clinic/{version}/data/metro.parquet").read_bytes() == before
