"""What a suite said of a frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from supplychain.ledger import GateResult
from supplychain.ledger.verdicts import FAIL, PASS, refuses

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from supplychain.gates.suite import Rule, Suite

RULES = "_rules"
"""The column of a set-aside or rejected row that names what refused it."""
VALUES = "_values"
"""The column beside it with the values that each of these rules looked at, as text; null where none did."""


@dataclass(frozen=True)
class Verdict:
    """What one rule found.

    Attributes:
        rule: The rule.
        outcome: pass, inconclusive or fail; a rule that could not be evaluated has failed.
        observed: What was found, in words or numbers.
        failed_rows: How many rows broke it, 0 where it is not about rows.
        rows: How many rows it was about, 0 where it is not about rows.
        considered: How many of these count for `mostly`: without those that miss the value.
        evaluated: Whether it could be evaluated.
        figures: The numbers that were found, by scope.
        spans: What a rule on evidence looked at, by scope: the two ends of it, None where nothing is known.
        strict: Whether an inconclusive critical rule blocks.
    """

    rule: Rule
    outcome: str
    observed: str
    failed_rows: int = 0
    rows: int = 0
    considered: int = 0
    evaluated: bool = True
    figures: Mapping[str, float] = field(default_factory=dict)
    spans: Mapping[str, list[float | None]] = field(default_factory=dict)
    strict: bool = False

    @property
    def passed(self) -> bool:
        """Whether it held."""
        return self.outcome == PASS

    @property
    def blocks(self) -> bool:
        """Whether it stops what lies downstream."""
        return refuses(self.rule.severity, self.outcome, strict=self.strict)

    @property
    def scores(self) -> dict[str, float]:
        """The numbers that were found; of a rule on rows, how many broke it."""
        return dict(self.figures) or ({"all": float(self.failed_rows)} if self.rows else {})


def added_up(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict of a row rule on all rows, from its verdicts on the pieces that they came in.

    `mostly` is decided on the totals, as Great Expectations does for one frame. A rule that could not be evaluated on
    one piece could not be evaluated.
    """
    raised = next((verdict for verdict in verdicts if not verdict.evaluated), None)
    if raised:
        return raised
    rule = verdicts[0].rule
    failed, rows, considered = (
        sum(getattr(verdict, name) for verdict in verdicts) for name in ("failed_rows", "rows", "considered")
    )
    passed = considered == 0 or (considered - failed) / considered >= rule.kwargs.get("mostly", 1)
    return Verdict(rule, of_two(held=passed), in_rows(failed, rows), failed, rows, considered)


def of_two(*, held: bool) -> str:
    """The outcome of a rule that is never in doubt: it counts all rows that there are."""
    return PASS if held else FAIL


def in_rows(failed: int, rows: int) -> str:
    """What was observed of a row rule, in words."""
    return f"{failed:,} of {rows:,} rows"


@dataclass(frozen=True)
class Judgement:
    """The verdict of every rule of a suite, and the rows that broke each.

    Attributes:
        suite: The suite.
        verdicts: One a rule, in the suite's order.
        failing: Rule id to the positions (0-based, sorted) of the rows that broke it, whether or not the rule
            as a whole held: a rule with `mostly` passes and still names its rows. Empty where many pieces were
            judged: each piece has named its own.
        doubted: The same of rules that only doubt rows.
    """

    suite: Suite
    verdicts: tuple[Verdict, ...]
    failing: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    doubted: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether nothing critical failed."""
        return not any(verdict.blocks for verdict in self.verdicts)

    def split(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Rows that broke no rule, and rows that broke some: with the rules' ids in `_rules`, sorted, and beside each,
        in `_values`, what it looked at, such as `age = 200`.
        """
        rules = {rule.id: rule for rule in self.suite.rules}
        broken = [_broken(frame, rules[name], positions) for name, positions in self.failing.items()]
        if not broken:
            none = pl.lit(None, pl.List(pl.String))
            return frame, frame.clear().with_columns(none.alias(RULES), none.alias(VALUES))
        table = pl.concat(broken).sort(RULES).group_by("_position").agg(RULES, VALUES)
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
                outcome=verdict.outcome,
                observed=verdict.observed,
                limit=verdict.rule.limit,
                failed_rows=verdict.failed_rows,
                why=verdict.rule.why,
                asset=asset,
                content=content,
                strict=self.suite.strict,
                set_by=verdict.rule.lever or f"{self.suite.file}:{verdict.rule.line}",
                figures=verdict.scores,
                spans=dict(verdict.spans),
                limits=verdict.rule.limits,
            )
            for verdict in self.verdicts
        ]


def _broken(frame: pl.DataFrame, rule: Rule, positions: Sequence[int]) -> pl.DataFrame:
    """The rows that broke a rule, by position, with its id and the values of the columns that it names."""
    place = pl.Series("_position", positions, dtype=pl.Int64)
    named = [name for name in dict.fromkeys(rule.columns) if name in frame.columns]
    parts = [pl.format("{} = {}", pl.lit(name), _text(name)) for name in named]
    text = pl.concat_str(parts, separator=", ") if parts else pl.lit(None, pl.String)
    return frame[place].select(place, pl.lit(rule.id).alias(RULES), text.alias(VALUES))


def _text(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).fill_null("missing")
