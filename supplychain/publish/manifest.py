"""The manifest: what is in a release, so exactly that anyone can check it. The same release gives the same bytes."""

from __future__ import annotations

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from supplychain import __version__
from supplychain.code import code_hash
from supplychain.publishing import EXTERNAL
from supplychain.store import sha256

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from supplychain.chain import Chain
    from supplychain.gates import Suite
    from supplychain.ledger import GateResult
    from supplychain.product import Product
    from supplychain.publish.data import Written
    from supplychain.publish.facts import Member
    from supplychain.publishing import Audience

FORMAT = 2
MANIFEST = "manifest.json"
SIGNATURE, PUBLIC_KEY = "manifest.json.sig", "manifest.json.pub"
"""Beside the manifest where it is signed; it names neither, and so is the same whoever signs it."""
SOURCE_TYPE = "trainedAlgorithmicData"
"""IPTC's Digital Source Type for data that a trained algorithm made."""
UNKNOWN_LICENCE = "unknown"
LIBRARIES = (
    "polars",
    "pyarrow",
    "numpy",
    "scikit-learn",
    "great-expectations",
    "sdv",
    "rdt",
    "copulas",
    "ctgan",
    "torch",
)


def head(chain: Chain, audience: Audience, members: Iterable[Member], suites: Mapping[str, Suite]) -> dict[str, Any]:
    """What a manifest says before there are a version and files: the terms, the gates, the windows, the code.

    It holds no time of day: two runs on the same inputs write the same manifest. When a version was published, and
    by which run, stands in the lineage log.
    """
    product, members = chain.product, list(members)
    external = audience == EXTERNAL
    return {
        "format": FORMAT,
        "product": product.name,
        "audience": audience,
        "synthetic": True,
        "synthetic_share": share(members, audience),
        "generation_depth": max(member.generation_depth for member in members),
        "digital_source_type": SOURCE_TYPE,
        "outcome": product.outcome.name,
        "terms": terms(product),
        "not_for": list(product.publish.not_for),
        "slices": dict(product.slices),
        "spec": product.spec_hash,
        "rules": {name: suite.hash for name, suite in suites.items()},
        "gates": [_rule(name, rule, strict=suite.strict) for name, suite in suites.items() for rule in suite.rules],
        "code": made_with(),
        "windows": [window_entry(member, external=external) for member in members],
    }


def made_with() -> dict[str, Any]:
    """The code that makes a release, and the libraries that it computes with."""
    return {
        "supplychain": __version__,
        "hash": code_hash(),
        "python": platform.python_version(),
        "libraries": {name: found for name in LIBRARIES if (found := _version(name))},
    }


def share(members: Iterable[Member], audience: Audience) -> float:
    """The share of the rows that is synthetic."""
    if audience == EXTERNAL:
        return 1.0
    members = list(members)
    real, made = sum(member.real_rows for member in members), sum(member.synthetic_rows for member in members)
    return round(made / max(real + made, 1), 6)


def licence(product: Product) -> str:
    """The licence of a release."""
    return product.publish.licence or product.source.licence or UNKNOWN_LICENCE


def terms(product: Product) -> dict[str, Any]:
    """What a consumer has agreed to lean on: another licence, population or outcome is a major version."""
    source, entity, outcome = product.source, product.entity, product.outcome
    return {
        "licence": licence(product),
        "population": {
            "origin": source.origin,
            "query": source.query or source.table or "",
            "entity": entity.column if entity else "",
            "window": product.window.column if product.window else "",
            "weight": product.weight or "",
        },
        "outcome": {"name": outcome.name, "where": outcome.where or ""},
    }


def label(content: dict[str, Any], member: Member) -> dict[str, str]:
    """What the key-value metadata of a window's data file say, so that it survives copying.

    No version, nor anything of other windows: a window that is carried over stays the same bytes.
    """
    external = content["audience"] == EXTERNAL
    share = 1.0 if external else member.synthetic_rows / max(member.made.rows, 1)
    words = {
        "product": content["product"],
        "window": member.window,
        "audience": content["audience"],
        "synthetic": "all rows" if external else "rows whose _origin is synthetic",
        "synthetic_share": f"{share:g}",
        "generation_depth": str(member.generation_depth),
        "digital_source_type": SOURCE_TYPE,
        "licence": content["terms"]["licence"],
    }
    return {f"supplychain.{key}": value for key, value in words.items()}


def window_entry(member: Member, *, external: bool) -> dict[str, Any]:
    """What the manifest says of one window: contents, batches with seeds, and the gates' verdicts.

    An external one names no content of tune or gold, and tells seeds by their hash: whoever knows a seed can take the
    chance out of a synthetic row, and sees more of the people behind it.
    """
    hidden = {"gold", "tune"} if external else set()
    return {
        "window": member.window,
        "blend": member.made.content,
        "inputs": {asset: content for asset, content in sorted(member.contents.items()) if asset not in hidden},
        "plan": member.contents.get("plan", ""),
        "real_rows": member.real_rows,
        "synthetic_rows": member.synthetic_rows,
        "batches": [
            {
                "id": batch.id,
                "slice": batch.slice,
                "synthesizer": batch.synthesizer,
                "model": batch.model,
                **({"seed_sha256": sha256(batch.seed.encode())} if external else {"seed": batch.seed}),
            }
            for batch in member.batches
        ],
        **({} if member.reviewed is None else {"reviewed": member.reviewed}),
        "gates": [verdict(gate, external=external) for gate in member.gates],
    }


def verdict(gate: GateResult, *, external: bool) -> dict[str, Any]:
    """What the manifest says of one verdict; a waiver with the day that a person gave, which is no time of a run."""
    waiver = gate.waiver
    entry: dict[str, Any] = {
        "suite": gate.suite,
        "suite_hash": gate.suite_hash,
        "gate": gate.gate,
        "rule": gate.rule,
        "severity": gate.severity,
        "outcome": gate.outcome,
        "passed": gate.passed,
    }
    if waiver:
        said = {"reason": waiver.reason, "by": waiver.by, "until": waiver.until}
        entry["waived"] = {"until": waiver.until} if external else said
    return entry


def to_bytes(content: dict[str, Any]) -> bytes:
    """Canonical JSON: sorted keys, no blanks, a line end."""
    return (json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False) + "\n").encode()


def file_entry(path: str, data: bytes) -> dict[str, Any]:
    """What the manifest says of one file."""
    return {"path": path, "sha256": sha256(data), "bytes": len(data)}


def data_entry(window: str, written: Written) -> dict[str, Any]:
    """What the manifest says of one file of rows."""
    return {
        "path": f"data/{window}.parquet",
        "sha256": written.sha256,
        "bytes": written.bytes,
        "rows": written.rows,
        "schema": written.schema,
    }


def _rule(suite: str, rule: Any, *, strict: bool) -> dict[str, Any]:  # noqa: ANN401  (a rule of a suite)
    kwargs = json.loads(json.dumps(rule.kwargs, default=str))  # dates of YAML become text
    return {
        "suite": suite,
        "rule": rule.id,
        "gate": rule.gate,
        "type": rule.type,
        "severity": rule.severity,
        "limit": rule.limit,
        "kwargs": kwargs,
        "strict": strict and suite == "evidence",
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
