"""What was decided before, and what came of it: read from the lineage log, and appended to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from supplychain.ledger import Commit, Refreshed
from supplychain.ledger.verdicts import excused, in_force

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from supplychain.chain import Chain
    from supplychain.ledger import Cause
    from supplychain.refresh.decide import Incident

REFRESH = "refresh"
"""The step of a commit that says what was decided."""
STARTED, PROPOSED, DUE, ENDED = "started", "proposed", "due", "ended"
BEING_DECIDED = "stale windows of {} are being decided on"
OUTCOMES = ("failed", "cancelled", "refused", "released")
"""From the worst to the best: several windows have the worst of theirs."""


@dataclass(frozen=True)
class History:
    """The decisions of a product, oldest first, each with its time."""

    events: tuple[tuple[datetime, Refreshed], ...]

    @classmethod
    def of(cls, chain: Chain) -> History:
        """The history in the chain's log."""
        commits = chain.ledger.commits(chain.product.name)
        return cls(
            tuple(
                (datetime.fromisoformat(commit.recorded_at), event) for commit in commits for event in commit.refreshes
            )
        )

    @property
    def open(self) -> Refreshed | None:
        """The refresh that was started last, if nobody has noted its end."""
        ended = {event.incident for _, event in self.events if event.action == ENDED}
        started = [event for _, event in self.events if event.action == STARTED]
        return started[-1] if started and started[-1].incident not in ended else None

    def has(self, cause: Cause, action: str) -> bool:
        """Whether that was decided on a cause before."""
        return any(event.action == action and _same(cause, event.causes) for _, event in self.events)

    def tries(self, cause: Cause) -> int:
        """How often a rebuild was started on a cause."""
        return sum(event.action == STARTED and _same(cause, event.causes) for _, event in self.events)

    def last_outcome(self, cause: Cause) -> str:
        """What came of the last rebuild on a cause; empty while it is under way."""
        tries = [event.incident for _, event in self.events if event.action == STARTED and _same(cause, event.causes)]
        ends = {event.incident: event.outcome for _, event in self.events if event.action == ENDED}
        return ends.get(tries[-1], "") if tries else ""


def decision_lock(product: str) -> str:
    """The lock of a product that whoever decides on stale windows holds meanwhile; the command until it is done."""
    return f"{product}-refresh"


def _same(cause: Cause, causes: Iterable[Cause]) -> bool:
    about = (cause.window, cause.kind, cause.key)
    return any((other.window, other.kind, other.key) == about for other in causes)


def note(chain: Chain, incident: Incident, action: str, *, by: str, reason: str) -> None:
    """Append a decision to the log, unless it is there already."""
    events = (event for _, event in History.of(chain).events)
    if not any(event.incident == incident.id and event.action == action for event in events):
        _append(chain, Refreshed(incident.id, action, by, incident.causes, reason))


def finish(chain: Chain, started: Refreshed, runs: Collection[str], *, cancelled: bool = False) -> Refreshed:
    """Note the end of a rebuild: what was released or who refused, what is in force, and what it cost.

    Args:
        chain: The product and its store.
        started: The refresh, as it was noted when it began.
        runs: The Dagster runs that it consisted of.
        cancelled: Whether a person has cancelled it: then it is not tried again.
    """
    product, ledger = chain.product.name, chain.ledger
    commits = [commit for commit in ledger.commits(product) if commit.run in runs]
    windows = dict.fromkeys(cause.window for cause in started.causes)
    ends = [_end(chain, window, commits, cancelled=cancelled) for window in windows]
    outcome = next(word for word in OUTCOMES if word in {end for end, _ in ends})
    releases = ledger.releases(product)
    version = releases[-1].release.version if releases and releases[-1].release else ""
    stands = f"release {version} {'is' if outcome == OUTCOMES[-1] else 'stays'} in force"
    priced = [cost for commit in commits for cost in commit.costs if cost.money is not None]
    event = replace(
        started,
        action=ENDED,
        reason="; ".join([*(words for _, words in ends), stands if version else "nothing is released yet"]),
        outcome=outcome,
        release=version,
        runs=tuple(sorted(runs)),
        seconds=round(sum(commit.seconds for commit in commits), 3),
        cpu_seconds=round(sum(commit.cpu_seconds for commit in commits), 3),
        money=sum(cost.money or 0.0 for cost in priced) if priced else None,
        currency=priced[0].currency if priced else "",
    )
    _append(chain, event)
    return event


def _end(chain: Chain, window: str, commits: list[Commit], *, cancelled: bool) -> tuple[str, str]:
    """What came of one window: an outcome, and words."""
    if any(commit.release and commit.window == window for commit in commits):
        return "released", f"{window} is released"
    refused = _refused(chain, window, commits)
    if refused:
        return "refused", refused
    return ("cancelled", f"{window} was cancelled") if cancelled else ("failed", f"{window} failed, its run says why")


def _refused(chain: Chain, window: str, commits: list[Commit]) -> str:
    """The gate that refused a window in these commits, in words; empty where none did."""
    gates = [gate for commit in commits if commit.window == window for gate in commit.gates]
    for gate in excused(gates, in_force(chain.ledger, chain.product.name, window)):
        if gate.blocks:
            return f"gate {gate.gate} refused {window}: {gate.rule} found {gate.observed}, wanted {gate.limit}"
    return ""


def _append(chain: Chain, event: Refreshed) -> None:
    from supplychain import __version__

    product = chain.product
    windows = ", ".join(dict.fromkeys(cause.window for cause in event.causes))
    commit = Commit("", 0, "", product.name, windows, REFRESH, "", product.spec_hash, __version__, 0.0, 0.0)
    chain.ledger.append(replace(commit, refreshes=(event,)))
