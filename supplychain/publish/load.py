"""Reading a release for a trainer."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import polars as pl

from supplychain.errors import StoreFault
from supplychain.publish.release import MANIFEST
from supplychain.store import sha256

if TYPE_CHECKING:
    from supplychain.ledger import Ledger


def load_release(ledger: Ledger, product: str, version: str = "latest") -> pl.DataFrame:
    """The rows of a release, each file checked against its hash as it is read.

    Raises:
        BadInput: There is no such release.
        StoreFault: A file is not what was published.
    """
    release = ledger.release(product, version).release
    assert release is not None
    manifest = ledger.store.read(f"{release.path}/{MANIFEST}")
    if sha256(manifest) != release.manifest:
        raise StoreFault(
            f"{ledger.store.path(release.path)}/{MANIFEST}: the release was edited; run supplychain verify"
        )
    frames = []
    for entry in json.loads(manifest)["files"]:
        if "rows" not in entry:
            continue
        data = ledger.store.read(f"{release.path}/{entry['path']}")
        if sha256(data) != entry["sha256"]:
            raise StoreFault(f"{ledger.store.path(release.path)}/{entry['path']}: differs from the manifest's sha256")
        frames.append(pl.read_parquet(io.BytesIO(data)))
    return pl.concat(frames)
