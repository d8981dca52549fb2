"""Verification: a release is recomputed, and the first file that differs is named."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from supplychain.errors import BadInput
from supplychain.publish.folder import check_folder
from supplychain.store import Store

if TYPE_CHECKING:
    from supplychain.ledger import Ledger


@dataclass(frozen=True)
class Verified:
    """A release that is what it was when it was published.

    Attributes:
        product: The product.
        version: The version.
        folder: Where it is.
        files: Files in it, with the manifest.
        rows: Rows of data.
        signature: What is known of the signature, in words.
        withdrawn: Who withdrew it and why; empty where nobody did.
    """

    product: str
    version: str
    folder: str
    files: int
    rows: int
    signature: str = ""
    withdrawn: str = ""


def verify(ledger: Ledger, product: str, version: str = "latest", *, key: str | None = None) -> Verified:
    """Recompute every hash, row count and schema of a release, starting from the lineage log.

    Args:
        ledger: The log.
        product: The product.
        version: The version; `latest` is the newest that nobody has withdrawn.
        key: A PEM file with the public key that must have signed it.

    Raises:
        BadInput: There is no such release.
        StoreFault: Something differs, is missing or is there and should not be; the first such file is named.
    """
    release = ledger.release(product, version).release
    assert release is not None
    found = check_folder(ledger.store, release.path, expected=release.manifest, key=key)
    withdrawn = ledger.withdrawn(product).get(release.version)
    return Verified(
        product,
        release.version,
        ledger.store.path(release.path),
        found.files,
        found.rows,
        found.signature,
        f"{withdrawn.by}: {withdrawn.reason}" if withdrawn else "",
    )


def verify_copy(folder: Path, *, key: str | None = None) -> Verified:
    """The same of a copy that somebody has, without a log: whether it agrees with its own manifest and signature.

    Raises:
        BadInput: There is no such folder.
        StoreFault: Something differs, is missing or is there and should not be.
    """
    if not folder.is_dir():
        raise BadInput("is no folder", where=folder, remedy="name a release's folder, or PRODUCT[@VERSION]")
    folder = folder.absolute()
    found = check_folder(Store.open(folder.parent), folder.name, key=key)
    content = found.content
    return Verified(content["product"], content["version"], str(folder), found.files, found.rows, found.signature)
