"""Who a row is about: the text that identifies an entity, and the keyed hash that the chain knows it by."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supplychain.product import Product

_HASH = re.compile("[0-9a-f]{32}")


def entity_keys(frame: pl.DataFrame, column: str | None) -> pl.Series:
    """One text a row that identifies its entity: the column's value, or all values of the row."""
    if column is not None:
        return frame[column].cast(pl.String).alias("_entity")
    # Field names and a separator that no value holds: ("a", "bc") and ("ab", "c") must not meet.
    ordered = [pl.col(name).cast(pl.String).fill_null("\x00") for name in sorted(frame.columns)]
    return frame.select(pl.concat_str(ordered, separator="\x1f").alias("_entity")).to_series()


def entity_hashes(keys: pl.Series, key: str) -> pl.Series:
    """The keyed hash of each entity, 32 hexadecimal digits: what lineage knows an entity by."""
    secret = hashlib.sha256(key.encode()).digest()
    unique = keys.unique(maintain_order=True)
    hashes = [hashlib.blake2b(value.encode(), key=secret, digest_size=16).hexdigest() for value in unique]
    return keys.replace_strict(unique, hashes, return_dtype=pl.String)


def hash_key(product: Product) -> str:
    """The key that a product's entities are hashed with."""
    return product.roles.key or product.name


def hashes_of(product: Product, names: Iterable[str]) -> dict[str, str]:
    """What a product knows entities by, for the values of its entity column; a hash as in `_entity` is one already.

    Example:
        >>> from types import SimpleNamespace
        >>> product = SimpleNamespace(name="clinic", roles=SimpleNamespace(key=""), entity=SimpleNamespace(column="id"))
        >>> len(hashes_of(product, ["17"])["17"])
        32
    """
    names = list(dict.fromkeys(names))
    known = {name: name for name in names if _HASH.fullmatch(name)}
    others = [name for name in names if name not in known]
    if others and product.entity:
        hashed = entity_hashes(pl.Series(others, dtype=pl.String), hash_key(product))
        known |= dict(zip(others, hashed, strict=True))
    return known
