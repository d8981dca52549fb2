"""Publishing: blends become a version, whole or not at all."""

from __future__ import annotations

import io
import json
import shutil
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.errors import BadInput, GateRefused
from supplychain.ledger import Release
from supplychain.ledger.verdicts import excused, in_force, refusal
from supplychain.publish.card import card
from supplychain.publish.manifest import file_entry, manifest, to_bytes, window_entry
from supplychain.publish.version import next_version
from supplychain.store import sha256, write_synced

if TYPE_CHECKING:
    from pathlib import Path

    from supplychain.chain import Chain, Step
    from supplychain.ledger import Batch, Commit, Evidence, GateResult, Waiver

MANIFEST = "manifest.json"


def publish(chain: Chain, window: str) -> Commit:
    """Publish the blend of a window together with those windows of the newest release that are not rebuilt.

    Where nothing differs from the newest release, that one stays and no new version is made. Two publishers at once
    are served one after the other; a folder that no commit speaks of, left by a killed one, is removed first.

    Raises:
        GateRefused: The blend is not of what the gates have said yes to.
    """
    product = chain.product.name
    with (
        chain.store.lock(f"{product}-publish", why=f"another release of {product} is being written", wait=True),
        chain.step("publish", window) as step,
    ):
        previous = _newest(chain)
        members = {name: _member(chain, step, name) for name in _windows(chain, previous, window)}
        chain.progress(f"writing a release of {', '.join(members)}")
        release, content, size = _write(chain, previous, members)
        if not previous or release.version != previous["version"]:
            step.unheard.append(release.path)
        step.release = release
        step.write_folder(
            "release",
            release.path,
            content,
            size,
            version=release.version,
            rows=release.rows,
            synthetic_rows=release.synthetic_rows,
            windows=", ".join(release.windows),
        )
    return step.done


def _newest(chain: Chain) -> dict[str, Any] | None:
    """The manifest of the newest release, or None."""
    releases = chain.ledger.releases(chain.product.name)
    if not releases:
        return None
    release = releases[-1].release
    assert release is not None
    data: dict[str, Any] = json.loads(chain.store.read(f"{release.path}/{MANIFEST}"))
    return data


def _windows(chain: Chain, previous: dict[str, Any] | None, window: str) -> list[str]:
    """The new window and those that the newest release has, in the product's order."""
    there = {entry["window"] for entry in previous["windows"]} if previous else set()
    return [name for name in chain.product.windows if name == window or name in there]


class _Member:
    """One window of a release: its blend, and all that is known of it."""

    def __init__(self, blend: Commit, batches: list[Batch], evidence: list[Evidence], gates: list[GateResult]) -> None:
        self.blend, self.batches, self.evidence, self.gates = blend, batches, evidence, gates


def _member(chain: Chain, step: Step, window: str) -> _Member:
    product, ledger = chain.product.name, chain.ledger
    step.refer("blend", window=window)
    found = ledger.find(product, "blend", window)
    assert found is not None
    blend = found[0]
    taken = {item.asset: item.content for item in blend.inputs}
    measured = next(
        commit
        for commit in reversed(ledger.commits(product))
        if any(made.asset == "evidence" and made.content == taken["evidence"] for made in commit.outputs)
    )
    judged = [gate for asset in ("real", "accepted", "evidence") for gate in ledger.gates(product, asset, taken[asset])]
    gates = excused(judged, _waivers(chain, step, blend))
    refused = [gate for gate in gates if gate.blocks]
    if refused or not any(gate.asset == "evidence" for gate in gates):
        where = f"product {product}: window {window}"
        what = refusal(refused[0], where) if refused else f"{where}: the evidence has not been judged"
        raise GateRefused(f"{what}; nothing is published")
    return _Member(blend, _batches(chain, window, taken["accepted"]), list(measured.evidence), gates)


def _waivers(chain: Chain, step: Step, blend: Commit) -> list[Waiver]:
    """What the blend leaned on; of the window that is being published, only what still counts today.

    A window that is carried over from the last release was blended while its waivers counted.
    """
    if blend.window != step.window:
        return list(blend.waivers)
    now = in_force(chain.ledger, chain.product.name, blend.window)
    return [waiver for waiver in blend.waivers if waiver in now]


def _batches(chain: Chain, window: str, accepted: str) -> list[Batch]:
    """The batches that accepted rows came from."""
    commits = chain.ledger.commits(chain.product.name)
    screened = next(
        commit
        for commit in reversed(commits)
        if commit.window == window and any(o.asset == "accepted" and o.content == accepted for o in commit.outputs)
    )
    candidates = {item.content for item in screened.inputs if item.asset == "candidates"}
    sampled = next(
        commit
        for commit in reversed(commits)
        if commit.batches and any(o.asset == "candidates" and o.content in candidates for o in commit.outputs)
    )
    return list(sampled.batches)


def _write(chain: Chain, previous: dict[str, Any] | None, members: dict[str, _Member]) -> tuple[Release, str, int]:
    blends = {window: member.blend.output("blend") for window, member in members.items()}
    tables = {window: chain.store.read(output.path) for window, output in blends.items()}
    schema = _schema(tables)
    entries = [window_entry(window, member.blend, member.gates, member.batches) for window, member in members.items()]
    number = next_version(previous, schema, set(members))
    if previous and _same(chain, previous, entries, schema):
        number = previous["version"]
    folder = f"releases/{chain.product.name}/{number}"

    text = card(
        chain.product,
        number,
        entries,
        {window: member.evidence for window, member in members.items()},
        {window: member.gates for window, member in members.items()},
    ).encode()
    files = [
        *(
            file_entry(f"data/{window}.parquet", data, rows=blends[window].rows, schema=schema)
            for window, data in tables.items()
        ),
        file_entry("README.md", text),
    ]
    content = to_bytes(manifest(chain, number, entries, files))
    if not (previous and number == previous["version"]):
        parts = {f"data/{window}.parquet": data for window, data in tables.items()}
        _put(chain, folder, {**parts, "README.md": text, MANIFEST: content})
    else:
        content = chain.store.read(f"{folder}/{MANIFEST}")
    release = Release(
        version=number,
        path=folder,
        manifest=sha256(content),
        windows=tuple(members),
        rows=sum(output.rows for output in blends.values()),
        synthetic_rows=sum(int(output.notes["synthetic_rows"] or 0) for output in blends.values()),
    )
    return release, sha256(content), sum(int(file["bytes"]) for file in files)


def _schema(tables: dict[str, bytes]) -> dict[str, str]:
    """Column to type, the same in every window.

    Raises:
        BadInput: Two windows differ: then the older one has to be run again.
    """
    schemas = {window: _types(data) for window, data in tables.items()}
    first = next(iter(schemas))
    for window, schema in schemas.items():
        if schema != schemas[first]:
            names = sorted(
                name for name in schema.keys() | schemas[first].keys() if schema.get(name) != schemas[first].get(name)
            )
            raise BadInput(
                f"windows {first} and {window} differ in {', '.join(names)}",
                where="release",
                remedy="declare their kinds under columns, and run both windows again",
            )
    return schemas[first]


def _types(data: bytes) -> dict[str, str]:
    return {name: str(dtype) for name, dtype in pl.read_parquet_schema(io.BytesIO(data)).items()}


def _same(chain: Chain, previous: dict[str, Any], entries: list[dict[str, Any]], schema: dict[str, str]) -> bool:
    """Whether the newest release already holds exactly this."""
    now = manifest(chain, previous["version"], entries, [])
    ignored = ("files", "version")
    return _without(now, ignored) == _without(previous, ignored) and all(
        file["schema"] == schema for file in previous["files"] if "schema" in file
    )


def _without(content: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(to_bytes(content))
    return {key: value for key, value in plain.items() if key not in keys}


def _put(chain: Chain, folder: str, files: dict[str, bytes]) -> None:
    """Stage the files, sync them, and move the folder to its name."""
    chain.store.remove(folder)  # left by a publisher that was killed before its commit: nobody was told of it
    staged = chain.store.staging(folder)
    try:
        for path, data in files.items():
            _write_synced(chain, staged / path, data)
        chain.store.publish_folder(staged, folder)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _write_synced(chain: Chain, path: Path, data: bytes) -> None:
    with chain.store.explained("write", str(path)):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_synced(path, data)
