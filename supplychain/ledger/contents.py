"""What the index takes out of tables that the log names: who is in them, and the lines of plans.

A person is known by the first 40 bits of the keyed hash that stands in `_entity`, and has an ordinal per product, in
the order in which people first appear. Among a million people, one look-up in a million meets somebody who is not
meant; erasing compares whole hashes. Who is in a table is then a few ranges of ordinals, with a bitmap where some
within a range are not in it: one bit a person where people come back from window to window, nothing where they do not.

A table from which somebody was erased is gone; the one that took its place says who else was in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from supplychain.errors import StoreFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import duckdb
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from supplychain.ledger.entries import Removal
    from supplychain.ledger.events import Commit
    from supplychain.ledger.log import Ledger

HELD = ("real", "tune", "gold", "set_aside")
"""Assets whose rows are people."""
ENTITY = "_entity"
DIGITS = 10
"""Hexadecimal digits of a person's hash in the index: sorted, they take 3 bytes each for a million people."""
CHUNK = 1 << 16
"""Ordinals of a range with a bitmap."""

TABLES = """
create table if not exists contents(
  product varchar, place integer, asset varchar, "window" varchar, content varchar, path varchar, entities bigint);
create table if not exists people(product varchar, ordinal bigint, entity ubigint);
create table if not exists members(product varchar, place integer, first bigint, last bigint, bits bit);
create table if not exists plan_lines(
  product varchar, "window" varchar, content varchar, slice varchar, action varchar, kind varchar, "rows" bigint,
  buy_rows bigint, price double, cost double, days double, why varchar);
create or replace view fits as  -- a fitted model and the real rows that it saw
  select distinct e.product, e."window", e.content as model, e.from_content as "real", x.entities
  from edges e join materialisations m on m.commit_id = e.commit_id and m.asset = e.asset and m.path like 'models/%'
  left join contents x on x.product = e.product and x.asset = 'real' and x."window" = e.from_window
                      and x.content = e.from_content
  where e.from_asset = 'real';
create or replace view memberships as  -- a person and a table that they are in
  select p.product, p.entity, x.asset, x."window", x.content
  from people p
  join members m on m.product = p.product and p.ordinal between m.first and m.last
                and (m.bits is null or get_bit(m.bits, (p.ordinal - m.first)::integer) = 1)
  join contents x on x.product = m.product and x.place = m.place;
create or replace view last_verdicts as  -- what each suite said of a window when it judged there last
  select g.* from gate_results g join commits c on c.id = g.commit_id
  qualify rank() over (partition by g.product, g."window", g.suite order by c.sequence desc) = 1;
create or replace view batch_rules as  -- what the rules said of a batch's rows and of the evidence about them
  select product, _batch, "window", count(*) as rules, count(*) filter (not passed) as not_passed,
         list(distinct suite || '/' || rule order by suite || '/' || rule) filter (not passed) as which
  from row_origin group by all;
create or replace view row_lineage as  -- from a version and a row's `_batch`, all that made the row
  with taken as (
    select distinct r.product, r.version, r."window", r.blend, a.from_content as accepted, c.from_content as candidates
    from release_windows r
    join made_by mb on mb.product = r.product and mb.asset = 'blend' and mb."window" = r."window"
                   and mb.content = r.blend
    join edges a on a.commit_id = mb.commit_id and a.asset = 'blend' and a.from_asset = 'accepted'
    join made_by ma on ma.product = r.product and ma.asset = 'accepted' and ma."window" = r."window"
                   and ma.content = a.from_content
    join edges c on c.commit_id = ma.commit_id and c.asset = 'accepted' and c.from_asset = 'candidates'),
  spent as (
    select m.product, m."window", m.asset, m.content, c.run, c.cpu_seconds,
           (select sum(money) from cost_event e where e.commit_id = c.id) as money
    from made_by m join commits c on c.id = m.commit_id),
  people_said as (  -- who judged a sample of some accepted rows
    select g.product, g."window", g.content, string_agg(distinct e.scope, ', ' order by e.scope) as names
    from verdicts g join evidence e on e.commit_id = g.commit_id and e.metric = 'review.pace'
    where g.suite = 'review' group by all)
  select t.product, t.version, b.id as _batch, t."window", b.slice, b.attempt, b.synthesizer, b.model, b.seed,
         b.sampled, f."real", f.entities as trained_on, p.from_content as plan, l.action as plan_action,
         l."rows" as plan_rows, l.price as plan_price, l.why as plan_why, g.rules, g.not_passed, g.which,
         v.names as reviewer,
         s.run, s.cpu_seconds * b.sampled / nullif(sum(b.sampled) over (partition by t.version, b.commit_id), 0)
           as cpu_seconds,
         s.money * b.sampled / nullif(sum(b.sampled) over (partition by t.version, b.commit_id), 0) as money
  from taken t
  join made_by mc on mc.product = t.product and mc.asset = 'candidates' and mc."window" = t."window"
                 and mc.content = t.candidates
  join batches b on b.commit_id = mc.commit_id
  join spent s on s.product = t.product and s.asset = 'candidates' and s."window" = t."window"
              and s.content = t.candidates
  left join fits f on f.product = t.product and f."window" = t."window" and f.model = b.model
  left join people_said v on v.product = t.product and v."window" = t."window" and v.content = t.accepted
  left join edges p on p.commit_id = b.commit_id and p.asset = 'candidates' and p.from_asset = 'plan'
  left join plan_lines l on l.product = t.product and l."window" = t."window" and l.content = p.from_content
                        and l.slice = b.slice
  left join batch_rules g on g.product = t.product and g._batch = b.id and g."window" = t."window";
"""


@dataclass(frozen=True)
class Held:
    """A table of the log that holds people, and the file in which they can be read today.

    Attributes:
        asset: The asset.
        window: The window.
        content: The table's hash, as it was made.
        path: Where it lies; where somebody was erased from it, where the table lies that took its place.
        content_now: The hash of that one.
    """

    asset: str
    window: str
    content: str
    path: str
    content_now: str


def add_contents(connection: duckdb.DuckDBPyConnection, ledger: Ledger, commits: Iterable[Commit]) -> None:
    """Bring people, memberships and plans up to date with all commits of the log, in its order."""
    of: dict[str, list[Commit]] = {}
    for commit in commits:
        of.setdefault(commit.product, []).append(commit)
    for product, own in of.items():
        _add_people(connection, ledger, product, list(held_tables(own)))
        _add_plans(connection, ledger, product, own)


def held_tables(commits: Iterable[Commit], assets: tuple[str, ...] = HELD, *, column: str = ENTITY) -> Iterator[Held]:
    """Each content of some assets once, in the order in which they were made, and where it lies today.

    Args:
        commits: The log of a product, oldest first.
        assets: The assets.
        column: A column that their tables have.
    """
    now: dict[tuple[str, str, str], Removal] = {}
    made: dict[tuple[str, str, str], str] = {}
    for commit in commits:
        now |= {(r.asset, r.window, r.content): r for r in commit.removals}
        for output in commit.outputs:
            if output.asset in assets and column in output.columns:
                key = (output.asset, commit.window, output.content)
                if now.pop(key, None) or key not in made:  # the first writing of it that is still there
                    made[key] = output.path
    for key, first in made.items():
        asset, window, content = key
        path = first
        while removal := now.get((asset, window, content)):
            path, content = removal.new_path, removal.became
        yield Held(*key, path, content)


def _add_people(connection: duckdb.DuckDBPyConnection, ledger: Ledger, product: str, wanted: list[Held]) -> None:
    """Add the tables that are not in the index; where an earlier one is another now, all of the product's anew."""
    there = connection.execute(
        'select asset, "window", content, path from contents where product = ? order by place', [product]
    ).fetchall()
    known = len(there)
    if there != [(one.asset, one.window, one.content, one.path) for one in wanted[:known]]:
        for name in ("contents", "people", "members"):
            connection.execute(f"delete from {name} where product = ?", [product])  # noqa: S608  (our own names)
        known = 0
    if known < len(wanted):
        asked = "select entity, ordinal from people where product = $product"
        people = connection.sql(asked, params={"product": product}).pl()
        before = people.height
        for place in range(known, len(wanted)):
            people = _add_table(connection, ledger, product, place, wanted[place], people)
        connection.register("new_people", people[before:].to_arrow())  # at once: many pieces leave holes in the file
        connection.execute("insert into people select ?, ordinal, entity from new_people", [product])
        connection.unregister("new_people")


def _add_table(
    connection: duckdb.DuckDBPyConnection, ledger: Ledger, product: str, place: int, held: Held, people: pl.DataFrame
) -> pl.DataFrame:
    """Add one table and its ranges; all people of the product so far."""
    import polars as pl

    found = entities_in(ledger, held.path)
    count = None if found is None else found.len()
    row = [product, place, held.asset, held.window, held.content, held.path, count]
    connection.execute("insert into contents values (?, ?, ?, ?, ?, ?, ?)", row)
    if found is None or not count:
        return people
    new = found.to_frame("entity").join(people, on="entity", how="anti").sort("entity")
    new = new.with_columns(pl.int_range(people.height, people.height + new.height, dtype=pl.Int64).alias("ordinal"))
    people = pl.concat([people, new])
    ordinals = people.join(found.to_frame("entity"), on="entity", how="semi")["ordinal"].sort().to_numpy()
    for first, last, bits in ranges(ordinals):
        connection.execute("insert into members values (?, ?, ?, ?, ?::bit)", [product, place, first, last, bits])
    return people


def entities_in(ledger: Ledger, path: str) -> pl.Series | None:
    """The people in a table, as the index knows them; None where its file is gone or cannot be read."""
    import polars as pl

    if not path or not ledger.store.exists(path):
        return None
    try:
        with ledger.store.open_file(path) as handle:
            hashes = pl.read_parquet(handle, columns=[ENTITY])[ENTITY]
    except (StoreFault, pl.exceptions.PolarsError):
        return None
    return short(hashes.unique())


def short(hashes: pl.Series) -> pl.Series:
    """The first bits of hexadecimal hashes, by which the index knows people."""
    import polars as pl

    return hashes.str.head(DIGITS).str.to_integer(base=16, dtype=pl.UInt64).alias("entity")


def ranges(ordinals: NDArray[np.int64]) -> Iterator[tuple[int, int, str | None]]:
    """Sorted numbers as ranges (first, last, bits): bits say which of a range are in it, None is all of them.

    Example:
        >>> import numpy as np
        >>> list(ranges(np.array([0, 1, 2, 3])))
        [(0, 3, None)]
        >>> list(ranges(np.array([4, 6])))
        [(4, 6, '101')]
    """
    import numpy as np

    start, gaps = 0, ordinals - np.arange(len(ordinals))
    while start < len(ordinals):
        whole = int(np.searchsorted(gaps, gaps[start], side="right"))
        if whole - start >= CHUNK or whole == len(ordinals):  # a long run, or all that is left
            yield int(ordinals[start]), int(ordinals[whole - 1]), None
            start = whole
            continue
        end = int(np.searchsorted(ordinals, ordinals[start] + CHUNK))
        there = np.zeros(int(ordinals[end - 1] - ordinals[start]) + 1, dtype=np.uint8)
        there[ordinals[start:end] - ordinals[start]] = 1
        bits = None if there.all() else (there + ord("0")).astype(np.uint8).tobytes().decode()
        yield int(ordinals[start]), int(ordinals[end - 1]), bits
        start = end


def _add_plans(connection: duckdb.DuckDBPyConnection, ledger: Ledger, product: str, commits: list[Commit]) -> None:
    """Add the lines of plans that are not in the index and whose files are there."""
    asked = 'select distinct "window", content from plan_lines where product = ?'
    known = set(connection.execute(asked, [product]).fetchall())
    for commit in commits:
        for output in commit.outputs:
            key = (commit.window, output.content)
            if output.asset == "plan" and key not in known and output.path:
                known.add(key)
                for line in _lines(ledger, output.path):
                    marks = ", ".join("?" for _ in range(12))
                    row = [product, commit.window, output.content, *line]
                    connection.execute(f"insert into plan_lines values ({marks})", row)  # noqa: S608  (marks)


_LINE = ("slice", "action", "kind", "rows", "buy_rows", "price", "cost", "days", "why")


def _lines(ledger: Ledger, path: str) -> list[tuple[Any, ...]]:
    import polars as pl

    if not ledger.store.exists(path):
        return []
    try:
        with ledger.store.open_file(path) as handle:
            return pl.read_parquet(handle).select(_LINE).rows()
    except (StoreFault, pl.exceptions.PolarsError):
        return []
