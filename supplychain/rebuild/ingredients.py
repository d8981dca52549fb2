"""What a release was made of: which contents are taken as they are, and which are made again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplychain.ledger import Input
from supplychain.publish.facts import ABOUT, COMPARED

if TYPE_CHECKING:
    from supplychain.ledger import Commit, Ledger

AGAIN = ("synthesizer", "candidates", "accepted", "blend")
"""What is made again, in this order; all else that these were made of is taken from the store."""


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
    wanted = {item for member in members for item in (*_taken(member), *_told(member, before))}
    given = [commit for commit in before if commit.id not in again and _is_given(commit, wanted, before, members)]
    return Ingredients(release, tuple(members), tuple(given), tuple(_gone(ledger, product, wanted, given)))


def _member(commits: list[Commit], window: str, blend: str) -> Member:
    """The window's commits, from its blend backwards."""
    made, contents = {}, {"blend": blend}
    for asset in reversed(AGAIN):
        if asset in contents and (commit := _maker(commits, asset, window, contents[asset])):
            made[asset] = commit
            contents |= {item.asset: item.content for item in commit.inputs if item.asset in AGAIN}
    return Member(window, made, {asset: contents[asset] for asset in made})


def _maker(commits: list[Commit], asset: str, window: str, content: str) -> Commit | None:
    """The newest commit that made a content."""
    return next(
        (
            commit
            for commit in reversed(commits)
            if commit.window == window and any((o.asset, o.content) == (asset, content) for o in commit.outputs)
        ),
        None,
    )


def _taken(member: Member) -> set[Input]:
    """What the window's steps read and do not make themselves."""
    return {item for commit in member.made.values() for item in commit.inputs if item.asset not in AGAIN}


def _told(member: Member, commits: list[Commit]) -> set[Input]:
    """What the window's report tells of beside: the plan and the gaps that were measured by, and what came of these."""
    (evidence,) = (item for item in member.made["blend"].inputs if item.asset == "evidence")
    measured = _maker(commits, "evidence", evidence.window, evidence.content)
    told = {item for item in measured.inputs if item.asset in ABOUT} if measured else set()
    gaps = {item.content for item in told if item.asset == "gaps"}
    return told | {
        Input(output.asset, commit.window, output.content)
        for commit in commits
        if commit.window == member.window and any(item.content in gaps for item in commit.inputs)
        for output in commit.outputs
        if output.asset in COMPARED
    }


def _is_given(commit: Commit, wanted: set[Input], commits: list[Commit], members: list[Member]) -> bool:
    """Whether a commit made, or judged, what is taken as it is; releases, waivers and withdrawals count too."""
    if commit.release or commit.waivers or commit.withdrawals:
        return True
    for item in wanted:
        if _maker(commits, item.asset, item.window, item.content) is commit:
            return True
    about = {(item.asset, item.content) for item in wanted}
    about |= {(asset, content) for member in members for asset, content in member.contents.items()}
    return any((gate.asset, gate.content) in about for gate in commit.gates)


def _gone(ledger: Ledger, product: str, wanted: set[Input], given: list[Commit]) -> list[str]:
    """What cannot be read any more."""
    gone = []
    for item in sorted(wanted, key=lambda one: (one.window, one.asset)):
        maker = _maker(given, item.asset, item.window, item.content)
        output = next((o for o in maker.outputs if o.content == item.content), None) if maker else None
        if output and output.path and ledger.store.exists(output.path):
            continue
        what = f"{item.asset} of window {item.window} ({item.content[:16]})"
        why = ledger.removed(product, item.asset, item.window, item.content) or "it is not in the store"
        gone.append(f"{what}: {why}")
    return gone
