"""The questions that lineage is kept for, as SQL over `lineage.duckdb`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplychain.ledger.index import query

if TYPE_CHECKING:
    import polars as pl

    from supplychain.ledger.log import Ledger

WENT_INTO = """
with recursive upstream(asset, "window", content) as (
  select 'blend', rw."window", rw.blend from release_windows rw where rw.product = $product and rw.version = $version
  union
  select e.from_asset, e.from_window, e.from_content
  from upstream u
  join made_by b on b.product = $product and b.asset = u.asset and b."window" = u."window" and b.content = u.content
  join edges e on e.commit_id = b.commit_id and e.asset = u.asset
  where not (u.asset = 'blend' and e.from_asset = 'evidence')  -- it judged; it is not in there
)
select u.asset, u."window", left(u.content, 16) as content, m.row_count, m.path
from upstream u
left join made_by b on b.product = $product and b.asset = u.asset and b."window" = u."window" and b.content = u.content
left join materialisations m on m.commit_id = b.commit_id and m.asset = u.asset
order by "window", asset
"""

USED_WINDOW = """
select r.version, r.recorded_at, r.row_count, r.synthetic_rows, left(rw.blend, 16) as blend
from releases r join commits c on c.id = r.commit_id
join release_windows rw on rw.product = r.product and rw.version = r.version
where r.product = $product and rw."window" = $window
qualify row_number() over (partition by r.version order by c.sequence) = 1
order by c.sequence
"""

MADE_ROW = """
select slice, "window", synthesizer, left(model, 16) as model, seed, judged, suite, gate, rule, severity, passed
from row_origin where product = $product and _batch = $batch order by suite, gate, rule
"""


def went_into(ledger: Ledger, product: str, version: str) -> pl.DataFrame:
    """Everything that went into a release: asset, window, content, rows, path."""
    return query(ledger, WENT_INTO, product=product, version=version)


def releases_using(ledger: Ledger, product: str, window: str) -> pl.DataFrame:
    """The releases that hold a window."""
    return query(ledger, USED_WINDOW, product=product, window=window)


def made_row(ledger: Ledger, product: str, batch: str) -> pl.DataFrame:
    """Which slice, synthesizer, model, seed and gates made the rows of a batch (a row's `_batch`)."""
    return query(ledger, MADE_ROW, product=product, batch=batch)
