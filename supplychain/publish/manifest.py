"""The manifest: what is in a release, so exactly that anyone can check it. The same release gives the same bytes."""

from __future__ import annotations

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from supplychain import __version__
from supplychain.store import sha256

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supplychain.chain import Chain
    from supplychain.ledger import Batch, Commit, GateResult

FORMAT = 1
LIBRARIES = (
    "polars",
    "numpy",
    "scikit-learn",
    "great-expectations",
    "sdv",
    "rdt",
    "copulas",
    "ctgan",
    "torch",
)


def manifest(chain: Chain, number: str, windows: list[dict[str, Any]], files: list[dict[str, Any]]) -> dict[str, Any]:
    """The manifest of a release as plain values.

    It holds no time of day: two runs on the same inputs write the same manifest. When a version was published, and
    by which run, stands in the lineage log.

    Args:
        chain: The product and its store.
        number: The version.
        windows: One entry a window, from `window_entry`.
        files: One entry a file, with path, sha256, bytes, and for data rows and schema.
    """
    product = chain.product
    return {
        "format": FORMAT,
        "product": product.name,
        "version": number,
        "synthetic": True,
        "generation_depth": 1,
        "outcome": product.outcome.name,
        "spec": product.spec_hash,
        "code": {
            "supplychain": __version__,
            "python": platform.python_version(),
            "libraries": {name: found for name in LIBRARIES if (found := _version(name))},
        },
        "windows": windows,
        "files": files,
    }


def window_entry(
    window: str, blend: Commit, evidence: Iterable[GateResult], batches: Iterable[Batch]
) -> dict[str, Any]:
    """What the manifest says of one window: contents, batches with seeds, and the gates' verdicts."""
    made = blend.output("blend")
    return {
        "window": window,
        "blend": made.content,
        "inputs": {item.asset: item.content for item in blend.inputs},
        "real_rows": made.notes["real_rows"],
        "synthetic_rows": made.notes["synthetic_rows"],
        "batches": [
            {"id": batch.id, "slice": batch.slice, "synthesizer": batch.synthesizer, "seed": batch.seed}
            for batch in batches
        ],
        "gates": [_verdict(gate) for gate in evidence],
    }


def _verdict(gate: GateResult) -> dict[str, Any]:
    """What the manifest says of one rule; a waiver with the day that a person gave, which is no time of a run."""
    waiver = gate.waiver
    said = {"reason": waiver.reason, "by": waiver.by, "until": waiver.until} if waiver else None
    return {
        "suite": gate.suite,
        "suite_hash": gate.suite_hash,
        "gate": gate.gate,
        "rule": gate.rule,
        "severity": gate.severity,
        "outcome": gate.outcome,
        "passed": gate.passed,
        **({"waived": said} if said else {}),
    }


def to_bytes(content: dict[str, Any]) -> bytes:
    """Canonical JSON: sorted keys, no blanks, a line end."""
    return (json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False) + "\n").encode()


def file_entry(path: str, data: bytes, **more: Any) -> dict[str, Any]:  # noqa: ANN401  (plain values)
    """What the manifest says of one file."""
    return {"path": path, "sha256": sha256(data), "bytes": len(data), **more}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
