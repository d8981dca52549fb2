"""What code made something: work is used again only where the very same code would do it again."""

from __future__ import annotations

import hashlib
import inspect
import json
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

COMPUTES = ("numpy", "polars", "scikit-learn", "scipy", "sdv", "torch")
"""Libraries whose version may change a figure."""


@cache
def code_hash() -> str:
    """Hash of this library's source and of the versions that it computes with, 16 hexadecimal digits."""
    digest = hashlib.sha256()
    folder = Path(__file__).parent
    for file in sorted(folder.rglob("*.py")):
        digest.update(str(file.relative_to(folder)).encode() + file.read_bytes())
    digest.update(repr([installed_version(name) for name in COMPUTES]).encode())
    return digest.hexdigest()[:16]


def recipe(**made_of: Any) -> str:  # noqa: ANN401  (plain values)
    """Hash of all that decides what a step makes: the code, and what the caller names; 16 hexadecimal digits."""
    text = json.dumps([code_hash(), made_of], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def source_of(thing: type) -> str:
    """Hash of the file in which a class stands: a plug-in's code is not in `code_hash`."""
    file = inspect.getsourcefile(thing)
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()[:16] if file else ""


def installed_version(name: str) -> str:
    """The version of an installed package; empty where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
