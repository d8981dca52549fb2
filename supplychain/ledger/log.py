"""The lineage log: one file a commit, written whole or not at all, by any number of processes at once."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from supplychain.errors import BadInput, nearest
from supplychain.ledger.entries import Output
from supplychain.ledger.events import Commit
from supplychain.ledger.links import Sight, machine_of, writer
from supplychain.store import sha256

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from supplychain.ledger.entries import Withdrawal
    from supplychain.ledger.verdicts import GateResult
    from supplychain.store import Store

EVENTS = "events"


class Ledger:
    """Reads and appends commits. What is current is whatever the newest commit says."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._seen: dict[str, tuple[Commit, str]] = {}
        self._sights: dict[str, Sight] = {}

    def append(self, commit: Commit) -> Commit:
        """Write a commit at the end of its product's log; it is in the log when this returns.

        The sequence is one more than the largest in sight. Two writers may take the same one: then their ids
        decide the order, and neither can have read what the other made. The event names what was in sight by hash.

        Raises:
            StoreFault: It cannot be written; or the newest events, which it is to name, are damaged.
        """
        product = commit.product
        names = self.names(product)
        last = int(names[-1].split("-")[0]) if names else 0
        sight = self._sights.setdefault(product, Sight(self.store.url, product))
        commit = dataclasses.replace(
            commit,
            id=commit.id or uuid.uuid4().hex,
            sequence=last + 1,
            recorded_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            writer=writer(),
            previous=sight.previous,
            heads=sight.heads(names, lambda name: self.load(product, name)),
            behind=len(names),
        )
        data = commit.to_json()
        self.store.write(f"{EVENTS}/{product}/{commit.file_name}", data)
        sight.wrote(sha256(data))
        return commit

    def names(self, product: str) -> list[str]:
        """Names of a product's event files, in the order of the log."""
        return [name for name in self.store.names(f"{EVENTS}/{product}") if is_event(name)]

    def load(self, product: str, name: str) -> tuple[Commit, str]:
        """The commit in an event file, and the hash of the file.

        Raises:
            StoreFault: The file is gone, damaged, or newer than this library.
        """
        key = f"{EVENTS}/{product}/{name}"
        if key not in self._seen:
            data = self.store.read(key)
            self._seen[key] = Commit.from_json(data, where=self.store.path(key)), sha256(data)
        return self._seen[key]

    def has(self, commit: Commit) -> bool:
        """Whether a commit's event is in the log."""
        return any(name.endswith(f"-{commit.id}.json") for name in self.store.names(f"{EVENTS}/{commit.product}"))

    def products(self) -> list[str]:
        """Names of the products that have a log."""
        return self.store.names(EVENTS)

    def require(self, product: str) -> None:
        """Refuse a product that has no log.

        Raises:
            BadInput: It has none.
        """
        known = self.products()
        if product not in known:
            problem = f"there is no product {product!r} in this store"
            remedy = nearest(product, known) if known else "it is empty, run `supplychain run PRODUCT` first"
            raise BadInput(problem, where=self.store.url, remedy=remedy)

    def commits(self, product: str) -> list[Commit]:
        """Every commit of a product, in the order of the log."""
        return list(reversed(list(self._newest_first(product))))

    def windows(self, product: str) -> list[str]:
        """The windows that steps have worked on, in the order in which they came."""
        return list(dict.fromkeys(commit.window for commit in self.commits(product) if commit.outputs))

    def find(self, product: str, asset: str, window: str) -> tuple[Commit, Output] | None:
        """The newest commit that made an asset in a window, and that output."""
        for commit in self._newest_first(product):
            if commit.window == window:
                for output in commit.outputs:
                    if output.asset == asset:
                        return commit, output
        return None

    def current(self, product: str, asset: str, window: str) -> Output:
        """The current content of an asset in a window.

        Raises:
            BadInput: It has not been made yet.
        """
        found = self.find(product, asset, window)
        if found and (gone := self.removed(product, asset, window, found[1].content)):
            raise BadInput(
                f"{asset} of window {window} was taken out of the store ({gone})",
                where=f"product {product}",
                remedy=f"run `supplychain run {product} --window {window}`",
            )
        if found is None:
            raise BadInput(
                f"{asset} of window {window} has not been made yet",
                where=f"product {product}",
                remedy=f"run `supplychain run {product} --window {window}`",
            )
        return found[1]

    def removed(self, product: str, asset: str, window: str, content: str) -> str:
        """Why a content that is the current one is no longer in the store, or nothing."""
        for commit in self._newest_first(product):
            if any((r.asset, r.window, r.content) == (asset, window, content) for r in commit.removals):
                why = commit.erasure.kind if commit.erasure else commit.step
                return f"{'people were erased' if why == 'request' else why}, event {commit.file_name}"
            if commit.window == window and any((o.asset, o.content) == (asset, content) for o in commit.outputs):
                return ""
        return ""

    def gates(self, product: str, asset: str, content: str) -> list[GateResult]:
        """What each suite said, when it last judged exactly that content: a rule that is gone since says nothing."""
        newest: dict[str, list[GateResult]] = {}
        for commit in self._newest_first(product):
            about = [gate for gate in commit.gates if gate.asset == asset and gate.content == content]
            for suite in {gate.suite for gate in about} - newest.keys():
                newest[suite] = [gate for gate in about if gate.suite == suite]
        verdicts = [gate for gates in newest.values() for gate in gates]
        return sorted(verdicts, key=lambda gate: (gate.suite, gate.gate, gate.rule))

    def releases(self, product: str) -> list[Commit]:
        """The commits that published a version, oldest first, each version once."""
        first: dict[str, Commit] = {}
        for commit in self.commits(product):
            if commit.release:
                first.setdefault(commit.release.version, commit)
        return list(first.values())

    def withdrawn(self, product: str) -> dict[str, Withdrawal]:
        """The versions that were withdrawn, with the first withdrawal of each."""
        found: dict[str, Withdrawal] = {}
        for commit in self.commits(product):
            for withdrawal in commit.withdrawals:
                found.setdefault(withdrawal.version, withdrawal)
        return found

    def pulled(self, product: str, versions: Iterable[str]) -> list[dict[str, str]]:
        """The copies of some versions that were taken, oldest first: version, at, by, audience, machine, folder."""
        wanted = set(versions)
        return [
            {
                "version": pull.version,
                "at": commit.recorded_at[:19],
                "by": pull.by,
                "audience": pull.audience,
                "machine": machine_of(commit.writer),
                "folder": pull.folder,
            }
            for commit in self.commits(product)
            for pull in commit.pulls
            if pull.version in wanted
        ]

    def release(self, product: str, version: str = "latest") -> Commit:
        """The commit that published a version; `latest` is the newest one that nobody has withdrawn.

        Raises:
            BadInput: There is no such product or version, or all are withdrawn.
        """
        self.require(product)
        released = {commit.release.version: commit for commit in self.releases(product) if commit.release}
        if version == "latest" and released:
            withdrawn = self.withdrawn(product)
            kept = [commit for name, commit in released.items() if name not in withdrawn]
            if not kept:
                last = withdrawn[list(released)[-1]]
                raise BadInput(
                    f"every release is withdrawn, the last one by {last.by} ({last.reason})",
                    where=f"product {product}",
                    remedy=f"mend it and run `supplychain run {product}`, or name one as {product}@VERSION",
                )
            return kept[-1]
        if version not in released:
            raise BadInput(
                f"has no release {version!r}" if released else "has no release yet",
                where=f"product {product}",
                remedy=nearest(version, released) if released else f"run `supplychain run {product}`",
            )
        return released[version]

    def _newest_first(self, product: str) -> Iterator[Commit]:
        for name in reversed(self.names(product)):
            yield self.load(product, name)[0]


def is_event(name: str) -> bool:
    """Whether a file's name is that of an event."""
    number, _, rest = name.partition("-")
    return number.isdigit() and rest.endswith(".json")
