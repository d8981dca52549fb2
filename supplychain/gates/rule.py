"""A suite and its rules, as they were read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

SUITES = ("real", "synthetic", "evidence")
SEVERITIES = ("critical", "warning", "info")
SQL_RULE = "expect_rows_to_satisfy_sql"
EVIDENCE_RULE = "expect_evidence_to_be_between"
_BOUNDS = (("min_value", "at least"), ("max_value", "at most"))


@dataclass(frozen=True)
class Rule:
    """One expectation of a suite.

    Attributes:
        id: Its id, unique within the suite.
        type: The expectation's type in Great Expectations' words.
        kwargs: Its arguments.
        severity: critical (blocks), warning or info. A rule on rows that is `info` doubts those that break it: they
            are kept, candidates no oftener than people do so, and are seen first by whoever reviews.
        gate: The group it belongs to; one asset check a group.
        why: The reason for it.
        line: Its line in the file.
        lever: The lever that its limit is; empty where the limit stands in the file.
    """

    id: str
    type: str
    kwargs: dict[str, Any]
    severity: str
    gate: str
    why: str
    line: int
    lever: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the rule names."""
        named = [self.kwargs.get(key) for key in ("column", "column_A", "column_B")]
        return tuple(name for name in (*named, *self.kwargs.get("column_list", ())) if name)

    @property
    def doubts(self) -> bool:
        """Whether the rows that it names may be: they are doubted, and not forbidden."""
        return self.severity == "info"

    @property
    def limits(self) -> list[float | None]:
        """The least and the most that a rule on evidence allows, None where there is no such limit."""
        return [self.kwargs.get(key) for key, _ in _BOUNDS] if self.type == EVIDENCE_RULE else []

    @property
    def limit(self) -> str:
        """What is expected, in a few words."""
        if self.type == EVIDENCE_RULE:
            bounds = [f"{word} {self.kwargs[key]:g}" for key, word in _BOUNDS if self.kwargs.get(key) is not None]
            return f"{self.kwargs['metric']} {self.kwargs.get('bound', 'surely')} {', '.join(bounds)}"
        hidden = {"column_list", "rule"}
        words = [str(self.kwargs["rule"])] if "rule" in self.kwargs else []
        return ", ".join(words + [f"{key} {value}" for key, value in self.kwargs.items() if key not in hidden])


@dataclass(frozen=True)
class Suite:
    """The expectations of one file; `strict` where the product blocks on what is inconclusive."""

    name: str
    file: str
    hash: str
    rules: tuple[Rule, ...]
    strict: bool = False

    def with_rules(self, rules: Iterable[Rule]) -> Suite:
        """The same suite with some of its rules."""
        return replace(self, rules=tuple(rules))

    @property
    def doubts(self) -> Suite:
        """The same suite with the rules that doubt rows."""
        return self.with_rules(rule for rule in self.rules if rule.doubts)

    def only(self, *gates: str) -> Suite:
        """The same suite with the rules of some gates."""
        return self.with_rules(rule for rule in self.rules if rule.gate in gates)

    def without(self, *gates: str) -> Suite:
        """The same suite without the rules of some gates."""
        return self.with_rules(rule for rule in self.rules if rule.gate not in gates)
