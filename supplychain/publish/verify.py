"""Verification: a release is recomputed, and the first file that differs is named."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.errors import StoreFault
from supplychain.publish.release import MANIFEST
from supplychain.store import sha256

if TYPE_CHECKING:
    from supplychain.ledger import Ledger, Release


@dataclass(frozen=True)
class Verified:
    """A release that is what it was when it was published."""

    product: str
    version: str
    folder: str
    files: int
    rows: int


def verify(ledger: Ledger, product: str, version: str = "latest") -> Verified:
    """Recompute every hash, row count and schema of a release, starting from the lineage log.

    Raises:
        BadInput: There is no such release.
        StoreFault: Something differs, is missing or is there and should not be; the first such file is named.
    """
    release = _released(ledger, product, version)
    store = ledger.store
    folder = store.path(release.path)
    manifest = _read(ledger, release.path, MANIFEST)
    if sha256(manifest) != release.manifest:
        raise StoreFault(f"{folder}/{MANIFEST}: differs from the lineage log's hash; the release was edited")
    content: dict[str, Any] = json.loads(manifest)
    rows = 0
    for entry in content["files"]:
        rows += _check(ledger, release, entry)
    _refuse_strangers(ledger, release, {entry["path"] for entry in content["files"]})
    return Verified(product, release.version, folder, len(content["files"]) + 1, rows)


def _released(ledger: Ledger, product: str, version: str) -> Release:
    release = ledger.release(product, version).release
    assert release is not None
    return release


def _read(ledger: Ledger, folder: str, path: str) -> bytes:
    key = f"{folder}/{path}"
    if not ledger.store.exists(key):
        raise StoreFault(f"{ledger.store.path(key)}: is missing from the release")
    return ledger.store.read(key)


def _check(ledger: Ledger, release: Release, entry: dict[str, Any]) -> int:
    """Check one file against its manifest entry; the rows of a data file, else 0."""
    data = _read(ledger, release.path, entry["path"])
    where = ledger.store.path(f"{release.path}/{entry['path']}")
    if sha256(data) != entry["sha256"] or len(data) != entry["bytes"]:
        raise StoreFault(f"{where}: differs from the manifest's sha256")
    if "rows" not in entry:
        return 0
    frame = pl.read_parquet(io.BytesIO(data))
    schema = {name: str(dtype) for name, dtype in frame.schema.items()}
    if frame.height != entry["rows"] or schema != entry["schema"]:
        raise StoreFault(f"{where}: has other rows or columns than the manifest says")
    return frame.height


def _refuse_strangers(ledger: Ledger, release: Release, known: set[str]) -> None:
    """Refuse a file in the release that the manifest does not name."""
    for folder in ("", "data/"):
        for name in ledger.store.names(f"{release.path}/{folder}".rstrip("/")):
            path = f"{folder}{name}"
            if path not in known | {MANIFEST, "data"}:
                where = ledger.store.path(f"{release.path}/{path}")
                raise StoreFault(f"{where}: is not in the manifest; the release was added to")
