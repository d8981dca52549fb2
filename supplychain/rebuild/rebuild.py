"""A release made again in a store of its own: the models, the rows and the release; what was measured is taken.

Evidence and verdicts are about contents, by hash: they hold for rows that come out the same, and for no others.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from supplychain import __version__
from supplychain.chain import Chain
from supplychain.code import code_hash, installed_version
from supplychain.errors import StoreFault
from supplychain.generate import fit_synthesizer, sample_candidates
from supplychain.kept import kept_product, kept_suite, suite_is
from supplychain.ledger import Ledger
from supplychain.ledger.log import EVENTS
from supplychain.ledger.verdicts import on_day
from supplychain.merge import blend
from supplychain.publish import MANIFEST, PUBLIC_KEY, SIGNATURE, publish
from supplychain.rebuild.ingredients import AGAIN, Ingredients, Member, ingredients_of, reviews
from supplychain.store import Store, sha256
from supplychain.validate import screen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from supplychain.ledger import Commit
    from supplychain.product import Product

STEPS = dict(zip(AGAIN, (fit_synthesizer, sample_candidates, screen, blend), strict=True))


@dataclass(frozen=True)
class Rebuilt:
    """A release that was made again.

    Attributes:
        product: The product.
        version: Its version.
        same: Whether its manifest, and with it every file, is the same byte for byte.
        differences: The first thing that differs, and what was made with other code; empty where all is the same.
        files: Files of all audiences that were compared; signatures are of the manifest, and not made again.
        folder: Where it lies now, if it was to be kept.
    """

    product: str
    version: str
    same: bool
    differences: tuple[str, ...]
    files: int
    folder: str


def rebuild_release(
    chain: Chain, version: str, *, target: Path | None = None, progress: Callable[[str], None] | None = None
) -> Rebuilt:
    """Make a release again from what the log names, and compare it with what was published.

    Args:
        chain: The product as it is now, and its store; nothing is written there.
        version: The version, or `latest`.
        target: A new folder to put the release into.
        progress: Called with a line while it is long.

    Raises:
        BadInput: There is no such release.
        StoreFault: An input is gone: the line says which.
    """
    product = chain.product.name
    found = ingredients_of(chain.ledger, product, version)
    assert found.release.release is not None
    where = f"{product}@{found.release.release.version}"
    if found.gone:
        raise StoreFault(f"{where}: cannot be made again, since what it was made of is gone: {'; '.join(found.gone)}")
    with _workshop(chain, where) as (store, root), on_day(_day(found.release)):
        work = _Work(chain, found, store, root, progress or chain.progress, where)
        return work.done(target)


def _day(commit: Commit) -> Any:  # noqa: ANN401  (a date)
    return datetime.fromisoformat(commit.recorded_at).date()


@contextmanager
def _workshop(chain: Chain, where: str) -> Iterator[tuple[Store, Path]]:
    """A store and a project that are gone afterwards."""
    place = chain.store.staging(f"rebuild/{where}")
    try:
        yield Store.open(place / "home"), place / "project"
    finally:
        shutil.rmtree(place, ignore_errors=True)
        if chain.store.local and (folder := chain.store.local / "rebuild").is_dir() and not any(folder.iterdir()):
            folder.rmdir()


class _Work:
    """The rebuilding of one release."""

    def __init__(
        self, chain: Chain, found: Ingredients, store: Store, root: Path, progress: Callable[[str], None], where: str
    ) -> None:
        self._chain, self._found, self._store, self._root = chain, found, store, root
        self._progress, self._where = progress, where
        self._product = chain.product.name
        assert found.release.release is not None
        self._release = found.release.release
        for commit in found.given:
            self._bring(commit)

    def done(self, target: Path | None) -> Rebuilt:
        """Make all of it, and compare."""
        release = self._release
        differences = [line for member in self._found.members if (line := self._again(member))][:1]
        files = 0
        if not differences:
            self._progress("publishing")
            made = publish(self._at(self._found.release), self._found.release.window, sign=False).release
            assert made is not None
            differences, files = self._compare(made.path, release.path, release.manifest)
            if target:
                self._take(made.path, target, signed=not differences)
        if differences:
            differences += self._other_code()
        return Rebuilt(self._product, release.version, not differences, tuple(differences), files, str(target or ""))

    def _again(self, member: Member) -> str:
        """Make a window again, step by step; what differs first, or nothing. A model may differ: its rows may not."""
        for asset in AGAIN:
            if asset in member.made:
                self._progress(f"{asset} of window {member.window}")
                commit = member.made[asset]
                output = STEPS[asset](self._at(commit), member.window).output(asset)
                if asset != "synthesizer" and output.content != member.contents[asset]:
                    was, now = member.contents[asset][:16], output.content[:16]
                    return f"{asset} of window {member.window} is another one: {now}, and was {was}"
                if asset == "accepted":
                    self._review_again(member)
        return ""

    def _review_again(self, member: Member) -> None:
        """Say after the screening, as then, what people said of these very rows: which of them they rejected."""
        ledger = Ledger(self._store)
        for commit in reviews(self._found.given, member):
            ledger.append(dataclasses.replace(commit, id=""))

    def _at(self, commit: Commit) -> Chain:
        """The chain as it was for a commit: its product, and its suites."""
        product = self._spec(commit.spec)
        chain = Chain(product, self._store, Ledger(self._store), self._root, run="rebuild", progress=self._progress)
        asked = (*self._found.given, *(made for member in self._found.members for made in member.made.values()))
        for suite in ("real", "synthetic", "evidence"):
            self._suite(chain, suite, [g.suite_hash for c in asked for g in c.gates if g.suite == suite][::-1])
        return chain

    def _spec(self, spec: str) -> Product:
        now = self._chain.product
        product = now if now.spec_hash == spec else kept_product(now, self._chain.store, spec)
        if product is None:
            raise StoreFault(f"{self._where}: cannot be made again, since its product file of then is gone ({spec})")
        return product

    def _suite(self, chain: Chain, suite: str, digests: list[str]) -> None:
        """Put the suite's file of then into the project: the newest by which something of the release was judged."""
        target, now = chain.suite_file(suite), self._chain.suite_file(suite)
        for digest in digests[:1]:
            data = kept_suite(self._chain.store, self._product, suite, digest)
            if data is None and suite_is(self._chain, suite, digest):
                data = now.read_bytes()
            if data is None:
                raise StoreFault(f"{self._where}: cannot be made again, since {suite}.yaml of then is gone ({digest})")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)

    def _bring(self, commit: Commit) -> None:
        """Put an event and what it made into the store of its own."""
        key = f"{EVENTS}/{self._product}/{commit.file_name}"
        self._store.write(key, self._chain.store.read(key))
        for output in commit.outputs:
            if output.path and self._chain.store.exists(output.path) and not self._store.exists(output.path):
                self._link(output.path)

    def _link(self, path: str) -> None:
        """Make a file or folder readable there; nothing is copied where both are on this machine."""
        source, store = self._chain.store, self._store
        assert store.local is not None
        target = store.local / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.local:
            target.symlink_to(source.local / path)
        elif path.startswith("releases/"):
            store.write(f"{path}/{MANIFEST}", source.read(f"{path}/{MANIFEST}"))
        else:
            store.write(path, source.read(path))

    def _compare(self, made: str, was: str, manifest: str) -> tuple[list[str], int]:
        """What differs first between the two folders, by their manifests; and how many files there are."""
        assert self._store.local is not None
        data = self._store.read(f"{made}/{MANIFEST}")
        now = json.loads(data)
        if sha256(data) == manifest:
            return [], sum(file.is_file() for file in (self._store.local / made).rglob("*"))
        if not self._chain.store.exists(f"{was}/{MANIFEST}"):
            return ["the manifest differs from the log's hash, and the published one is gone"], len(now["files"])
        return [_difference(json.loads(self._chain.store.read(f"{was}/{MANIFEST}")), now)], len(now["files"])

    def _other_code(self) -> list[str]:
        """What the release was made with that is another version here."""
        release, made = self._release, self._found.release
        lines = [f"supplychain {made.code} made it, this is {__version__}"] if made.code != __version__ else []
        if self._chain.store.exists(f"{release.path}/{MANIFEST}"):
            code = json.loads(self._chain.store.read(f"{release.path}/{MANIFEST}")).get("code", {})
            if code.get("hash") != code_hash():
                lines.append(f"source code {code.get('hash')} made it, this is {code_hash()}")
            for name, version in code.get("libraries", {}).items():
                if (now := installed_version(name)) != version:
                    lines.append(f"{name} {version} made it, this is {now or 'not installed'}")
        return lines

    def _take(self, path: str, target: Path, *, signed: bool) -> None:
        """Put what was made into a folder; a manifest that came out the same has the signature that it had."""
        assert self._store.local is not None
        shutil.move(str(self._store.local / path), target)
        for manifest in list(target.rglob(MANIFEST)) if signed else ():
            for name in (SIGNATURE, PUBLIC_KEY):
                there = f"{self._release.path}/{manifest.relative_to(target).with_name(name).as_posix()}"
                if self._chain.store.exists(there):
                    manifest.with_name(name).write_bytes(self._chain.store.read(there))


def _difference(before: dict[str, Any], now: dict[str, Any]) -> str:
    """What differs first between two manifests, in words; other code that made the same rows is no other release."""
    hashes = {file["path"]: file["sha256"] for file in before["files"]}
    other = [file["path"] for file in now["files"] if hashes.get(file["path"]) != file["sha256"]]
    rows = [file["path"] for file in now["files"] if "rows" in file and file["path"] in other]
    if now["code"] != before.get("code") and not rows:
        return "the rows are the same, byte for byte; what tells of them was made with other code"
    if other:
        return f"{(rows or other)[0]} is another file than the published one"
    keys = [key for key in sorted(now.keys() | before.keys()) if now.get(key) != before.get(key)]
    return f"the manifest differs in {', '.join(keys) or 'its bytes'}"
