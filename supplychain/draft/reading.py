"""A stranger's table, read without holding all of it: its columns, its number of rows, and a seeded sample of them.

CSV fields stay texts, as the chain reads them; a Parquet file keeps its own types. Everything exact is a lazy
expression over the whole file, evaluated in pieces, so that memory does not grow with the rows.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.define.files import SEPARATORS, check_header, opened, readable, refuse_ragged
from supplychain.errors import BadInput, nearest
from supplychain.seeds import integer, sequence

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE = 50_000
"""Rows that are looked at closely."""
LOOK = 50
"""Records by which the separator is told."""
PARQUET = b"PAR1"
_DATA = re.compile(r"[+-]?\d+([.,]\d+)*|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\S+@\S+\.\S+")
"""What no name of a column looks like: a number, a date, an e-mail address."""


@dataclass(frozen=True)
class Table:
    """A file of rows.

    Attributes:
        file: Where it lies.
        separator: The character between fields; a comma for Parquet, where there is none.
        frame: All rows, not yet read.
        types: Column to its type on arrival.
        rows: How many rows there are.
        sample: At most about `SAMPLE` of them, in their order, drawn by a fixed seed.
    """

    file: Path
    separator: str
    frame: pl.LazyFrame
    types: dict[str, pl.DataType]
    rows: int
    sample: pl.DataFrame

    def exact(self, *expressions: pl.Expr) -> dict[str, Any]:
        """Values of aggregates over all rows, by their names."""
        if not expressions:
            return {}
        return self.frame.select(*expressions).collect(engine="streaming").row(0, named=True)


def read_table(file: Path) -> Table:
    """Open a CSV (also gzip-compressed) or Parquet file.

    Raises:
        BadInput: It is not there, no table, has no rows, or column names that the chain cannot take.
    """
    if file.is_dir():
        raise BadInput("is a folder", where=file, remedy="name one file of rows: CSV, CSV in gzip, or Parquet")
    if not file.exists():
        beside = [path.name for path in file.parent.glob("*")] if file.parent.is_dir() else []
        remedy = nearest(file.name, beside) if beside else "mend the path"
        raise BadInput("there is no such file", where=file, remedy=remedy if "mean" in remedy else "mend the path")
    try:
        return _read(file)
    except BadInput as error:  # the product file that its place names is not written yet
        raise BadInput(error.problem, where=error.where, remedy=error.remedy) from None


def _read(file: Path) -> Table:
    is_parquet = file.suffix == ".parquet"
    with readable(file, "a Parquet file" if is_parquet else "a CSV file"):
        with file.open("rb") as handle:
            head = handle.read(4)
        if not head:
            raise pl.exceptions.NoDataError("empty")
        if head == PARQUET and not is_parquet:
            problem = "is a Parquet file by another name"
            raise BadInput(problem, where=file, remedy="give it a name that ends in .parquet")
        separator = "," if is_parquet else _separator(file)
        lazy = _scan(file, separator, is_parquet=is_parquet)
        try:
            types = dict(lazy.collect_schema())
            _refuse_names(file, list(types), is_csv=not is_parquet)
            rows, short = lazy.select(pl.len(), _short(types)).collect(engine="streaming").row(0)
            sample = _sample(lazy, rows)
        except pl.exceptions.ComputeError:
            if not is_parquet:
                refuse_ragged(file, separator)
            raise
        if short and not is_parquet:
            refuse_ragged(file, separator)
        if not rows:
            raise BadInput("has a header and no rows", where=file, remedy="name a file with rows")
        return Table(file, separator, lazy, types, rows, sample)


def _scan(file: Path, separator: str, *, is_parquet: bool) -> pl.LazyFrame:
    """The rows, not yet read; brackets in the file's name are no pattern."""
    if is_parquet:
        return pl.scan_parquet(file, glob=False)
    return pl.scan_csv(file, separator=separator, infer_schema=False, glob=False)


def _short(types: dict[str, pl.DataType]) -> pl.Expr:
    """How many rows have nothing in the last column: a row with too few fields is among them."""
    return pl.col(list(types)[-1]).null_count().alias("short")


def _separator(file: Path) -> str:
    """The separator by which the first records have the most fields, all of them as many."""
    found = [(_fields(file, separator), -place) for place, separator in enumerate(SEPARATORS)]
    (fields, place) = max(found)
    if fields < 2:
        raise BadInput(
            "has one column",
            where=file,
            remedy="name a table with an outcome and something to tell it by, parted by one of , ; | or tab",
        )
    check_header(file, SEPARATORS[-place])
    return SEPARATORS[-place]


def _fields(file: Path, separator: str) -> int:
    with opened(file) as handle:
        widths = [len(row) for row in islice(csv.reader(handle, delimiter=separator), LOOK) if row]
    if not widths:
        raise pl.exceptions.NoDataError("empty")
    same = sum(width == widths[0] for width in widths) / len(widths)
    return widths[0] if same > 0.5 else 1


def _refuse_names(file: Path, names: list[str], *, is_csv: bool) -> None:
    if len(names) < 2:
        raise BadInput("has one column", where=file, remedy="name a table with an outcome and something to tell it by")
    # The texts are not shown: where the header is missing they are a person's.
    if is_csv and sum(bool(_DATA.fullmatch(name.strip())) for name in names) * 2 > len(names):
        raise BadInput("has no header: its first line looks like data", where=f"{file}:1", remedy="add a line of names")
    for name in names:
        if name.startswith("_"):
            problem = f"column {name!r} begins with an underscore, as only the chain's own do"
            raise BadInput(problem, where=file, remedy="rename it")
        if not name.isprintable():
            raise BadInput(f"column {name!r} has a line break or tab in its name", where=file, remedy="rename it")


def _sample(lazy: pl.LazyFrame, rows: int) -> pl.DataFrame:
    """Rows by a seeded hash of their number: the same ones each time, wherever they lie."""
    if rows <= SAMPLE:
        return lazy.collect(engine="streaming")
    seed = integer(sequence("", "", purpose="draft"))
    wanted = pl.int_range(rows, dtype=pl.UInt32, eager=True).sample(SAMPLE, seed=seed)
    keys = wanted.sort().to_frame("_number").lazy()
    numbered = lazy.with_row_index("_number")
    return numbered.join(keys, on="_number", how="semi").sort("_number").drop("_number").collect(engine="streaming")
