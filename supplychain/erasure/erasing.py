"""Erasing: tables are written anew without the people, and the log says so before anything is removed.

A window is one commit: new tables first, then the event, then the old files go. Killed before the event, nothing has
happened; killed after it, `clear_removed` ends what was begun.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from supplychain.erasure.finding import MODELS, Found, Model, Table, Used, find_window
from supplychain.erasure.keys import erasure_key
from supplychain.erasure.rewriting import BlendWithout
from supplychain.erasure.suppress import role_key_id
from supplychain.ledger import Commit, Erasure, Input, Ledger, Output, Removal, Withdrawal
from supplychain.ledger.contents import ENTITY, held_tables
from supplychain.ledger.index import forget
from supplychain.step import UNFINISHED
from supplychain.store import StoredTable
from supplychain.tables import TableScan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supplychain.chain import Chain
    from supplychain.step import Step

ERASE = "erase"
"""The step of a commit by which people were erased."""
REQUEST, RETENTION = "request", "retention"


@dataclass(frozen=True)
class Erased:
    """What an erasure did.

    Attributes:
        people: People who were erased; 0 where whole windows were.
        rows: Rows of tables that went, blends among them.
        windows: The windows.
        models: Models that were removed.
        withdrawn: Versions that were withdrawn.
        events: The events that say so.
    """

    people: int
    rows: int
    windows: tuple[str, ...]
    models: int
    withdrawn: tuple[str, ...]
    events: tuple[str, ...]


def erase(chain: Chain, found: Found, *, reason: str, by: str) -> Erased:
    """Take people out of all that the store holds; the record names them by keyed hashes alone.

    Tables that hold them are written anew, models that were trained on them are removed, releases that hold their
    rows are withdrawn, and their data with such rows removed.

    Args:
        chain: The product and its store.
        found: What `find_people` found.
        reason: Why.
        by: Who answers for it.

    Raises:
        BadInput: There is no key.
        Busy: A run of the product is under way.
    """
    product = chain.product
    key = erasure_key(chain.store, why="people are erased under a keyed hash")
    people = tuple(sorted(key.person(product.name, person) for person in found.people))
    record = Erasure(REQUEST, reason, by, key.id, role_key_id(product), people)
    with chain.store.lock(product.name, why=f"a run of {product.name} is under way"):
        commits = [_Window(chain, found, window, record).erase() for window in found.windows]
        return _done(chain, commits, len(people))


def erase_expired(chain: Chain, windows: list[str], *, reason: str, by: str) -> Erased:
    """Take whole windows out of the store that were kept long enough; see `expired_windows`."""
    product = chain.product.name
    record = Erasure(RETENTION, reason, by)
    with chain.store.lock(product, why=f"a run of {product} is under way"):
        commits = [_Window(chain, find_window(chain, window), window, record).erase() for window in windows]
        return _done(chain, commits, 0)


def _done(chain: Chain, commits: list[Commit], people: int) -> Erased:
    from supplychain.publish import point

    clear_removed(chain.ledger, chain.product.name)
    for commit in commits:
        chain.store.remove(f"{UNFINISHED}/{chain.product.name}/{commit.window}")
    forget(chain.ledger)  # it knew them by a hash, and is built anew
    if any(commit.withdrawals for commit in commits):
        point(chain.ledger, chain.product.name)
    return Erased(
        people,
        sum(removal.rows for commit in commits for removal in commit.removals),
        tuple(commit.window for commit in commits),
        sum(removal.path.startswith(MODELS) for commit in commits for removal in commit.removals),
        tuple(withdrawal.version for commit in commits for withdrawal in commit.withdrawals),
        tuple(commit.file_name for commit in commits),
    )


def clear_removed(ledger: Ledger, product: str) -> int:
    """Remove files that an event says were taken out and that are still there; how many there were."""
    paths = {removal.path for commit in ledger.commits(product) for removal in commit.removals}
    left = [path for path in sorted(paths) if ledger.store.exists(path)]
    for path in left:
        ledger.store.remove(path)
    return len(left)


class _Window:
    """The erasure of people, or of everybody, from a window."""

    def __init__(self, chain: Chain, found: Found, window: str, record: Erasure) -> None:
        self._chain, self._window, self._record, self._found = chain, window, record, found
        self._paths = {
            (one.asset, one.window, one.content): one.path for one in held_tables(chain.ledger.commits(self._product))
        }
        self._gone: dict[str, pl.DataFrame] = {}

    @property
    def _product(self) -> str:
        return self._chain.product.name

    def erase(self) -> Commit:
        """Write what stays, and commit."""
        models = [one for one in self._found.models if one.window == self._window]
        blend: Output | None = None
        with self._chain.step(ERASE, self._window, declared=False) as step:
            step.erasure = replace(self._record, tainted=tuple(sorted({one.content for one in models})))
            for table in self._mine(self._found.tables):
                self._table(step, table)
            for table in self._mine(self._found.blends):
                blend = self._blend(step, table) or blend
            step.removals += [self._model(one) for one in models]
            for used in self._found.releases:
                if used.window == self._window and used.holds:
                    self._release(step, used)
        if blend:
            self._new_blend(blend, step.done)
        return step.done

    def _mine(self, tables: tuple[Table, ...]) -> list[Table]:
        return [one for one in tables if one.window == self._window and self._chain.store.exists(one.path)]

    def _table(self, step: Step, table: Table) -> None:
        """Take the people out of a table of people; it is current again if it was."""
        rows = self._chain.store.read_table(StoredTable(table.path, table.content, 0, 0))
        if self._record.kind == RETENTION:
            step.removals.append(Removal(table.asset, self._window, table.content, table.path, rows=rows.height))
            return
        theirs = pl.col(ENTITY).is_in(list(self._found.people))
        stay, self._gone[table.path] = rows.filter(~theirs), rows.filter(theirs)
        notes = self._notes(table)
        if "entities" in notes:
            notes["entities"] = stay[ENTITY].n_unique()
        new = step.put_table(table.asset, stay, **notes)
        step.removals.append(self._became(table, new, rows.height - stay.height))
        if table.current:
            step.outputs.append(new)

    def _blend(self, step: Step, table: Table) -> Output | None:
        """Take their rows out of a blend; the new blend if it was the current one."""
        if self._record.kind == RETENTION:
            step.removals.append(Removal("blend", self._window, table.content, table.path))
            return None
        went = BlendWithout(self._gone_from(table))
        scan = TableScan(self._chain.store, StoredTable(table.path, table.content, 0, 0))
        new = step.put_pieces("blend", went.pieces(scan.pieces()))
        step.removals.append(self._became(table, new, went.rows))
        if not table.current:
            return None
        notes = self._notes(table)
        made = int(notes.get("synthetic_rows") or 0)
        notes |= {"real_rows": new.rows - made, "synthetic_share": made / max(new.rows, 1)}
        return replace(new, notes=notes)

    def _gone_from(self, blend: Table) -> pl.DataFrame:
        """The rows that went from the `real` of which a blend was made."""
        real = next(item for item in self._maker("blend", blend.made_as).inputs if item.asset == "real")
        return self._gone[self._paths["real", real.window, real.content]]

    def _new_blend(self, blend: Output, erased: Commit) -> None:
        """Make the blend current, made of the same things but for the people: it is judged as it was, and stale."""
        old = next(r.content for r in erased.removals if r.asset == "blend" and r.became == blend.content)
        before = self._maker("blend", old)
        became = {(r.asset, r.content): r.became for r in erased.removals}
        with self._chain.step(ERASE, self._window, declared=False) as step:
            step.inputs = [
                Input(item.asset, item.window, became.get((item.asset, item.content)) or item.content)
                for item in before.inputs
            ]
            step.waivers = list(before.waivers)
            step.outputs = [blend]

    def _maker(self, asset: str, content: str) -> Commit:
        """The newest commit that made a content in this window."""
        return next(
            commit
            for commit in reversed(self._chain.ledger.commits(self._product))
            if commit.window == self._window and any((o.asset, o.content) == (asset, content) for o in commit.outputs)
        )

    def _notes(self, table: Table) -> dict[str, str | int | float | bool | None]:
        """What was noted of a table."""
        if not table.current:
            return {}
        return dict(self._maker(table.asset, table.content).output(table.asset).notes)

    def _became(self, table: Table, new: Output, rows: int) -> Removal:
        return Removal(table.asset, self._window, table.content, table.path, new.content, new.path, rows)

    def _model(self, model: Model) -> Removal:
        return Removal(model.asset, self._window, model.content, model.path)

    def _release(self, step: Step, used: Used) -> None:
        """Withdraw a release, unless it is, and take out its data of this window."""
        if not used.withdrawn and used.version not in self._chain.ledger.withdrawn(self._product):
            step.withdrawals.append(Withdrawal(used.version, self._record.reason, self._record.by))
        store = self._chain.store
        for path in _data(store.names(f"{used.path}/data"), self._window):
            key = f"{used.path}/data/{path}"
            step.removals.append(Removal("release", self._window, store.digest(key), key))


def _data(names: list[str], window: str) -> Iterator[str]:
    """A release's data files of a window; all of them where none has its name."""
    own = [name for name in names if name.split(".")[0] == window]
    yield from own or names
