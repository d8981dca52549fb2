"""Publishing: blends become a version, whole or not at all."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain import seeds
from supplychain.errors import BadInput
from supplychain.gates import SUITES
from supplychain.ledger import Release
from supplychain.publish.again import windows_of_next, withdrawn_again
from supplychain.publish.card import CARD, card
from supplychain.publish.columns import MOST_PROFILED, columns
from supplychain.publish.contract import CONTRACT, contract
from supplychain.publish.croissant import CROISSANT, croissant
from supplychain.publish.data import SYNTHETIC, copy_labelled, staged, synthetic_part, write_synthetic
from supplychain.publish.evidence import EVIDENCE, evidence
from supplychain.publish.facts import Member, member
from supplychain.publish.latest import point
from supplychain.publish.manifest import MANIFEST, data_entry, file_entry, head, label, to_bytes
from supplychain.publish.provenance import EVENTS, events
from supplychain.publish.report import REPORT, report
from supplychain.publish.signature import signature_files, signing_key
from supplychain.publish.version import MAJOR, Change, changes, newest, number
from supplychain.publishing import EXTERNAL, INTERNAL
from supplychain.store import sha256, write_synced
from supplychain.tables import scan_table

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from supplychain.chain import Chain
    from supplychain.gates import Suite
    from supplychain.ledger import Commit
    from supplychain.publishing import Audience


def publish(chain: Chain, window: str, *, sign: bool = True) -> Commit:
    """Publish the blend of a window together with those windows of the newest release that are not rebuilt.

    Where nothing differs from the newest release, that one stays and no new version is made. Two publishers at once
    are served one after the other; a folder that no commit speaks of, left by a killed one, is removed first. The
    folder is moved to its name, then the commit is written, then the pointer `latest` moves.

    Args:
        chain: The product and its store.
        window: The window.
        sign: Whether to sign with the key that the environment names, and to want one where the product does.

    Raises:
        GateRefused: The blend is not of what the gates have said yes to, or is what was withdrawn.
    """
    product = chain.product.name
    key = signing_key(required=chain.product.publish.signed) if sign else None
    with chain.store.lock(f"{product}-publish", why=f"another release of {product} is being written", wait=True):
        with chain.step("publish", window) as step:
            before = _newest(chain)
            members = [member(chain, step, name) for name in windows_of_next(chain, window)]
            chain.progress(f"writing a release of {', '.join(one.window for one in members)}")
            draft = Draft.of(chain, members, before, key)
            if draft.version != (before or {}).get("version"):
                step.unheard.append(draft.folder)
                release, size = draft.write()
            else:
                release, size = draft.kept()
            step.release = release
            step.write_folder(
                "release",
                release.path,
                release.manifest,
                size,
                version=release.version,
                rows=release.rows,
                synthetic_rows=release.synthetic_rows,
                windows=", ".join(release.windows),
            )
        point(chain.ledger, product)
    return step.done


def _newest(chain: Chain) -> dict[str, Any] | None:
    """The manifest of the release with the largest version, withdrawn or not: a version is never given twice."""
    released = {one.version: one for commit in chain.ledger.releases(chain.product.name) if (one := commit.release)}
    if not released:
        return None
    data: dict[str, Any] = json.loads(chain.store.read(f"{released[newest(released)].path}/{MANIFEST}"))
    return data


@dataclass(frozen=True)
class Draft:
    """A release before it is written: its version, and what its manifests say without files.

    Attributes:
        chain: The product and its store.
        members: Its windows.
        version: Its version; that of the newest release where nothing differs.
        heads: Audience to manifest, without files.
        samples: Audience to released rows, or some of them, for the report.
        key: What it is signed with.
    """

    chain: Chain
    members: list[Member]
    version: str
    heads: dict[Audience, dict[str, Any]]
    samples: dict[Audience, pl.DataFrame]
    key: Ed25519PrivateKey | None

    @classmethod
    def of(
        cls, chain: Chain, members: list[Member], before: dict[str, Any] | None, key: Ed25519PrivateKey | None
    ) -> Draft:
        """Describe a release, and number it by what changed since the newest one."""
        suites = {name: chain.suite(name) for name in SUITES}
        samples = _samples(chain, members)
        heads = {audience: _head(chain, audience, members, suites, rows) for audience, rows in samples.items()}
        main = heads[INTERNAL]
        found = _changes(chain, before, main)
        version = before["version"] if before and _same(before, main) else number(before, found)
        if refusal := withdrawn_again(chain, version):
            raise refusal
        reasons = _reasons(before, found)
        for one in heads.values():
            # An external manifest tells no figure that real rows gave: what changed is told by its kind alone.
            kinds = sorted({f"{change.level}: {change.about}" for change in found})
            one |= {"version": version, "reasons": (one["audience"] == EXTERNAL and kinds) or reasons}
        return cls(chain, members, version, heads, samples, key)

    @property
    def folder(self) -> str:
        """The release's key in the store."""
        return f"releases/{self.chain.product.name}/{self.version}"

    def write(self) -> tuple[Release, int]:
        """Write the folder, whole or not at all."""
        chain, folder = self.chain, self.folder
        chain.store.remove(folder)  # left by a publisher that was killed before its commit: nobody was told of it
        with staged(chain.store, folder) as place, chain.store.explained("write", folder):
            others = [
                self._audience(audience, place / audience, f"{audience}/")
                for audience in self.heads
                if audience != INTERNAL
            ]
            entry = self._audience(INTERNAL, place, "", others)
            size = sum(file.stat().st_size for file in place.rglob("*") if file.is_file())
            chain.store.publish_folder(place, folder)
        return self._release(entry["sha256"]), size

    def kept(self) -> tuple[Release, int]:
        """The release that is there already."""
        data = self.chain.store.read(f"{self.folder}/{MANIFEST}")
        files = json.loads(data)["files"]
        return self._release(sha256(data)), len(data) + sum(int(file["bytes"]) for file in files)

    def _release(self, manifest: str) -> Release:
        rows = sum(one.made.rows for one in self.members)
        made = sum(one.synthetic_rows for one in self.members)
        return Release(self.version, self.folder, manifest, tuple(one.window for one in self.members), rows, made)

    def _audience(self, audience: Audience, place: Path, at: str, others: list[dict[str, Any]] | None = None) -> Any:  # noqa: ANN401
        """Write what one audience gets; the entry of its manifest, at its place in the release."""
        (place / "data").mkdir(parents=True)
        content = {**self.heads[audience], "files": []}
        content["files"] += [self._rows(one, audience, place, content) for one in self.members]
        product = self.chain.product
        documents = {
            CARD: card(product, content, self.members),
            CROISSANT: croissant(product, content),
            CONTRACT: contract(product, content),
            EVENTS: events(product.name, self.version, audience, self.members),
            EVIDENCE: evidence(audience, self.members),
            REPORT: report(product, content, self.members, self.samples[audience]),
        }
        for name, data in documents.items():
            write_synced(place / name, data)
        content["files"] += [file_entry(name, data) for name, data in documents.items()] + (others or [])
        data = to_bytes(content)
        write_synced(place / MANIFEST, data)
        for name, beside in (signature_files(self.key, data) if self.key else {}).items():
            write_synced(place / name, beside)
        return file_entry(f"{at}{MANIFEST}", data)

    def _rows(self, one: Member, audience: Audience, place: Path, content: dict[str, Any]) -> dict[str, Any]:
        write = write_synthetic if audience == EXTERNAL else copy_labelled
        target = place / "data" / f"{one.window}.parquet"
        return data_entry(one.window, write(self.chain.store, one.made, target, label(content, one)))


def _head(
    chain: Chain, audience: Audience, members: list[Member], suites: dict[str, Suite], rows: pl.DataFrame
) -> dict[str, Any]:
    external = audience == EXTERNAL
    known = {**_types(members), SYNTHETIC: "Boolean"}
    types = {name: known[name] for name in rows.columns}  # in the order of the data
    judges = [suites["synthetic"]] if external else [suites["synthetic"], suites["real"]]
    count = sum(one.synthetic_rows if external else one.made.rows for one in members)
    return {
        **head(chain, audience, members, suites),
        "rows": count,
        "columns": columns(chain.product, rows, types, judges),
    }


def _samples(chain: Chain, members: list[Member]) -> dict[Audience, pl.DataFrame]:
    """Each audience's rows, or some drawn by chance, from which the spread of the columns is told."""
    most = max(MOST_PROFILED // len(members), 1)
    parts = [
        scan_table(chain.store, one.made.table).sample(
            most, seed=seeds.integer(chain.seed("profile", window=one.window))
        )
        for one in members
    ]
    rows = pl.concat(parts, how="diagonal")
    found: dict[Audience, pl.DataFrame] = {INTERNAL: rows, EXTERNAL: synthetic_part(rows)}
    return {audience: found[audience] for audience in chain.product.publish.audiences}


def _types(members: list[Member]) -> dict[str, str]:
    """Column to type, the same in every window.

    Raises:
        BadInput: Two windows differ: then the older one has to be run again.
    """
    first = members[0]
    for one in members:
        if one.made.columns != first.made.columns:
            here, there = one.made.columns, first.made.columns
            names = sorted(name for name in here.keys() | there.keys() if here.get(name) != there.get(name))
            raise BadInput(
                f"windows {first.window} and {one.window} differ in {', '.join(names)}",
                where="release",
                remedy="declare their kinds under columns, and run both windows again",
            )
    return dict(first.made.columns)


def _changes(chain: Chain, before: dict[str, Any] | None, now: dict[str, Any]) -> list[Change]:
    """What changed since the newest release; one of format 1 did not tell terms, gates and spreads."""
    if before is None:
        return []
    if before["format"] == 1:
        reason = f"{before['version']} was published by an older supplychain, and cannot be compared"
        return [Change(MAJOR, "format", reason)]
    return changes(before, now, same=chain.product.publish.same_distribution)


def _reasons(before: dict[str, Any] | None, found: list[Change]) -> list[str]:
    if before is None:
        return ["first release"]
    return [f"{one.level}: {one.reason}" for one in found] or ["patch: rebuilt, the same distribution"]


_IGNORED = ("files", "version", "reasons")


def _same(before: dict[str, Any], now: dict[str, Any]) -> bool:
    """Whether the newest release already holds exactly this, for the same audiences."""
    plain: dict[str, Any] = json.loads(to_bytes(now))
    return {k: v for k, v in plain.items() if k not in _IGNORED} == {
        k: v for k, v in before.items() if k not in _IGNORED
    }
