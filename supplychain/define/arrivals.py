"""What has arrived: the windows that the source holds now, and what a window is known by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from supplychain.define.source import describe, read_source
from supplychain.errors import BadInput
from supplychain.store import parquet_bytes, sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from supplychain.product import Product

_NOT_IN_NAMES = r"[^A-Za-z0-9_.-]"


@dataclass(frozen=True)
class Arrival:
    """A window's rows in the source: how many, and the hash by which landing notes them."""

    window: str
    rows: int
    content: str


def arrivals(
    product: Product, root: Path, kept: Callable[[pl.DataFrame], pl.DataFrame] = lambda rows: rows
) -> list[Arrival]:
    """The windows that the source holds, declared ones in their order, found ones in that of their values.

    Args:
        product: The product.
        root: The project.
        kept: What landing leaves of the source's rows: not those of people who were erased.

    Raises:
        BadInput: The source cannot be used as the product declares it.
    """
    from supplychain.define.land import prepare

    where = describe(product.source)
    frame = kept(prepare(product, read_source(product, root), where, root))
    parts = ((name, rows_of(product, frame, name)) for name in window_names(product, frame, where))
    return [Arrival(name, rows.height, content_of(rows)) for name, rows in parts if rows.height]


def content_of(rows: pl.DataFrame) -> str:
    """The hash by which a window's rows in the source are known."""
    return sha256(parquet_bytes(rows))


def window_names(product: Product, frame: pl.DataFrame, where: str) -> tuple[str, ...]:
    """The windows that may be in prepared rows: the declared ones, or those found in the order of their values.

    Raises:
        BadInput: A row has no window, or two values would have one name.
    """
    if not product.finds_windows:
        return product.windows
    assert product.window is not None
    column, place = product.window.column, "window.column"
    values = frame["_window"]
    if values.null_count():
        remedy = "name the window that they are of, or leave them out of the source"
        raise BadInput(f"{values.null_count()} rows have no {column!r}", where=where, place=place, remedy=remedy)
    named: dict[str, object] = {}
    for value, name in _named(values):
        other = named.setdefault(name, value)
        if other != value:
            problem = f"{other!r} and {value!r} of {column!r} would both be window {name}"
            raise BadInput(problem, where=where, place=place, remedy="make the values more different")
    return tuple(named)


def rows_of(product: Product, frame: pl.DataFrame, window: str) -> pl.DataFrame:
    """The prepared rows of a window, without `_window`; none where it has not arrived."""
    if product.window is None:
        return frame.drop("_window")
    if product.window.values is None:
        wanted = [value for value, name in _named(frame["_window"]) if name == window]
    else:
        wanted = [product.window.values[window]]
    values = pl.Series(wanted, strict=False).cast(frame["_window"].dtype, strict=False).drop_nulls()
    return frame.filter(frame["_window"].is_in(values.implode())).drop("_window")


def _named(values: pl.Series) -> Iterator[tuple[object, str]]:
    """The distinct values in their order, each with the name that it gives a window."""
    for value in values.unique().drop_nulls().sort().to_list():
        name = re.sub(_NOT_IN_NAMES, "-", str(value)).lstrip("-._")
        yield value, name or "window"
