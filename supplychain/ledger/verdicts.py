"""What gates say, as the lineage log keeps it: one outcome of three for each rule; and what a person waives."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from supplychain.ledger.log import Ledger

PASS, INCONCLUSIVE, FAIL = "pass", "inconclusive", "fail"
"""The three outcomes: surely within the limits, too little data to tell, surely not or not measured."""
OUTCOMES = (PASS, INCONCLUSIVE, FAIL)
"""From the best to the worst."""
PRIVACY = "privacy"
"""The gate that nobody can waive."""
WAIVED = "waive"
"""The step of a commit by which a person waived rules."""
_DAY: ContextVar[date | None] = ContextVar("day", default=None)
WITHDRAWN = "withdraw"
PULLED = "pull"
"""The step of a commit by which a person withdrew a release."""


@dataclass(frozen=True)
class Waiver:
    """A person's word that a rule may be broken for a while.

    Attributes:
        suite: The rule's suite.
        gate: Its gate.
        rule: Its id.
        limit: What it expected when it was waived: a rule with another limit is another rule.
        reason: Why.
        by: Who answers for it.
        until: The last day on which it counts (UTC), as YYYY-MM-DD.
        revoked: Whether this takes back the waiver of the same rule that stood before.
    """

    suite: str
    gate: str
    rule: str
    limit: str
    reason: str
    by: str
    until: str
    revoked: bool = False

    def counts_on(self, day: date) -> bool:
        """Whether it still counts on a day."""
        return not self.revoked and date.fromisoformat(self.until) >= day

    def covers(self, gate: GateResult) -> bool:
        """Whether it is about exactly that rule, as it was judged."""
        about = (gate.suite, gate.gate, gate.rule, gate.limit)
        return gate.gate != PRIVACY and about == (self.suite, self.gate, self.rule, self.limit)


@dataclass(frozen=True)
class GateResult:
    """What one expectation said of one content.

    Attributes:
        suite: The suite's name: real, synthetic or evidence.
        suite_hash: Hash of the suite's file as it was judged.
        gate: The group: plausibility, fidelity, utility, privacy, drift, ...
        rule: The expectation's id within the suite.
        type: The expectation's type.
        severity: critical, warning or info.
        outcome: pass, inconclusive or fail.
        observed: What was found, in words or numbers.
        limit: What was expected.
        failed_rows: Rows that broke it.
        why: The reason that the suite gives for it.
        asset: The asset that was judged.
        content: The content of that asset.
        strict: Whether the product blocks where a critical rule is inconclusive.
        set_by: What moves the limit: a lever, or the suite's file and line.
        figures: The numbers that were found, by scope.
        spans: What a rule on evidence looked at, by scope: its two ends, None where nothing is known.
        limits: The least and the most that it allows, None where there is no such limit; empty of rules on rows.
        waiver: The waiver that a reader found for it; it is no part of the verdict, and not in the log beside it.
    """

    suite: str
    suite_hash: str
    gate: str
    rule: str
    type: str
    severity: str
    outcome: str
    observed: str
    limit: str
    failed_rows: int
    why: str
    asset: str
    content: str
    strict: bool = False
    set_by: str = ""
    figures: dict[str, float] = field(default_factory=dict)
    spans: dict[str, list[float | None]] = field(default_factory=dict)
    limits: list[float | None] = field(default_factory=list)
    waiver: Waiver | None = None

    @property
    def passed(self) -> bool:
        """Whether it held."""
        return self.outcome == PASS

    @property
    def refuses(self) -> bool:
        """Whether it stops what lies downstream, unless a person waives it."""
        return refuses(self.severity, self.outcome, strict=self.strict)

    @property
    def blocks(self) -> bool:
        """Whether it stops what lies downstream."""
        return self.refuses and self.waiver is None

    @classmethod
    def from_log(cls, entry: dict[str, Any]) -> GateResult:
        """The verdict in an event file: before format 3 it had two values, under `passed`."""
        if "passed" in entry:
            entry["outcome"] = PASS if entry.pop("passed") else FAIL
        return cls(**entry)

    def to_dict(self) -> dict[str, Any]:
        """The verdict for a program, with `passed` and `blocks`."""
        return {**asdict(self), "passed": self.passed, "blocks": self.blocks}


def refusal(gate: GateResult, where: str) -> str:
    """One line on a gate that refused: which, what it found, what it wanted, what moves that, and why it matters."""
    moved = f", set by {gate.set_by}" if gate.set_by else ""
    if gate.outcome == INCONCLUSIVE:
        moved += "; too little data to tell, and levers.risk.inconclusive is block"
    found = f"{gate.rule} found {gate.observed}, wanted {gate.limit}{moved}"
    return f"{where}: gate {gate.gate} of {gate.asset} refused: {found} ({gate.why})"


def refuses(severity: str, outcome: str, *, strict: bool) -> bool:
    """Whether a verdict stops what lies downstream: a critical failure, or in a strict product a critical doubt."""
    return severity == "critical" and (outcome == FAIL or (strict and outcome == INCONCLUSIVE))


def today() -> date:
    """The day on which a waiver is asked for, in UTC: nothing of it enters a release."""
    return _DAY.get() or datetime.now(UTC).date()


@contextmanager
def on_day(day: date) -> Iterator[None]:
    """Within the block it is that day for waivers: a release that is made again leans on what counted then."""
    token = _DAY.set(day)
    try:
        yield
    finally:
        _DAY.reset(token)


def in_force(ledger: Ledger, product: str, window: str) -> list[Waiver]:
    """The waivers of a window that count today; of two about one rule the newer one."""
    newest: dict[tuple[str, str], Waiver] = {}
    for commit in ledger.commits(product):
        if commit.step == WAIVED and commit.window == window:
            newest |= {(waiver.suite, waiver.rule): waiver for waiver in commit.waivers}
    return [waiver for waiver in newest.values() if waiver.counts_on(today())]


def excused(gates: Iterable[GateResult], waivers: Iterable[Waiver]) -> list[GateResult]:
    """The verdicts, with the waiver that covers each which would block."""
    waivers = list(waivers)
    return [replace(gate, waiver=_covering(gate, waivers)) if gate.refuses else gate for gate in gates]


def _covering(gate: GateResult, waivers: list[Waiver]) -> Waiver | None:
    return next((waiver for waiver in waivers if waiver.covers(gate)), None)
