"""`lineage.duckdb`: the log as tables, for questions in SQL. It can be deleted at any time and is built anew.

DuckDB lets one process write a file, and shuts out readers meanwhile: connections are held for milliseconds, and
whoever finds the file busy waits a little and tries again.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
import uuid
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from supplychain.errors import BadInput, StoreFault, one_line
from supplychain.ledger import contents
from supplychain.ledger.rows import rows_of
from supplychain.ledger.schema import ORDER, TABLES
from supplychain.store import sha256

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb
    import polars as pl

    from supplychain.ledger.events import Commit
    from supplychain.ledger.log import Ledger

FILE = "lineage.duckdb"
BLOCK = "65536"
"""Bytes of a block: with larger ones small tables waste more, in smaller ones DuckDB packs no numbers."""
PATIENCE = 30.0
"""Seconds that a busy file is waited for."""
SHAPE = sha256((TABLES + contents.TABLES).encode())[:16]
"""Of which tables and views an index is: one of another shape is made anew."""


def refresh(ledger: Ledger) -> Path:
    """Add to the index every commit that it has not yet, and return its path.

    Raises:
        StoreFault: The file stays busy, is damaged, or cannot be written.
    """
    import duckdb

    commits = [commit for product in ledger.products() for commit in ledger.commits(product)]
    try:
        if not commits or _count(ledger) != len(commits):  # else readers do not shut one another out
            _add(ledger, commits)
    except duckdb.Error as error:
        raise _unusable(_path(ledger), error) from None
    return _path(ledger)


def _add(ledger: Ledger, commits: list[Commit]) -> None:
    _begin(_path(ledger))
    with _connected(ledger) as connection:
        if _shape(connection) != SHAPE:
            _clear(connection)
            connection.execute(TABLES + contents.TABLES)
            connection.execute("create table shape as select $1 as hash", [SHAPE])
        known = {row[0] for row in connection.execute("select id from commits").fetchall()}
        connection.begin()
        for commit in commits:
            if commit.id not in known:
                _insert(connection, commit)
        contents.add_contents(connection, ledger, commits)
        connection.commit()


def _shape(connection: duckdb.DuckDBPyConnection) -> str:
    """Which tables and views the index has, as a hash of what made them; empty where it has none."""
    if not connection.execute("select 1 from duckdb_tables() where table_name = 'shape'").fetchall():
        return ""
    found = connection.execute("select hash from shape").fetchone()
    return str(found[0]) if found else ""


def _clear(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop all that another version of this library made."""
    for kind, place in (("view", "duckdb_views() where not internal"), ("table", "duckdb_tables()")):
        for (name,) in connection.execute(f"select {kind}_name from {place}").fetchall():  # noqa: S608  (our words)
            connection.execute(f'drop {kind} "{name}"')


def _begin(path: Path) -> None:
    """Make an empty index where there is none: whole, since a reader that found half a file would call it damaged."""
    import duckdb

    if path.exists():
        return
    new = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        duckdb.connect(str(new), config={"default_block_size": BLOCK}).close()
        path.with_name(f"{path.name}.wal").unlink(missing_ok=True)  # of an index that was deleted
        with suppress(OSError):  # another process was first; or no links are made here: then DuckDB makes its own
            os.link(new, path)
    finally:
        with suppress(OSError):
            new.unlink()


def forget(ledger: Ledger) -> None:
    """Remove the index: it is built anew at the next question."""
    path = _path(ledger)
    for file in (path, path.with_name(f"{path.name}.wal")):
        with ledger.store.explained("remove", FILE):
            file.unlink(missing_ok=True)


def indexed(ledger: Ledger, product: str) -> list[tuple[str, str, str, str, str]]:
    """The events that the index has seen: file name, id, step, window and time; none where there is no index."""
    if not _path(ledger).is_file():
        return []
    sql = """
      select printf('%010d-%s.json', sequence, id), id, step, "window", strftime(recorded_at, '%Y-%m-%d %H:%M:%S')
      from commits where product = ? order by sequence, id"""
    with _connected(ledger, read_only=True) as connection:
        return connection.execute(sql, [product]).fetchall()


def _count(ledger: Ledger) -> int:
    """How many commits the index has; 0 where there is no index, or one without the tables of today."""
    if not _path(ledger).is_file():
        return 0
    with _connected(ledger, read_only=True) as connection:
        if _shape(connection) != SHAPE:
            return 0
        found = connection.execute("select count(*) from commits").fetchone()
    return int(found[0]) if found else 0


def query(ledger: Ledger, sql: str, **parameters: Any) -> pl.DataFrame:  # noqa: ANN401  (values of SQL)
    """The answer to a question about the lineage, after the index is brought up to date.

    Args:
        ledger: The log.
        sql: A SELECT over the tables and views of `TABLES`; `$name` stands for a parameter.
        parameters: The parameters' values.

    Raises:
        BadInput: The SQL is not right.
    """
    return answers(ledger, sql, **parameters)[0]


def answers(ledger: Ledger, *questions: str, **parameters: Any) -> list[pl.DataFrame]:  # noqa: ANN401
    """The answers to several questions with the same parameters, all asked of one state of the index.

    Raises:
        BadInput: The SQL of one is not right.
    """
    import duckdb

    refresh(ledger)
    with _connected(ledger, read_only=True) as connection:
        try:
            return [connection.sql(sql, params=parameters or None).pl() for sql in questions]
        except duckdb.Error as error:
            raise BadInput(
                f"DuckDB refuses ({one_line(str(error))})", place="sql", remedy="see docs/lineage.md"
            ) from None


def _path(ledger: Ledger) -> Path:
    """The index's file: in the store where that is local, else in this machine's temporary folder."""
    if ledger.store.local:
        with ledger.store.explained("prepare", FILE):
            ledger.store.local.mkdir(parents=True, exist_ok=True)
        return ledger.store.local / FILE
    return Path(tempfile.gettempdir()) / f"supplychain-{sha256(ledger.store.url.encode())[:16]}.duckdb"


@contextmanager
def _connected(ledger: Ledger, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    import duckdb

    path, deadline = _path(ledger), time.monotonic() + PATIENCE
    while True:
        try:
            connection = duckdb.connect(
                str(path), read_only=read_only, config={"autoinstall_known_extensions": "false"}
            )
            break
        except (duckdb.IOException, duckdb.ConnectionException) as error:
            words = str(error).replace(str(path), "").lower()
            if "lock" not in words and "configuration" not in words:
                raise _unusable(path, error) from None
            if time.monotonic() > deadline:
                raise StoreFault(f"{path}: another process holds it; close that one and try again") from None
            time.sleep(random.uniform(0.02, 0.2))  # noqa: S311  (jitter)
    try:
        yield connection
    finally:
        connection.close()


def _unusable(path: Path, error: Exception) -> StoreFault:
    return StoreFault(
        f"{path}: cannot be used ({one_line(str(error))}); make room and see that it may be written, "
        "or delete it: it is built anew"
    )


def _insert(connection: duckdb.DuckDBPyConnection, commit: Commit) -> None:
    rows = rows_of(commit)
    for table in ORDER:
        for row in rows[table]:
            marks = ", ".join("?" for _ in row)
            connection.execute(f"insert into {table} values ({marks})", list(row))  # noqa: S608  (our own names)
