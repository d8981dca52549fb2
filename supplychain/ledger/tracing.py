"""Two questions of lineage at the level of rows: what made this row, and which models and releases used this person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from supplychain.errors import BadInput, nearest
from supplychain.ledger.contents import DIGITS
from supplychain.ledger.index import answers, query

if TYPE_CHECKING:
    from supplychain.ledger.log import Ledger

MADE_ROW = """
select * exclude (product) from row_lineage
where product = $product and version = $version and _batch = $batch
"""
BATCHES = "select distinct _batch from row_lineage where product = $product and version = $version"
BLENDS = """
select distinct m.path from release_windows r
join materialisations m on m.product = r.product and m.asset = 'blend' and m."window" = r."window"
                       and m.content = r.blend
where r.product = $product and r.version = $version
  and r."window" in (select b."window" from batches b where b.product = $product and b.id = $batch)
"""

TABLES = """
select asset, "window", left(content, 16) as content from memberships
where product = $product and entity = $entity order by all
"""
MODELS = """
with mine as (select "window", content from memberships
              where product = $product and entity = $entity and asset = 'real')
select distinct f."window", f.model, coalesce(b.synthesizer, '') as synthesizer
from fits f join mine on mine."window" = f."window" and mine.content = f."real"
left join batches b on b.product = f.product and b.model = f.model
where f.product = $product order by all
"""
RELEASES = """
with mine as (select "window", content from memberships
              where product = $product and entity = $entity and asset = 'real'),
holds as (
  select distinct r.version, r."window" from release_windows r
  join made_by b on b.product = r.product and b.asset = 'blend' and b."window" = r."window" and b.content = r.blend
  join edges e on e.commit_id = b.commit_id and e.asset = 'blend' and e.from_asset = 'real'
  join mine on mine."window" = e.from_window and mine.content = e.from_content
  join releases x on x.product = r.product and x.version = r.version and x.row_count > x.synthetic_rows
  where r.product = $product),
learned as (
  select distinct l.version, l."window" from row_lineage l
  join mine on mine."window" = l."window" and mine.content = l."real" where l.product = $product)
select version, "window", holds.version is not null as holds_their_rows,
       learned.version is not null as made_by_a_model_of_them,
       exists (from withdrawals w where w.product = $product and w.version = version) as withdrawn
from holds full join learned using (version, "window") order by all
"""


@dataclass(frozen=True)
class Use:
    """Where one person is, and what was made of them: rows of plain values."""

    tables: list[dict[str, Any]]
    models: list[dict[str, Any]]
    releases: list[dict[str, Any]]
    copies: list[dict[str, Any]]


def trace(ledger: Ledger, product: str, version: str, batch: str, row: int) -> dict[str, Any]:
    """What made a published row: window, slice, model and who it was trained on, seed, gates, reviewer, plan and cost.

    Args:
        ledger: The log.
        product: The product.
        version: The version, or `latest`.
        batch: The row's `_batch`.
        row: The row's `_row`.

    Raises:
        BadInput: There is no such release, batch or row.
    """
    release = ledger.release(product, version).release
    assert release is not None
    asked = {"product": product, "version": release.version, "batch": batch}
    made, blends = (answer.to_dicts() for answer in answers(ledger, MADE_ROW, BLENDS, **asked))
    where = f"{product}@{release.version}"
    if not made:
        known = query(ledger, BATCHES, product=product, version=release.version)["_batch"].to_list()
        remedy = nearest(batch, known) if len(known) <= 20 else "take it from a row's _batch"
        raise BadInput(f"there is no batch {batch!r}", where=where, remedy=remedy)
    if not _is_there(ledger, [line["path"] for line in blends], batch, row):
        remedy = "take it from a row's _row; a row that was rejected is not in the release"
        raise BadInput(f"batch {batch} has no row {row}", where=where, remedy=remedy)
    return {"_row": row, **made[0]}


def _is_there(ledger: Ledger, blends: list[str], batch: str, row: int) -> bool:
    """Whether a blend holds a row; where all are gone nobody can say that they do not."""
    import polars as pl

    there = [path for path in blends if ledger.store.exists(path)]
    for path in there:
        with ledger.store.open_file(path) as handle:
            wanted = (pl.col("_batch") == batch) & (pl.col("_row") == row)
            if pl.scan_parquet(handle).select("_batch", "_row").filter(wanted).select(pl.len()).collect().item():
                return True
    return not there


def use_of(ledger: Ledger, product: str, person: str) -> Use:
    """The tables that hold a person, the models that were trained on them, the releases of them, and their copies.

    Args:
        ledger: The log.
        product: The product.
        person: The person's hash, as it stands in `_entity`.
    """
    asked = {"product": product, "entity": int(person[:DIGITS], 16)}
    tables, models, releases = (found.to_dicts() for found in answers(ledger, TABLES, MODELS, RELEASES, **asked))
    return Use(tables, models, releases, list(ledger.pulled(product, {one["version"] for one in releases})))
