"""A release's folder, checked against its own manifest: in the store or wherever somebody has copied it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from supplychain.errors import StoreFault
from supplychain.publish.manifest import FORMAT, MANIFEST, PUBLIC_KEY, SIGNATURE
from supplychain.publish.signature import check as check_signature
from supplychain.publishing import EXTERNAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supplychain.store import Store

_PIECE = 1 << 20


@dataclass(frozen=True)
class Checked:
    """A folder that is what its manifest says.

    Attributes:
        content: The manifest.
        files: Files in it, with the manifest.
        rows: Rows of data.
        signature: What is known of the signature, in words.
    """

    content: dict[str, Any]
    files: int
    rows: int
    signature: str


def manifest_of(store: Store, folder: str, expected: str | None = None) -> tuple[dict[str, Any], bytes]:
    """A folder's manifest, and its bytes.

    Args:
        store: Where it is.
        folder: The folder's key.
        expected: The hash that the log, or another manifest, has for it.

    Raises:
        StoreFault: It is missing, is not what was published, or is of a newer form.
    """
    key = f"{folder}/{MANIFEST}"
    data = _read(store, key)
    if expected and hashlib.sha256(data).hexdigest() != expected:
        raise StoreFault(f"{store.path(key)}: differs from the lineage log's hash; the release was edited")
    try:
        content: dict[str, Any] = json.loads(data)
        known = content["format"] <= FORMAT and isinstance(content["files"], list)
    except (ValueError, KeyError, TypeError):
        raise StoreFault(f"{store.path(key)}: is no manifest; the copy is damaged, take it again") from None
    if not known:
        raise StoreFault(f"{store.path(key)}: is of format {content['format']}, newer than this; update supplychain")
    return content, data


def check_folder(store: Store, folder: str, *, expected: str | None = None, key: str | None = None) -> Checked:
    """Recompute every hash, row count and schema of a folder; the first file that differs is named.

    Args:
        store: Where it is.
        folder: The folder's key.
        expected: The hash that the log has for its manifest; None takes the folder's own word.
        key: A PEM file with the public key that must have signed it.

    Raises:
        StoreFault: Something differs, is missing, or is there and should not be.
    """
    content, data = manifest_of(store, folder, expected)
    where = store.path(f"{folder}/{MANIFEST}")
    beside = [f"{folder}/{name}" for name in (SIGNATURE, PUBLIC_KEY)]
    signature, public = (store.read(name) if store.exists(name) else None for name in beside)
    said = check_signature(data, signature, public, where=where, trusted=key)
    rows = sum(_check(store, folder, entry) for entry in content["files"])
    _refuse_strangers(store, folder, content)
    inner = [entry for entry in content["files"] if entry["path"].endswith(f"/{MANIFEST}")]
    parts = [check_folder(store, f"{folder}/{_place(entry)}", expected=entry["sha256"], key=key) for entry in inner]
    files = (
        len(content["files"])
        - len(inner)
        + 1
        + (signature is not None)
        + (public is not None)
        + sum(part.files for part in parts)
    )
    return Checked(content, files, rows, said)


def files_of(store: Store, folder: str) -> Iterator[str]:
    """Keys of all files within a folder, relative to it."""
    for name in store.names(folder):
        if "/" not in name and store.is_folder(f"{folder}/{name}"):
            yield from (f"{name}/{inner}" for inner in files_of(store, f"{folder}/{name}"))
        else:
            yield name


def _place(entry: dict[str, Any]) -> str:
    return str(entry["path"]).removesuffix(f"/{MANIFEST}")


def _read(store: Store, key: str) -> bytes:
    if not store.exists(key):
        raise StoreFault(f"{store.path(key)}: is missing from the release; the copy is not whole, take it again")
    return store.read(key)


def _check(store: Store, folder: str, entry: dict[str, Any]) -> int:
    """Check one file against its manifest entry, piece by piece; the rows of a data file, else 0."""
    key = f"{folder}/{entry['path']}"
    where = store.path(key)
    if not store.exists(key):
        raise StoreFault(f"{where}: is missing from the release; the copy is not whole, take it again")
    hashed, size = hashlib.sha256(), 0
    with store.open_file(key) as handle, store.explained("read", key):
        while piece := handle.read(_PIECE):
            hashed.update(piece)
            size += len(piece)
    if hashed.hexdigest() != entry["sha256"] or size != entry["bytes"]:
        raise StoreFault(f"{where}: differs from the manifest's sha256; the release was edited")
    if "rows" not in entry:
        return 0
    rows, schema = _shape(store, key)
    if rows != entry["rows"] or schema != entry["schema"]:
        raise StoreFault(f"{where}: has other rows or columns than the manifest says")
    return rows


def _shape(store: Store, key: str) -> tuple[int, dict[str, str]]:
    import polars as pl
    import pyarrow.parquet as pq

    from supplychain.tables import types_of

    with store.open_file(key) as handle:
        parquet = pq.ParquetFile(handle)
        empty = pl.from_arrow(parquet.schema_arrow.empty_table())
        assert isinstance(empty, pl.DataFrame)
        return parquet.metadata.num_rows, types_of(empty.schema)


def _refuse_strangers(store: Store, folder: str, content: dict[str, Any]) -> None:
    """Refuse a file in the folder that the manifest does not name; what another manifest covers, that one checks."""
    known = {entry["path"] for entry in content["files"]} | {MANIFEST, SIGNATURE, PUBLIC_KEY}
    covered = tuple(f"{path.rpartition('/')[0]}/" for path in known if path.endswith(f"/{MANIFEST}"))
    for path in files_of(store, folder):
        if path not in known and not path.startswith(covered or ("\0",)):
            raise StoreFault(f"{store.path(f'{folder}/{path}')}: is not in the manifest; the release was added to")


def audience_folder(folder: str, content: dict[str, Any], audience: str) -> tuple[str, str | None]:
    """Where an audience's folder is within a release, and the hash of its manifest; None for the release's own.

    Raises:
        StoreFault: The release was not made for that audience.
    """
    if content.get("audience", "internal") == audience:
        return folder, None
    for entry in content["files"]:
        if entry["path"] == f"{audience}/{MANIFEST}":
            return f"{folder}/{audience}", entry["sha256"]
    remedy = f"put {audience} under publish.audiences and run again" if audience == EXTERNAL else "ask who published it"
    raise StoreFault(f"release {content['version']} of {content['product']} has no {audience} audience; {remedy}")
