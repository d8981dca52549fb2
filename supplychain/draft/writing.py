"""A draft becomes files of a project, after it was tried on the rows that it was made from."""

from __future__ import annotations

import glob
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from supplychain.define.land import LEAST_ROWS, prepare
from supplychain.define.roles import ROLES
from supplychain.draft.drafting import Draft, make_draft
from supplychain.draft.evidence import evidence_suite
from supplychain.draft.product import product_text
from supplychain.draft.scaffold import SCHEMA_FILE, laid_down, put, refuse_existing, root_or_none
from supplychain.draft.slicing import slug
from supplychain.draft.suites import row_suite
from supplychain.errors import BadInput
from supplychain.project import read_product

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from supplychain.product import Product

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Drafted:
    """What `init` did.

    Attributes:
        root: The project.
        name: The product; empty where only a project was laid down.
        laid: What was added to make the folder a project; empty where it was one.
        files: The product file and the suites.
        draft: The decisions.
    """

    root: Path
    name: str
    laid: list[str]
    files: list[Path]
    draft: Draft | None


def initialise(
    folder: Path, file: Path | None, *, target: str | None, name: str | None, progress: Callable[[str], None]
) -> Drafted:
    """Lay down a project where there is none, and draft a product from a file.

    Args:
        folder: Where one stands: the project or a folder in it, or the folder to become one.
        file: The data; None to lay down a project alone.
        target: The outcome's column; None to have one suggested.
        name: The product's name; None to make it of the file's.
        progress: Told what is under way.

    Raises:
        BadInput: The file, the target or the name cannot be used, or the name is taken.
        SupplyChainError: The folder cannot be written.
    """
    root = root_or_none(folder)
    if file is None:
        if root:
            raise BadInput("this folder is in a project already", where=root, remedy="draft a product with --from FILE")
        with laid_down(folder) as laid:
            return Drafted(folder, "", laid, [], None)
    name = checked_name(name) if name else name_of(file)
    if root:
        refuse_existing(root, name)
    draft = make_draft(file, target=target, progress=progress)
    progress("measuring what limits this table can meet")
    place = root or folder
    texts = {
        "defs.yaml": product_text(draft, name, _source(file, place), f"../../{Path(SCHEMA_FILE).name}"),
        "real.yaml": row_suite(draft, "real"),
        "synthetic.yaml": row_suite(draft, "synthetic"),
        "evidence.yaml": evidence_suite(draft),
    }
    _try_out(draft, name, texts["defs.yaml"])
    if root:
        return Drafted(root, name, [], put(root, name, texts), draft)
    with laid_down(folder) as laid:
        return Drafted(folder, name, laid, put(folder, name, texts), draft)


def checked_name(name: str) -> str:
    """The name, if it can be a product's.

    Raises:
        BadInput: It cannot.
    """
    if not _NAME.fullmatch(name):
        fitting = slug(name)
        remedy = f"such as {fitting}" if _NAME.fullmatch(fitting) else "such as night-shift"
        problem = f"{name!r} is no name of a product"
        raise BadInput(problem, where="--name", remedy=f"use small letters, digits and single hyphens, {remedy}")
    return name


def name_of(file: Path) -> str:
    """A product's name from a file's.

    Example:
        >>> name_of(Path("Credit Card_Clients.csv.gz")), name_of(Path("2019.parquet"))
        ('credit-card-clients', 'data-2019')
    """
    stem = slug(re.sub(r"(\.(csv|tsv|txt|parquet|gz))+$", "", file.name, flags=re.IGNORECASE))
    return stem if _NAME.fullmatch(stem) else f"data-{stem}".rstrip("-")


def _source(file: Path, root: Path) -> str:
    """The file as the product file names it: relative inside the project; signs of a pattern are taken as they are."""
    file, root = file.resolve(), root.resolve()
    shown = file.relative_to(root) if file.is_relative_to(root) else file
    return glob.escape(str(shown))


def _try_out(draft: Draft, name: str, text: str) -> None:
    """Read the product file back and land the sample by it: what would fail in `run` is said now.

    Raises:
        BadInput: A role has too few rows or classes, or the outcome is too rare.
    """
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / name / "defs.yaml"
        target.parent.mkdir()
        target.write_text(text, encoding="utf-8")
        product = read_product(target)
    rows = prepare(product, draft.table.sample, str(draft.table.file))
    for slice_ in product.all_slices:
        assert slice_.mask(rows).any(), f"slice {slice_.name} is empty"
    _refuse_thin(draft, product, rows)


def _refuse_thin(draft: Draft, product: Product, rows: pl.DataFrame) -> None:
    outcome, where = product.outcome.name, draft.table.file
    parts = {role: rows.filter(rows["_role"] == role)[outcome] for role in ROLES}
    for role, values in parts.items():
        if len(values) < LEAST_ROWS or values.n_unique() < 2:
            raise BadInput(
                f"is too small: role {role} would have {len(values)} rows, {values.n_unique()} values of {outcome!r}",
                where=where,
                remedy=f"bring more rows: each role needs {LEAST_ROWS} and two values",
            )
    if draft.frame[outcome].n_unique() <= 20:
        unseen = {value for values in parts.values() for value in values.unique()} - set(parts["train"].unique())
        if unseen:
            raise BadInput(
                f"has {len(unseen)} rare classes of {outcome!r} that role train would not have",
                where=where,
                remedy="join rare classes, bring more rows, or name another --target",
            )
