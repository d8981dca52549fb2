"""The lineage log: one file a commit, written whole or not at all, by any number of processes at once."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from supplychain.errors import BadInput, nearest
from supplychain.ledger.events import Commit, Output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supplychain.ledger.verdicts import GateResult
    from supplychain.store import Store

EVENTS = "events"


class Ledger:
    """Reads and appends commits. What is current is whatever the newest commit says."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._seen: dict[str, Commit] = {}

    def append(self, commit: Commit) -> Commit:
        """Write a commit at the end of its product's log; it is in the log when this returns.

        The sequence is one more than the largest in sight. Two writers may take the same one: then their ids
        decide the order, and neither can have read what the other made.
        """
        folder = f"{EVENTS}/{commit.product}"
        names = self.store.names(folder)
        last = int(names[-1].split("-")[0]) if names else 0
        commit = dataclasses.replace(
            commit,
            id=commit.id or uuid.uuid4().hex,
            sequence=last + 1,
            recorded_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        )
        self.store.write(f"{folder}/{commit.file_name}", commit.to_json())
        return commit

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
        if found is None:
            raise BadInput(
                f"{asset} of window {window} has not been made yet",
                where=f"product {product}",
                remedy=f"run `supplychain run {product} --window {window}`",
            )
        return found[1]

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

    def release(self, product: str, version: str = "latest") -> Commit:
        """The commit that published a version.

        Raises:
            BadInput: There is no such product or version.
        """
        self.require(product)
        released = {commit.release.version: commit for commit in self.releases(product) if commit.release}
        if version == "latest" and released:
            return list(released.values())[-1]
        if version not in released:
            raise BadInput(
                f"has no release {version!r}" if released else "has no release yet",
                where=f"product {product}",
                remedy=nearest(version, released) if released else f"run `supplychain run {product}`",
            )
        return released[version]

    def _newest_first(self, product: str) -> Iterator[Commit]:
        folder = f"{EVENTS}/{product}"
        for name in reversed(self.store.names(folder)):
            key = f"{folder}/{name}"
            if key not in self._seen:
                self._seen[key] = Commit.from_json(self.store.read(key), where=self.store.path(key))
            yield self._seen[key]
