"""Screening: each candidate is accepted, or rejected with the names of the rules that it breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from supplychain.doubts import Doubts
from supplychain.errors import SupplyChainError
from supplychain.gates import Hearing
from supplychain.gates.judgement import RULES, VALUES
from supplychain.progress import Ticker
from supplychain.rows import Novelty
from supplychain.slices import Slice
from supplychain.unmet import NEVER_MET, Unmet

if TYPE_CHECKING:
    from supplychain.chain import Chain
    from supplychain.gates import Judgement
    from supplychain.ledger import Commit

SURPLUS = "surplus-to-plan"
"""The reason of a row that breaks no rule and is one more than the plan wants."""
NO_VALUES = pl.lit(None, pl.List(pl.String)).alias(VALUES)
"""Of a row that no rule refused: there is no value to show."""


def screen(chain: Chain, window: str) -> Commit:
    """Write `accepted`: per slice the first new rows, up to the plan, that break no rule; `rejected`: all others.

    A rule that only doubts refuses the rows by which it is broken oftener than by people. Both tables are in the order
    of the candidates, which are read, judged and written piece by piece.

    Raises:
        SupplyChainError: Every candidate was refused.
    """
    with chain.step("validate", window) as step:
        candidates = step.scan("candidates")
        plan, real = step.read("plan"), step.read("real")
        lines = plan.select("slice", "predicate", "rows").iter_rows()
        wanted = {Slice(name, where): rows for name, where, rows in lines}
        names = [name for name in candidates.schema if not name.startswith("_")]
        suite = chain.suite("synthetic", columns=names)
        chain.progress(f"judging {candidates.rows:,} candidates by {len(suite.rules)} rules")
        hearing = Hearing(suite, candidates, names)
        with step.open_table("accepted") as accepted, step.open_table("rejected") as rejected:
            screening = _Screening(chain, hearing, real, wanted)
            ticker = Ticker(chain.progress, "candidates judged", candidates.rows)
            for piece in candidates.pieces():
                taken, refused = screening.parted(piece)
                accepted.write(taken)
                rejected.write(refused)
                ticker.add(piece.height)
            judgement = hearing.verdict()
            if screening.kept == 0:
                raise _none_left(chain, window, screening, judgement)
            rows = sum(wanted.values())
            accepted.notes |= {
                "planned": rows,
                "share_of_plan": accepted.rows / max(rows, 1),
                "kept_by_rules": screening.kept / candidates.rows,
            }
            rejected.notes |= screening.refused
        step.judge(judgement, asset="accepted", content=step.output("accepted").content)
    return step.done


class _Screening:
    """Which candidates are taken, from the first to the last."""

    def __init__(self, chain: Chain, hearing: Hearing, real: pl.DataFrame, wanted: dict[Slice, int]) -> None:
        risk, entity = chain.product.levers.risk, chain.product.entity
        planned = [slice_ for slice_, rows in wanted.items() if rows]
        self._hearing, self._novelty = hearing, Novelty(real, chain.product.identifying)
        self._unmet = Unmet(real, risk.unmet, planned, entity=entity)
        self._doubts = Doubts(hearing.suite, real, wanted, risk.doubted, entity=entity)
        self._wanted = {slice_.name: rows for slice_, rows in wanted.items()}
        self._taken = dict.fromkeys(self._wanted, 0)
        self.kept = 0
        self.refused = {"broke_a_rule": 0, "never_met": 0, "not_new": 0, "doubted": 0, "surplus": 0}

    def parted(self, piece: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The rows of the next piece that are taken, and all others with their reasons, in their order."""
        numbered = piece.with_row_index("_place")
        kept, broken = self._hearing.piece(piece).split(numbered)
        met, unmet = self._without_unmet(kept)
        new, old = self._without_old(met)
        believed, doubted = self._doubts.split(new)
        taken, surplus = self._up_to_plan(believed)
        self.kept += believed.height
        others = (broken, unmet, old, doubted, surplus)
        for name, rows in zip(self.refused, others, strict=True):
            self.refused[name] += rows.height
        refused = pl.concat(others).sort("_place")
        return taken.drop("_place"), refused.drop("_place")

    def _without_unmet(self, kept: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The rows whose values have met among real people, and the others, with two values that never did."""
        pairs = self._unmet.pairs(kept)
        refused = kept.filter(pairs.is_not_null()).with_columns(
            pl.lit([NEVER_MET], dtype=pl.List(pl.String)).alias(RULES),
            pl.concat_list(pairs.drop_nulls()).alias(VALUES),
        )
        return kept.filter(pairs.is_null()), refused

    def _without_old(self, kept: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The rows that are new, and those that copy a real row or repeat another, with the reason."""
        reasons = self._novelty.reasons(kept)
        old = kept.filter(reasons.is_not_null()).with_columns(
            pl.concat_list(reasons.drop_nulls()).alias(RULES), NO_VALUES
        )
        return kept.filter(reasons.is_null()), old

    def _up_to_plan(self, new: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The first rows of each slice, as many as planned, and the rest with its reason."""
        left = {name: rows - self._taken[name] for name, rows in self._wanted.items()}
        number = pl.int_range(pl.len()).over("_slice")
        limit = pl.col("_slice").replace_strict(left, return_dtype=pl.Int64)
        taken, rest = new.filter(number < limit), new.filter(number >= limit)
        for name, rows in taken.group_by("_slice").len().iter_rows():
            self._taken[name] += rows
        return taken, rest.with_columns(pl.lit([SURPLUS], dtype=pl.List(pl.String)).alias(RULES), NO_VALUES)


def _none_left(chain: Chain, window: str, screening: _Screening, judgement: Judgement) -> SupplyChainError:
    where = f"product {chain.product.name}: window {window}"
    total = sum(screening.refused.values())
    most = max(screening.refused, key=lambda name: screening.refused[name])
    if most == "never_met":
        what = "most of them with two values that many real people should have and none has"
        remedy = "raise levers.risk.unmet, or set it to 0"
    elif most == "doubted":
        what, remedy = "most of them doubted oftener than people are", "raise levers.risk.doubted, or set it to null"
    elif most == "not_new":
        what, remedy = "most of them copy a real row or repeat another", "mend `identifying`"
    else:
        refusing = (verdict for verdict in judgement.verdicts if not verdict.rule.doubts)
        worst = max(refusing, key=lambda verdict: verdict.failed_rows)
        what, remedy = f"most of them by {worst.rule.id!r}", f"mend the rule in {judgement.suite.file}"
    return SupplyChainError(
        f"{where}: all {total:,} candidates were refused, {what}; {remedy}, or choose another synthesizer"
    )
