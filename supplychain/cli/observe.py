"""`observe`: take predictions and outcomes from the wild in, and measure them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from supplychain.cli.output import AsJson, complain, put_json, put_table, say, status
from supplychain.errors import DONE, FAILED, USAGE
from supplychain.slices import EVERYTHING

if TYPE_CHECKING:
    from supplychain.product import Product
    from supplychain.store import Store


def observe(
    product: Annotated[str, typer.Argument(help="The product's name.")],
    file: Annotated[
        Path | None,
        typer.Argument(
            help="A CSV or Parquet file, a DuckDB database (with --table), or a folder of files; "
            "`monitor.feedback.folder` where not given."
        ),
    ] = None,
    table: Annotated[str | None, typer.Option(help="The table of a DuckDB database.")] = None,
    window: Annotated[str | None, typer.Option(help="The window of predictions that do not name theirs.")] = None,
    json: AsJson = False,
) -> None:
    """Take in predictions and outcomes, now or later, and show how the model does; a file that comes again is none."""
    from supplychain.chain import Chain
    from supplychain.monitor import observe as take
    from supplychain.project import find_product, project_root

    root = project_root()
    spec = find_product(product, root)
    chain = Chain.open(spec, root)
    with status("reading feedback", quiet=json):
        taken = take(chain, _folder(spec, root, file), table=table, window=window)
    touched = [name for name in spec.windows if any(name in one.windows for one in taken)]
    if not json:
        for one in taken:
            (complain if one.status == "refused" else say)(one.words)
    failed = _measure(spec, root, chain.store, touched, quiet=json)
    lines = {name: _lines(chain.store, product, name) for name in touched}
    if json:
        put_json({"files": [asdict(one) for one in taken], "feedback": lines})
    else:
        for name in touched:
            say(f"\n{product}, window {name}", style="bold")
            put_table(_told(lines[name]))
    raise typer.Exit(failed or (USAGE if any(one.status == "refused" for one in taken) else DONE))


def _folder(spec: Product, root: Path, file: Path | None) -> Path:
    from supplychain.errors import BadInput

    if file is not None:
        return file
    folder = spec.monitor.feedback.folder
    if folder is None:
        where = spec.file
        raise BadInput(
            "names no folder of feedback", where=where, place="monitor.feedback.folder", remedy="name a FILE"
        )
    return root / folder


def _measure(spec: Product, root: Path, store: Store, windows: list[str], *, quiet: bool) -> int:
    """Materialise the feedback of windows, so that the UI shows it; the worst exit code."""
    from supplychain.cli.run import run_quietly

    worst = DONE
    for window in windows:
        end = run_quietly(root, store, spec.name, window, only=("feedback",), quiet=quiet)
        for line in end.errors:
            complain(line)
        worst = max(worst, FAILED if end.exit_code else DONE)
    return worst


def _lines(store: Store, product: str, window: str) -> list[dict[str, Any]]:
    from supplychain.ledger import Ledger

    return store.read_table(Ledger(store).current(product, "feedback", window).table).to_dicts()


def _told(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lines for a person: of the one stretch of time that there is once, and what nobody knows yet not at all."""
    several = len({line["period"] for line in lines}) > 2
    told = [_shown(line) for line in lines if several or line["period"] == EVERYTHING]
    known = {key for line in told for key, value in line.items() if value is not None}
    return [{key: line[key] for key in line if key in known and (several or key != "period")} for line in told]


def _shown(line: dict[str, Any]) -> dict[str, Any]:
    """A line for a person."""

    def span(name: str) -> str | None:
        if line[name] is None:
            return None
        return f"{line[name]:.3f} [{line[f'{name}_low']:.3f}, {line[f'{name}_high']:.3f}]"

    return {
        "slice": line["slice"],
        "period": line["period"],
        "rows": line["rows"],
        "outcomes": line["outcomes"],
        "error": span("error"),
        "estimated": span("estimated_error"),
        "overconfidence": span("over"),
        "of it synthetic": span("over_synthetic"),
        "ECE": span("ece"),
        "outside": span("outside"),
        "verdict": line["verdict"],
    }
