"""A rebuild as a real Dagster backfill: the one place that leans on how Dagster 1.13 makes one."""

from __future__ import annotations

import time
from collections.abc import Mapping

import dagster as dg
from dagster._core.execution.backfill import BULK_ACTION_TERMINAL_STATUSES, BulkActionsFilter, PartitionBackfill

from assets.wiring import INCIDENT_TAG, PRODUCT_TAG, REASON_TAG, Wiring
from supplychain.refresh import Incident


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


def backfill_under_way(instance: dg.DagsterInstance, product: str) -> str:
    """The id of a backfill of a product that has not ended; empty where there is none."""
    found = instance.get_backfills(filters=BulkActionsFilter(tags={PRODUCT_TAG: product}), limit=20)
    return next((one.backfill_id for one in found if one.status not in BULK_ACTION_TERMINAL_STATUSES), "")


def runs_of(instance: dg.DagsterInstance, incident: str) -> list[str]:
    """The runs of an incident, those that were tried again too."""
    return [run.run_id for run in instance.get_runs(dg.RunsFilter(tags={INCIDENT_TAG: incident}))]
