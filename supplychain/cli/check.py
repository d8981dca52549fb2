"""`check`: everything that can be wrong with a product before anything is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from supplychain.cli.output import AsJson, put_json, say, status

if TYPE_CHECKING:
    from pathlib import Path

    from supplychain.product import Product


def check(
    product: Annotated[str | None, typer.Argument(help="The product's name; all of them where not given.")] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of product files, for editors, and do nothing else.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Check product files, suites, sources and synthesizers; nothing is made."""
    if schema:
        from supplychain.project import file_schema

        put_json(file_schema())
        return
    from supplychain.define import check_rows
    from supplychain.errors import BadInput
    from supplychain.project import find_product, product_files, project_root

    root = project_root()
    names = [product] if product else list(product_files(root))
    if not names:
        raise BadInput("there is no product", where=root / "assets/products", remedy="add one: NAME/defs.yaml")
    for name in names:
        spec = find_product(name, root)
        with status(f"checking {name}", quiet=json):
            columns = check_product(spec, root)
            check_rows(spec, root)
        if not json:
            say(f"{name}: product file, three suites, source ({len(columns)} columns) and synthesizer are in order")
    if json:
        put_json({"checked": names})


def check_product(product: Product, root: Path) -> list[str]:
    """Check a product beyond its file and short of its rows, and return the columns that it models.

    Raises:
        BadInput: The first thing that is not right.
    """
    from supplychain.define import check_gaps, source_columns
    from supplychain.errors import BadInput, nearest
    from supplychain.gates import SUITES, read_suite
    from supplychain.monitor import METRICS as OF_DRIFT
    from supplychain.validate import METRICS as OF_EVIDENCE
    from supplychain.validate import SHARES

    columns = source_columns(product, root)
    for slice_ in product.all_slices:
        for column in slice_.columns:
            if column not in columns:
                raise BadInput(
                    f"reads {column!r}, which is no column of the real rows",
                    where=product.at(root, "slices", slice_.name),
                    place=f"slices.{slice_.name}",
                    remedy=nearest(column, columns),
                )
    _check_groups(product, root, columns)
    check_gaps(product, root, columns)
    _check_synthesizers(product, root)
    for suite in SUITES:
        file = root / "expectations" / product.name / f"{suite}.yaml"
        metrics = (*OF_EVIDENCE, *OF_DRIFT)
        read_suite(file, root=root, columns=columns, metrics=metrics, shares=SHARES, levers=product.lever_values)
    return columns


def _check_groups(product: Product, root: Path, columns: list[str]) -> None:
    """Refuse a field of the review's page that no record has."""
    from supplychain.errors import BadInput, nearest

    for group, names in product.review.groups.items() if product.review else ():
        for name in names:
            if name not in columns:
                raise BadInput(
                    f"names {name!r}, which no record has",
                    where=product.at(root, "review", "groups", group),
                    place=f"review.groups.{group}",
                    remedy=nearest(name, columns),
                )


def _check_synthesizers(product: Product, root: Path) -> None:
    """Refuse a synthesizer that is not installed or does not take its settings, with its line; nothing is fitted."""
    from supplychain.errors import BadInput
    from supplychain.generate import synthesizer

    generate = product.generate
    named: dict[tuple[str, ...], tuple[str, dict[str, Any]]] = {
        ("generate", "entrants", name): (entrant.synthesizer or name, entrant.settings)
        for name, entrant in generate.entrants.items()
    }
    if not generate.is_tournament:
        named = {("generate",): (generate.synthesizer, generate.settings)}
    for path, (name, settings) in named.items():
        try:
            synthesizer(name, **settings)
        except BadInput as error:
            key = (error.place or "").rpartition(".")[2]  # `synthesizer` or `settings`
            place = (*path, key) if key else path
            raise error.at(product.at(root, *place), ".".join(place)) from None
