"""Which windows have to be made again, since what was released of them leans on people who are gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplychain.erasure.finding import learned_blends

if TYPE_CHECKING:
    from supplychain.chain import Chain


@dataclass(frozen=True)
class Stale:
    """A window to be made again.

    Attributes:
        window: The window.
        version: The newest release that holds it.
        reason: Why, for a person.
        event: The event of the erasure.
    """

    window: str
    version: str
    reason: str
    event: str


def stale_windows(chain: Chain) -> list[Stale]:
    """Windows of the product whose newest released blend holds rows, or rows of a model, of people who were erased.

    A window that was run again since, up to its blend, is not among them, nor one that was erased as a whole.
    """
    product, ledger = chain.product, chain.ledger
    commits = ledger.commits(product.name)
    events = {model: commit for commit in commits if commit.erasure for model in commit.erasure.tainted}
    gone = {commit.window for commit in commits if commit.erasure and commit.erasure.kind == "retention"}
    versions = {
        window: release.version
        for commit in ledger.releases(product.name)
        if (release := commit.release)
        for window in release.windows
    }
    stale = []
    for window in product.windows:
        found = ledger.find(product.name, "blend", window)
        if found is None or window not in versions or window in gone:
            continue
        for model, commit in events.items():
            if (window, found[1].content) in learned_blends(commits, {model}):
                count = len(commit.erasure.people) if commit.erasure else 0
                who = "a person who was" if count == 1 else f"{count:,} people who were"
                reason = f"its synthetic rows were made by a model of {who} erased"
                stale.append(Stale(window, versions[window], reason, commit.file_name))
                break
    return stale
