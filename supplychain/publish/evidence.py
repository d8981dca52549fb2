"""The evidence of a release: every verdict, and for the internal audience every measurement."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from supplychain.publish.manifest import to_bytes
from supplychain.publishing import EXTERNAL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supplychain.ledger import Evidence, GateResult
    from supplychain.publish.facts import Member
    from supplychain.publishing import Audience

EVIDENCE = "evidence.json"


def evidence(audience: Audience, members: Iterable[Member]) -> bytes:
    """Window to verdicts and measurements, as canonical JSON.

    An external one has the verdicts alone: whether a limit held, never the figure, nor the suite's reason, in which a
    person may have written one. A figure of a small slice could tell of the people in it.
    """
    external = audience == EXTERNAL
    return to_bytes({member.window: _window(member, external=external) for member in members})


def _window(member: Member, *, external: bool) -> dict[str, Any]:
    verdicts = [_verdict(gate, external=external) for gate in member.gates]
    if external:
        return {"verdicts": verdicts}
    return {"verdicts": verdicts, "measurements": [_measurement(row) for row in member.evidence]}


def _verdict(gate: GateResult, *, external: bool) -> dict[str, Any]:
    told = {key: getattr(gate, key) for key in ("suite", "gate", "rule", "severity", "outcome", "limit")}
    if external:
        return {**told, "waived": gate.waiver is not None}
    waiver = asdict(gate.waiver) if gate.waiver else None
    return {**told, "observed": gate.observed, "why": gate.why, "failed_rows": gate.failed_rows, "waiver": waiver}


def _measurement(row: Evidence) -> dict[str, Any]:
    """One row without its seconds: the same measurements are the same bytes."""
    return {key: value for key, value in asdict(row).items() if key != "seconds"}
