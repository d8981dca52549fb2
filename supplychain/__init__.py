"""A synthetic-data supply chain: a declared data product becomes released, proven training data.

Example:
    >>> import supplychain
    >>> rows = supplychain.load("drug-spend")  # doctest: +SKIP
    >>> rows.group_by("_origin").len()  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplychain.errors import BadInput, GateRefused, StoreFault, SupplyChainError

if TYPE_CHECKING:
    import polars as pl

__version__ = "0.1.0"
__all__ = ["BadInput", "GateRefused", "StoreFault", "SupplyChainError", "__version__", "load"]


def load(product: str, version: str = "latest", *, home: str | None = None) -> pl.DataFrame:
    """Rows of a release, for a trainer: real and synthetic with `_origin`, `_batch` and `_weight`.

    Args:
        product: The product's name.
        version: A released version, or `latest`.
        home: The state root; by default `SUPPLYCHAIN_HOME`, else `.supplychain`.

    Returns:
        One frame with the rows of every window in the release, in the order of the manifest.

    Raises:
        BadInput: There is no such product or version; the message names those there are.
        StoreFault: A file of the release is not what the manifest says.
    """
    from supplychain.ledger import Ledger
    from supplychain.publish import load_release
    from supplychain.store import Store

    store = Store.open(home)
    return load_release(Ledger(store), product, version)
