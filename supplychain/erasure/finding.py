"""What the store holds of some people, or of a window: tables, blends, models, releases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from supplychain.ledger.contents import ENTITY, held_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from supplychain.chain import Chain
    from supplychain.ledger import Commit, Ledger, Release
    from supplychain.ledger.contents import Held

MODELS = "models/"
Content = tuple[str, str]
"""A window and a content."""


@dataclass(frozen=True)
class Table:
    """A table of the store.

    Attributes:
        asset: The asset.
        window: The window.
        content: Its hash.
        path: Its key in the store.
        rows: Rows of the people in it; 0 where it is a blend, or where a whole window is meant.
        current: Whether it is what the asset is now.
        made_as: Its hash before anybody was erased from it.
    """

    asset: str
    window: str
    content: str
    path: str
    rows: int
    current: bool
    made_as: str


@dataclass(frozen=True)
class Model:
    """A model that was trained on the people."""

    window: str
    content: str
    path: str
    asset: str


@dataclass(frozen=True)
class Used:
    """A release that has to do with the people.

    Attributes:
        version: Its version.
        path: Its folder.
        window: The window through which it has.
        holds: Whether it may hold their rows; else it only holds rows that a model of them made.
        withdrawn: Whether it is withdrawn already.
    """

    version: str
    path: str
    window: str
    holds: bool
    withdrawn: bool


@dataclass(frozen=True)
class Found:
    """All that the store holds of some people, or of a window.

    Attributes:
        people: Those who are in a table, by their hash in `_entity`; empty where a whole window is meant.
        tables: Tables with their rows.
        blends: Blends of real rows, theirs among them.
        models: Models that were trained on them.
        releases: Releases that hold their rows, or rows that those models made.
    """

    people: frozenset[str]
    tables: tuple[Table, ...]
    blends: tuple[Table, ...]
    models: tuple[Model, ...]
    releases: tuple[Used, ...]

    @property
    def windows(self) -> list[str]:
        """The windows in which there is something."""
        tables = {one.window for one in (*self.tables, *self.blends)}
        return sorted(tables | {one.window for one in self.models})


def find_people(chain: Chain, people: frozenset[str]) -> Found:
    """What the store holds of people, by their hashes in `_entity`; every table is looked into, old ones too."""
    ledger, product = chain.ledger, chain.product.name
    commits = ledger.commits(product)
    tables: list[Table] = []
    reals: set[Content] = set()
    seen: set[str] = set()
    there: dict[str, set[str]] = {}
    for held in held_tables(commits):
        new = held.path not in there
        if new:
            chain.progress(f"looking into {held.asset} of window {held.window}")
            there[held.path] = _people_in(chain, held.path) & people
            seen |= there[held.path]
        if there[held.path] and held.asset == "real":
            reals.add((held.window, held.content))
        if there[held.path] and new:
            tables.append(_table(ledger, product, held, _rows_in(chain, held.path, there[held.path])))
    return _followed(ledger, product, commits, reals, frozenset(seen), tuple(tables))


def find_window(chain: Chain, window: str) -> Found:
    """What the store holds of all people of a window."""
    ledger, product = chain.ledger, chain.product.name
    commits = ledger.commits(product)
    held = [one for one in held_tables(commits) if one.window == window]
    there = {one.path: one for one in held if one.path and chain.store.exists(one.path)}
    tables = tuple(_table(ledger, product, one, 0) for one in there.values())
    reals = {(window, one.content) for one in held if one.asset == "real"}
    return _followed(ledger, product, commits, reals, frozenset(), tables)


def first_landings(ledger: Ledger, product: str) -> dict[str, datetime]:
    """Window to the time at which its rows landed first."""
    first: dict[str, datetime] = {}
    for commit in ledger.commits(product):
        if commit.step == "define" and any(output.asset == "real" for output in commit.outputs):
            first.setdefault(commit.window, datetime.fromisoformat(commit.recorded_at))
    return first


def expired_windows(chain: Chain, today: datetime | None = None) -> list[str]:
    """The windows that were kept as long as the product file says, and are still there."""
    retention = chain.product.retention
    if retention is None:
        return []
    now = today or datetime.now(UTC)
    old = [
        window
        for window, landed in first_landings(chain.ledger, chain.product.name).items()
        if now - landed >= timedelta(days=retention.days)
    ]
    return [window for window in old if find_window(chain, window).tables]


def _followed(
    ledger: Ledger,
    product: str,
    commits: list[Commit],
    reals: set[Content],
    people: frozenset[str],
    tables: tuple[Table, ...],
) -> Found:
    """What was made of some contents of `real`, and which releases it went into."""
    took = [
        commit for commit in commits if any((i.window, i.content) in reals for i in commit.inputs if i.asset == "real")
    ]
    models = {
        output.content: Model(commit.window, output.content, output.path, output.asset)
        for commit in took
        for output in commit.outputs
        if output.path.startswith(MODELS)
    }
    gone = {r.path for commit in commits for r in commit.removals}
    blends = {
        (commit.window, output.content) for commit in took for output in commit.outputs if output.asset == "blend"
    }
    learned = learned_blends(commits, set(models))
    withdrawn = ledger.withdrawn(product)
    releases = [
        Used(release.version, release.path, item.window, holds, release.version in withdrawn)
        for commit in ledger.releases(product)
        if (release := commit.release)
        for item in commit.inputs
        if item.asset == "blend"
        if (holds := (item.window, item.content) in blends and _has_real_rows(release))
        or (item.window, item.content) in learned
    ]
    return Found(
        people,
        tables,
        tuple(_blends(ledger, product, commits, blends)),
        tuple(one for one in models.values() if one.path not in gone),
        tuple(releases),
    )


def _blends(ledger: Ledger, product: str, commits: list[Commit], contents: set[Content]) -> Iterator[Table]:
    """Those blends, where they lie today."""
    seen = {""}
    for held in held_tables(commits, ("blend",), column="_origin"):
        if (held.window, held.content) in contents and held.path not in seen:
            seen.add(held.path)
            yield _table(ledger, product, held, 0)


def learned_blends(commits: list[Commit], models: set[str]) -> set[Content]:
    """The blends, as window and content, whose synthetic rows some models made."""
    sampled = {
        (commit.window, output.content)
        for commit in commits
        if any(batch.model in models for batch in commit.batches)
        for output in commit.outputs
    }
    screened = _made_of(commits, "accepted", "candidates", sampled)
    return _made_of(commits, "blend", "accepted", screened)


def _made_of(commits: list[Commit], asset: str, of: str, contents: set[Content]) -> set[Content]:
    return {
        (commit.window, output.content)
        for commit in commits
        if any(item.asset == of and (item.window, item.content) in contents for item in commit.inputs)
        for output in commit.outputs
        if output.asset == asset
    }


def _has_real_rows(release: Release) -> bool:
    return release.rows > release.synthetic_rows


def _table(ledger: Ledger, product: str, held: Held, rows: int) -> Table:
    found = ledger.find(product, held.asset, held.window)
    current = found is not None and found[1].content == held.content_now
    return Table(held.asset, held.window, held.content_now, held.path, rows, current, held.content)


def _people_in(chain: Chain, path: str) -> set[str]:
    if not path or not chain.store.exists(path):
        return set()
    return set(_entities(chain, path).unique())


def _rows_in(chain: Chain, path: str, people: set[str]) -> int:
    return int(_entities(chain, path).is_in(list(people)).sum())


def _entities(chain: Chain, path: str) -> pl.Series:
    import polars as pl

    with chain.store.open_file(path) as handle, chain.store.explained("read", path):
        return pl.read_parquet(handle, columns=[ENTITY])[ENTITY]
