"""A synthetic-data supply chain: a declared data product becomes released, proven training data.

Example:
    >>> import supplychain
    >>> rows = supplychain.load("drug-spend")  # doctest: +SKIP
    >>> rows.group_by("_origin").len()  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

from supplychain.errors import BadInput, GateRefused, StoreFault, SupplyChainError

if TYPE_CHECKING:
    import polars as pl

__version__ = "0.1.0"
__all__ = ["BadInput", "GateRefused", "StoreFault", "SupplyChainError", "__version__", "load"]


@overload
def load(
    product: str,
    version: str = "latest",
    *,
    audience: str = "internal",
    as_: Literal["polars"] = "polars",
    withdrawn: bool = False,
    home: str | None = None,
) -> pl.DataFrame: ...


@overload
def load(
    product: str,
    version: str = "latest",
    *,
    audience: str = "internal",
    as_: str,
    withdrawn: bool = False,
    home: str | None = None,
) -> Any: ...  # noqa: ANN401  (a frame of the library that is asked for)


def load(
    product: str,
    version: str = "latest",
    *,
    audience: str = "internal",
    as_: str = "polars",
    withdrawn: bool = False,
    home: str | None = None,
) -> Any:
    """Rows of a release, for a trainer: real and synthetic with `_origin`, `_batch` and `_weight`.

    Args:
        product: The product's name.
        version: A released version, or `latest`: the newest that nobody has withdrawn.
        audience: `internal`, or `external`: synthetic rows alone, with `_synthetic`.
        as_: `polars`, `pandas` or `huggingface` (a `datasets.Dataset`).
        withdrawn: Whether a release that was withdrawn is given all the same.
        home: The state root; by default `SUPPLYCHAIN_HOME`, else `.supplychain`.

    Returns:
        One frame with the rows of every window in the release, in the order of the manifest.

    Raises:
        BadInput: There is no such product, version or audience; the message names those there are.
        StoreFault: A file of the release is not what the manifest says, or the release was withdrawn.
    """
    from supplychain.ledger import Ledger
    from supplychain.publish import as_form, load_release
    from supplychain.store import Store

    store = Store.open(home)
    return as_form(load_release(Ledger(store), product, version, audience=audience, withdrawn=withdrawn), as_)
