"""Pulling: a checked copy of a release for somebody who trains, or to be handed on."""

from __future__ import annotations

import shutil
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplychain.errors import BadInput, StoreFault
from supplychain.publish.folder import audience_folder, check_folder, files_of, manifest_of
from supplychain.publish.load import check_audience
from supplychain.publish.withdraw import refuse_withdrawn
from supplychain.publishing import INTERNAL
from supplychain.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from supplychain.ledger import Ledger

_PIECE = 1 << 20


@dataclass(frozen=True)
class Pulled:
    """A copy of a release that was checked after copying."""

    product: str
    version: str
    audience: str
    folder: str
    rows: int
    signature: str


def pull(
    ledger: Ledger,
    product: str,
    version: str,
    target: Path,
    *,
    audience: str = INTERNAL,
    key: str | None = None,
    withdrawn: bool = False,
) -> Pulled:
    """Copy a release's folder to `target`, whole or not at all, and check every file of the copy.

    Raises:
        BadInput: There is no such release or audience, or something is at `target` already.
        StoreFault: A file is not what was published, the release was withdrawn, or the disk is full.
    """
    check_audience(audience)
    release = ledger.release(product, version).release
    assert release is not None
    if not withdrawn:
        refuse_withdrawn(ledger, product, release.version)
    if target.exists():
        raise BadInput("is there already", where=target, remedy="name another folder with -o, or remove it")
    content, _ = manifest_of(ledger.store, release.path, release.manifest)
    folder, expected = audience_folder(release.path, content, audience)
    target = target.absolute()
    staging = target.parent / f".{target.name}.{uuid.uuid4().hex[:8]}.tmp"
    here = Store.open(target.parent)
    try:
        with here.explained("write", str(target)):
            for path in files_of(ledger.store, folder):
                _copy(ledger.store, f"{folder}/{path}", staging / path)
        found = check_folder(here, staging.name, expected=expected or release.manifest, key=key)
        with here.explained("write", str(target)):
            staging.rename(target)
    except StoreFault as fault:
        raise StoreFault(str(fault).replace(str(staging), ledger.store.path(folder))) from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return Pulled(product, release.version, audience, str(target), found.rows, found.signature)


def _copy(store: Store, key: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with store.open_file(key) as source, target.open("wb") as sink:
        shutil.copyfileobj(source, sink, _PIECE)
