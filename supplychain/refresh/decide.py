"""What is done about stale windows: nothing, wait, land, propose, or start a rebuild; and the reason in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from supplychain.refresh.history import DUE, PROPOSED, STARTED, History
from supplychain.refresh.worth import worth_of
from supplychain.store import sha256

if TYPE_CHECKING:
    from collections.abc import Callable

    from supplychain.chain import Chain
    from supplychain.ledger import Cause
    from supplychain.refresh.look import Look

SENSOR, SCHEDULE, COMMAND = "sensor", "schedule", "command"
ATTEMPTS = 3
"""How often the same causes are tried where a try fails for another reason than a gate."""
MUST = {"erased"}
"""Kinds that a person has decided on already, and that are no matter of price."""
BY_ITSELF = {"refresh": {"unreleased", "changed", "recipe", "suite", "rebalance"}, "rebuild": {"drift"}}
"""From which `monitor.act` on the sensor starts which kinds; of `rebalance`, what `act` allows is in it alone."""
WORDS = {
    "new": "new window",
    "unreleased": "new window",
    "changed": "changed rows",
    "recipe": "product file",
    "suite": "suite",
    "erased": "erasure",
}
"""Kinds whose word for people is another."""


@dataclass(frozen=True)
class Incident:
    """Causes that are dealt with together.

    Attributes:
        product: The product's name.
        causes: Why.
        attempt: 1, or more where a try on the same causes failed.
    """

    product: str
    causes: tuple[Cause, ...]
    attempt: int = 1

    @cached_property
    def id(self) -> str:
        """Hash of the causes and the attempt: whoever finds the same ones gives them the same id."""
        about = sorted((cause.window, cause.kind, cause.key) for cause in self.causes)
        return sha256(repr((self.product, about, self.attempt)).encode())[:12]

    @property
    def windows(self) -> tuple[str, ...]:
        """The windows that are stale."""
        return tuple(dict.fromkeys(cause.window for cause in self.causes))

    @property
    def kinds(self) -> str:
        """What made them so, in a few words."""
        return ", ".join(dict.fromkeys(WORDS.get(cause.kind, cause.kind) for cause in self.causes))

    @property
    def title(self) -> str:
        """One line: the product, its windows and the kinds of cause."""
        return f"Refresh of {self.product}: {', '.join(self.windows)} ({self.kinds})"

    @property
    def description(self) -> str:
        """A line a cause."""
        return "\n".join(f"{cause.window} {cause.why}" for cause in self.causes)


@dataclass(frozen=True)
class Decision:
    """What to do now.

    Attributes:
        action: nothing, wait, land, propose or start.
        words: Why, for a person.
        incident: What it is about, where there is something to do.
    """

    action: str
    words: str
    incident: Incident | None = None


def decide(
    chain: Chain,
    found: Look,
    *,
    by: str,
    busy: str = "",
    tried: Callable[[str], bool] = lambda _: False,
    now: datetime | None = None,
) -> Decision:
    """Decide on what a look has found.

    Args:
        chain: The product and its store.
        found: What the look has found.
        by: sensor, schedule or command: a schedule need not ask the lever `monitor.act`, a command nothing at all.
        busy: What of this product is under way, in words; empty where nothing is.
        tried: Whether a landing of that incident has been asked for before.
        now: The time; the present where not given.
    """
    history = History.of(chain)
    fresh = [cause for cause in found.causes if by == COMMAND or _may_be_tried(cause, history)]
    if not fresh:
        return Decision("nothing", _nothing_new(found))
    if by == SENSOR and all(history.has(cause, DUE) for cause in fresh):
        by = SCHEDULE  # which came while something else was under way
    if by == SENSOR and not busy:
        landing, fresh = _to_land(chain, fresh, tried)
        if landing or not fresh:
            return _landing(landing)
    if by == SENSOR:
        fresh = [cause for cause in fresh if _may_start(chain, cause)] or fresh
    incident = Incident(chain.product.name, tuple(fresh), 1 + max(history.tries(cause) for cause in fresh))
    return Decision("wait", busy, incident) if busy else _on(chain, incident, history, by, now or datetime.now(UTC))


def _landing(incident: Incident | None) -> Decision:
    if incident is None:
        return Decision("nothing", "what has arrived could not be landed; its run in Dagster says why")
    return Decision("land", incident.description, incident)


def _on(chain: Chain, incident: Incident, history: History, by: str, now: datetime) -> Decision:
    """Start a rebuild, or say what stands against it."""
    full = _too_many(chain, history, now) if by == SENSOR else ""
    if full:
        return Decision("wait", full)
    reason = "" if by == COMMAND else _held_back(chain, incident, by)
    if not reason:
        return Decision("start", incident.description, incident)
    if all(history.has(cause, PROPOSED) for cause in incident.causes):
        return Decision("nothing", f"proposed already, {reason}: {incident.description}")
    return Decision("propose", reason, incident)


def _may_be_tried(cause: Cause, history: History) -> bool:
    """Whether nothing was started on a cause yet, or what was failed for another reason than a gate."""
    tries = history.tries(cause)
    return not tries or (tries < ATTEMPTS and history.last_outcome(cause) == "failed")


def _to_land(chain: Chain, fresh: list[Cause], tried: Callable[[str], bool]) -> tuple[Incident | None, list[Cause]]:
    """The next new window to land, before anything is said of it; and the causes that are about landed windows."""
    for cause in fresh:
        incident = Incident(chain.product.name, (cause,))
        if cause.kind == "new" and not tried(incident.id):
            return incident, []
    return None, [cause for cause in fresh if cause.kind != "new"]


def _too_many(chain: Chain, history: History, now: datetime) -> str:
    """Why the sensor waits: it has started as many as it may; empty where it has not."""
    started = [at for at, event in history.events if event.action == STARTED and event.by == SENSOR]
    lately = sum(at > now - timedelta(days=1) for at in started)
    if chain.product.refresh is None or lately < chain.product.refresh.most_a_day:
        return ""
    return f"{lately} refreshes were started in 24 hours, and refresh.most_a_day allows no more"


def _may_start(chain: Chain, cause: Cause) -> bool:
    """Whether `monitor.act` lets the sensor start a rebuild on a cause."""
    act = chain.product.monitor.act
    allowed = {"propose": set(), "refresh": BY_ITSELF["refresh"], "rebuild": set().union(*BY_ITSELF.values())}[act]
    return cause.kind in allowed | MUST


def _held_back(chain: Chain, incident: Incident, by: str) -> str:
    """Why it is only proposed; empty where it is started."""
    if by == SENSOR and not all(_may_start(chain, cause) for cause in incident.causes):
        return f"monitor.act is {chain.product.monitor.act}"
    return "" if MUST & {cause.kind for cause in incident.causes} else worth_of(chain, incident.causes).complaint


def _nothing_new(found: Look) -> str:
    waiting = [f"{cause.window} {cause.why}" for cause in found.held]
    if waiting:
        return "; ".join(waiting)
    if found.causes:
        return "nothing new: " + "; ".join(f"{cause.window} {cause.why}" for cause in found.causes)
    return "no window is stale"
