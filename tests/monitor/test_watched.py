"""The sensor on a folder of feedback, called as the daemon calls it."""

from __future__ import annotations

import dagster as dg
import pytest

from assets.definitions import definitions_of
from assets.driver import opened_instance
from assets.resources import Home
from supplychain.monitor import measure_feedback, observe
from supplychain.store import Store

DEFS = "assets/products/clinic/defs.yaml"


@pytest.fixture
def look(released):
    """A tick of the sensor; it keeps its cursor."""
    released.edit(DEFS, "feedback: {settle_seconds: 0.0}", "feedback: {settle_seconds: 0.0, folder: sent}")
    repository = definitions_of(released.root).get_repository_def()
    sensor = repository.get_sensor_def("clinic__feedback")
    cursors = [None]

    def tick() -> dg.SensorExecutionData:
        home = {"home": Home(url=str(released.home))}
        with opened_instance(released.root, Store.open(released.home)) as instance:
            with dg.build_sensor_context(
                instance, cursors[-1], repository_def=repository, sensor_name=sensor.name, resources=home
            ) as context:
                done = sensor.evaluate_tick(context)
        cursors.append(done.cursor)
        return done

    return tick


def test_files_that_come_to_a_folder_are_taken_in_once_and_measured(look, released, predictions):
    assert "sent: monitor.feedback.folder: is not there" in look().skip_message
    (released.root / "sent").mkdir()
    assert look().skip_message == "nothing new has come"
    assert look().skip_message == "sent: no file has changed"
    predictions.drop("high_spend").write_csv(released.root / "sent/scores.csv")
    (request,) = look().run_requests
    assert request.partition_key == "metro" and request.run_key
    assert {key.path[-1] for key in request.asset_selection} == {"feedback", "drift", "rebalance", "retired"}
    assert look().skip_message == "sent: no file has changed"
    (released.root / "sent/odd.csv").write_text("prediction,score\np1,7\n")
    predictions.select("prediction", "high_spend").write_csv(released.root / "sent/late.csv")
    (later,) = look().run_requests
    assert later.run_key != request.run_key, "one that is refused does not stop the others"


def test_what_was_taken_in_by_somebody_who_died_then_is_measured(look, released, predictions):
    (released.root / "sent").mkdir()
    predictions.write_csv(released.root / "sent/scores.csv")
    assert [one.status for one in observe(released.chain(), released.root / "sent")] == ["taken"]
    (request,) = look().run_requests
    assert request.partition_key == "metro"
    measure_feedback(released.chain(), "metro")
    predictions.head(3).write_csv(released.root / "sent/again.csv")
    assert look().run_requests == [], "what is measured is not measured again"


def test_a_product_without_a_folder_has_no_such_sensor(released):
    names = {sensor.name for sensor in definitions_of(released.root).get_repository_def().sensor_defs}
    assert "clinic__feedback" not in names
