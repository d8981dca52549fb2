"""The product and the window that a command of `review` is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supplychain.chain import Chain

Named = Annotated[str, typer.Argument(help="The product's name.")]
InWindow = Annotated[str | None, typer.Option(help="The window; the first that is under review, if not given.")]


def chain_of(product: str) -> Chain:
    """The product in the store of the project that holds this folder."""
    from supplychain.chain import Chain
    from supplychain.project import find_product, project_root

    root = project_root()
    return Chain.open(find_product(product, root), root)


def under_review(product: str, window: str | None) -> tuple[Chain, str]:
    """The window that was asked for, or the first whose verdict the lineage log does not have yet."""
    chain = chain_of(product)
    if window:
        return chain, chain.product.check_window(window)
    there = dict(taken(chain))
    waits = [name for name, is_taken in there.items() if not is_taken]
    return chain, (waits or list(there) or list(chain.product.windows))[0]


def taken(chain: Chain) -> Iterator[tuple[str, bool]]:
    """Each window with a lot, and whether the lineage log has its verdict on all that people answered."""
    from supplychain.review.gate import is_taken
    from supplychain.review.waiting import under_review as each_window

    for name, found in each_window(chain.product, chain.root, chain.store):
        yield name, is_taken(found)
