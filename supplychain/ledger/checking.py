"""Is the log whole? Every event is read, held against its own digest, and against what later events name.

Nobody names the last event of a log. That it is gone is told by `lineage.duckdb`, which saw it, and by a head that
somebody noted elsewhere (`supplychain lineage verify` prints it).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from supplychain.errors import StoreFault, one_line
from supplychain.ledger.log import EVENTS, is_event
from supplychain.store import sha256

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supplychain.ledger.events import Commit
    from supplychain.ledger.log import Ledger

JUMP = 300.0
"""Seconds by which a clock may stand behind an earlier event's before it is worth a word."""
HEAD = 16
"""Digits of a hash in a head."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with one event."""

    event: str
    problem: str


@dataclass(frozen=True)
class Checked:
    """What a product's log was found to be.

    Attributes:
        product: The product.
        events: Event files read.
        head: The newest events by hash: whoever notes it can tell later that none up to them is lost.
        faults: What is damaged, edited or missing.
        notes: What is odd and harms nothing.
    """

    product: str
    events: int
    head: str
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def check_log(ledger: Ledger, product: str, *, since: str = "") -> Checked:
    """Read a product's whole log, and say what is damaged, edited or missing.

    Args:
        ledger: The log.
        product: The product.
        since: A head that was noted earlier.

    Raises:
        BadInput: There is no such product.
    """
    ledger.require(product)
    names = ledger.names(product)
    hashes, commits, faults = _read(ledger, product, names)
    faults += _unnamed(hashes, commits)
    faults += _cut_off(names, commits, hashes) if not faults else []
    faults += [fault for fault in _forgotten(ledger, product, commits) if fault.event not in {f.event for f in faults}]
    strays = [name for name in ledger.store.names(f"{EVENTS}/{product}") if not is_event(name)]
    named = {name for commit in commits.values() for name in commit.heads}
    newest = [digest[:HEAD] for name, digest in hashes.items() if name not in named]
    for head in filter(None, since.split("+")):
        if not any(digest.startswith(head) for digest in hashes.values()):
            faults.append(Fault(head, "the event of this hash, which was noted earlier, is missing or was edited"))
    notes = [f"{name} is no event and is not read" for name in strays] + list(_jumps(commits))
    return Checked(product, len(names), "+".join(newest), _first(faults), notes)


def _first(faults: list[Fault]) -> list[Fault]:
    """The first fault of each event, in the order of the log: several later events may name the same one."""
    first = {fault.event: fault for fault in reversed(faults)}
    return sorted(first.values(), key=lambda fault: fault.event)


def _read(ledger: Ledger, product: str, names: list[str]) -> tuple[dict[str, str], dict[str, Commit], list[Fault]]:
    """File name to hash; to commit where it can be read; and what cannot."""
    hashes, commits, faults = {}, {}, []
    for name in names:
        path = f"{EVENTS}/{product}/{name}"
        data = ledger.store.read(path)
        hashes[name] = sha256(data)
        try:
            commit, _ = ledger.load(product, name)
        except StoreFault as error:
            faults.append(Fault(name, one_line(str(error)).removeprefix(f"{ledger.store.path(path)}: ")))
            continue
        if commit.file_name != name or commit.product != product:
            faults.append(Fault(name, f"is event {commit.file_name} of {commit.product} under another name"))
        commits[name] = commit
    return hashes, commits, faults


def _unnamed(hashes: dict[str, str], commits: dict[str, Commit]) -> list[Fault]:
    """What events name by hash and is not there, or is something else."""
    faults = []
    for name, commit in commits.items():
        for head, digest in commit.heads.items():
            if head not in hashes:
                faults.append(Fault(head, f"is missing; {name} was written after it and names it"))
            elif hashes[head] != digest:
                faults.append(Fault(head, f"was edited or damaged; {name} names it by another hash"))
    return faults


def _cut_off(names: list[str], commits: dict[str, Commit], hashes: dict[str, str]) -> list[Fault]:
    """Where nothing else is wrong: a writer's own last event, or as many events as one had in sight, are not there."""
    there = set(hashes.values())
    for place, name in enumerate(names):
        commit = commits[name]
        if commit.previous and commit.previous not in there:
            return [Fault(name, f"the event that its writer {commit.writer} wrote before it is missing")]
        if commit.behind > place:
            return [Fault(name, f"had {commit.behind} events before it, and now has {place}: some are missing")]
    return []


def _forgotten(ledger: Ledger, product: str, commits: dict[str, Commit]) -> list[Fault]:
    """Events that the index saw and that are gone."""
    from supplychain.ledger.index import indexed

    there = {commit.id for commit in commits.values()}
    return [
        Fault(name, f"is missing; lineage.duckdb saw it ({step} of window {window}, {at})")
        for name, ident, step, window, at in indexed(ledger, product)
        if ident not in there and name not in ledger.names(product)
    ]


def _jumps(commits: dict[str, Commit]) -> Iterator[str]:
    """Where a clock stood behind an event that was there already; the order of the log does not follow clocks."""
    for name, commit in commits.items():
        for before in (commits[head] for head in commit.heads if head in commits):
            back = (_time(before) - _time(commit)).total_seconds()
            if back > JUMP:
                yield f"the clock of {name} stands {back:,.0f} s behind {before.file_name}, which was there before it"


def _time(commit: Commit) -> datetime:
    return datetime.fromisoformat(commit.recorded_at)
