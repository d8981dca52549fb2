"""Screening: each candidate is accepted, or rejected with the names of the rules that it breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from supplychain.errors import SupplyChainError
from supplychain.gates import judge
from supplychain.gates.judgement import RULES
from supplychain.rows import not_new

if TYPE_CHECKING:
    from supplychain.chain import Chain
    from supplychain.ledger import Commit

SURPLUS = "surplus-to-plan"
"""The reason of a row that breaks no rule and is one more than the plan wants."""


def screen(chain: Chain, window: str) -> Commit:
    """Write `accepted`: per slice the first new rows, up to the plan, that break no rule; `rejected`: all others.

    Raises:
        SupplyChainError: Every candidate broke a rule.
    """
    with chain.step("validate", window) as step:
        candidates = step.read("candidates")
        wanted = dict(step.read("plan").select("slice", "rows").iter_rows())
        names = [name for name in candidates.columns if not name.startswith("_")]
        suite = chain.suite("synthetic", columns=names)
        chain.progress(f"judging {candidates.height:,} candidates by {len(suite.rules)} rules")
        judgement = judge(candidates.select(names), suite)
        kept, refused = judgement.split(candidates)
        chain.progress("looking for copies of real rows and for repeated rows")
        kept, old = _without_old(kept, step.read("real"), chain.product.identifying)
        if not kept.height:
            worst = max(judgement.failing, key=lambda rule: len(judgement.failing[rule]))
            raise SupplyChainError(
                f"product {chain.product.name}: window {window}: all {candidates.height:,} candidates broke a rule, "
                f"most of them {worst!r}; mend the rule in {suite.file}, or choose another synthesizer"
            )
        accepted, surplus = _up_to_plan(kept, wanted)
        table = step.write(
            "accepted",
            accepted,
            planned=sum(wanted.values()),
            share_of_plan=accepted.height / max(sum(wanted.values()), 1),
            kept_by_rules=kept.height / candidates.height,
        )
        step.write(
            "rejected",
            pl.concat([refused, old, surplus]),
            broke_a_rule=refused.height,
            not_new=old.height,
            surplus=surplus.height,
        )
        step.judge(judgement, asset="accepted", content=table.content)
    return step.done


def _without_old(
    kept: pl.DataFrame, real: pl.DataFrame, identifying: tuple[str, ...]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that are new, and those that copy a real row or repeat another, with the reason."""
    reasons = not_new(kept, real, identifying)
    old = kept.filter(reasons.is_not_null()).with_columns(pl.concat_list(reasons.drop_nulls()).alias(RULES))
    return kept.filter(reasons.is_null()), old


def _up_to_plan(kept: pl.DataFrame, wanted: dict[str, int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The first rows of each slice, as many as planned, and the rest with its reason."""
    number = pl.int_range(pl.len()).over("_slice")
    limit = pl.col("_slice").replace_strict(wanted, return_dtype=pl.Int64)
    taken = kept.filter(number < limit)
    rest = kept.filter(number >= limit)
    return taken, rest.with_columns(pl.lit([SURPLUS], dtype=pl.List(pl.String)).alias(RULES))
