"""Pulling: a checked copy of a release for somebody who trains, or to be handed on; the log says who has it."""

from __future__ import annotations

import getpass
import os
import shutil
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplychain import __version__
from supplychain.errors import BadInput, StoreFault
from supplychain.ledger import Commit, Pull
from supplychain.ledger.verdicts import PULLED
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
    """A copy of a release that was checked after copying.

    Attributes:
        product: The product.
        version: Its version.
        audience: Whom its rows are for.
        folder: Where it is.
        rows: Rows in it.
        signature: Who signed it, in words.
        unlogged: Why the log does not know of it; empty where it does.
    """

    product: str
    version: str
    audience: str
    folder: str
    rows: int
    signature: str
    unlogged: str = ""


def pull(
    ledger: Ledger,
    product: str,
    version: str,
    target: Path,
    *,
    audience: str = INTERNAL,
    key: str | None = None,
    withdrawn: bool = False,
    by: str = "",
) -> Pulled:
    """Copy a release's folder to `target`, whole or not at all, and check every file of the copy.

    Who took it is noted in the log, so that they can be told where it is withdrawn or somebody in it is erased. A log
    that they may not write is no reason to refuse a copy: `unlogged` says it then.

    Args:
        ledger: The log.
        product: The product.
        version: The version, or `latest`.
        target: A folder that is not there yet.
        audience: Whom the rows are for.
        key: File of the public key that must have signed.
        withdrawn: Whether a withdrawn version may be taken.
        by: Who takes it; the user of the operating system where not given.

    Raises:
        BadInput: There is no such release or audience, or something is at `target` already.
        StoreFault: A file is not what was published, the release was withdrawn, or the disk is full.
    """
    check_audience(audience)
    published = ledger.release(product, version)
    release = published.release
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
    taken = Pull(release.version, audience, by.strip() or _user(), str(target))
    unlogged = _log(ledger, published, taken)
    return Pulled(product, release.version, audience, str(target), found.rows, found.signature, unlogged)


def _log(ledger: Ledger, published: Commit, taken: Pull) -> str:
    """Note a copy in the log; why that could not be done, or nothing."""
    at = (published.product, published.window, PULLED, "", published.spec, __version__, 0.0, 0.0)
    try:
        ledger.append(Commit("", 0, "", *at, pulls=(taken,)))
    except StoreFault as fault:
        return str(fault)
    return ""


def _user() -> str:
    """The user of the operating system; a number where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def _copy(store: Store, key: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with store.open_file(key) as source, target.open("wb") as sink:
        shutil.copyfileobj(source, sink, _PIECE)
