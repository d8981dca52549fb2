"""The loop closes by itself: schedule, new window, drift, backfill, with kill -9 in the middle of each."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from services import Services, services, wait_for

from assets.driver import opened_instance
from assets.wiring import INCIDENT_TAG
from supplychain.ledger import Ledger
from supplychain.publish import verify
from supplychain.refresh import History
from supplychain.store import Store
from tests.conftest import CLINIC, EVIDENCE, REAL, SYNTHETIC

HARMLESS = CLINIC.replace("{unmet: 0}", "{unmet: 0, synthetic_weight: 0.01}")
"""Rows of independent columns harm at a higher weight, and would be retired."""
FOUND = HARMLESS.replace("window: {column: msa, values: {metro: 1, rural: 0}}", "window: {column: place}")
WATCHED = FOUND + "  refresh: {look_seconds: 5}\n  monitor: {act: rebuild}\n"
SCHEDULED = (
    FOUND.replace("name: clinic", "name: ward").replace("clinic.csv", "ward.csv")
    + "  refresh: {schedule: '* * * * *', time_zone: Asia/Kathmandu, watch: false}\n"
)


def with_place(people: pl.DataFrame) -> pl.DataFrame:
    place = pl.when(pl.col("msa") == 1).then(pl.lit("metro")).otherwise(pl.lit("rural"))
    return people.sample(3_000, seed=1).with_columns(place.alias("place")).drop("msa")


def ended(services: Services, project, product: str, incident: str, seconds: float = 300):
    """The end of a refresh, as the log has it."""

    def found():
        events = (event for _, event in History.of(project.chain(product)).events)
        return next((event for event in events if event.incident == incident and event.action == "ended"), None)

    return wait_for(found, seconds, f"the end of {incident}")


def backfill_for(services: Services, words: str, seconds: float = 200) -> dict:
    return wait_for(
        lambda: next((one for one in services.backfills() if words in one["title"]), None), seconds, f"backfill {words}"
    )


def kill_its_run(project, incident: str) -> str:
    """kill -9 of the first run of an incident, when it has made real rows and is not done; the run's id."""
    with opened_instance(project.root, Store.open(project.home)) as instance:

        def started():
            runs = instance.get_runs(dg.RunsFilter(tags={INCIDENT_TAG: incident}))
            made = [run for run in runs if any("real" in str(e.message) for e in _materialised(instance, run.run_id))]
            return made[0].run_id if made else None

        run_id = wait_for(started, 200, "the backfill's run")
        messages = (entry.user_message + str(entry.message) for entry in instance.all_logs(run_id))
        pid = next(int(found[1]) for text in messages if (found := re.search(r"\(pid: (\d+)\)", text)))
        os.kill(pid, signal.SIGKILL)
        return run_id


def _materialised(instance: dg.DagsterInstance, run_id: str) -> list:
    return list(instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION))


@pytest.mark.long
@pytest.mark.timeout(1500)
def test_the_loop_closes_by_itself_whoever_is_killed(project, people):
    for name, text in (("clinic", WATCHED), ("ward", SCHEDULED)):
        project.write(f"assets/products/{name}/defs.yaml", text)
        for suite, rules in (("real", REAL), ("synthetic", SYNTHETIC), ("evidence", EVIDENCE)):
            project.write(f"expectations/{name}/{suite}.yaml", rules)
    everybody = with_place(people)
    metro = everybody.filter(pl.col("place") == "metro")
    metro.write_csv(project.root / "clinic.csv")
    metro.write_csv(project.root / "ward.csv")
    ledger = Ledger(Store.open(project.home))

    with services(project.root, project.home) as running:
        # A schedule ticks, and a sensor looks: each starts one backfill of its product.
        for product in ("clinic", "ward"):
            one = backfill_for(running, f"Refresh of {product}: metro (new window)")
            assert ended(running, project, product, one["id"]).outcome == "released"
        assert running.partitions("clinic") == ["metro"]
        assert all(tick["error"] is None for tick in running.ticks("ward__schedule"))
        assert not any(run["tags"].get("supplychain/product") == "ward" and "dagster/backfill" not in run["tags"]
                       for run in running.runs())  # fmt: skip
        first = (project.home / "releases/clinic/1.0.0/data/metro.parquet").read_bytes()

        # Other people come, five years longer at school; the daemon is killed when the backfill is asked for.
        drifted = pl.when(pl.col("place") == "rural").then(pl.col("educyr") + 5).otherwise("educyr")
        everybody.with_columns(drifted.alias("educyr")).write_csv(project.root / "clinic.csv")
        one = backfill_for(running, "Refresh of clinic: rural (drift)")
        running.kill("daemon")
        assert one["partitionNames"] == ["rural"]
        assert "drifted from release 1.0.0" in one["description"] and "educyr" in one["description"]
        assert {"key": "supplychain/reason", "value": "drift"} in one["tags"]
        time.sleep(3)
        running.start("daemon")
        killed = kill_its_run(project, one["id"])
        assert ended(running, project, "clinic", one["id"]).outcome == "released"

        # One release, of one run that was taken up again; what was not stale is the same bytes.
        assert [commit.release.version for commit in ledger.releases("clinic")] == ["1.0.0", "1.1.0"]
        assert verify(ledger, "clinic").version == "1.1.0"
        assert (project.home / "releases/clinic/1.1.0/data/metro.parquet").read_bytes() == first
        of_it = [run for run in running.runs() if run["tags"].get("dagster/backfill") == one["id"]]
        assert sorted(run["status"] for run in of_it) == ["FAILURE", "SUCCESS"], "the one that was killed, and another"
        assert next(run for run in of_it if run["status"] == "FAILURE")["runId"] == killed
        published = [c for c in ledger.commits("clinic") if c.release and c.release.version == "1.1.0"]
        assert len(published) == 1

        # A stricter suite makes both windows stale; its gate refuses them, once, and the old release stays.
        count = len(running.backfills())
        project.edit("expectations/clinic/evidence.yaml", "min_value: 0.8}", "min_value: 0.999}")
        one = backfill_for(running, "Refresh of clinic: metro, rural (suite)")
        end = ended(running, project, "clinic", one["id"])
        assert end.outcome == "refused" and "gate fidelity refused metro" in end.reason
        assert end.reason.endswith("release 1.1.0 stays in force")
        ticks = len(running.ticks("clinic__watch"))
        wait_for(lambda: len(running.ticks("clinic__watch")) >= ticks + 4, 120, "four more looks")
        assert len(running.backfills()) == count + 1
    assert verify(Ledger(Store.open(project.home)), "clinic").version == "1.1.0"
