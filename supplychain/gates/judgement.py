"""What a suite said of a frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from supplychain.ledger import GateResult

if TYPE_CHECKING:
    from collections.abc import Mapping

    from supplychain.gates.suite import Rule, Suite

RULES = "_rules"
"""The column of a set-aside or rejected row that names what refused it."""


@dataclass(frozen=True)
class Verdict:
    """What one rule found.

    Attributes:
        rule: The rule.
        passed: Whether it held; a rule that could not be evaluated has not.
        observed: What was found, in words or numbers.
        failed_rows: How many rows broke it, 0 where it is not about rows.
    """

    rule: Rule
    passed: bool
    observed: str
    failed_rows: int = 0

    @property
    def blocks(self) -> bool:
        """Whether it stops what lies downstream."""
        return not self.passed and self.rule.severity == "critical"


@dataclass(frozen=True)
class Judgement:
    """The verdict of every rule of a suite, and the rows that broke each.

    Attributes:
        suite: The suite.
        verdicts: One a rule, in the suite's order.
        failing: Rule id to the positions (0-based, sorted) of the rows that broke it, whether or not the rule
            as a whole held: a rule with `mostly` passes and still names its rows.
    """

    suite: Suite
    verdicts: tuple[Verdict, ...]
    failing: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether nothing critical failed."""
        return not any(verdict.blocks for verdict in self.verdicts)

    def split(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Rows that broke no rule, and rows that broke some with the rules' ids in `_rules`."""
        broken: dict[int, list[str]] = {}
        for rule, positions in self.failing.items():
            for position in positions:
                broken.setdefault(position, []).append(rule)
        if not broken:
            return frame, frame.clear().with_columns(pl.lit(None, pl.List(pl.String)).alias(RULES))
        table = pl.DataFrame(
            {"_position": list(broken), RULES: [sorted(rules) for rules in broken.values()]},
            schema={"_position": pl.Int64, RULES: pl.List(pl.String)},
        )
        numbered = frame.with_row_index("_position").with_columns(pl.col("_position").cast(pl.Int64))
        kept = numbered.join(table, on="_position", how="anti", maintain_order="left").drop("_position")
        refused = numbered.join(table, on="_position", how="inner", maintain_order="left").drop("_position")
        return kept, refused

    def results(self, *, asset: str, content: str) -> list[GateResult]:
        """The verdicts as entries of the lineage log, about one content."""
        return [
            GateResult(
                suite=self.suite.name,
                suite_hash=self.suite.hash,
                gate=verdict.rule.gate,
                rule=verdict.rule.id,
                type=verdict.rule.type,
                severity=verdict.rule.severity,
                passed=verdict.passed,
                observed=verdict.observed,
                limit=verdict.rule.limit,
                failed_rows=verdict.failed_rows,
                why=verdict.rule.why,
                asset=asset,
                content=content,
            )
            for verdict in self.verdicts
        ]
