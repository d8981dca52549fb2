"""The windows of a product that are under review, each with its verdict so far: what a sensor looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplychain.chain import Chain
from supplychain.ledger import Ledger
from supplychain.review.files import Docket, docket, waiting
from supplychain.review.verdict import Verdict, advanced

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from supplychain.product import Product
    from supplychain.store import Store


@dataclass(frozen=True)
class UnderReview:
    """A window under review.

    Attributes:
        chain: The product in its store.
        window: The window.
        docket: The lot and its log.
        verdict: The verdict as it stands.
    """

    chain: Chain
    window: str
    docket: Docket
    verdict: Verdict


def under_review(product: Product, root: Path, store: Store) -> Iterator[tuple[str, UnderReview]]:
    """Each window that awaits people or has their verdict, with what they have said of it so far.

    A lot that is superseded awaits nobody, and is left out.
    """
    ledger = Ledger(store)
    chain = Chain(product.with_windows((*ledger.windows(product.name), *product.windows)), store, ledger, root)
    for window in waiting(chain):
        under = docket(chain, window)
        if not under.is_superseded:
            yield window, UnderReview(chain, window, under, advanced(under.lot, under.journal))
