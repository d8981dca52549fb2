"""The tables `rebalance` and `retired`: what to change in the next plan of a window, and rows that did harm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.monitor.facts import facts_of
from supplychain.monitor.observed import found
from supplychain.monitor.proposing import Proposal, propose
from supplychain.monitor.reference import newest_release, real_contents
from supplychain.rebalance import BY_A_RUN, ITSELF, RETIRED, SCHEMA, current, did_harm, who_does
from supplychain.slices import EVERYTHING
from supplychain.tables import scan_table

if TYPE_CHECKING:
    from supplychain.chain import Chain
    from supplychain.ledger import Commit
    from supplychain.step import Step

NAMED = {name: RETIRED[name] for name in ("batch", "slice", "rows", "why")}


def rebalance(chain: Chain, window: str) -> Commit:
    """Propose per slice what the next plan should do otherwise, and name the batches whose rows did harm.

    Rows that did harm are left out of the next plan with `monitor.act` at `refresh` or `rebuild`; how many rows a slice
    gets is changed with `rebuild` alone, and once. A change holds until other real rows have come or the recipe has
    changed. With `propose` all of it waits for a person.
    """
    with chain.step("monitor", window) as step:
        real = found(chain, "real", window)
        basis = _Basis(chain, window, real.content if real else "", chain.product.recipe_hash)
        released = basis.is_released()
        proposed = [
            one
            for facts in facts_of(chain, step, window)
            if (one := propose(facts, chain.product.levers, window, released=released))
        ]
        retired = basis.retired(step, proposed)
        lines = basis.with_standing([basis.line(one) for one in proposed])
        step.write(
            "rebalance",
            pl.DataFrame(lines, schema=SCHEMA),
            proposals=len(lines),
            by_itself=sum(line["done"] == ITSELF for line in lines),
            foremost=f"{lines[0]['slice']}: {lines[0]['proposal']}" if lines else None,
        )
        step.write("retired", retired, batches=retired.height, rows_retired=int(retired["rows"].sum()))
    return step.done


@dataclass(frozen=True)
class _Basis:
    """What the proposals of a window rest on: its real rows and the recipe."""

    chain: Chain
    window: str
    real: str
    recipe: str

    def is_released(self) -> bool:
        """Whether the newest release holds the window's real rows as they are now."""
        release = newest_release(self.chain)
        return bool(release and self.real and real_contents(self.chain, release).get(self.window) == self.real)

    def line(self, one: Proposal) -> dict[str, Any]:
        """The proposal as a line of the table."""
        gain, price = one.gain or (None, None, None), one.price or (None, None, None)
        return {
            "slice": one.slice,
            "predicate": one.predicate,
            "proposal": one.proposal,
            "rows": one.rows,
            "from_window": one.from_window or None,
            **dict(zip(("gain", "gain_low", "gain_high"), gain, strict=True)),
            "gain_in": one.gain_in if one.gain else None,
            **dict(zip(("price", "price_low", "price_high"), price, strict=True)),
            "currency": self.chain.product.levers.cost.currency if one.price else None,
            "done": who_does(one.proposal, one.gain_in, self.chain.product.monitor.act),
            "why": one.why,
            "real": self.real,
            "recipe": self.recipe,
        }

    def with_standing(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The lines, and changes of earlier ones that still hold: what was changed once is not changed again."""
        standing = self._standing()
        kept = []
        for line in lines:
            held = standing.get(line["slice"]) if line["proposal"] in BY_A_RUN and line["done"] == ITSELF else None
            kept.append(standing.pop(line["slice"]) if held and held["proposal"] == line["proposal"] else line)
            if held and held["proposal"] != line["proposal"]:
                standing.pop(line["slice"])
        return [*kept, *standing.values()]

    def retired(self, step: Step, proposed: list[Proposal]) -> pl.DataFrame:
        """Batches that did harm: those found now, and those found before on the same real rows by the same recipe."""
        harmful = {one.slice: one.why for one in proposed if did_harm(one.proposal, one.gain_in)}
        new = _batches(self.chain, step, self.window, harmful).with_columns(
            pl.lit(self.real).alias("real"), pl.lit(self.recipe).alias("recipe")
        )
        before = found(self.chain, "retired", self.window)
        if before is None or not before.rows:
            return new
        kept = self._same(self.chain.store.read_table(before.table))
        return pl.concat([kept.join(new, on="batch", how="anti"), new]).sort("slice", "batch")

    def _standing(self) -> dict[str, dict[str, Any]]:
        """Slice to the change that was found before and is made by itself, where it still holds."""
        before = current(self.chain, self.window)
        if before is None:
            return {}
        lines = self._same(before[1]).filter(pl.col("proposal").is_in(BY_A_RUN), pl.col("done") == ITSELF)
        return {line["slice"]: line for line in lines.iter_rows(named=True)}

    def _same(self, table: pl.DataFrame) -> pl.DataFrame:
        return table.filter(pl.col("real") == self.real, pl.col("recipe") == self.recipe)


def _batches(chain: Chain, step: Step, window: str, harmful: dict[str, str]) -> pl.DataFrame:
    """The accepted rows that were made for harmful slices, by their batches; all of them where all rows did harm."""
    there = found(chain, "accepted", window)
    if not harmful or there is None:
        return pl.DataFrame(schema=NAMED)
    step.refer("accepted")
    counts = scan_table(chain.store, there.table).select(["_batch", "_slice"]).group_by("_batch", "_slice").len("rows")
    rows = [
        {"batch": batch, "slice": slice_, "rows": rows, "why": harmful.get(slice_, harmful.get(EVERYTHING, ""))}
        for batch, slice_, rows in counts.sort("_slice", "_batch").iter_rows()
        if slice_ in harmful
    ]
    return pl.DataFrame(rows, schema=NAMED)
