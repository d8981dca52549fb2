"""A look at a product: which windows are stale, and why; and which only a person can decide on.

A window is stale if its rows have come or changed in the source, if the release in force does not hold what was
landed, if the product file or a suite has changed since it was released, or if another room says so.
"""

from __future__ import annotations

import glob
import json
import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from supplychain.define import arrivals
from supplychain.gates import SUITES, suite_hash
from supplychain.ledger import Cause
from supplychain.ledger.verdicts import excused, in_force
from supplychain.plan import Plan
from supplychain.project import with_levers
from supplychain.refresh.others import drifted, erased, rebalanced
from supplychain.store import sha256

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supplychain.chain import Chain
    from supplychain.define import Arrival
    from supplychain.ledger import Commit, GateResult
    from supplychain.product import Product

LANDED = ("real", "tune", "gold", "set_aside")
JUDGED = {"real": "real", "accepted": "synthetic", "evidence": "evidence"}
"""Asset to the suite that judges it."""


@dataclass(frozen=True)
class Look:
    """What a look found.

    Attributes:
        causes: Why windows are stale.
        held: What is not in order, and waits for a person.
        arrived: Windows that have rows in the source.
    """

    causes: tuple[Cause, ...] = ()
    held: tuple[Cause, ...] = ()
    arrived: tuple[str, ...] = ()


def look(chain: Chain) -> Look:
    """Which windows are stale, and why: the source is read, and nothing is written.

    Raises:
        BadInput: The source is away, or cannot be used; a suite cannot be read.
    """
    state = _State(chain, _arrived(chain))
    gone = erased(chain)
    known = dict.fromkeys((*chain.product.windows, *state.arrived))
    causes: list[Cause] = []
    held: list[Cause] = []
    for window in known:
        if window in gone and window in state.arrived:
            causes.append(state.cause(window, "erased", *gone[window]))
            continue
        for found, waits in _of_window(state, window):
            (held if waits else causes).append(found)
    stale = {cause.window for cause in causes}
    causes += [cause for cause in rebalanced(chain) if cause.window not in stale and cause.window in state.arrived]
    return Look(tuple(causes), tuple(held), tuple(state.arrived))


def _arrived(chain: Chain) -> dict[str, Arrival]:
    """What the source holds, as landing would take it: without erased people and windows."""
    from supplychain.erasure import windows_gone, without_people

    found, gone = arrivals(chain.product, chain.root, lambda rows: without_people(chain, rows)), windows_gone(chain)
    return {arrival.window: arrival for arrival in found if arrival.window not in gone}


def mark(chain: Chain) -> str | None:
    """What a look depends on, without reading rows: the same mark, the same look. None where only a look can tell.

    Files of the source count by size and time, the lineage log by its newest event.
    """
    source, root = chain.product.source, chain.root
    if source.python:
        return None
    paths = sorted(glob.glob(str(root / str(source.file or source.duckdb))))  # noqa: PTH207  (absolute patterns too)
    own = [str(root / chain.product.file), *(str(chain.suite_file(suite)) for suite in SUITES)]
    stats = [(path, *_stat(path)) for path in (*paths, *own)]
    names = chain.store.names(f"events/{chain.product.name}")
    return _key([stats, names[-1:], len(names)])


def _stat(path: str) -> tuple[int, int]:
    try:
        found = os.stat(path)  # noqa: PTH116  (size and time, where it is there)
    except OSError:
        return -1, -1
    return found.st_size, found.st_mtime_ns


@dataclass
class _State:
    """The source, and what the log says of each window; both are read once."""

    chain: Chain
    arrived: dict[str, Arrival]
    landed: dict[str, Commit] = field(init=False, default_factory=dict)
    measured: dict[str, Commit] = field(init=False, default_factory=dict)
    released: dict[str, Commit] = field(init=False, default_factory=dict)
    """Window to the commit that made the blend which the newest release holds of it."""

    def __post_init__(self) -> None:
        chain = self.chain
        releases = chain.ledger.releases(chain.product.name)
        held = {item.window: item.content for item in releases[-1].inputs if item.asset == "blend"} if releases else {}
        for commit in chain.ledger.commits(chain.product.name):
            for output in commit.outputs:
                if output.asset == "real":
                    self.landed[commit.window] = commit
                elif output.asset == "drift":
                    self.measured[commit.window] = commit
                elif output.asset == "blend" and held.get(commit.window) == output.content:
                    self.released[commit.window] = commit

    @cached_property
    def suites(self) -> dict[str, str]:
        """Suite to its hash, by the levers of the product file."""
        return self.suites_of(self.chain.product)

    def suites_of(self, product: Product) -> dict[str, str]:
        """Suite to its hash, by the levers of a product."""
        chain = self.chain
        return {suite: suite_hash(chain.suite_file(suite), chain.root, product.lever_values) for suite in SUITES}

    def declared(self, window: str) -> Product:
        """The product as the window's released plan had it: a saved plan brings levers of its own."""
        chain, run = self.chain, self.released[window].run
        for commit in reversed(chain.ledger.commits(chain.product.name)):
            if commit.run == run and commit.window == window:
                for output in commit.outputs:
                    key = f"plans/{chain.product.name}/{output.notes.get('plan')}.json"
                    if output.asset == "plan" and chain.store.exists(key):
                        plan = Plan.applied(chain.store, chain.product.name, str(output.notes["plan"]))
                        return with_levers(chain.product, plan.levers)
        return chain.product

    def cause(self, window: str, kind: str, about: str, why: str) -> Cause:
        """A cause; a product file or a suite that is edited makes it another one, which may be tried again."""
        return Cause(window, kind, _key([about, self.chain.product.shape_hash, sorted(self.suites.items())]), why)


def _of_window(state: _State, window: str) -> Iterable[tuple[Cause, bool]]:
    """Why a window is stale, each with whether it waits for a person."""
    arrival, landed = state.arrived.get(window), state.landed.get(window)
    if arrival is None:
        gone = "; its rows are no longer in the source, and what was released of it stays"
        yield from ((state.cause(window, kind, window, why + gone), True) for kind, why, _ in _edited(state, window))
    elif landed is None:
        why = f"has arrived with {arrival.rows:,} rows"
        yield state.cause(window, "new", arrival.content, why), False
    elif arrival.content != _noted(landed, "source"):
        yield _changed(state, arrival, landed)
    elif not _holds(state, window):
        yield _unreleased(state, window)
    else:
        yield from ((state.cause(window, kind, window, why), waits) for kind, why, waits in _edited(state, window))


def _changed(state: _State, arrival: Arrival, landed: Commit) -> tuple[Cause, bool]:
    """Rows that came late or were corrected; fewer than before wait for a person: a window must not melt away."""
    before = sum(landed.output(asset).rows for asset in LANDED)
    window, more = arrival.window, arrival.rows - before
    if more < 0:
        by_hand = f"run `supplychain run {state.chain.product.name} --window {window}` if that is right"
        why = f"has {arrival.rows:,} rows in the source where {before:,} were landed; {by_hand}"
        return state.cause(window, "shrunk", arrival.content, why), True
    why = f"has {more:,} more rows in the source than were landed" if more else "has corrected rows in the source"
    return state.cause(window, "changed", arrival.content, why), False


def _unreleased(state: _State, window: str) -> tuple[Cause, bool]:
    """What was landed and is in no release: because its rows were refused, it drifted, or it is only new."""
    chain, content = state.chain, state.landed[window].output("real").content
    waivers = in_force(chain.ledger, chain.product.name, window)
    verdicts = excused(chain.ledger.gates(chain.product.name, "real", content), waivers)
    refused = [gate for gate in verdicts if gate.blocks and gate.suite_hash == state.suites.get(gate.suite)]
    if refused:
        why = f"was landed and refused by gate {refused[0].gate} ({refused[0].rule} found {refused[0].observed})"
        return state.cause(window, "refused", content, why), True
    moved = drifted(chain, state.measured.get(window))
    if moved:
        return state.cause(window, "drift", content, moved), False
    return state.cause(window, "unreleased", content, "is landed, and the release in force does not hold it"), False


def _edited(state: _State, window: str) -> Iterable[tuple[str, str, bool]]:
    """Kind and words of each edit since the window was released, and whether it waits for a person.

    Before format 4 the log does not know of edits.
    """
    blend = state.released.get(window)
    if blend is None or not blend.recipe:
        return
    product = state.declared(window)
    if blend.recipe != product.shape_hash:
        yield "recipe", "was released before the product file changed", False
    now = state.suites if product is state.chain.product else state.suites_of(product)
    verdicts = _verdicts(state, blend)
    older = next((gate.suite for gate in verdicts if gate.suite_hash != now[gate.suite]), None)
    refused = next((gate for gate in verdicts if gate.blocks), None)
    if older:
        yield "suite", f"was judged before {older}.yaml changed", False
    elif refused:
        yield "refused", f"is released, and gate {refused.gate} refuses it by the suites as they are now", True


def _verdicts(state: _State, blend: Commit) -> list[GateResult]:
    """What the gates said last of what went into a blend, with today's waivers and its own."""
    ledger, product = state.chain.ledger, state.chain.product.name
    waivers = [*in_force(ledger, product, blend.window), *blend.waivers]
    taken = {item.asset: item.content for item in blend.inputs}
    found = (gate for asset in JUDGED for gate in ledger.gates(product, asset, taken[asset]))
    return excused((gate for gate in found if gate.suite == JUDGED[gate.asset]), waivers)


def _holds(state: _State, window: str) -> bool:
    """Whether the release in force holds what was landed last."""
    blend = state.released.get(window)
    return blend is not None and _noted(blend, "real") == state.landed[window].output("real").content


def _noted(commit: Commit, asset: str) -> str:
    return next(item.content for item in commit.inputs if item.asset == asset)


def _key(content: object) -> str:
    return sha256(json.dumps(content, sort_keys=True, default=str).encode())[:16]
