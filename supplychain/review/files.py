"""Where a review keeps its files, and what is under review now. Nothing here opens DuckDB."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from supplychain.errors import BadInput, GateRefused
from supplychain.review.blind import BlindTest
from supplychain.review.journal import Journal
from supplychain.review.lot import Lot
from supplychain.review.people import People

if TYPE_CHECKING:
    from supplychain.chain import Chain
    from supplychain.product import Product
    from supplychain.store import Store

SUPERSEDED = "superseded"
"""What is said of a lot instead of a verdict, when other rows have been accepted since."""
_LOTS: dict[str, Lot] = {}


def folder(store: Store, root: Path) -> Path:
    """The desk's folder on this machine: in the store where that is local, else in the project."""
    return (store.local or root / ".supplychain") / "reviews"


@dataclass(frozen=True)
class Docket:
    """A lot with the logs that belong to it.

    Attributes:
        lot: The lot.
        journal: Its log.
        blind_journal: The log of the blind test.
        blind: The blind test, where there is one.
        is_superseded: Whether a run has accepted other rows since, and frozen no lot of them yet.
    """

    lot: Lot
    journal: Journal
    blind_journal: Journal
    blind: BlindTest | None
    is_superseded: bool = False


def awaited(chain: Chain, window: str) -> Docket:
    """What people are to judge in a window now.

    Raises:
        BadInput: No lot has been frozen.
        GateRefused: The newest one is of rows that nobody will release any more.
    """
    under, name = docket(chain, window), chain.product.name
    if under.is_superseded:
        raise GateRefused(
            f"product {name}: window {window}: lot {under.lot.content[:16]} is superseded, other rows were accepted "
            f"since; run `supplychain run {name} --window {window}`, which freezes a lot of those at its review gate"
        )
    return under


def docket(chain: Chain, window: str) -> Docket:
    """The newest lot of a window, whether or not it is superseded.

    Raises:
        BadInput: No lot has been frozen.
    """
    found = chain.ledger.find(chain.product.name, "lot", window)
    if found is None:
        raise BadInput(
            f"window {window} has no lot yet",
            where=f"product {chain.product.name}",
            remedy=f"run `supplychain run {chain.product.name} --window {window}`; it stops where people are to judge"
            if chain.product.review
            else f"write `review: {{}}` into {chain.product.file}, and run the window",
        )
    output = found[1]
    if output.content not in _LOTS:
        _LOTS[output.content] = Lot.from_json(chain.store.read(output.path), where=chain.store.path(output.path))
    base = _base(chain, window)
    test = (
        chain.ledger.find(chain.product.name, "blind", window)
        if chain.product.review and chain.product.review.blind
        else None
    )
    accepted = chain.ledger.find(chain.product.name, "accepted", window)
    return Docket(
        _LOTS[output.content],
        Journal(base / f"{output.content[:16]}.jsonl"),
        Journal(base / f"blind-{test[1].content[:16] if test else 'none'}.jsonl"),
        BlindTest(chain, window, json.loads(chain.store.read(test[1].path)), test[1].content) if test else None,
        accepted is not None and accepted[1].content != _LOTS[output.content].accepted,
    )


def _base(chain: Chain, window: str) -> Path:
    return folder(chain.store, chain.root) / chain.product.name / window


def set_aside(chain: Chain, window: str) -> dict[str, int]:
    """Lots that another one has followed before they came to a final verdict, newest first, each with its answers."""
    outputs = [
        output
        for commit in reversed(chain.ledger.commits(chain.product.name))
        if commit.window == window
        for output in commit.outputs
    ]
    decided = {output.notes.get("lot") for output in outputs if output.asset == "review" and output.notes.get("final")}
    lots = list(dict.fromkeys(output.content for output in outputs if output.asset == "lot"))
    logs = {lot: Journal(_base(chain, window) / f"{lot[:16]}.jsonl") for lot in lots[1:] if lot not in decided}
    return {lot: sum(record.type == "decision" for record in log.read()) for lot, log in logs.items()}


def known_now(chain: Chain) -> Product:
    """The product with the windows that have come since the chain was opened: a desk is open for days."""
    product = chain.product
    return product.with_windows((*chain.ledger.windows(product.name), *product.windows))


def waiting(chain: Chain) -> list[str]:
    """The windows that have a lot."""
    return [window for window in known_now(chain).windows if chain.ledger.find(chain.product.name, "lot", window)]


def people(chain: Chain) -> People:
    """The people of the desk."""
    return People(folder(chain.store, chain.root) / "people.json")
