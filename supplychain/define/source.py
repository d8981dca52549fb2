"""Reading the source: a file, a DuckDB table or query, or a Python callable."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import polars as pl

from supplychain.define.files import AT_LEAST_ONE, read_files
from supplychain.errors import BadInput, SupplyChainError, nearest, one_line

if TYPE_CHECKING:
    from pathlib import Path

    from supplychain.product import Product
    from supplychain.sections import Source


def read_source(product: Product, root: Path) -> pl.DataFrame:
    """All rows of the source, in their arrival's types; text is not interpreted yet.

    Raises:
        BadInput: Missing, empty, unreadable, with a wrong delimiter, or without a column that the product names.
    """
    source = product.source
    where = describe(source)
    if source.file:
        frame = read_files(source, root)
    elif source.duckdb:
        frame = _read_duckdb(source, root)
    else:
        frame = _call(source)
    if not frame.height:
        raise BadInput("has no rows", where=where, place=_key(source), remedy=AT_LEAST_ONE)
    _require_columns(product, frame.columns, where)
    _refuse_synthetic(frame, where, _key(source))
    return frame


def _refuse_synthetic(frame: pl.DataFrame, where: str, place: str) -> None:
    """Refuse rows that a release says are synthetic: models of models of people forget the rare ones first.

    Raises:
        BadInput: There are such rows.
    """
    marks = {
        "_origin": pl.col("_origin").cast(pl.String) == "synthetic",
        "_synthetic": pl.col("_synthetic").cast(pl.String).str.to_lowercase() == "true",
    }
    for column, is_synthetic in marks.items():
        found = frame.filter(is_synthetic).height if column in frame.columns else 0
        if found:
            raise BadInput(
                f"{found:,} rows are synthetic ({column}), and synthetic rows never feed a generator",
                where=where,
                place=place,
                remedy="leave them out",
            )


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


def _key(source: Source) -> str:
    """The key of the product file that says what to read."""
    return next(f"source.{key}" for key in ("file", "python", "query", "table") if getattr(source, key))


def describe(source: Source) -> str:
    """The source in a word or two, for messages and lineage."""
    if source.duckdb:
        return f"{source.duckdb} ({source.table or 'query'})"
    return source.file or source.python or ""


def _read_duckdb(source: Source, root: Path) -> pl.DataFrame:
    import duckdb

    file = root / str(source.duckdb)
    if not file.is_file():
        raise BadInput("there is no such file", where=source.duckdb, place="source.duckdb", remedy="mend the path")
    with file.open("rb") as handle:
        if handle.read(12)[8:] != b"DUCK":
            raise BadInput(
                "is no DuckDB database",
                where=source.duckdb,
                place="source.duckdb",
                remedy="name a database, or use source.file",
            )
    place = _key(source)
    query = source.query or f'SELECT * FROM "{source.table}"'  # noqa: S608  (the product's own file)
    try:
        with duckdb.connect(str(file), read_only=True, config={"autoinstall_known_extensions": "false"}) as connection:
            frame: pl.DataFrame = connection.sql(query).pl()
            return frame
    except duckdb.Error as error:
        raise BadInput(
            f"DuckDB refuses ({one_line(str(error))[:200]})",
            where=source.duckdb,
            place=place,
            remedy=f"mend {place}",
        ) from None


def _call(source: Source) -> pl.DataFrame:
    module_name, _, name = str(source.python).partition(":")
    place = "source.python"
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        raise BadInput(
            f"cannot import {module_name!r} ({one_line(str(error))[:200]})",
            where=source.python,
            place=place,
            remedy="mend the name, or install its package",
        ) from error
    function = getattr(module, name, None)
    if not callable(function):
        problem = f"{module_name} has no function {name!r}"
        raise BadInput(problem, where=source.python, place=place, remedy="write module:function")
    try:
        made = function()
    except SupplyChainError:
        raise
    except Exception as error:
        raise BadInput(
            f"raised {type(error).__name__} ({one_line(str(error))[:200]})",
            where=source.python,
            place=place,
            remedy="mend the function, it is called without arguments; --debug shows where",
        ) from error
    if isinstance(made, pl.DataFrame):
        return made
    if type(made).__module__.startswith("pandas") and type(made).__name__ == "DataFrame":
        # A pandas NaN is how pandas writes a missing value.
        frame: pl.DataFrame = pl.from_pandas(made.reset_index(drop=True), nan_to_null=True)
        return frame
    problem = f"returned a value of type {type(made).__name__}"
    raise BadInput(problem, where=source.python, place=place, remedy="return a polars or pandas frame")


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
        *(("identifying", name) for name in product.identifying),
        *(("weight", name) for name in [product.weight] if name),
    ]
    for place, name in named:
        if name not in columns:
            raise BadInput(f"has no column {name!r}", where=where, place=place, remedy=nearest(name, columns))
