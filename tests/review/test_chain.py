"""A whole product that waits for people: one window is accepted and released, another is rejected and is not."""

from __future__ import annotations

import json

import dagster as dg
import pytest

from supplychain.review.files import docket
from supplychain.review.lot import RANDOM
from tests.review.conftest import GENERATE, PRODUCT, Script
from tests.review.test_desk import judge_all


def sensed(project):
    """What the sensor asks for now."""
    from assets.definitions import definitions_of
    from assets.resources import Home

    defs = definitions_of(project.root, home=str(project.home))
    sensor = defs.resolve_sensor_def("clinic__review_verdict")
    home = Home(url=str(project.home))
    context = dg.build_sensor_context(repository_def=defs.get_repository_def(), resources={"home": home})
    return list(sensor.evaluate_tick(context).run_requests or [])


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_window_waits_is_reviewed_and_published_and_another_is_rejected(project, supplychain, desk_of):
    project.edit(PRODUCT, GENERATE, GENERATE + "  review: {second: 0.1, defects: 10, good: 10}\n")
    project.edit(PRODUCT, "risk: {unmet: 0}", "risk: {unmet: 0, human_review: rows}")
    code, out, err = supplychain("run", "clinic", "--window", "metro")
    assert code == 3, out + err
    assert "awaits review: 0 of" in err and "http://127.0.0.1:8650/" in err, err
    assert supplychain("releases", "clinic")[0] != 0
    assert sensed(project) == [], "nothing to go on with while people judge"
    code, out, _ = supplychain("review", "status", "clinic", "--json")
    assert code == 0 and json.loads(out)[0]["outcome"] == "awaiting"

    desk = desk_of(project)
    items = docket(project.chain(), "metro").lot.items
    one = next(item.id for item in items if item.stratum == RANDOM)
    truth = {item.id: "defect" if item.id == one else item.truth for item in items}
    for name in ("ann", "bob"):
        judge_all(Script(desk.links[name]), truth)
    (request,) = sensed(project)
    assert request.partition_key == "metro"
    assert [key.path[-1] for key in request.asset_selection] == ["lot", "blend", "release", "drift"]

    from assets.definitions import definitions_of
    from assets.driver import opened_instance

    with opened_instance(project.root, project.chain().store) as instance:
        job = definitions_of(project.root, home=str(project.home)).resolve_job_def("clinic")
        ended = job.execute_in_process(
            instance=instance, partition_key="metro", asset_selection=request.asset_selection, raise_on_error=False
        )
    assert ended.success
    made = {event.asset_key.path[-1] for event in ended.get_asset_materialization_events()}
    assert made == {"lot", "blend", "release", "drift"}, "what was done before is not done again"
    assert sensed(project) == [], "once a verdict"
    assert supplychain("verify", "clinic")[0] == 0
    code, out, _ = supplychain("review", "verdict", "clinic", "--window", "metro", "--json")
    found = json.loads(out)
    assert code == 0 and found["releases"] and found["called"]["count"] == 1
    code, out, err = supplychain("rebuild", "clinic")
    assert code == 0 and "are the same, byte for byte" in out, out + err
    assert json.loads(supplychain("status", "--json")[1])[0]["gates"] == "passed"
    asked = "select rule, passed from verdicts where suite = 'review' order by rule"
    code, out, _ = supplychain("lineage", "clinic", "--sql", asked, "--json")
    assert json.loads(out) == [{"rule": "pace", "passed": True}, {"rule": "verdict", "passed": True}]

    assert supplychain("run", "clinic", "--window", "rural")[0] == 3
    lot = docket(project.chain(), "rural").lot
    bad = {item.id for item in lot.items if item.stratum == RANDOM and item.order < 15}
    for name in ("ann", "bob"):
        truth = {item.id: "defect" if item.id in bad else item.truth for item in lot.items}
        judge_all(Script(desk.links[name]), truth, "rural")
    (request,) = sensed(project)
    assert request.partition_key == "rural", "the verdict is taken in; the gate then refuses"
    code, out, _ = supplychain("review", "verdict", "clinic", "--window", "rural", "--resume", "--json")
    assert code == 3 and json.loads(out)["outcome"] == "reject"
    code, out, err = supplychain("run", "clinic", "--window", "rural")
    assert code == 3 and "reject: 15 of" in err
    assert json.loads(supplychain("releases", "clinic", "--json")[1])[-1]["windows"] == "metro"
    rejected = project.chain().store.read_table(project.chain().ledger.current("clinic", "rejected", "rural").table)
    assert rejected["_rules"].to_list().count(["review:impossible-value"]) == 15
