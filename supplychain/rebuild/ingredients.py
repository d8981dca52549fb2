"""What a release was made of: which contents are taken as they are, and which are made again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplychain.ledger.behind import behind, maker_for, maker_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supplychain.ledger import Commit, Input, Ledger

AGAIN = ("synthesizer", "candidates", "accepted", "blend")
"""What is made again, in this order; all else that these were made of is taken from the store."""
TOLD = ("roi", "sensitivity")
"""What a report tells of beside: made of the same gaps, and read by nothing else."""


@dataclass(frozen=True)
class Member:
    """A window of a release.

    Attributes:
        window: The window.
        made: Asset to the commit that made it, of those that are made again.
        contents: Asset to content, likewise.
    """

    window: str
    made: dict[str, Commit]
    contents: dict[str, str]


@dataclass(frozen=True)
class Ingredients:
    """What a release was made of.

    Attributes:
        release: The commit that published it.
        members: Its windows, in the order in which they were blended.
        given: Commits whose outputs are taken as they are, oldest first.
        gone: What is not in the store any more, in words.
    """

    release: Commit
    members: tuple[Member, ...]
    given: tuple[Commit, ...]
    gone: tuple[str, ...]


def ingredients_of(ledger: Ledger, product: str, version: str) -> Ingredients:
    """What a release was made of, as the log says.

    Raises:
        BadInput: There is no such release.
    """
    release = ledger.release(product, version)
    commits = ledger.commits(product)
    before = [commit for commit in commits if commit.file_name < release.file_name]
    members = sorted(
        (_member(before, item.window, item.content) for item in release.inputs if item.asset == "blend"),
        key=lambda member: member.made["blend"].file_name,
    )
    again = {commit.id for member in members for commit in member.made.values()}
    wanted = {item for member in members for item in _taken(member)}
    led = {commit.id: commit for commit in behind(before, *_ends(before, members))}
    gaps = {item for commit in led.values() for item in commit.inputs if item.asset == "gaps"}
    given = [
        commit
        for commit in before
        if commit.id not in again and (commit.id in led or _is_about(commit, wanted, members) or _tells(commit, gaps))
    ]
    return Ingredients(release, tuple(members), tuple(given), tuple(_gone(ledger, product, wanted, given)))


def _member(commits: list[Commit], window: str, blend: str) -> Member:
    """The window's commits, from its blend backwards: of each asset the one that its reader had before it."""
    last = maker_of(commits, "blend", window, blend)
    made = {"blend": last} if last else {}
    for asset in reversed(AGAIN[:-1]):
        readers = (commit for commit in made.values() if any(item.asset == asset for item in commit.inputs))
        if (reader := next(readers, None)) and (commit := maker_for(commits, reader, asset)):
            made[asset] = commit
    return Member(window, made, {asset: commit.output(asset).content for asset, commit in made.items()})


def _ends(commits: list[Commit], members: list[Member]) -> list[Commit]:
    """The blends, what measured their rows, and what people said of these."""
    read = [item for member in members for item in member.made["blend"].inputs if item.asset == "evidence"]
    measured = [maker_of(commits, item.asset, item.window, item.content) for item in read]
    reviewed = [commit for member in members for commit in reviews(commits, member)]
    return [member.made["blend"] for member in members] + [commit for commit in measured if commit] + reviewed


def reviews(commits: Iterable[Commit], member: Member) -> list[Commit]:
    """The commits by which people's verdicts on a window's accepted rows were taken in, oldest first."""
    return [
        commit
        for commit in commits
        if commit.step == "review"
        and commit.window == member.window
        and any(gate.content == member.contents["accepted"] for gate in commit.gates)
    ]


def _taken(member: Member) -> set[Input]:
    """What the window's steps read and do not make themselves."""
    return {item for commit in member.made.values() for item in commit.inputs if item.asset not in AGAIN}


def _is_about(commit: Commit, wanted: set[Input], members: list[Member]) -> bool:
    """Whether a commit judged what is taken or made; releases, waivers and withdrawals count too."""
    if commit.release or commit.waivers or commit.withdrawals:
        return True
    about = {(item.asset, item.content) for item in wanted}
    about |= {(asset, content) for member in members for asset, content in member.contents.items()}
    return any((gate.asset, gate.content) in about for gate in commit.gates)


def _tells(commit: Commit, gaps: set[Input]) -> bool:
    """Whether a commit made, of these gaps, what a report tells of."""
    return not gaps.isdisjoint(commit.inputs) and any(made.asset in TOLD for made in commit.outputs)


def _gone(ledger: Ledger, product: str, wanted: set[Input], given: list[Commit]) -> list[str]:
    """What cannot be read any more."""
    gone = []
    for item in sorted(wanted, key=lambda one: (one.window, one.asset)):
        maker = maker_of(given, item.asset, item.window, item.content)
        output = next((o for o in maker.outputs if o.content == item.content), None) if maker else None
        if output and output.path and ledger.store.exists(output.path):
            continue
        what = f"{item.asset} of window {item.window} ({item.content[:16]})"
        why = ledger.removed(product, item.asset, item.window, item.content) or "it is not in the store"
        gone.append(f"{what}: {why}")
    return gone
