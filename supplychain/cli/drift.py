"""`drift`: how far arriving rows and feedback lie from what the release was trained on, and what to do about it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from supplychain.cli import proposals
from supplychain.cli.output import AsJson, complain, put_json, put_table, say
from supplychain.errors import DONE, BadInput

if TYPE_CHECKING:
    import polars as pl

    from supplychain.monitor import Incident
    from supplychain.store import Store

MEASURED = ("real", "tune", "gold", "set_aside", "feedback", "drift", "rebalance", "retired")
"""What is landed and measured; what the rest of the chain made stays as it is."""
SHOWN = 12


def drift(
    product: Annotated[str, typer.Argument(help="The product's name.")],
    window: Annotated[str | None, typer.Option(help="The window; each that has arrived where not given.")] = None,
    json: AsJson = False,
) -> None:
    """Land a window, hold it and its feedback against the release in force, and show what moved and what to do."""
    from supplychain.chain import Chain
    from supplychain.cli.check import check_product
    from supplychain.monitor import incidents
    from supplychain.project import find_product, project_root

    root = project_root()
    spec = find_product(product, root)
    chain = Chain.open(spec, root)
    check_product(spec, root)
    if not chain.ledger.releases(product):
        problem, remedy = "has no release to compare with", f"run `supplychain run {product}` first"
        raise BadInput(problem, where=f"product {product}", remedy=remedy)
    windows = [spec.check_window(window)] if window else _landed(chain.store, product, spec.windows)
    worst = DONE
    for name in windows:
        worst = max(worst, _measure(root, chain.store, product, name, quiet=json))
    found = incidents(Chain.open(spec, root))
    tables = {name: _tables(chain.store, product, name) for name in windows}
    if json:
        put_json({"windows": tables, "incidents": [asdict(one) for one in found]})
    else:
        for name in windows:
            _show(product, name, tables[name], [one for one in found if one.window == name])
    raise typer.Exit(worst)


def _landed(store: Store, product: str, windows: tuple[str, ...]) -> list[str]:
    from supplychain.ledger import Ledger

    return [name for name in windows if Ledger(store).find(product, "real", name)]


def _measure(root: Any, store: Store, product: str, window: str, *, quiet: bool) -> int:  # noqa: ANN401  (a path)
    from supplychain.cli.run import run_quietly

    end = run_quietly(root, store, product, window, only=MEASURED, quiet=quiet)
    for line in end.errors:
        complain(line)
    return end.exit_code


def _tables(store: Store, product: str, window: str) -> dict[str, Any]:
    """The window's drift in words and lines, and its proposals; empty where it could not be measured."""
    from supplychain.ledger import Ledger
    from supplychain.monitor import alarm

    ledger = Ledger(store)
    there = {noun: ledger.find(product, noun, window) for noun in ("drift", "rebalance", "retired")}
    if there["drift"] is None:
        return {"words": "", "compared_with": None, "drift": [], "rebalance": []}
    output = there["drift"][1]
    against = str(output.notes.get("compared_with"))
    table = store.read_table(output.table)
    proposed = store.read_table(there["rebalance"][1].table).to_dicts() if there["rebalance"] else []
    words = alarm(table, against=f"release {against}" if table.height else against)
    return {"words": words, "compared_with": against, "drift": _lines(table), "rebalance": proposed}


def _lines(table: pl.DataFrame) -> list[dict[str, Any]]:
    return table.drop("words").to_dicts()


def _show(product: str, window: str, found: dict[str, Any], about: list[Incident]) -> None:
    say(f"\n{product}, window {window}", style="bold")
    say(found["words"])
    names = ("metric", "scope", "value", "low", "reference", "n", "verdict")
    moved = [line for line in found["drift"] if line["verdict"] != "as before"]
    put_table({name: line[name] for name in names} for line in moved[:SHOWN])
    proposals.show(found["rebalance"])
    for one in about:
        who = "monitor.act lets the machine rebuild it" if one.by_itself else "it waits for a person (monitor.act)"
        say(f"\nStale: {one.kind}; {who}. Incident {one.id}, beside release {one.release}", style="bold")
