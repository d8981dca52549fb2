"""The product file and the suites as they were: kept in the store under their hashes, so that a release can be rebuilt.

`specs/PRODUCT/HASH.json` is a product as it was read, `specs/PRODUCT/SUITE-HASH.yaml` a suite's file. The key that
entities are hashed with is not kept: whoever reads the store is not to find out who is behind a hash.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supplychain.chain import Chain
    from supplychain.ledger import GateResult
    from supplychain.product import Product
    from supplychain.store import Store


def keep(chain: Chain, gates: Iterable[GateResult]) -> None:
    """Keep the chain's product, and the suites by which something was judged, unless they are there.

    Raises:
        StoreFault: The store refuses.
    """
    product = chain.product
    _keep(chain.store, _product(product.name, product.spec_hash), without_key(product))
    for suite, digest in sorted({(gate.suite, gate.suite_hash) for gate in gates}):
        file = chain.suite_file(suite)
        key = _suite(product.name, suite, digest)
        if not chain.store.exists(key) and file.is_file() and suite_is(chain, suite, digest):
            chain.store.write(key, file.read_bytes())


def without_key(product: Product) -> bytes:
    """The product as JSON, without the key of its entities' hashes."""
    document = product.model_dump(mode="json")
    document["roles"]["key"] = ""
    return (json.dumps(document, indent=2, sort_keys=True) + "\n").encode()


def suite_is(chain: Chain, suite: str, digest: str) -> bool:
    """Whether the suite's file, with the product's levers, is the one of that hash."""
    from supplychain.errors import BadInput
    from supplychain.gates import suite_hash

    try:
        return suite_hash(chain.suite_file(suite), chain.root, chain.product.lever_values) == digest
    except BadInput:
        return False


def kept_product(now: Product, store: Store, spec: str) -> Product | None:
    """The product as it was, or None where it was not kept.

    A later version of this library may hash it otherwise. The key of its entities' hashes is the present one.
    """
    from supplychain.product import Product

    key = _product(now.name, spec)
    if not store.exists(key):
        return None
    document = json.loads(store.read(key))
    document["roles"]["key"] = now.roles.key
    return Product.model_validate(document)


def kept_suite(store: Store, name: str, suite: str, digest: str) -> bytes | None:
    """A suite's file as it was, or None where it was not kept."""
    key = _suite(name, suite, digest)
    return store.read(key) if store.exists(key) else None


def _keep(store: Store, key: str, data: bytes) -> None:
    if not store.exists(key):
        store.write(key, data)


def _product(name: str, spec: str) -> str:
    return f"specs/{name}/{spec}.json"


def _suite(name: str, suite: str, digest: str) -> str:
    return f"specs/{name}/{suite}-{digest}.yaml"
