"""Where a command works: the project around it, and the store that the environment names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from supplychain.errors import BadInput
from supplychain.store import DEFAULT_HOME, HOME_VARIABLE, Store

if TYPE_CHECKING:
    from pathlib import Path


def open_store(root: Path | None) -> Store:
    """The store at `SUPPLYCHAIN_HOME`, else `.supplychain` of the project, else of this folder."""
    home = os.environ.get(HOME_VARIABLE)
    return Store.open(home or (root / DEFAULT_HOME if root else None))


def project_or_none() -> Path | None:
    """The project around this folder, if there is one: reading a store needs none."""
    from supplychain.product import project_root

    try:
        return project_root()
    except BadInput:
        return None


def split_version(text: str) -> tuple[str, str]:
    """`PRODUCT` or `PRODUCT@VERSION` as two."""
    product, _, version = text.partition("@")
    return product, version or "latest"
