"""What a release would be of, and whether it would be the newest one again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from supplychain.errors import GateRefused
from supplychain.gates import SUITES
from supplychain.publish.manifest import MANIFEST, made_with

if TYPE_CHECKING:
    from supplychain.chain import Chain
    from supplychain.ledger import Release


def windows_of_next(chain: Chain, window: str) -> list[str]:
    """The new window and those that the newest release in force has, in the product's order."""
    withdrawn = chain.ledger.withdrawn(chain.product.name)
    held = [
        one.windows
        for commit in chain.ledger.releases(chain.product.name)
        if (one := commit.release) and one.version not in withdrawn
    ]
    there = held[-1] if held else ()
    return [name for name in chain.product.windows if name == window or name in there]


def is_made_as_now(chain: Chain, release: Release) -> bool:
    """Whether product file, suites, levers, code and libraries are those that a release was made with."""
    manifest: dict[str, Any] = json.loads(chain.store.read(f"{release.path}/{MANIFEST}"))
    rules = {name: chain.suite(name).hash for name in SUITES}
    now = {"spec": chain.product.spec_hash, "rules": rules, "code": made_with()}
    return all(manifest.get(key) == value for key, value in now.items())


def withdrawn_again(chain: Chain, version: str) -> GateRefused | None:
    """What is said to whoever would publish a release again that a person has withdrawn; None where nobody has."""
    found = chain.ledger.withdrawn(chain.product.name).get(version)
    if found is None:
        return None
    return GateRefused(
        f"product {chain.product.name}: nothing differs from release {version}, which {found.by} withdrew "
        f"({found.reason}); nothing is published"
    )
