"""Reading the source: a file, a DuckDB table or query, or a Python callable."""

from __future__ import annotations

import csv
import glob
import gzip
import importlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from supplychain.errors import BadInput, nearest, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supplychain.product import Product, Source

SEPARATORS = (",", ";", "\t", "|")


def read_source(product: Product, root: Path) -> pl.DataFrame:
    """All rows of the source, in their arrival's types; text is not interpreted yet.

    Raises:
        BadInput: Missing, empty, unreadable, with a wrong delimiter, or without a column that the product names.
    """
    source = product.source
    where = describe(source)
    if source.file:
        frame = _read_files(source, root)
    elif source.duckdb:
        frame = _read_duckdb(source, root)
    else:
        frame = _call(source)
    if not frame.height:
        raise BadInput("has no rows", where=where, remedy="point source at data with at least one row")
    _require_columns(product, frame.columns, where)
    return frame


def source_columns(product: Product, root: Path) -> list[str]:
    """Names of the columns that the real rows of a product will have, the outcome among them.

    Raises:
        BadInput: As for `read_source`.
    """
    columns = read_source(product, root).columns
    return kept_columns(product, columns)


def kept_columns(product: Product, columns: list[str]) -> list[str]:
    """The columns that are modelled and released: all but those dropped and the entity's; the outcome last."""
    left_out = {*product.drop, *([product.entity.column] if product.entity else []), product.outcome.name}
    return [name for name in columns if name not in left_out] + [product.outcome.name]


def describe(source: Source) -> str:
    """The source in a word or two, for messages and lineage."""
    if source.duckdb:
        return f"{source.duckdb} ({source.table or 'query'})"
    return source.file or source.python or ""


def _read_files(source: Source, root: Path) -> pl.DataFrame:
    pattern = str(root / str(source.file))
    files = [Path(name) for name in sorted(glob.glob(pattern))]  # noqa: PTH207  (absolute patterns too)
    if not files:
        raise BadInput("there is no such file", where=source.file, place="source.file", remedy="mend the path")
    frames = [_read_file(file, source) for file in files]
    for file, frame in zip(files, frames, strict=True):
        if frame.columns != frames[0].columns:
            raise BadInput(f"has other columns than {files[0].name}", where=file, remedy="make them the same")
    return pl.concat(frames, how="vertical_relaxed")


def _read_file(file: Path, source: Source) -> pl.DataFrame:
    if file.suffix == ".parquet":
        with _readable(file, "a Parquet file"):
            return pl.read_parquet(file)
    with _readable(file, "a CSV file"):
        _check_separator(file, source.separator)
        return pl.read_csv(file, separator=source.separator, infer_schema=False, encoding="utf8")


@contextmanager
def _readable(file: Path, what: str) -> Iterator[None]:
    try:
        yield
    except pl.exceptions.NoDataError:
        raise BadInput("is empty", where=file, remedy="point source at data with at least one row") from None
    except (pl.exceptions.PolarsError, OSError, EOFError, UnicodeDecodeError, gzip.BadGzipFile) as error:
        text = one_line(str(error))
        if "utf" in text.lower():
            raise BadInput("has bytes that are not UTF-8", where=file, remedy="save it as UTF-8") from None
        raise BadInput(f"cannot be read as {what} ({text[:160]})", where=file, remedy="mend the file") from None


def _check_separator(file: Path, separator: str) -> None:
    """Refuse a file whose header holds another separator and not the declared one."""
    opened = gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8")
    with opened as handle:
        header = handle.readline().rstrip("\r\n")
    if not header:
        raise pl.exceptions.NoDataError("empty")
    if len(next(csv.reader([header], delimiter=separator))) > 1:
        return
    other = max(SEPARATORS, key=header.count)
    if header.count(other):
        raise BadInput(
            f"has one column when parted by {separator!r}, and {header.count(other) + 1} by {other!r}",
            where=file,
            place="source.separator",
            remedy=f"write `separator: {other!r}`",
        )


def _read_duckdb(source: Source, root: Path) -> pl.DataFrame:
    import duckdb

    file = root / str(source.duckdb)
    if not file.is_file():
        raise BadInput("there is no such file", where=source.duckdb, place="source.duckdb", remedy="mend the path")
    query = source.query or f'SELECT * FROM "{source.table}"'  # noqa: S608  (the product's own file)
    try:
        with duckdb.connect(str(file), read_only=True, config={"autoinstall_known_extensions": "false"}) as connection:
            return connection.sql(query).pl()
    except duckdb.Error as error:
        raise BadInput(
            f"DuckDB refuses ({one_line(str(error))[:200]})", where=source.duckdb, remedy="mend source.table or query"
        ) from None


def _call(source: Source) -> pl.DataFrame:
    module_name, _, function = str(source.python).partition(":")
    place = "source.python"
    try:
        made = getattr(importlib.import_module(module_name), function)()
    except ImportError as error:
        raise BadInput(
            f"cannot import {module_name} ({error})", where=source.python, place=place, remedy="install its package"
        ) from None
    except AttributeError:
        raise BadInput(
            f"{module_name} has no {function!r}", where=source.python, place=place, remedy="write module:function"
        ) from None
    if isinstance(made, pl.DataFrame):
        return made
    if type(made).__module__.startswith("pandas"):
        # A pandas NaN is how pandas writes a missing value.
        return pl.from_pandas(made.reset_index(drop=True), nan_to_null=True)
    raise BadInput(
        f"returned a {type(made).__name__}", where=source.python, place=place, remedy="return a polars or pandas frame"
    )


def _require_columns(product: Product, columns: list[str], where: str) -> None:
    twice = {name for name in columns if columns.count(name) > 1}
    own = [name for name in columns if name.startswith("_")]
    if twice or own:
        name = sorted(twice or own)[0]
        raise BadInput(
            f"column {name!r} {'stands twice' if twice else 'begins with an underscore, as only our own do'}",
            where=where,
            remedy="rename it in the source",
        )
    outcome = [] if product.outcome.where else [("outcome.name", product.outcome.name)]
    named = [
        *([("entity.column", product.entity.column)] if product.entity else []),
        *([("window.column", product.window.column)] if product.window else []),
        *outcome,
        *((f"columns.{name}", name) for name in product.columns if name != product.outcome.name),
        *(("drop", name) for name in product.drop),
        *(("sensitive", name) for name in product.sensitive),
    ]
    for place, name in named:
        if name not in columns:
            raise BadInput(f"has no column {name!r}", where=where, place=place, remedy=nearest(name, columns))
