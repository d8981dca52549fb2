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

TABLES = """
create table if not exists commits(
  id varchar primary key, sequence bigint, recorded_at timestamptz, product varchar, "window" varchar, step varchar,
  run varchar, spec varchar, code varchar, seconds double, cpu_seconds double, gold_looks integer);
create table if not exists materialisations(
  commit_id varchar, product varchar, "window" varchar, asset varchar, content varchar, path varchar,
  row_count bigint, byte_count bigint);
create table if not exists edges(
  commit_id varchar, product varchar, from_window varchar, from_asset varchar, from_content varchar,
  "window" varchar, asset varchar, content varchar);
create table if not exists batches(
  commit_id varchar, product varchar, id varchar, "window" varchar, slice varchar, attempt integer,
  synthesizer varchar, model varchar, seed varchar, wanted bigint, candidates bigint, sampled bigint);
create table if not exists evidence(
  commit_id varchar, product varchar, "window" varchar, metric varchar, scope varchar, value double, low double,
  high double, reference double, n bigint, seconds double);
create table if not exists gate_results(
  commit_id varchar, product varchar, "window" varchar, suite varchar, suite_hash varchar, gate varchar, rule varchar,
  type varchar, severity varchar, passed boolean, observed varchar, expected varchar, failed_rows bigint, why varchar,
  asset varchar, content varchar, outcome varchar, set_by varchar);
create table if not exists waivers(
  commit_id varchar, product varchar, "window" varchar, step varchar, suite varchar, gate varchar, rule varchar,
  expected varchar, reason varchar, "by" varchar, "until" date, revoked boolean);
alter table waivers add column if not exists revoked boolean;
create table if not exists withdrawals(
  commit_id varchar, product varchar, version varchar, reason varchar, "by" varchar, recorded_at timestamptz);
create table if not exists pulls(
  commit_id varchar, product varchar, version varchar, audience varchar, "by" varchar, machine varchar, folder varchar,
  recorded_at timestamptz);
create table if not exists removals(
  commit_id varchar, product varchar, "window" varchar, asset varchar, content varchar, path varchar, became varchar,
  new_path varchar, row_count bigint);
create table if not exists erasures(
  commit_id varchar, product varchar, "window" varchar, recorded_at timestamptz, kind varchar, reason varchar,
  "by" varchar, "key" varchar, people bigint);
create table if not exists erased(commit_id varchar, product varchar, person varchar);
create table if not exists tainted(commit_id varchar, product varchar, "window" varchar, model varchar);
create table if not exists releases(
  commit_id varchar, product varchar, version varchar, path varchar, manifest varchar, row_count bigint,
  synthetic_rows bigint, recorded_at timestamptz);
create table if not exists cost_event(
  commit_id varchar, product varchar, "window" varchar, recorded_at timestamptz, pipeline varchar, stage varchar,
  quantity double, unit varchar, money double, currency varchar, basis varchar, ref varchar);
create table if not exists refreshes(
  commit_id varchar, product varchar, recorded_at timestamptz, incident varchar, action varchar, "by" varchar,
  windows varchar, kinds varchar, reason varchar, outcome varchar, release varchar, seconds double,
  cpu_seconds double, money double, currency varchar);
create table if not exists release_windows(product varchar, version varchar, "window" varchar, blend varchar);
create or replace view products as
  select product, count(*) as commits, count(distinct "window") as windows, max(recorded_at) as last_commit
  from commits group by product;
create or replace view windows as
  select m.product, m."window", m.asset, arg_max(m.content, c.sequence) as content,
         arg_max(m.row_count, c.sequence) as row_count, max(c.recorded_at) as made_at
  from materialisations m join commits c on c.id = m.commit_id group by all;
create or replace view made_by as  -- the newest commit that made each content: a step that ran again made it again
  select m.product, m."window", m.asset, m.content, arg_max(c.id, c.sequence) as commit_id
  from materialisations m join commits c on c.id = m.commit_id group by all;
create or replace view verdicts as  -- what each suite said when it last judged a content
  select g.* from gate_results g join commits c on c.id = g.commit_id
  qualify rank() over (partition by g.product, g.asset, g.content, g.suite order by c.sequence desc) = 1;
create or replace view row_origin as  -- from a row's `_batch`, a line for each verdict on it and on its evidence
  select b.product, b.id as _batch, b."window", b.slice, b.synthesizer, b.model, b.seed,
         g.asset as judged, g.suite, g.gate, g.rule, g.severity, g.passed
  from batches b
  join made_by candidates on candidates.commit_id = b.commit_id and candidates.asset = 'candidates'
  join edges e on e.product = b.product and e.asset = 'accepted' and e.from_asset = 'candidates'
              and e.from_content = candidates.content and e."window" = b."window"
  join made_by accepted on accepted.commit_id = e.commit_id and accepted.asset = 'accepted'
  left join edges m on m.product = b.product and m.asset = 'evidence' and m.from_asset = 'accepted'
              and m.from_content = e.content and m.commit_id in (select commit_id from made_by where asset = 'evidence')
  join verdicts g on g.product = b.product
              and (g.asset, g.content) in (('accepted', e.content), ('evidence', m.content));
"""
_ORDER = (
    "commits",
    "materialisations",
    "edges",
    "batches",
    "evidence",
    "gate_results",
    "waivers",
    "withdrawals",
    "pulls",
    "removals",
    "erasures",
    "erased",
    "tainted",
    "releases",
    "release_windows",
    "cost_event",
    "refreshes",
)

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
    for table in _ORDER:
        for row in rows[table]:
            marks = ", ".join("?" for _ in row)
            connection.execute(f"insert into {table} values ({marks})", list(row))  # noqa: S608  (our own names)
