"""Reading the source: a file, a DuckDB table or query, or a Python callable."""

from __future__ import annotations

import csv
import glob
import gzip
import importlib
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import polars as pl
import polars.selectors as cs

from supplychain.errors import BadInput, SupplyChainError, nearest, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supplychain.product import Product
    from supplychain.sections import Source

SEPARATORS = (",", ";", "\t", "|")
AT_LEAST_ONE = "point source at data with at least one row"


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


def _read_files(source: Source, root: Path) -> pl.DataFrame:
    pattern = str(root / str(source.file))
    files = [Path(name) for name in sorted(glob.glob(pattern))]  # noqa: PTH207  (absolute patterns too)
    if not files:
        raise BadInput("there is no such file", where=source.file, place="source.file", remedy="mend the path")
    frames = [_read_file(file, source) for file in files]
    for file, frame in zip(files, frames, strict=True):
        if frame.columns != frames[0].columns:
            problem = f"has other columns than {files[0].name}"
            raise BadInput(problem, where=file, place="source.file", remedy="make them the same")
    zoned = cs.datetime(time_zone="*")  # the zone is part of a column's type: files may differ in it
    frames = [frame.with_columns(zoned.dt.convert_time_zone("UTC")) for frame in frames]
    try:
        return pl.concat(frames, how="vertical_relaxed")
    except pl.exceptions.SchemaError as error:
        problem = f"its files hold columns of different types ({one_line(str(error))[:160]})"
        raise BadInput(problem, where=source.file, place="source.file", remedy="make them the same") from None


def _read_file(file: Path, source: Source) -> pl.DataFrame:
    if file.suffix == ".parquet":
        with readable(file, "a Parquet file"):
            return pl.read_parquet(file, glob=False)
    with readable(file, "a CSV file"):
        check_header(file, source.separator)
        try:
            frame = pl.read_csv(file, separator=source.separator, infer_schema=False, glob=False)
        except pl.exceptions.ComputeError:
            refuse_ragged(file, source.separator)
            raise
        if frame.height and frame.to_series(-1).null_count():
            refuse_ragged(file, source.separator)
        return frame


@contextmanager
def readable(file: Path, what: str) -> Iterator[None]:
    """Turn whatever reading a file raises into one line that says what is wrong with it."""
    try:
        yield
    except pl.exceptions.NoDataError:
        raise BadInput("is empty", where=file, place="source.file", remedy=AT_LEAST_ONE) from None
    except (pl.exceptions.PolarsError, OSError, EOFError, UnicodeDecodeError, zlib.error, csv.Error) as error:
        line, damage = (None, "") if file.suffix == ".parquet" else _beneath(file)
        if line:
            where = f"{file}:{line}"
            problem = "has bytes that are not UTF-8"
            raise BadInput(problem, where=where, place="source.file", remedy="save it as UTF-8") from None
        text = one_line(damage or getattr(error, "strerror", None) or str(error))
        problem = f"cannot be read as {what} ({text[:160]})"
        raise BadInput(problem, where=file, place="source.file", remedy="mend or replace the file") from None


def _beneath(file: Path) -> tuple[int | None, str]:
    """What is wrong with a file beneath its fields: its first line that is not UTF-8, or what ends it."""
    first = None
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as handle:
            for number, line in enumerate(handle, start=1):
                try:
                    line.decode()
                except UnicodeDecodeError:
                    first = first or number
    except (OSError, EOFError, zlib.error) as error:
        return None, getattr(error, "strerror", None) or str(error)
    return first, ""


def opened(file: Path) -> TextIO:
    """A CSV file as text, whether compressed or not."""
    if file.suffix == ".gz":
        return gzip.open(file, "rt", encoding="utf-8-sig", newline="")
    return file.open(encoding="utf-8-sig", newline="")


def check_header(file: Path, separator: str) -> None:
    """Refuse a header that holds another separator and not the declared one, or names a column twice."""
    with opened(file) as handle:
        header = handle.readline().rstrip("\r\n")
    if not header:
        raise pl.exceptions.NoDataError("empty")
    names = next(csv.reader([header], delimiter=separator))
    for name in names:
        if names.count(name) > 1:  # polars would rename the second one
            problem = f"column {name!r} stands twice"
            raise BadInput(problem, where=f"{file}:1", place="header", remedy="rename one of the two")
    if len(names) > 1:
        return
    other = max(SEPARATORS, key=header.count)
    if header.count(other):
        raise BadInput(
            f"has one column when parted by {separator!r}, and {header.count(other) + 1} by {other!r}",
            where=file,
            place="source.separator",
            remedy=f"write `separator: {other!r}`",
        )


def refuse_ragged(file: Path, separator: str) -> None:
    """Refuse a row with another number of fields than the header: polars fills short ones with null."""
    with opened(file) as handle:
        rows = csv.reader(handle, delimiter=separator)
        width = len(next(rows))
        for row in rows:
            if len(row) != width and (row or width > 1):
                line = rows.line_num
                for _ in handle:
                    pass  # to the end: a damaged archive says so, and is no matter of lines
                raise BadInput(
                    f"has {len(row)} fields where the header has {width}",
                    where=f"{file}:{line}",
                    place="source.file",
                    remedy="mend or remove that line",
                )


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
