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
  from upstream u join edges e on e.product = $product and e.asset = u.asset and e.content = u.content
)
select distinct u.asset, u."window", left(u.content, 16) as content, any_value(m.row_count) as row_count, any_value(m.path) as path
from upstream u left join materialisations m on m.product = $product and m.asset = u.asset and m.content = u.content
group by all order by "window", asset
"""

USED_WINDOW = """
select r.version, r.recorded_at, r.row_count, r.synthetic_rows, left(rw.blend, 16) as blend
from releases r join release_windows rw using (product, version)
where r.product = $product and rw."window" = $window
qualify row_number() over (partition by r.version order by r.recorded_at) = 1
order by r.recorded_at
"""

MADE_ROW = """
select distinct slice, "window", synthesizer, left(model, 16) as model, seed, suite, gate, rule, severity, passed
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
