"""The way to a release as OpenLineage events, one line each: every step behind it, with what it read and made.

OpenLineage wants a time and a run id of each event. A release holds no time of day (decision 20): the time is the start
of 1970, and the run id follows from the contents. When it really was stands in the lineage log.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from supplychain.publishing import EXTERNAL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supplychain.ledger import Commit
    from supplychain.publish.facts import Member
    from supplychain.publishing import Audience

EVENTS = "lineage.openlineage.jsonl"
NO_TIME = "1970-01-01T00:00:00Z"
PRODUCER = "urn:supplychain"
_SPEC = "https://openlineage.io/spec"
_RUN_EVENT = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
_SCHEMA_FACET = f"{_SPEC}/facets/1-1-1/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet"
_VERSION_FACET = f"{_SPEC}/facets/1-0-1/DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet"
_ASSERTIONS_FACET = (
    f"{_SPEC}/facets/1-0-1/DataQualityAssertionsDatasetFacet.json#/$defs/DataQualityAssertionsDatasetFacet"
)


def events(product: str, version: str, audience: Audience, members: Iterable[Member]) -> bytes:
    """The events of a release: each after those that made what it read, and else by their contents.

    Not in the order of the log: a release that is made again is made in another order.
    """
    members = list(members)
    hidden = {"gold", "tune"} if audience == EXTERNAL else set()
    commits = {commit.id: commit for member in members for commit in member.path}
    told = _in_order(_event(product, commit, hidden) for commit in commits.values())
    release = f"{product}/release/{version}/{audience}"
    made = [
        _run(
            f"{product}.publish",
            [_dataset(product, "blend", member.window, member.made.content) for member in members],
            [_named(release, version)],
        )
    ]
    return b"".join(json.dumps(event, sort_keys=True).encode() + b"\n" for event in (*told, *made))


def _in_order(events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each event once, after those that made what it reads; of several that could be next, by run id."""
    left = {event["run"]["runId"]: event for event in events}
    ordered: list[dict[str, Any]] = []
    while left:
        to_come = {_name(made) for event in left.values() for made in event["outputs"]}
        ready = [run for run, event in left.items() if to_come.isdisjoint(map(_name, event["inputs"]))]
        # Contents that were made of each other have no order.
        ordered.extend(left.pop(run) for run in sorted(ready or left))
    return ordered


def _name(dataset: dict[str, Any]) -> tuple[str, str]:
    return dataset["name"], dataset["facets"]["version"]["datasetVersion"]


def _event(product: str, commit: Commit, hidden: set[str]) -> dict[str, Any]:
    inputs = [_dataset(product, i.asset, i.window, i.content) for i in commit.inputs if i.asset not in hidden]
    outputs = []
    for made in commit.outputs:
        if made.asset in hidden:
            continue
        dataset = _dataset(product, made.asset, commit.window, made.content)
        dataset["facets"] |= _columns(made.columns) | _assertions(commit, made.asset, made.content)
        outputs.append(dataset)
    names = "+".join(sorted(made.asset for made in commit.outputs if made.asset not in hidden)) or "judge"
    return _run(f"{product}.{commit.step}.{names}", inputs, outputs)


def _run(job: str, inputs: list[Any], outputs: list[Any]) -> dict[str, Any]:
    told = json.dumps([job, inputs, outputs], sort_keys=True)
    return {
        "eventType": "COMPLETE",
        "eventTime": NO_TIME,
        "producer": PRODUCER,
        "schemaURL": _RUN_EVENT,
        "run": {"runId": str(uuid.uuid5(uuid.NAMESPACE_OID, told))},
        "job": {"namespace": "supplychain", "name": job},
        "inputs": inputs,
        "outputs": outputs,
    }


def _dataset(product: str, asset: str, window: str, content: str) -> dict[str, Any]:
    return _named(f"{product}/{asset}/{window}", content)


def _named(name: str, version: str) -> dict[str, Any]:
    facet = {"_producer": PRODUCER, "_schemaURL": _VERSION_FACET, "datasetVersion": version}
    return {"namespace": "supplychain", "name": name, "facets": {"version": facet}}


def _columns(columns: dict[str, str]) -> dict[str, Any]:
    fields = [{"name": name, "type": kind} for name, kind in columns.items()]
    return {"schema": {"_producer": PRODUCER, "_schemaURL": _SCHEMA_FACET, "fields": fields}} if fields else {}


def _assertions(commit: Commit, asset: str, content: str) -> dict[str, Any]:
    judged = [gate for gate in commit.gates if (gate.asset, gate.content) == (asset, content)]
    told = [{"assertion": gate.rule, "success": gate.passed, "severity": _SEVERITY[gate.severity]} for gate in judged]
    facet = {"_producer": PRODUCER, "_schemaURL": _ASSERTIONS_FACET, "assertions": told}
    return {"dataQualityAssertions": facet} if told else {}


_SEVERITY = {"critical": "error", "warning": "warn", "info": "warn"}
