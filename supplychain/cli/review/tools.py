"""`review export` and `review import`: a lot for other labelling tools, and their answers back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplychain.cli.output import say
from supplychain.cli.review.windows import InWindow, Named, under_review
from supplychain.errors import BadInput


def export(
    product: Named,
    file: Annotated[Path, typer.Argument(help="Where the JSON lines go.")],
    by: Annotated[str, typer.Option(help="Who will judge them.")],
    window: InWindow = None,
) -> None:
    """Write the records that a person is to judge as JSON lines, for another labelling tool."""
    import json as text

    from supplychain.review.exchange import exported
    from supplychain.review.files import awaited

    chain, name = under_review(product, window)
    lines = [text.dumps(task) for task in exported(awaited(chain, name), by)]
    try:
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise BadInput(f"cannot be written ({error.strerror})", where=file, remedy="name another file") from None
    say(f"{len(lines)} records for {by} are in {file}")


def import_(
    product: Named,
    file: Annotated[Path, typer.Argument(help="JSON lines with id, answer and reason.")],
    by: Annotated[str, typer.Option(help="Who judged, where the lines do not say it.")] = "",
    window: InWindow = None,
) -> None:
    """Take answers from another labelling tool into the desk's log; all of them, or none."""
    from supplychain.review.exchange import imported
    from supplychain.review.files import awaited

    chain, name = under_review(product, window)
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot be read ({error})", where=file, remedy="name a file with JSON lines") from None
    added = imported(awaited(chain, name), lines, where=str(file), reviewer=by)
    say(f"{added} answers were new, of {len(lines)} lines")
