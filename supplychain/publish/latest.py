"""What stands beside the releases for those who have no log: which one is the latest, and which are withdrawn.

Both files follow from the log and may be written again from it at any time.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from supplychain.publish.manifest import to_bytes

if TYPE_CHECKING:
    from supplychain.ledger import Ledger

LATEST, WITHDRAWN = "latest", "withdrawn.json"


def point(ledger: Ledger, product: str) -> str | None:
    """Move the pointer to the newest release in force, and list the withdrawn ones; the pointer's version."""
    store, folder = ledger.store, f"releases/{product}"
    withdrawn = ledger.withdrawn(product)
    released = [commit.release.version for commit in ledger.releases(product) if commit.release]
    kept = [version for version in released if version not in withdrawn]
    if withdrawn:
        _write(ledger, f"{folder}/{WITHDRAWN}", to_bytes({name: asdict(one) for name, one in withdrawn.items()}))
    if not kept:
        store.remove(f"{folder}/{LATEST}")
        return None
    _write(ledger, f"{folder}/{LATEST}", f"{kept[-1]}\n".encode())
    return kept[-1]


def _write(ledger: Ledger, key: str, data: bytes) -> None:
    if not ledger.store.exists(key) or ledger.store.read(key) != data:
        ledger.store.write(key, data)
