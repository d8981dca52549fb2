"""Landing lets nobody in again who was erased."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from supplychain.entities import hash_key, hashes_of
from supplychain.erasure.finding import first_landings
from supplychain.erasure.keys import erasure_key
from supplychain.errors import BadInput
from supplychain.store import sha256

if TYPE_CHECKING:
    from supplychain.chain import Chain
    from supplychain.ledger import Erasure
    from supplychain.product import Product


def without_erased(chain: Chain, window: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of a source, without those of people who were erased from the product.

    Args:
        chain: The product and its store.
        window: The window that is to land.
        rows: Rows with `_entity`.

    Raises:
        BadInput: The window was kept long enough; or the key is missing or another one, so that nobody could tell
            who was erased.
    """
    _refuse_expired(chain, window, windows_gone(chain))
    return without_people(chain, rows)


def windows_gone(chain: Chain) -> set[str]:
    """The windows that were kept long enough and erased as a whole."""
    commits = chain.ledger.commits(chain.product.name)
    return {commit.window for commit in commits if commit.erasure and commit.erasure.kind == "retention"}


def without_people(chain: Chain, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of a source, without those of people who were erased, whatever their window.

    Raises:
        BadInput: The key is missing or another one, so that nobody could tell who was erased.
    """
    product, commits = chain.product, chain.ledger.commits(chain.product.name)
    asked = [commit.erasure for commit in commits if commit.erasure and commit.erasure.people]
    if not asked:
        return rows
    key = erasure_key(chain.store, why=f"people were erased from {product.name}: without it they would land again")
    for record in asked:
        _refuse_other_keys(product, record, key.id)
    erased = {person for record in asked for person in record.people}
    known = rows["_entity"].unique()
    gone = [entity for entity in known if key.person(product.name, entity) in erased]
    if gone:
        chain.progress(f"{len(gone):,} erased people are in the source, and are left out")
    return rows.filter(~pl.col("_entity").is_in(gone))


def records_of(chain: Chain, name: str) -> list[dict[str, str]]:
    """The records of a person's erasures: window, time, who answers for it, why, and the event.

    Args:
        chain: The product and its store.
        name: A value of the entity's column, or a hash as it stood in `_entity`.

    Raises:
        BadInput: There is no key.
    """
    key = erasure_key(chain.store, why="the record names people by a keyed hash")
    entity = hashes_of(chain.product, [name]).get(name, "")
    person = key.person(chain.product.name, entity)
    return [
        {
            "window": commit.window,
            "at": commit.recorded_at[:19],
            "by": commit.erasure.by,
            "reason": commit.erasure.reason,
            "person": person,
            "event": commit.file_name,
        }
        for commit in chain.ledger.commits(chain.product.name)
        if commit.erasure and person in commit.erasure.people
    ]


def role_key_id(product: Product) -> str:
    """What a product's key of roles is known by in the record of an erasure."""
    return sha256(f"roles\x1f{hash_key(product)}".encode())[:16]


def _refuse_expired(chain: Chain, window: str, erased: set[str]) -> None:
    retention, where = chain.product.retention, f"product {chain.product.name}"
    remedy = "take the window out of the product file"
    if window in erased:
        raise BadInput(f"window {window} was kept long enough and was erased", where=where, remedy=remedy)
    landed = first_landings(chain.ledger, chain.product.name).get(window)
    if retention and landed and (datetime.now(UTC) - landed).days >= retention.days:
        problem = f"window {window} landed on {landed:%Y-%m-%d}, and is kept for {retention.days} days"
        raise BadInput(problem, where=where, remedy=f"run `supplychain erase {chain.product.name} --expired`")


def _refuse_other_keys(product: Product, record: Erasure, key: str) -> None:
    if record.key != key:
        problem = f"is another key than the one that people were erased with ({key}, not {record.key})"
        raise BadInput(
            problem, where="SUPPLYCHAIN_ERASURE_KEY", remedy="set the old one: erased people would land again"
        )
    if record.hashed_by != role_key_id(product):
        raise BadInput(
            "has changed since people were erased, and they could not be told again",
            where=product.file,
            place="roles.key",
            remedy="put it back",
        )
