"""A rebuild as a real Dagster backfill: the one place that leans on how Dagster 1.13 makes one."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress

import dagster as dg
from dagster._core.execution.backfill import (
    BULK_ACTION_TERMINAL_STATUSES,
    BulkActionsFilter,
    BulkActionStatus,
    PartitionBackfill,
)

from assets.wiring import BY_COMMAND, INCIDENT_TAG, PRODUCT_TAG, REASON_TAG, Wiring, run_lock
from supplychain.errors import Busy
from supplychain.refresh import Incident
from supplychain.store import Store

STARTS_WITHIN = 300.0
"""Seconds in which a run that has started comes to its first step, however busy the machine."""


def start_backfill(wiring: Wiring, instance: dg.DagsterInstance, graph: dg.AssetGraph, incident: Incident) -> None:
    """Ask the daemon to rebuild the windows of an incident, all steps of them; once, however often it is called.

    The backfill has the incident's id: a second one cannot be made.
    """
    if instance.get_backfill(incident.id):
        return
    keys = [key for key in graph.materializable_asset_keys if graph.get(key).group_name == wiring.group]
    instance.add_backfill(
        PartitionBackfill.from_asset_partitions(
            backfill_id=incident.id,
            asset_graph=graph,
            partition_names=list(incident.windows),
            asset_selection=sorted(keys),
            backfill_timestamp=time.time(),
            tags=tags_of(incident),
            dynamic_partitions_store=instance,
            all_partitions=False,
            title=incident.title,
            description=incident.description,
            run_config=None,
        )
    )


def tags_of(incident: Incident) -> Mapping[str, str]:
    """The tags of all runs of an incident."""
    return {PRODUCT_TAG: incident.product, INCIDENT_TAG: incident.id, REASON_TAG: incident.kinds}


def is_under_way(instance: dg.DagsterInstance, backfill: str) -> bool:
    """Whether a backfill has not ended yet."""
    found = instance.get_backfill(backfill)
    return found is not None and found.status not in BULK_ACTION_TERMINAL_STATUSES


def was_cancelled(instance: dg.DagsterInstance, backfill: str) -> bool:
    """Whether a person has cancelled a backfill."""
    found = instance.get_backfill(backfill)
    return found is not None and found.status == BulkActionStatus.CANCELED


def backfill_under_way(instance: dg.DagsterInstance, product: str) -> str:
    """The id of a backfill of a product that has not ended; empty where there is none."""
    found = instance.get_backfills(filters=BulkActionsFilter(tags={PRODUCT_TAG: product}), limit=20)
    return next((one.backfill_id for one in found if one.status not in BULK_ACTION_TERMINAL_STATUSES), "")


def runs_of(instance: dg.DagsterInstance, incident: str) -> list[str]:
    """The runs of an incident, those that were tried again too."""
    return [run.run_id for run in instance.get_runs(dg.RunsFilter(tags={INCIDENT_TAG: incident}))]


def clear_dead_runs(instance: dg.DagsterInstance, store: Store, product: str) -> None:
    """Mark runs of a product as failed whose process is gone, and the code server that would have noticed with it.

    Else they would stand there as started for ever, and let no other begin. Run retries then take them up.
    """
    if not store.local:
        return  # locks say nothing of other machines
    filters = dg.RunsFilter(tags={PRODUCT_TAG: product}, statuses=[dg.DagsterRunStatus.STARTED])
    for record in instance.get_run_records(filters):
        run, started = record.dagster_run, record.start_time or record.create_timestamp.timestamp()
        if run.tags.get(BY_COMMAND) or time.time() - started < STARTS_WITHIN:
            continue
        with suppress(Busy), store.lock(run_lock(product), why="a process runs it"):
            instance.report_run_failed(run, "the process that ran it is gone")
