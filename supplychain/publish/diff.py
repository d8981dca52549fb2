"""What is other between two versions: schema, distribution, gates, cost, and why the version moved as it did."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from supplychain.errors import BadInput
from supplychain.publish.columns import distance
from supplychain.publish.folder import audience_folder, manifest_of
from supplychain.publish.load import check_audience
from supplychain.publish.version import changes, weaker
from supplychain.publishing import INTERNAL

if TYPE_CHECKING:
    from supplychain.ledger import Commit, Ledger

SAME = 0.05
"""The default of `publish.same_distribution`: what was published with is not in a manifest."""


def diff(
    ledger: Ledger, product: str, one: str, other: str, *, audience: str = INTERNAL, same: float = SAME
) -> dict[str, Any]:
    """The difference between two versions, as plain values.

    Raises:
        BadInput: There is no such version, or one is too old to be compared.
        StoreFault: A manifest is not what was published.
    """
    check_audience(audience)
    commits = [ledger.release(product, version) for version in (one, other)]
    old, new = (_manifest(ledger, commit, audience) for commit in commits)
    found = changes(old, new, same=same)
    return {
        "product": product,
        "audience": audience,
        "from": old["version"],
        "to": new["version"],
        "level": found[0].level if found else "patch",
        "changes": [asdict(change) for change in found],
        "reasons": new["reasons"],
        "distribution": _distribution(old, new),
        "gates": _gates(old, new),
        "cost": [
            {"version": m["version"], **_cost(ledger, product, c)} for m, c in zip((old, new), commits, strict=True)
        ],
        "rows": [m["rows"] for m in (old, new)],
        "made_by": _made_by(old, new),
    }


def _manifest(ledger: Ledger, commit: Commit, audience: str) -> dict[str, Any]:
    release = commit.release
    assert release is not None
    content, _ = manifest_of(ledger.store, release.path, release.manifest)
    if content["format"] < 2:
        raise BadInput(
            f"release {release.version} was published by an older supplychain, and cannot be compared",
            where=f"product {commit.product}",
            remedy="publish it again",
        )
    folder, expected = audience_folder(release.path, content, audience)
    return manifest_of(ledger.store, folder, expected)[0] if expected else content


def _distribution(old: dict[str, Any], new: dict[str, Any]) -> list[dict[str, Any]]:
    """The columns that both have, the one that moved farthest first."""
    before = {column["name"]: column for column in old["columns"]}
    moved = [
        {"column": column["name"], "distance": round(distance(before[column["name"]]["spread"], column["spread"]), 4)}
        for column in new["columns"]
        if "spread" in column and "spread" in before.get(column["name"], {})
    ]
    return sorted(moved, key=lambda one: (-one["distance"], one["column"]))


def _gates(old: dict[str, Any], new: dict[str, Any]) -> list[dict[str, Any]]:
    """Rules whose limit or whose outcome is other."""
    limits = [{(gate["suite"], gate["rule"]): gate for gate in one["gates"]} for one in (old, new)]
    said = [
        {
            (entry["window"], gate["suite"], gate["rule"]): gate["outcome"]
            for entry in one["windows"]
            for gate in entry["gates"]
        }
        for one in (old, new)
    ]
    found = []
    for key in sorted(limits[0].keys() | limits[1].keys()):
        before, after = (one.get(key) for one in limits)
        if (
            before is None
            or after is None
            or before["limit"] != after["limit"]
            or before["severity"] != after["severity"]
        ):
            word = (
                "new" if before is None else "gone" if after is None else "weaker" if weaker(before, after) else "other"
            )
            shown = [f"{gate['severity']}: {gate['limit']}" if gate else "" for gate in (before, after)]
            found.append({"rule": "/".join(key), "window": "", "what": word, "before": shown[0], "after": shown[1]})
    for judged in sorted(said[0].keys() & said[1].keys()):
        before, after = (one[judged] for one in said)
        if before != after:
            rule, window = "/".join(judged[1:]), judged[0]
            found.append({"rule": rule, "window": window, "what": "outcome", "before": before, "after": after})
    return found


def _cost(ledger: Ledger, product: str, published: Commit) -> dict[str, Any]:
    """What the runs took whose work is in a release: all commits of a run that published it, from the log."""
    commits = [commit for commit in ledger.commits(product) if commit.run == published.run]
    if published.run in ("", "adhoc"):
        commits = [published]
    priced = [cost for commit in commits for cost in commit.costs if cost.money is not None]
    return {
        "seconds": round(sum(commit.seconds for commit in commits), 1),
        "cpu_seconds": round(sum(commit.cpu_seconds for commit in commits), 1),
        "money": round(sum(cost.money or 0.0 for cost in priced), 2) if priced else None,
        "currency": priced[0].currency if priced else "",
    }


def _made_by(old: dict[str, Any], new: dict[str, Any]) -> list[dict[str, Any]]:
    """Hashes of what made each: product file, suites, code."""
    rows: list[tuple[str, str, str]] = [
        ("spec", old["spec"], new["spec"]),
        ("code", old["code"]["hash"], new["code"]["hash"]),
    ]
    names = sorted(old["rules"].keys() | new["rules"].keys())
    rows += [(f"{name}.yaml", old["rules"].get(name, ""), new["rules"].get(name, "")) for name in names]
    return [{"what": what, "before": before, "after": after, "same": before == after} for what, before, after in rows]
