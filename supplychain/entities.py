"""Who a row is about: by a keyed hash, which is all that lineage and feedback know of an entity."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from supplychain.product import Product


def entity_hashes(keys: pl.Series, key: str) -> pl.Series:
    """The keyed hash of each entity, 32 hexadecimal digits: what lineage knows an entity by."""
    secret = hashlib.sha256(key.encode()).digest()
    unique = keys.unique(maintain_order=True)
    hashes = [hashlib.blake2b(value.encode(), key=secret, digest_size=16).hexdigest() for value in unique]
    return keys.replace_strict(unique, hashes, return_dtype=pl.String)


def hash_key(product: Product) -> str:
    """The key of a product's entity hashes."""
    return product.roles.key or product.name
