"""Files of a source, CSV or Parquet: what is wrong with one is said in one line, with its place."""

from __future__ import annotations

import csv
import glob
import gzip
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import polars as pl
import polars.selectors as cs

from supplychain.errors import BadInput, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supplychain.sections import Source

SEPARATORS = (",", ";", "\t", "|")
AT_LEAST_ONE = "point source at data with at least one row"


def read_files(source: Source, root: Path) -> pl.DataFrame:
    """All rows of the files that `source.file` names, one file after another.

    Raises:
        BadInput: No such file, one that cannot be read, or files that do not fit together.
    """
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
