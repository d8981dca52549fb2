"""A project laid down, and a draft put into it: whole or not at all, and nothing that was there is overwritten."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from supplychain.errors import BadInput, SupplyChainError
from supplychain.project import file_schema, project_root

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SCHEMA_FILE = "assets/product.schema.json"
TEMPLATES = {"workspace.yaml": "workspace.yaml", "dagster.yaml": "dagster.yaml", "gitignore": ".gitignore"}


def root_or_none(start: Path | None = None) -> Path | None:
    """The project around a folder, if there is one."""
    try:
        return project_root(start)
    except BadInput:
        return None


@contextmanager
def laid_down(folder: Path) -> Iterator[list[str]]:
    """Make a folder a project for as long as what is done in it succeeds; what was there stays as it was.

    Yields:
        The files and folders that were added, relative to the folder.

    Raises:
        BadInput: A package `assets` is there, which would hide the installed one.
        SupplyChainError: The folder cannot be written.
    """
    if (folder / "assets" / "__init__.py").exists():
        raise BadInput(
            "is a Python package, and would hide the chain's own of that name",
            where=folder / "assets",
            remedy="make the project in another folder",
        )
    added: list[Path] = []
    try:
        with writable(folder):
            for template, name in TEMPLATES.items():
                if not (folder / name).exists():
                    added.append(folder / name)
                    text = (files("supplychain.draft") / "templates" / template).read_text(encoding="utf-8")
                    (folder / name).write_text(text, encoding="utf-8")
            for inner in ("assets", "assets/products", "expectations"):
                if not (folder / inner).exists():
                    (folder / inner).mkdir()
                    added.append(folder / inner)
            if not (folder / SCHEMA_FILE).exists():
                added.append(folder / SCHEMA_FILE)
                write_schema(folder)
        yield [str(path.relative_to(folder)) for path in added]
    except BaseException:
        for path in reversed(added):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        raise


def write_schema(root: Path) -> None:
    """Write the JSON Schema of product files, for editors, in the words of this version of the library."""
    text = json.dumps(file_schema(), indent=1, ensure_ascii=False) + "\n"
    (root / SCHEMA_FILE).write_text(text, encoding="utf-8")


def refuse_existing(root: Path, name: str) -> None:
    """Refuse a name that is taken.

    Raises:
        BadInput: A product or suites of that name are there.
    """
    for path in (root / "assets" / "products" / name, root / "expectations" / name):
        if path.exists():
            shown = path.relative_to(root)
            raise BadInput("is there already, and nothing is overwritten", where=shown, remedy="give another --name")


def put(root: Path, name: str, texts: Mapping[str, str]) -> list[Path]:
    """Write a product file and its suites: into a hidden folder first, then in their places by renaming.

    Args:
        root: The project.
        name: The product.
        texts: `defs.yaml` and the suites' files, by name.

    Returns:
        The files.

    Raises:
        BadInput: The name is taken.
        SupplyChainError: The project cannot be written.
    """
    refuse_existing(root, name)
    suites, product = root / "expectations" / name, root / "assets" / "products" / name
    beside = root / f".init-{name}-{os.getpid()}"
    moved: list[Path] = []
    try:
        with writable(root):
            for folder in (beside / "suites", beside / "product"):
                folder.mkdir(parents=True)
            for file, text in texts.items():
                kind = "product" if file == "defs.yaml" else "suites"
                (beside / kind / file).write_text(text, encoding="utf-8")
            # The product last: it is seen only when its suites are there.
            for kind, target in (("suites", suites), ("product", product)):
                target.parent.mkdir(parents=True, exist_ok=True)
                (beside / kind).rename(target)
                moved.append(target)
            if not (root / SCHEMA_FILE).exists():
                write_schema(root)
    except BaseException:
        for target in moved:
            shutil.rmtree(target, ignore_errors=True)
        raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return [product / "defs.yaml", *(suites / file for file in texts if file != "defs.yaml")]


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Turn a failure to write into one line."""
    try:
        yield
    except OSError as error:
        where = error.filename or folder
        raise SupplyChainError(
            f"{where}: cannot be written ({error.strerror}); choose a folder that you may write"
        ) from None
