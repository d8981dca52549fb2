"""What a command is about: the project around it, and the product that its argument names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplychain.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path


def project_or_none() -> Path | None:
    """The project around this folder, if there is one: reading a store needs none."""
    from supplychain.project import project_root

    try:
        return project_root()
    except BadInput:
        return None


def split_version(text: str) -> tuple[str, str]:
    """`PRODUCT` or `PRODUCT@VERSION` as two."""
    product, _, version = text.partition("@")
    return product, version or "latest"
