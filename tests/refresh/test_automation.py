"""The sensor and the schedule, called as the daemon calls them, on an instance of their own; the rest is in e2e."""

from __future__ import annotations

import json
import time

import dagster as dg
import polars as pl
import pytest
from dagster._core.definitions.partitions.context import partition_loading_context
from dagster._core.definitions.repository_definition import RepositoryDefinition
from dagster._core.execution.backfill import BulkActionStatus

from assets.automation import schedules_of, sensors_of
from assets.definitions import definitions_of
from assets.driver import opened_instance
from assets.resources import Home
from assets.wiring import Wiring, run_lock
from supplychain.project import find_product
from supplychain.refresh import History
from supplychain.refresh.history import decision_lock
from supplychain.store import Store

DEFS = "assets/products/clinic/defs.yaml"


class Daemon:
    """Ticks of the product's sensor and schedule, one after another."""

    def __init__(self, project, instance: dg.DagsterInstance) -> None:
        self.project, self.instance, self.cursor = project, instance, None
        self.repository: RepositoryDefinition = definitions_of(project.root).get_repository_def()

    def look(self) -> dg.SensorExecutionData:
        with dg.build_sensor_context(
            instance=self.instance,
            cursor=self.cursor,
            repository_def=self.repository,
            sensor_name="clinic__watch",
            resources={"home": Home(url=str(self.project.home))},
        ) as context:
            done = self.repository.get_sensor_def("clinic__watch").evaluate_tick(context)
        self.cursor = done.cursor
        return done

    def schedule(self) -> str:
        home = {"home": Home(url=str(self.project.home))}
        with dg.build_schedule_context(
            instance=self.instance, repository_def=self.repository, resources=home
        ) as context:
            return self.repository.get_schedule_def("clinic__schedule").evaluate_tick(context).skip_message

    @property
    def backfills(self):
        return self.instance.get_backfills()


@pytest.fixture
def daemon(released):
    with opened_instance(released.root, Store.open(released.home)) as instance:
        yield Daemon(released, instance)


def test_a_stale_window_becomes_one_backfill_whoever_forgets(daemon, released):
    assert daemon.look().skip_message == "no window is stale"
    assert daemon.look().skip_message.startswith("nothing has changed")
    rows = pl.read_csv(released.root / "clinic.csv", infer_schema=False)
    late = rows.filter(pl.col("msa") == "0").head(5).with_columns(pl.lit("99999").add(pl.col("person")).alias("person"))
    pl.concat([rows, late]).write_csv(released.root / "clinic.csv")
    assert "is started: rural has 5 more rows" in daemon.look().skip_message
    (one,) = daemon.backfills
    assert one.title == "Refresh of clinic: rural (changed rows)"
    assert one.description == "rural has 5 more rows in the source than were landed"
    assert one.tags["supplychain/reason"] == "changed rows"
    targets = list(one.asset_backfill_data.target_subset.iterate_asset_partitions())
    assert {target.partition_key for target in targets} == {"rural"}, "exactly what is stale"
    asked = {target.asset_key.path[-1] for target in targets}
    assert {"real", "release", "drift"} <= asked and "source" not in asked
    assert daemon.look().skip_message == f"refresh {one.backfill_id} is under way"
    daemon.cursor = None  # the daemon has forgotten all
    assert "under way" in daemon.look().skip_message or "nothing new" in daemon.look().skip_message
    daemon.cursor = json.dumps({"mark": "another", "open": ""})
    daemon.look()
    assert len(daemon.backfills) == 1
    assert [event.action for _, event in History.of(released.chain()).events] == ["started"]


def test_a_backfill_that_the_log_missed_is_not_asked_for_again(daemon, released, monkeypatch):
    """Killed between the two: the backfill is there, the note of it is not."""
    import assets.automation

    released.edit("expectations/clinic/evidence.yaml", "min_value: 0.8}", "min_value: 0.7}")

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(assets.automation, "note", killed)
        with pytest.raises(KeyboardInterrupt):
            daemon.look()
    assert len(daemon.backfills) == 1
    daemon.look()
    daemon.look()
    assert len(daemon.backfills) == 1


def test_while_the_command_rebuilds_the_sensor_decides_nothing(daemon, released):
    released.edit("expectations/clinic/evidence.yaml", "min_value: 0.8}", "min_value: 0.7}")
    with Store.open(released.home).lock(decision_lock("clinic"), why=""):
        said = daemon.look().skip_message
    assert said.startswith("stale windows of clinic are being decided on (process ") and "\n" not in said
    assert not daemon.backfills


def test_what_a_person_cancels_is_not_started_again(daemon, released):
    released.edit("expectations/clinic/evidence.yaml", "min_value: 0.8}", "min_value: 0.7}")
    daemon.look()
    (one,) = daemon.backfills
    daemon.instance.update_backfill(one.with_status(BulkActionStatus.CANCELED))
    assert "metro was cancelled; rural was cancelled; release 1.1.0 stays in force" in daemon.look().skip_message
    daemon.cursor = None
    daemon.look()
    assert len(daemon.backfills) == 1


def test_a_new_window_is_registered_and_landed_first(project, people, supplychain):
    project.edit(DEFS, "{column: msa, values: {metro: 1, rural: 0}}", "{column: place}")
    project.edit(DEFS, "synthesizer: marginals}", "synthesizer: marginals}\n  refresh: {}\n  monitor: {act: refresh}")
    place = pl.when(pl.col("msa") == 1).then(pl.lit("metro")).otherwise(pl.lit("rural"))
    people.sample(3_000, seed=1).with_columns(place.alias("place")).drop("msa").write_csv(project.root / "clinic.csv")
    with opened_instance(project.root, Store.open(project.home)) as instance:
        daemon = Daemon(project, instance)
        with partition_loading_context(dynamic_partitions_store=instance):  # which the daemon does for its ticks
            (request,) = daemon.look().run_requests
            (again,) = daemon.look().run_requests
        assert instance.get_dynamic_partitions("clinic") == ["metro", "rural"]
        assert request.partition_key == "metro"
        assert [key.path[-1] for key in request.asset_selection] == ["real", "tune", "gold", "set_aside", "drift"]
        assert again.run_key == request.run_key, "Dagster starts a run for a key once"
        assert not daemon.backfills


def test_a_source_that_is_away_for_a_day_is_one_line_and_loses_nothing(daemon, released):
    away = released.root / "clinic.away"
    (released.root / "clinic.csv").rename(away)
    daemon.look()
    before = daemon.cursor
    said = daemon.look().skip_message
    assert said.startswith("clinic.csv: source.file: there is no such file")
    assert said.endswith("looked at again in 5 seconds; what is in force stays") and "\n" not in said
    assert daemon.cursor == before
    away.rename(released.root / "clinic.csv")
    assert daemon.look().skip_message == "no window is stale"
    assert not daemon.backfills


def test_a_product_file_that_cannot_be_read_is_one_line(daemon, released):
    released.edit(DEFS, "slices:", "slyces:")
    said = daemon.look().skip_message
    assert "unknown key" in said and "\n" not in said
    assert not daemon.backfills


def test_a_window_that_is_declared_now_waits_for_a_reload(daemon, released):
    released.edit(DEFS, "{metro: 1, rural: 0}", "{metro: 1, rural: 0, desert: 2}")
    rows = pl.read_csv(released.root / "clinic.csv", infer_schema=False)
    desert = rows.head(200).with_columns(
        pl.lit("2").alias("msa"), pl.lit("99999").add(pl.col("person")).alias("person")
    )
    pl.concat([rows, desert]).write_csv(released.root / "clinic.csv")
    assert (
        daemon.look().skip_message == "the product file has new windows (desert): reload the code location in Dagster"
    )


def test_a_schedule_rebuilds_what_is_stale(released):
    released.edit(DEFS, "refresh: {look_seconds: 5}", "refresh: {schedule: 30 4 * * sun, time_zone: Asia/Kathmandu}")
    released.edit(DEFS, "act: rebuild", "act: propose")
    with opened_instance(released.root, Store.open(released.home)) as instance:
        daemon = Daemon(released, instance)
        schedule = daemon.repository.get_schedule_def("clinic__schedule")
        assert (schedule.cron_schedule, schedule.execution_timezone) == ("30 4 * * sun", "Asia/Kathmandu")
        assert schedule.job_name == "clinic", "one asset job a product"
        assert daemon.schedule() == "no window is stale"
        released.edit("expectations/clinic/evidence.yaml", "min_value: 0.8}", "min_value: 0.7}")
        assert "is started: metro was judged before evidence.yaml changed" in daemon.schedule()
        assert [one.title for one in daemon.backfills] == ["Refresh of clinic: metro, rural (suite)"]
        daemon.schedule()
        assert len(daemon.backfills) == 1


def test_without_a_section_nothing_starts_by_itself(released):
    released.edit(DEFS, "  refresh: {look_seconds: 5}\n", "")
    wiring = Wiring(find_product("clinic", released.root), released.root)
    assert sensors_of(wiring) == schedules_of(wiring) == []


def test_a_run_whose_process_and_code_server_are_gone_holds_nobody_up(daemon, released, monkeypatch):
    """As after a power cut: Dagster has it as started, and nobody is there to say otherwise."""
    import assets.backfills

    monkeypatch.setattr(assets.backfills, "STARTS_WITHIN", 0.0)
    store = Store.open(released.home)
    job = daemon.repository.get_job("clinic")
    run = daemon.instance.create_run_for_job(job, tags={"supplychain/product": "clinic", "dagster/partition": "metro"})
    daemon.instance.handle_new_event(_started(run.run_id))
    released.edit("expectations/clinic/evidence.yaml", "min_value: 0.8}", "min_value: 0.7}")
    with store.lock(run_lock("clinic"), why="", shared=True):
        assert daemon.look().skip_message == f"run {run.run_id[:8]} is under way", "its process is there"
    assert "is started" in daemon.look().skip_message
    assert daemon.instance.get_run_by_id(run.run_id).status == dg.DagsterRunStatus.FAILURE


def _started(run_id: str):
    from dagster._core.events import DagsterEvent, DagsterEventType
    from dagster._core.events.log import EventLogEntry

    event = DagsterEvent(event_type_value=DagsterEventType.RUN_START.value, job_name="clinic")
    return EventLogEntry(
        error_info=None, level=20, user_message="", run_id=run_id, timestamp=time.time(), job_name="clinic",
        dagster_event=event,
    )  # fmt: skip
