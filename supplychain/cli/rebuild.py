"""`rebuild`: a release is made again from the log, and compared byte for byte."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from supplychain.cli.context import split_version
from supplychain.cli.output import AsJson, complain, put_json, say, status
from supplychain.errors import DONE, FAILED, BadInput


def rebuild(
    product: Annotated[str, typer.Argument(help="PRODUCT or PRODUCT@VERSION.", metavar="PRODUCT[@VERSION]")],
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FOLDER", help="A new folder for the release made again.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Make a release again from the lineage log, and say whether it is the same byte for byte."""
    from supplychain.chain import Chain
    from supplychain.project import find_product, project_root
    from supplychain.rebuild import rebuild_release

    name, version = split_version(product)
    root = project_root()
    chain = Chain.open(find_product(name, root), root)
    target = Path(output) if output else None
    if target and target.exists():
        raise BadInput("is there already", where=target, place="--output", remedy="name a new folder")
    with status(f"making {product} again", quiet=json):
        found = rebuild_release(chain, version, target=target, progress=None if json else _line)
    if json:
        put_json(asdict(found))
    elif found.same:
        say(f"{found.product} {found.version}: {found.files} files are the same, byte for byte", style="green")
    for line in found.differences if not json else ():
        complain(f"{found.product}@{found.version}: {line}")
    raise typer.Exit(DONE if found.same else FAILED)


def _line(text: str) -> None:
    say(f"  {text}", style="dim")
