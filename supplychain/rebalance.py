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
LOSS, BRIER = "loss", "Brier score"
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
what a change of a plan holds for: other real rows, or another recipe, and it is asked anew. `done` is as the lever was
when it was measured: readers take it from `current`."""
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
    """The window's table `rebalance`, if it proposes anything; what is `done` by the product file as it is now."""
    found = chain.ledger.find(chain.product.name, "rebalance", window)
    if found is None or not found[1].rows:
        return None
    act = chain.product.monitor.act
    table = chain.store.read_table(found[1].table)
    now = [who_does(line["proposal"], line["gain_in"], act) for line in table.iter_rows(named=True)]
    return found[1], table.with_columns(pl.Series("done", now, dtype=pl.String))


def otherwise(chain: Chain, window: str) -> pl.DataFrame | None:
    """What the next plan does by itself and otherwise than the last: lines of `rebalance`; None before a first plan."""
    proposed, plan = current(chain, window), chain.ledger.find(chain.product.name, "plan", window)
    if proposed is None or plan is None:
        return None
    rows = dict(chain.store.read_table(plan[1].table).select("slice", "rows").iter_rows())
    other = {one.slice for one in changes(proposed[1]).values() if rows.get(one.slice, 0) != one.rows}
    return proposed[1].filter(pl.col("slice").is_in(other))


def did_harm(proposal: str, gain_in: str | None) -> bool:
    """Whether rows are retired since they raised the loss on gold, and not since the world has become another."""
    return proposal == RETIRE and gain_in == LOSS


def who_does(proposal: str, gain_in: str | None, act: str) -> str:
    """Whether the next plan does it by itself, by the lever `monitor.act`."""
    if proposal == RETIRE:
        itself = did_harm(proposal, gain_in) and act != "propose"
    else:
        itself = proposal in BY_A_RUN and act == "rebuild"
    return ITSELF if itself else A_PERSON


def changes(table: pl.DataFrame) -> dict[str, Change]:
    """Slice to what a plan does by itself."""
    lines = table.filter(pl.col("proposal").is_in(BY_A_RUN), pl.col("done") == ITSELF)
    return {
        row["slice"]: Change(row["slice"], row["proposal"], row["rows"] or 0, row["why"])
        for row in lines.iter_rows(named=True)
    }
