"""What is known of a product, asked of the lineage once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from supplychain.ledger.index import query

if TYPE_CHECKING:
    import polars as pl

    from supplychain.ledger import Ledger
    from supplychain.product import Product

TABLES = {
    "what.csv": """
      select c.sequence, c.recorded_at, c.step, m."window", m.asset, m.content, m.row_count, m.byte_count
      from materialisations m join commits c on c.id = m.commit_id where m.product = $product order by all""",
    "from.csv": """
      select c.sequence, e."window", e.asset, e.content, e.from_window, e.from_asset, e.from_content
      from edges e join commits c on c.id = e.commit_id where e.product = $product order by all""",
    "rules.csv": """
      select c.sequence, g."window", g.asset, g.content, g.suite, g.suite_hash, g.gate, g.rule, g.severity, g.outcome,
             g.observed, g.expected, g.failed_rows, g.why, g.set_by
      from gate_results g join commits c on c.id = g.commit_id where g.product = $product order by all""",
    "decisions.csv": """
      select c.recorded_at, 'waived until ' || w."until" as what, w.gate || '/' || w.rule as about, w."window",
             w.reason, w."by" from waivers w join commits c on c.id = w.commit_id
      where w.product = $product and w.step = 'waive'
      union all select recorded_at, 'withdrawn', version, '', reason, "by" from withdrawals where product = $product
      union all select recorded_at, 'erased (' || kind || ')', people || ' people', "window", reason, "by"
      from erasures where product = $product order by all""",
    "models.csv": """
      select distinct f."window", f.model, b.synthesizer, f."real" as trained_on, f.entities as people,
             exists (from tainted t where t.product = f.product and t.model = f.model) as removed_by_erasure
      from fits f left join batches b on b.product = f.product and b.model = f.model
      where f.product = $product order by all""",
    "batches.csv": """
      select "window", id, slice, attempt, synthesizer, model, seed, wanted, candidates, sampled
      from batches where product = $product order by all""",
    "plan.csv": """
      select * exclude (product) from plan_lines where product = $product order by all""",
    "evidence.csv": """
      select c.sequence, e."window", e.metric, e.scope, e.value, e.low, e.high, e.reference, e.n
      from evidence e join commits c on c.id = e.commit_id where e.product = $product order by all""",
    "releases.csv": """
      select r.version, min(r.recorded_at) as published_at, r.manifest, r.row_count, r.synthetic_rows,
             any_value(w.reason) as withdrawn, list(distinct rw."window" order by rw."window")::varchar as windows
      from releases r left join withdrawals w using (product, version)
      left join release_windows rw using (product, version)
      where r.product = $product group by all order by all""",
    "costs.csv": """
      select "window", pipeline, stage, unit, currency, basis, sum(quantity) as quantity, sum(money) as money
      from cost_event where product = $product group by all order by all""",
    "events.csv": """
      select sequence, id, recorded_at, "window", step, run, spec, code from commits
      where product = $product order by sequence, id""",
}
"""File to the question that fills it."""


@dataclass(frozen=True)
class Facts:
    """A product and its lineage."""

    product: Product
    ledger: Ledger

    @cached_property
    def tables(self) -> dict[str, pl.DataFrame]:
        """File to what it holds."""
        return {name: query(self.ledger, sql, product=self.product.name) for name, sql in TABLES.items()}

    def ask(self, sql: str) -> list[dict[str, Any]]:
        """The rows of an answer; `$product` stands for the product."""
        return query(self.ledger, sql, product=self.product.name).to_dicts()

    def one(self, sql: str) -> Any:  # noqa: ANN401  (a value of SQL)
        """The first value of an answer, or None."""
        rows = self.ask(sql)
        return next(iter(rows[0].values())) if rows else None
