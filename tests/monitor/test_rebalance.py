"""What follows: a proposal per slice with its reason, the next plan, rows that did harm, and incidents, each once."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from supplychain.cli.plan_words import show
from supplychain.define import find_gaps, land, make_plan, plan_ahead
from supplychain.learning import Curve
from supplychain.ledger import Evidence
from supplychain.levers import Levers
from supplychain.monitor import incidents, judge_drift, measure_drift, rebalance
from supplychain.monitor.facts import Facts
from supplychain.monitor.proposing import propose

PRODUCT = "assets/products/clinic/defs.yaml"
LEVERS = Levers.model_validate({"coverage": {"rows": {"all": 1}}})
WELL = Facts("poor-health", "poor = 1", real_rows=200, measured_rows=260, planned=100, price=0.5)
CURVE = Curve(2.0, 0.5, 0.3)


@pytest.mark.parametrize(
    ("known", "proposal", "rows", "words"),
    [
        ({"fall": (-0.02, -0.03, -0.01)}, "retire", 0, "raised the loss on gold by 0.0200 (0.0100 to 0.0300)"),
        ({"over_change": (0.04, 0.01, 0.07)}, "fewer synthetic", 50, "surer than right on gold"),
        ({"over": (0.1, 0.05, 0.15), "over_synthetic": (0.08, 0.03, 0.12)}, "fewer synthetic", 50, "trained mostly on"),
        ({"over": (0.1, 0.05, 0.15), "over_synthetic": (0.01, -0.03, 0.05)}, "recalibrate", 0, "surer than right"),
        ({"moved": "age: median 80", "features_moved": True}, "refresh real", 200, "are here and in no release"),
        ({"moved": "x", "concept": (0.1, 0.05, 0.15), "kind": "noisy"}, "re-label", 200, "labels are right"),
        ({"kind": "missing", "fall": (0.02, 0.01, 0.03)}, "more synthetic", 200, "lowered the loss on gold by 0.0200"),
        ({"kind": "missing", "fall": (0.0, -0.01, 0.01)}, "refresh real", 260, "did not surely lower"),
    ],
)  # fmt: skip
def test_each_finding_has_its_remedy(known, proposal, rows, words):
    found = propose(replace(WELL, **known), LEVERS, "rural", released=False)
    assert (found.proposal, found.rows) == (proposal, rows) and words in found.why


def test_a_slice_that_is_well_is_left_alone():
    assert propose(WELL, LEVERS, "rural", released=True) is None
    assert propose(replace(WELL, fall=(0.02, 0.01, 0.03)), LEVERS, "rural", released=True) is None


def test_gain_and_price_are_stated_where_they_are_known():
    known = replace(WELL, kind="missing", fall=(0.02, 0.01, 0.03), curve=CURVE, exchange=(0.5, 0.2, 0.8))
    found = propose(known, LEVERS, "rural", released=True)
    assert 0 < found.gain[1] <= found.gain[0] <= found.gain[2] and found.gain_in == "loss"
    assert found.price == (50.0, 50.0, 50.0)
    harm = propose(replace(WELL, fall=(-0.02, -0.03, -0.01)), LEVERS, "rural", released=True)
    assert harm.gain == (0.02, 0.01, 0.03) and harm.price == (0.0, 0.0, 0.0)
    unknown = propose(replace(known, curve=None), LEVERS, "rural", released=True)
    assert unknown.gain is None
    doubt = propose(replace(WELL, over=(0.1, 0.05, 0.15)), LEVERS, "rural", released=True)
    assert doubt.gain == pytest.approx((0.01, 0.0025, 0.0225)) and doubt.gain_in == "Brier score"


def test_the_risk_lever_bounds_more_rows():
    known = replace(WELL, kind="missing", fall=(0.02, 0.01, 0.03))
    tight = Levers.model_validate({"coverage": {"rows": {"all": 1}}, "risk": {"synthetic_per_real": 0.6}})
    assert propose(known, tight, "rural", released=True).rows == 120


def planted(project, **figures):
    """The window's evidence, with other figures: the commit of a measurement of the same accepted rows."""
    chain = project.chain()
    commit, output = chain.ledger.find("clinic", "evidence", "metro")
    rows = {(row.metric, row.scope): row for row in commit.evidence if row.metric != "release.fall"}
    for name, (value, low, high) in figures.items():
        scope = name.replace("_", "-")
        rows["slice.fall", scope] = Evidence("slice.fall", scope, value, low, high, 0.0, 200, 0.0)
        rows["release.fall", scope] = Evidence("release.fall", scope, 0.0, -0.01, 0.01, 0.0, 200, 0.0)
    with chain.step("validate", "metro") as step:
        step.measured(rows.values())
        step.write("evidence", chain.store.read_table(output.table), **output.notes)
    return project.chain()


def lines_of(chain, noun="rebalance"):
    return chain.store.read_table(chain.ledger.current("clinic", noun, "metro").table)


def test_rows_that_did_harm_are_named_and_not_made_again_until_something_new_comes(released):
    released.edit(PRODUCT, "monitor: {", "monitor: {act: refresh, ")
    chain = planted(released, poor_health=(-0.05, -0.08, -0.02), all=(0.01, 0.002, 0.02))
    rebalance(chain, "metro")
    accepted = chain.store.read_table(chain.ledger.current("clinic", "accepted", "metro").table)
    mine = accepted.filter(pl.col("_slice") == "poor-health")
    retired = lines_of(chain, "retired")
    assert set(retired["batch"]) == set(mine["_batch"]) and retired["rows"].sum() == mine.height
    (line,) = lines_of(chain).filter(pl.col("slice") == "poor-health").iter_rows(named=True)
    assert (line["proposal"], line["done"], line["gain"]) == ("retire", "by itself", 0.05)
    (incident,) = incidents(chain)
    assert incident.kind == "rebalance" and "poor-health: retire" in incident.reason and incident.by_itself

    commit = make_plan(chain, "metro")
    assert "rebalance" in {item.asset for item in commit.inputs}
    plan = {row["slice"]: row for row in lines_of(chain, "plan").iter_rows(named=True)}
    assert plan["poor-health"]["rows"] == 0 and plan["poor-health"]["action"] == "retire"
    assert (
        "rebalanced from 100 rows (retire): its synthetic rows, at the most that they may weigh, raised"
        in plan["poor-health"]["why"]
    )
    assert plan["all"]["rows"] == 400
    assert incidents(chain) == []

    planted(
        released, poor_health=(0.0, -0.01, 0.01), all=(0.01, 0.002, 0.02)
    )  # nobody has measured harm since: there were no such rows
    rebalance(chain, "metro")
    first = chain.ledger.current("clinic", "plan", "metro").content
    make_plan(chain, "metro")
    assert chain.ledger.current("clinic", "plan", "metro").content == first  # and still it is not made again

    source = pl.read_csv(released.root / "clinic.csv")
    source.head(2_900).write_csv(released.root / "clinic.csv")
    land(chain, "metro")
    find_gaps(chain, "metro")
    rebalance(chain, "metro")
    make_plan(chain, "metro")
    assert dict(lines_of(chain, "plan").select("slice", "rows").iter_rows())["poor-health"] == 100


def test_a_plan_shows_what_changed_and_why_and_what_waits_for_a_person(released, capsys):
    chain = planted(released, poor_health=(-0.05, -0.08, -0.02), all=(0.01, 0.002, 0.02))
    rebalance(chain, "metro")
    for act, rows, waits in (("propose", 100, "waits for a person"), ("rebuild", 0, "by itself")):
        released.edit(PRODUCT, "monitor: {", f"monitor: {{act: {act}, ")
        chain = released.chain()
        rebalance(chain, "metro")
        made = plan_ahead(chain, "metro", spec=chain.product.spec_hash, levers={})
        assert [one["done"] for one in made.outlook["rebalance"]] == [waits]
        assert {line.slice: line.rows for line in made.lines}["poor-health"] == rows
        show(made, chain.product)
        out = capsys.readouterr().out
        assert f"poor-health: retire; expected to lower the loss by 0.05 (0.02 to 0.08) [{waits}]" in out
        released.edit(PRODUCT, f"act: {act}, ", "")
    assert "- poor-health: retire (was 100)" in out and "rebalanced from 100 rows (retire)" in out


def test_a_plan_follows_the_lever_as_it_is_now(released):
    """Nothing is measured again: what was proposed under one lever is done, or waits, by the next."""
    chain = planted(released, poor_health=(-0.05, -0.08, -0.02), all=(0.01, 0.002, 0.02))
    rebalance(chain, "metro")
    assert incidents(chain) == []
    for act, rows, waits, found in (("refresh", 0, "by itself", 1), ("propose", 100, "waits for a person", 0)):
        released.edit(PRODUCT, "monitor: {", f"monitor: {{act: {act}, ")
        chain = released.chain()
        made = plan_ahead(chain, "metro", spec=chain.product.spec_hash, levers={})
        assert {line.slice: line.rows for line in made.lines}["poor-health"] == rows
        assert [one["done"] for one in made.outlook["rebalance"]] == [waits]
        assert len(incidents(chain)) == found
        released.edit(PRODUCT, f"act: {act}, ", "")


def test_changes_of_rows_wait_for_a_person_unless_the_lever_says_rebuild(released):
    chain = planted(released, poor_health=(0.0, -0.01, 0.01), all=(0.01, 0.002, 0.02))
    commit, output = chain.ledger.find("clinic", "evidence", "metro")
    with chain.step("validate", "metro") as step:
        surer = Evidence("confidence.over_change", "poor-health", 0.05, 0.02, 0.08, 0.0, 200, 0.0)
        step.measured([*(row for row in commit.evidence if row.metric != "confidence.over_change"), surer])
        step.write("evidence", chain.store.read_table(output.table), **output.notes)
    rebalance(released.chain(), "metro")
    assert lines_of(chain)["done"].to_list() == ["waits for a person"] and incidents(released.chain()) == []
    released.edit(PRODUCT, "monitor: {", "monitor: {act: rebuild, ")
    chain = released.chain()
    rebalance(chain, "metro")
    (incident,) = incidents(chain)
    assert incident.by_itself and incident.kind == "rebalance"
    make_plan(chain, "metro")
    assert dict(lines_of(chain, "plan").select("slice", "rows").iter_rows())["poor-health"] == 50
    rebalance(chain, "metro")  # it was done once: half of the half is not asked for
    assert lines_of(chain).filter(pl.col("done") == "by itself")["rows"].to_list() == [50]
    assert incidents(chain) == []


def test_an_incident_is_one_however_often_it_is_looked_for(released):
    chain = released.chain()
    assert incidents(chain) == []
    land(chain, "rural")
    released.edit("expectations/clinic/evidence.yaml", "bound: low, max_value: 0.05", "bound: low, max_value: 0.01")
    (new,) = incidents(chain)
    assert (new.kind, new.window, new.release, new.by_itself) == ("new window", "rural", "1.0.0", False)
    measure_drift(chain, "rural")
    judge_drift(chain, "rural")
    rebalance(chain, "rural")
    (drifted,) = incidents(released.chain())
    assert drifted.kind == "drift" and "educyr" in drifted.reason
    assert drifted.id == new.id  # the same rows are one matter, before they are measured and after
    assert incidents(released.chain()) == [drifted]
    released.edit(PRODUCT, "monitor: {", "monitor: {act: refresh, ")
    assert [one.by_itself for one in incidents(released.chain())] == [False]
    released.edit(PRODUCT, "act: refresh", "act: rebuild")
    assert [one.by_itself for one in incidents(released.chain())] == [True]
    table = chain.store.read_table(chain.ledger.current("clinic", "rebalance", "rural").table)
    (refresh,) = table.filter(pl.col("slice") == "all").iter_rows(named=True)
    assert (refresh["proposal"], refresh["from_window"]) == ("refresh real", "rural")
    assert refresh["rows"] == chain.ledger.current("clinic", "real", "rural").rows


def test_corrected_rows_of_an_old_window_are_an_incident_until_they_are_released(released):
    source = pl.read_csv(released.root / "clinic.csv")
    source.with_columns(income=pl.col("income") + 0.01).write_csv(released.root / "clinic.csv")
    chain = released.chain()
    land(chain, "metro")
    (late,) = incidents(chain)
    assert late.kind == "late or corrected rows" and late.window == "metro" and "differ from those" in late.reason
    source.write_csv(released.root / "clinic.csv")
    land(chain, "metro")
    assert incidents(released.chain()) == []


def test_the_command_says_what_moved_and_what_to_do(released, supplychain):
    released.edit("expectations/clinic/evidence.yaml", "bound: low, max_value: 0.05", "bound: low, max_value: 0.01")
    code, out, err = supplychain("drift", "clinic", "--window", "rural")
    assert code == 0, err
    assert "It moved from release 1.0.0." in out and "educyr" in out
    assert "refresh real" in out and "[waits for a person]" in out and "Stale: drift" in out


def test_before_a_release_there_is_nothing_to_compare_with(project, supplychain):
    code, _, err = supplychain("drift", "clinic")
    assert code == 64 and "has no release to compare with; run `supplychain run clinic` first" in err
