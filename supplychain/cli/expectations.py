"""`expectations draft`: suites drafted from a product's real rows, to be read and edited by a person."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplychain.cli.output import errors

app = typer.Typer(no_args_is_help=True, help="Draft expectation suites from real rows.")


@app.callback()
def _group() -> None:
    """A group of commands, of which there is one so far."""


@app.command()
def draft(
    product: Annotated[str, typer.Argument(help="The product's name.")],
    suite: Annotated[str | None, typer.Option(help="real, synthetic or evidence; all three where not given.")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A folder for the files; nothing is written over.")
    ] = None,
    false_alarms: Annotated[
        float, typer.Option(help="How often a batch of fresh real rows may be refused, by each suite.")
    ] = 0.05,
) -> None:
    """Print drafts of a product's suites, with tolerances from its real rows; gold rows are not looked at."""
    from supplychain.draft import redraft
    from supplychain.errors import BadInput, nearest
    from supplychain.gates import SUITES
    from supplychain.project import find_product, project_root

    if suite is not None and suite not in SUITES:
        raise BadInput(f"there is no suite {suite!r}", where="--suite", remedy=nearest(suite, SUITES))
    root = project_root()
    spec = find_product(product, root)
    names = [suite] if suite else list(SUITES)
    for name in names if output else ():
        if (output / f"{name}.yaml").exists():  # type: ignore[operator]
            raise BadInput("is there already", where=f"{output}/{name}.yaml", remedy="name another folder")
    texts = {name: redraft(spec, root, name, false_alarms=false_alarms, progress=_on_errors) for name in names}
    if output is None:
        typer.echo("---\n".join(texts.values()), nl=False)
        return
    _write(output, texts)


def _on_errors(text: str) -> None:
    errors.print(f"{text} ...", style="dim", markup=False)


def _write(folder: Path, texts: dict[str, str]) -> None:
    from supplychain.draft.scaffold import writable

    with writable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            with (folder / f"{name}.yaml").open("x", encoding="utf-8") as file:
                file.write(text)
            errors.print(f"{folder}/{name}.yaml", markup=False)
