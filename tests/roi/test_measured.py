"""Measurements flow back: runs and people write cost events, and the inputs move."""

from __future__ import annotations

import dataclasses
import json

import pytest

from supplychain.define import find_gaps, land
from supplychain.ledger import Commit, Cost, Evidence, GateResult, Ledger, Output
from supplychain.ledger.index import query, refresh
from supplychain.ledger.log import EVENTS
from supplychain.roi.measured import known_inputs, measurements
from supplychain.store import Store
from tests.bad_input import DEFS, put_release
from tests.roi.cases import UNITS, given, one, product


def commit(*costs: Cost, window: str = "w", **more) -> Commit:
    return Commit("", 0, "", "clinic", window, "log", "run", "", "", 0.0, more.pop("cpu", 0.0), costs=costs, **more)


def measured(inputs, *commits):
    return known_inputs(product(inputs), measurements(product(inputs), commits))


def asked(name: str, **more):
    return {name: {"dist": "measured", "unit": UNITS[name], "source": "measured", **more}}


def gate(content: str, passed: bool) -> GateResult:
    return GateResult(
        "evidence",
        "",
        "privacy",
        "r",
        "t",
        "critical",
        "pass" if passed else "fail",
        "",
        "",
        0,
        "",
        "evidence",
        content,
    )


def test_hours_of_a_window_add_up_and_five_windows_make_an_input_measured():
    prior = given(permission_hours=(20.0, 60.0))
    four = [commit(Cost("permissions", 50, "h"), Cost("permissions", 50, "h"), window=str(n)) for n in range(4)]
    found = measured(prior, *four)["permission_hours"]
    assert found.measurements == 4 and found.source == "assumed" and not found.rests
    assert found.stated.middle < found.used.middle < 100
    five = measured(prior, *four, commit(Cost("permissions", 100, "h"), window="last"))["permission_hours"]
    assert five.source == "measured" and five.rests
    assert abs(five.used.middle - 100) < abs(found.used.middle - 100)


def test_prices_are_money_by_quantity_in_the_products_currency():
    prior = given(raw_row_price=(1.0, 3.0), legal_wage=(90, 130, 200), permission_fees=(100.0, 200.0))
    found = measured(
        prior,
        commit(Cost("collect", 200, "row", 2_000, "EUR"), Cost("collect", 10, "row", 9_999, "USD")),
        commit(Cost("permissions", 6, "h", 300, "EUR"), Cost("permissions", 2, "h")),
        commit(Cost("permissions", 1, "fee", 700, "EUR")),
    )
    assert {name: one.measurements for name, one in found.items()} == dict.fromkeys(prior, 1)
    assert found["raw_row_price"].used.middle == pytest.approx(3.0**0.375 * 10**0.25, rel=1e-3)
    assert found["legal_wage"].used.middle < found["legal_wage"].stated.middle
    assert found["permission_fees"].used.middle > found["permission_fees"].stated.middle


def test_gates_count_each_batch_once_as_it_was_judged_last():
    refused, passed = (commit(gates=(gate(name, ok),)) for name, ok in (("a", False), ("a", True)))
    other = commit(gates=(gate("b", False),))
    inputs = asked("gate_pass")
    assert measurements(product(inputs), [refused, passed, other]).counts == {"gate_pass": (1, 1)}
    assert measured(inputs, refused) == {}, "one measurement makes no distribution"


def test_a_run_gives_the_seconds_of_a_fit_and_of_a_row():
    inputs = asked("fit_hours") | asked("row_seconds")
    runs = [
        commit(cpu=36.0, outputs=(Output("synthesizer", "m"),)),
        commit(cpu=4.0, outputs=(Output("candidates", "c", rows=800),)),
        commit(cpu=6.0, outputs=(Output("accepted", "a", rows=500), Output("rejected", "r", rows=300))),
        commit(cpu=10.0, outputs=(Output("evidence", "e", rows=40),)),
    ]
    assert measurements(product(inputs), runs).figures == {"fit_hours": (0.01,), "row_seconds": (0.04,)}


def test_anything_logged_and_any_evidence_can_be_read():
    inputs = asked("drift_rate", stage="relabel", logged="1/year") | asked("attack_success", evidence="membership.gain")
    logged = commit(
        Cost("relabel", 0.2, "1/year"),
        Cost("relabel", 0.4, "1/year"),
        evidence=tuple(
            Evidence("membership.gain", scope, value, None, None, None, 1, 0.0)
            for scope, value in (("all", 0.01), ("all", 0.03), ("rural", 0.9))
        ),
    )
    assert measurements(product(inputs), [logged]).figures == {"drift_rate": (0.2, 0.4), "attack_success": (0.01, 0.03)}


def test_what_is_said_to_be_measured_is_not_counted_twice():
    inputs = {"gate_pass": one("gate_pass", (5, 9), "measured")}
    found = measured(inputs, commit(gates=(gate("a", True),)))["gate_pass"]
    assert found.measurements == 0 and found.source == "measured"


def test_every_step_writes_what_it_cost_and_a_refused_batch_is_an_iteration(project):
    price = "roi: {inputs: {compute_price: {dist: fixed, value: 3600, unit: EUR/h, source: quoted, ref: a bill}}}"
    project.edit(DEFS, "  drop: [drugexp]\n", f"  drop: [drugexp]\n  {price}\n")
    chain = project.chain()
    land(chain, "metro")
    find_gaps(chain, "metro")
    with chain.step("validate", "metro") as step:
        step.gates.append(gate("x", False))
    with chain.step("publish", "metro"):
        pass
    rows = query(chain.ledger, "select * from cost_event order by recorded_at").to_dicts()
    assert [row["stage"] for row in rows if row["unit"] == "cpu second"] == ["define", "define", "iterate", "govern"]
    assert {row["pipeline"] for row in rows} == {"synthetic", "shared"}
    worked = [row for row in rows if row["unit"] == "cpu second"]
    assert all(row["money"] == pytest.approx(row["quantity"], abs=1e-3) for row in worked), "a second for one EUR"
    assert {(row["currency"], row["basis"], row["ref"]) for row in worked} == {("EUR", "quoted", "a bill")}
    landed = chain.ledger.commits("clinic")[0]
    made = next(row for row in rows if row["unit"] == "row made")
    assert made["quantity"] == sum(output.rows for output in landed.outputs) > 1_000
    assert {row["basis"] for row in rows if row["unit"] != "cpu second"} == {"measured"}


def test_an_event_of_format_1_stays_readable_beside_new_ones(project):
    """A log from before there were costs: its commits are read, and a new one is written after them."""
    put_release(project)
    files = sorted((project.home / EVENTS / "clinic").iterdir())
    for file in files:
        content = json.loads(file.read_bytes())
        del content["costs"]
        file.write_text(json.dumps({**content, "format": 1}))
    chain = project.chain()
    assert all(commit.costs == () for commit in chain.ledger.commits("clinic"))
    find_gaps(chain, "metro")
    assert len(chain.ledger.commits("clinic")) == len(files) + 1
    assert query(chain.ledger, "select count(distinct commit_id) as n from cost_event")["n"][0] == 1


def test_an_index_from_before_there_were_costs_is_made_anew(tmp_path):
    import duckdb

    ledger = Ledger(Store(str(tmp_path)))
    ledger.append(commit(Cost("label", 3, "h")))
    with duckdb.connect(str(refresh(ledger))) as connection:
        connection.execute("drop table cost_event; update shape set hash = 'of another version'")
    assert query(ledger, "select quantity from cost_event")["quantity"].to_list() == [3]
    ledger.append(dataclasses.replace(commit(Cost("label", 5, "h"))))
    assert query(ledger, "select quantity from cost_event")["quantity"].to_list() == [3, 5]
