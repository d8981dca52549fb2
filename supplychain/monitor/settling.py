"""A file of feedback, or a table of a database, read once it has settled: whole, or refused in one line."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from supplychain.errors import BadInput, nearest, one_line
from supplychain.store import parquet_bytes, sha256

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

PATIENCE = 3
"""How often a file that keeps changing is waited for."""


def wait_until_settled(file: Path, seconds: float) -> None:
    """Wait until a file has not changed for so long.

    Raises:
        BadInput: It is not there, or keeps changing.
    """
    try:
        for _ in range(PATIENCE):
            before = file.stat()
            age = time.time() - before.st_mtime
            if age >= seconds or age < 0:
                return
            time.sleep(seconds - age)
            after = file.stat()
            if (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns):
                return
    except OSError as error:
        problem = f"cannot be reached ({error.strerror}); nothing was taken, and what was observed before stays"
        raise BadInput(problem, where=file, remedy="mend the path, or try again when it is back") from None
    raise BadInput("is still being written; nothing was taken", where=file, remedy="try again when it is whole")


def is_settled(file: Path, seconds: float) -> bool:
    """Whether a file has not changed for so long."""
    return time.time() - file.stat().st_mtime >= seconds


def from_file(file: Path) -> tuple[pl.DataFrame, str]:
    """The rows of a CSV or Parquet file, and the hash of its bytes.

    Raises:
        BadInput: It cannot be read, or changes meanwhile.
    """
    from supplychain.draft.reading import read_table

    before = file.stat()
    data = file.read_bytes()
    try:
        frame = read_table(file).frame.collect()
    except BadInput as error:
        remedy = f"{error.remedy}; or wait, if it is still being written"
        raise BadInput(error.problem, where=error.where, place=error.place, remedy=remedy) from None
    after = file.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise BadInput("is still being written; nothing was taken", where=file, remedy="try again when it is whole")
    return frame, sha256(data)


def from_database(file: Path, table: str) -> tuple[pl.DataFrame, str]:
    """The rows of a table of a DuckDB database, and their hash.

    Raises:
        BadInput: There is no such table, it has no rows, or DuckDB refuses.
    """
    import duckdb

    try:
        with duckdb.connect(str(file), read_only=True, config={"autoinstall_known_extensions": "false"}) as connection:
            names = [
                name for (name,) in connection.execute("select table_name from information_schema.tables").fetchall()
            ]
            if table not in names:
                raise BadInput(f"has no table {table!r}", where=file, remedy=nearest(table, names))
            frame: pl.DataFrame = connection.table(table).pl()
    except duckdb.Error as error:
        problem = f"DuckDB refuses ({one_line(str(error))[:160]}); nothing was taken"
        raise BadInput(problem, where=file, remedy="name a database, or try again when it is back") from None
    if not frame.height:
        raise BadInput(f"table {table} has no rows", where=file, remedy="name a table with rows")
    return frame, sha256(parquet_bytes(frame))
