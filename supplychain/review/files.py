"""Where a review keeps its files, and what is under review now. Nothing here opens DuckDB."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from supplychain.errors import BadInput
from supplychain.review.blind import BlindTest
from supplychain.review.journal import Journal
from supplychain.review.lot import Lot
from supplychain.review.people import People

if TYPE_CHECKING:
    from supplychain.chain import Chain
    from supplychain.product import Product
    from supplychain.store import Store

_LOTS: dict[str, Lot] = {}


def folder(store: Store, root: Path) -> Path:
    """The desk's folder on this machine: in the store where that is local, else in the project."""
    return (store.local or root / ".supplychain") / "reviews"


@dataclass(frozen=True)
class Docket:
    """A lot with the logs that belong to it."""

    lot: Lot
    journal: Journal
    blind_journal: Journal
    blind: BlindTest | None


def docket(chain: Chain, window: str) -> Docket:
    """What is under review in a window now.

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
    base = folder(chain.store, chain.root) / chain.product.name / window
    test = (
        chain.ledger.find(chain.product.name, "blind", window)
        if chain.product.review and chain.product.review.blind
        else None
    )
    return Docket(
        _LOTS[output.content],
        Journal(base / f"{output.content[:16]}.jsonl"),
        Journal(base / f"blind-{test[1].content[:16] if test else 'none'}.jsonl"),
        BlindTest(chain, window, json.loads(chain.store.read(test[1].path))) if test else None,
    )


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
