"""What the lineage log says of earlier tries: batches measured on the same fit and people, and epsilon that was spent.

Whoever may try until a gate passes will pass it: the gate then chooses batches by luck, and its answers, added up,
tell of the people they were computed on (Ganev and De Cristofaro, arXiv 2312.05114). So tries are counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supplychain.ledger import Commit

    Content = tuple[str, str]
    """An asset and its content."""


@dataclass(frozen=True)
class Ancestry:
    """Which contents of a window each content was made from."""

    parents: dict[Content, set[Content]]

    @classmethod
    def of(cls, commits: Iterable[Commit], window: str) -> Ancestry:
        """Read the log's commits."""
        parents: dict[Content, set[Content]] = {}
        for commit in commits:
            inputs = {(item.asset, item.content) for item in commit.inputs if item.window == window}
            for output in commit.outputs:
                if commit.window == window or commit.release:
                    own = parents.setdefault((output.asset, output.content), set())
                    own |= inputs - {(output.asset, output.content)}
        return cls(parents)

    def sources(self, content: Content, asset: str) -> set[str]:
        """The contents of an asset that something was made from, however far back."""
        seen, ahead = set(), [content]
        while ahead:
            item = ahead.pop()
            if item not in seen:
                seen.add(item)
                ahead.extend(self.parents.get(item, ()))
        return {found for name, found in seen if name == asset}


def attempts(commits: list[Commit], window: str, accepted: str, asset: str) -> int:
    """Which try this batch is, among the different batches measured on the same fit or people: 1 for the first.

    An attempt is a different content of `accepted` of which evidence was made, in the order of the log. Measuring the
    same batch again says nothing new, and is none.

    Args:
        commits: The product's commits, oldest first.
        window: The window.
        accepted: Content of the batch.
        asset: `synthesizer` for the same fit, `real` for the same people.
    """
    ancestry = Ancestry.of(commits, window)
    same = ancestry.sources(("accepted", accepted), asset)
    tried: list[str] = []
    for commit in commits:
        if commit.window == window and any(output.asset == "evidence" for output in commit.outputs):
            for item in commit.inputs:
                if item.asset == "accepted" and item.content not in tried:
                    tried.append(item.content)
    of_same = [one for one in tried if one == accepted or ancestry.sources(("accepted", one), asset) & same]
    return of_same.index(accepted) + 1 if accepted in of_same else len(of_same) + 1


def spent(commits: list[Commit], window: str, accepted: str) -> list[tuple[float, float] | None]:
    """Epsilon and delta of each fit that the window's people paid for: this batch's first, then released ones.

    None stands for a fit without a claim. Refits on the same people add up (basic composition: Dwork et al., Our Data,
    Ourselves, EUROCRYPT 2006); all fits of a window count as on the same people, which is safe.
    """
    ancestry = Ancestry.of(commits, window)
    mine = ancestry.sources(("accepted", accepted), "synthesizer")
    released: set[str] = set()
    for commit in commits:
        if commit.release:
            for item in commit.inputs:
                if item.window == window:
                    released |= ancestry.sources((item.asset, item.content), "synthesizer")
    claims = {
        output.content: _claim(output.notes)
        for commit in commits
        for output in commit.outputs
        if output.asset == "synthesizer"
    }
    return [claims.get(model) for model in (*sorted(mine), *sorted(released - mine))]


def _claim(notes: dict[str, str | int | float | bool | None]) -> tuple[float, float] | None:
    epsilon, delta = notes.get("epsilon"), notes.get("delta")
    return (float(epsilon), float(delta or 0.0)) if epsilon is not None else None
