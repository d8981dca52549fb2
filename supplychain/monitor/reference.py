"""What a window is held against: the real rows of the release in force when it came, of its own season if there is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supplychain.chain import Chain
    from supplychain.ledger import Commit, Release
    from supplychain.step import Step


@dataclass(frozen=True)
class Reference:
    """Real rows that a release was trained on.

    Attributes:
        release: The release.
        windows: The windows that the rows are of.
        rows: Rows of role train.
        refused: Rows of these windows that row rules set aside.
        arrived: All rows that these windows had, those set aside among them.
        words: Which windows, and why not all.
    """

    release: Release
    windows: tuple[str, ...]
    rows: pl.DataFrame
    refused: int
    arrived: int
    words: str


def in_force(chain: Chain, window: str, content: str) -> Release | None:
    """The newest release that does not hold this content of the window: the one in force when it came."""
    for commit in reversed(_kept(chain)):
        assert commit.release is not None
        if real_contents(chain, commit.release).get(window) != content:
            return commit.release
    return None


def newest_release(chain: Chain) -> Release | None:
    """The newest release that nobody has withdrawn, or None."""
    releases = _kept(chain)
    return releases[-1].release if releases else None


def _kept(chain: Chain) -> list[Commit]:
    """The releases that nobody has withdrawn, oldest first."""
    withdrawn = chain.ledger.withdrawn(chain.product.name)
    return [
        commit
        for commit in chain.ledger.releases(chain.product.name)
        if commit.release and commit.release.version not in withdrawn
    ]


def real_contents(chain: Chain, release: Release) -> dict[str, str]:
    """Window to the content of the real rows that a release holds."""
    manifest = json.loads(chain.store.read(f"{release.path}/manifest.json"))
    return {entry["window"]: entry["inputs"]["real"] for entry in manifest["windows"]}


def trained_on(chain: Chain, step: Step, release: Release, window: str) -> Reference:
    """The real rows of a release that a window is held against."""
    step.note_input("release", ", ".join(release.windows), release.manifest)
    contents = real_contents(chain, release)
    windows, words = in_season(chain.product.windows, tuple(contents), window, chain.product.monitor.season)
    landed = [commit for name in windows if (commit := _landing(chain, name, contents[name]))]
    rows = [chain.store.read_table(commit.output("real").table) for commit in landed]
    counts = [{made.asset: made.rows for made in commit.outputs} for commit in landed]
    return Reference(
        release,
        windows,
        pl.concat(rows, how="diagonal_relaxed"),
        sum(count.get("set_aside", 0) for count in counts),
        sum(sum(count.values()) for count in counts),
        words,
    )


def in_season(known: Iterable[str], held: tuple[str, ...], window: str, season: int) -> tuple[tuple[str, ...], str]:
    """Which of the windows that are held lie whole cycles away from a window; all of them where none does.

    Args:
        known: The product's windows, in order.
        held: Windows that the release holds.
        window: The window that came.
        season: Windows in a cycle; 1 where there are no seasons.
    """
    place = {name: number for number, name in enumerate(known)}
    alike = tuple(name for name in held if name in place and (place[name] - place[window]) % season == 0)
    if season == 1:
        return held, ""
    if alike:
        return alike, f"of the same season: {', '.join(alike)}"
    return held, "no window of the same season is in the release: held against all of them, a season looks like drift"


def _landing(chain: Chain, window: str, content: str) -> Commit | None:
    """The newest commit that landed that content."""
    return next(
        (
            commit
            for commit in reversed(chain.ledger.commits(chain.product.name))
            if commit.window == window
            and any(made.asset == "real" and made.content == content for made in commit.outputs)
        ),
        None,
    )
