"""Roles: each entity is train, tune or gold, by a keyed hash of who it is.

The same entity has the same role in every window and after every refresh, whatever rows come or go. Without an
entity column a row's own content identifies it, so that equal rows share a role.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from supplychain.entities import entity_hashes, entity_keys

if TYPE_CHECKING:
    from supplychain.sections import Roles

__all__ = ["ROLES", "assign_roles", "entity_hashes", "entity_keys"]
ROLES = ("train", "tune", "gold")
_SCALE = 2**64


def assign_roles(hashes: pl.Series, roles: Roles) -> pl.Series:
    """The role of each entity hash, in the declared shares."""
    share = pl.Series([int(value[:16], 16) / _SCALE for value in hashes], dtype=pl.Float64)
    frame = pl.DataFrame({"share": share})
    role = (
        pl.when(pl.col("share") < roles.train)
        .then(pl.lit("train"))
        .when(pl.col("share") < roles.train + roles.tune)
        .then(pl.lit("tune"))
        .otherwise(pl.lit("gold"))
    )
    return frame.select(role.alias("_role")).to_series()
