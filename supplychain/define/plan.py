"""The plan: per slice, how many rows to synthesise, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from supplychain.chain import Chain
    from supplychain.ledger import Commit


def make_plan(chain: Chain, window: str) -> Commit:
    """Write `plan`: slice, predicate, real rows, rows to synthesise, candidate budget, and the reason.

    The rows are the coverage lever's. A slice with no real row in this window gets none: a generator that never
    saw such a row has nothing to make it from.
    """
    product = chain.product
    with chain.step("define", window) as step:
        real = step.read("real")
        verdicts = dict(step.read("gaps").select("slice", "verdict").iter_rows())
        lines = []
        for name, wanted in product.levers.coverage.rows.items():
            slice_ = product.slice_named(name)
            support = slice_.pick(real).height
            rows = wanted if support else 0
            lines.append(
                {
                    "slice": name,
                    "predicate": slice_.where,
                    "real_rows": support,
                    "rows": rows,
                    "candidate_budget": rows * product.levers.cost.candidates_per_row,
                    "reason": _reason(verdicts[name], support),
                }
            )
        table = pl.DataFrame(lines)
        step.write("plan", table, rows_planned=int(table["rows"].sum()), slices=table.height)
    return step.done


def _reason(verdict: str, support: int) -> str:
    if not support:
        return "no real row of this window lies here: collect some first"
    return {
        "gap": "the outcome model falls short here; levers.coverage asks for rows",
        "too few": "too few rows to tell; levers.coverage asks for rows",
        "fine": "levers.coverage asks for rows",
    }[verdict]
