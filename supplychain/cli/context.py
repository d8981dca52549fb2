"""What a command is about: the project around it, and the product that its argument names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplychain.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path

    from supplychain.product import Product
    from supplychain.store import Store


def project_or_none() -> Path | None:
    """The project around this folder, if there is one: reading a store needs none."""
    from supplychain.project import project_root

    try:
        return project_root()
    except BadInput:
        return None


def split_version(text: str) -> tuple[str, str]:
    """`PRODUCT` or `PRODUCT@VERSION` as two."""
    product, _, version = text.partition("@")
    return product, version or "latest"


def knowing_windows(product: Product, root: Path, store: Store) -> Product:
    """The product with the windows that its source and its log have, where it declares none."""
    from supplychain.define import arrivals
    from supplychain.ledger import Ledger

    if not product.finds_windows:
        return product
    known = Ledger(store).windows(product.name)
    return product.with_windows([*known, *(arrival.window for arrival in arrivals(product, root))])
