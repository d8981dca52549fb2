"""Which windows should be rebuilt, and why: each incident once, by what was found on which contents.

An incident's id says the same as long as nothing new has come: whoever acts on it, once, need not remember more.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplychain.monitor.findings import MOVED
from supplychain.monitor.observed import found
from supplychain.monitor.reference import newest_release, real_contents
from supplychain.monitor.words import cause
from supplychain.rebalance import otherwise

if TYPE_CHECKING:
    from supplychain.chain import Chain
    from supplychain.ledger import Commit, Release

NEW, LATE, DRIFT, REBALANCE = "new window", "late or corrected rows", "drift", "rebalance"
BY_ITSELF = {"propose": (), "refresh": (NEW, LATE, REBALANCE), "rebuild": (NEW, LATE, DRIFT, REBALANCE)}
"""What `monitor.act` lets a machine rebuild."""


@dataclass(frozen=True)
class Incident:
    """A window that should be rebuilt.

    Attributes:
        id: 16 hexadecimal digits: of the window's contents, those that the release holds of it, and what its next plan
            does otherwise; whether drift has been measured yet makes no other incident of it.
        product: The product.
        window: The window.
        kind: new window, late or corrected rows, drift, or rebalance.
        reason: Why, in one line, with what moved and how far.
        release: The version that does not hold it yet.
        by_itself: Whether `monitor.act` lets a machine do it; else it waits for a person.
    """

    id: str
    product: str
    window: str
    kind: str
    reason: str
    release: str
    by_itself: bool


def incidents(chain: Chain) -> list[Incident]:
    """The windows that should be rebuilt, in the product's order; none before the first release.

    A window whose gates refused stays an incident with the same id until other rows come. One whose rows the newest
    release holds is none, unless its next plan would be another.
    """
    release = newest_release(chain)
    if release is None:
        return []
    held = real_contents(chain, release)
    return [one for window in chain.product.windows if (one := _of_window(chain, window, release, held))]


def _of_window(chain: Chain, window: str, release: Release, held: dict[str, str]) -> Incident | None:
    real = found(chain, "real", window)
    if real is None:
        return None
    contents = {"real": real.content}
    if held.get(window) != real.content:
        drift = _drift(chain, window, real.content)
        kind = DRIFT if drift else LATE if window in held else NEW
        reason = drift or _arrived(kind, real.rows, release)
        return _incident(chain, window, kind, reason, release, {**contents, "held": held.get(window, "")})
    otherwise = _another_plan(chain, window)
    if otherwise is None:
        return None
    return _incident(chain, window, REBALANCE, otherwise, release, {**contents, "plan": otherwise})


def _arrived(kind: str, rows: int, release: Release) -> str:
    what = "rows that are in no release" if kind == NEW else f"rows that differ from those in release {release.version}"
    return f"{rows:,} {what}"


def _drift(chain: Chain, window: str, real: str) -> str | None:
    """What moved in the window as it is now, if its gate says so, or surely anything where no gate has looked."""
    there = chain.ledger.find(chain.product.name, "drift", window)
    if there is None or not _is_about(there[0], real):
        return None
    output = there[1]
    judged = chain.ledger.gates(chain.product.name, "drift", output.content)
    if judged and all(gate.passed for gate in judged):
        return None
    table = chain.store.read_table(output.table)
    return cause(table) if (table["verdict"] == MOVED).any() else None


def _is_about(commit: Commit, real: str) -> bool:
    return any(item.asset == "real" and item.content == real for item in commit.inputs)


def _another_plan(chain: Chain, window: str) -> str | None:
    """What the next plan does otherwise than the last, in words; None where it does nothing otherwise."""
    other = otherwise(chain, window)
    if other is None:
        return None
    lines = other.select("slice", "proposal", "why").iter_rows()
    return "; ".join(f"{slice_}: {proposal}, {why}" for slice_, proposal, why in lines) or None


def _incident(
    chain: Chain, window: str, kind: str, reason: str, release: Release, contents: dict[str, str]
) -> Incident:
    product = chain.product
    about = {"product": product.name, "window": window, **contents}
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:16]
    by_itself = kind in BY_ITSELF[product.monitor.act]
    return Incident(digest, product.name, window, kind, reason, release.version, by_itself)
