"""What lies behind a commit: the commits that made what it read, and so on back to the source."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from supplychain.ledger.entries import Input
    from supplychain.ledger.events import Commit


def maker_of(commits: Sequence[Commit], asset: str, window: str, content: str) -> Commit | None:
    """The newest of some commits, given oldest first, that made a content."""
    return next((commit for commit in reversed(commits) if _made(commit, asset, window, content)), None)


def maker_for(commits: Sequence[Commit], reader: Commit, asset: str) -> Commit | None:
    """The newest commit before a reader that made what it read of its own window's asset; None where it read none."""
    read = next((item for item in reader.inputs if (item.asset, item.window) == (asset, reader.window)), None)
    place = next(k for k, commit in enumerate(commits) if commit.id == reader.id)
    return _before(commits, place, read) if read else None


def behind(commits: Sequence[Commit], *ends: Commit) -> list[Commit]:
    """The commits that lead to some, and these themselves, oldest first.

    Of each content that a commit read, the newest commit before it that made it: a later one may have made the same
    content of something else, even of what this one led to.

    Args:
        commits: The product's commits, oldest first.
        ends: Those of them that are asked about.
    """
    places = {commit.id: place for place, commit in enumerate(commits)}
    found, wanted = {commit.id for commit in ends}, list(ends)
    while wanted:
        commit = wanted.pop()
        for item in commit.inputs:
            made = _before(commits, places[commit.id], item)
            if made is not None and made.id not in found:
                found.add(made.id)
                wanted.append(made)
    return [commit for commit in commits if commit.id in found]


def _before(commits: Sequence[Commit], place: int, item: Input) -> Commit | None:
    return next(
        (commits[k] for k in range(place - 1, -1, -1) if _made(commits[k], item.asset, item.window, item.content)), None
    )


def _made(commit: Commit, asset: str, window: str, content: str) -> bool:
    return commit.window == window and any(out.asset == asset and out.content == content for out in commit.outputs)
