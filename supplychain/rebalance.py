"""What the wild says about a window's next plan, slice by slice: the table `rebalance`, as monitor writes it and a plan
reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from supplychain.chain import Chain
    from supplychain.ledger import Output

MORE, FEWER, REFRESH = "more synthetic", "fewer synthetic", "refresh real"
RECALIBRATE, RELABEL, RETIRE = "recalibrate", "re-label", "retire"
BY_A_RUN = (MORE, FEWER, RETIRE)
"""Proposals that change the rows which a run makes; the others are somebody's work outside of it."""
ITSELF, A_PERSON = "by itself", "waits for a person"
SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("slice", "predicate", "proposal"), pl.String),
    "rows": pl.Int64,
    "from_window": pl.String,
    **dict.fromkeys(("gain", "gain_low", "gain_high"), pl.Float64),
    "gain_in": pl.String,
    **dict.fromkeys(("price", "price_low", "price_high"), pl.Float64),
    **dict.fromkeys(("currency", "done", "why", "real", "recipe"), pl.String),
}
"""Columns of the table `rebalance`. `rows` is how many a plan shall ask for (`more`, `fewer`, `retire`), or how many
real rows are meant; `gain` is a fall of the loss, or of the Brier score, as `gain_in` says; `real` and `recipe` are
what a change of a plan holds for: other real rows, or another recipe, and it is asked anew."""
RETIRED: dict[str, Any] = {
    **dict.fromkeys(("batch", "slice"), pl.String),
    "rows": pl.Int64,
    **dict.fromkeys(("why", "real", "recipe"), pl.String),
}
"""Columns of the table `retired`: batches whose rows did harm, and the real rows and the recipe by which they did."""


@dataclass(frozen=True)
class Change:
    """What becomes of the rows that a plan gives to a slice.

    Attributes:
        slice: The slice.
        proposal: more synthetic, fewer synthetic or retire.
        rows: Rows that the plan shall ask for.
        why: The reason, for a person.
    """

    slice: str
    proposal: str
    rows: int
    why: str


def current(chain: Chain, window: str) -> tuple[Output, pl.DataFrame] | None:
    """The window's table `rebalance`, if there is one that proposes anything."""
    found = chain.ledger.find(chain.product.name, "rebalance", window)
    if found is None or not found[1].rows:
        return None
    return found[1], chain.store.read_table(found[1].table)


def changes(table: pl.DataFrame) -> dict[str, Change]:
    """Slice to what a plan does by itself."""
    lines = table.filter(pl.col("proposal").is_in(BY_A_RUN), pl.col("done") == ITSELF)
    return {
        row["slice"]: Change(row["slice"], row["proposal"], row["rows"] or 0, row["why"])
        for row in lines.iter_rows(named=True)
    }
