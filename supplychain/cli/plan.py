"""`plan`: what a run would make, why and at what price, before anything is made; and `gaps`, what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from supplychain.cli.output import AsJson, complain, put_json, put_table, say
from supplychain.cli.plan_words import show, to_do
from supplychain.errors import CHANGES, DONE, BadInput

if TYPE_CHECKING:
    from pathlib import Path

    from supplychain.plan import Plan
    from supplychain.product import Product
    from supplychain.store import Store

MEASURED = ("real", "tune", "gold", "set_aside", "gaps", "roi")
"""What is landed and measured before a plan is drawn up; a table that has not changed is not measured again."""


def plan(
    product: Annotated[str, typer.Argument(help="The product's name.")],
    window: Annotated[str | None, typer.Option(help="The window; each of them in turn where not given.")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="LEVER=VALUE", help="A lever for this plan alone: levers.cost.budget=500."),
    ] = None,
    output: Annotated[
        str | None, typer.Option("-o", "--output", metavar="FILE", help="Save the plan, for `run --plan FILE`.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Show what a run would make, and why, before anything is made. Exit code 2: there is something to do."""
    from supplychain.cli.context import knowing_windows
    from supplychain.project import find_product, project_root
    from supplychain.store import Store

    root = project_root()
    spec = find_product(product, root)
    settings = _settings(set_ or [])
    store = Store.open()
    spec = knowing_windows(spec, root, store)
    windows = [spec.check_window(window)] if window else list(spec.windows)
    if output and len(windows) > 1:
        raise BadInput("a plan file holds one window", where="--output", remedy=f"add --window {windows[0]}")
    if output:
        _refuse_unwritable(output)
    plans = [_plan(spec, root, store, name, settings, output, quiet=json) for name in windows]
    if json:
        put_json([_as_json(one) for one in plans])
    elif output:
        say(f"\nSaved as {output}. Apply it with:  supplychain run {product} --plan {output}")
    raise typer.Exit(CHANGES if any(to_do(one) for one in plans) else DONE)


def gaps(
    product: Annotated[str, typer.Argument(help="The product's name.")],
    window: Annotated[str | None, typer.Option(help="The window; each of them in turn where not given.")] = None,
    json: AsJson = False,
) -> None:
    """Show where the outcome is missed in today's real rows, what kind of gap each is, and what would help."""
    from supplychain.cli.context import knowing_windows
    from supplychain.ledger import Ledger
    from supplychain.project import find_product, project_root
    from supplychain.store import Store

    root = project_root()
    store = Store.open()
    spec = knowing_windows(find_product(product, root), root, store)
    found = {}
    for name in [spec.check_window(window)] if window else spec.windows:
        _measure(spec, root, store, name, quiet=json)
        table = store.read_table(Ledger(store).current(product, "gaps", name).table)
        found[name] = table.to_dicts()
        if not json:
            say(f"\n{product}, window {name}", style="bold")
            put_table(_gap_row(row) for row in found[name])
    if json:
        put_json(found)


def read_plan(file: str, product: Product) -> Plan:
    """A saved plan that fits the product as it is now.

    Raises:
        BadInput: It is not there, is none, or does not fit.
    """
    saved = _read(file, product.name)
    saved.check_spec(product, file)
    return saved


def product_of(file: str) -> str:
    """The product that a saved plan is for.

    Raises:
        BadInput: It is not there, or is none.
    """
    return _read(file, "PRODUCT").product


def _read(file: str, product: str) -> Plan:
    from pathlib import Path

    from supplychain.plan import Plan

    try:
        data = Path(file).read_bytes()
    except OSError as error:
        remedy = f"make it with `supplychain plan {product} -o {file}`"
        raise BadInput(f"cannot be read ({error.strerror})", where=file, remedy=remedy) from None
    return Plan.from_json(data, where=file)


def _settings(given: list[str]) -> dict[str, Any]:
    """`levers.cost.budget=500` as key and value; the value is read as YAML, as in the product file."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    from supplychain.documents import plain

    settings = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise BadInput(f"{text!r} is no LEVER=VALUE", where="--set", remedy="write levers.cost.budget=500")
        try:
            settings[key] = plain(YAML(typ="rt").load(value))
        except YAMLError:
            remedy = "write it as in the product file"
            raise BadInput(f"cannot read the value {value!r}", where="--set", place=key, remedy=remedy) from None
    return settings


def _plan(
    spec: Product, root: Path, store: Store, window: str, settings: dict[str, Any], output: str | None, *, quiet: bool
) -> Plan:
    """Measure what the plan rests on, draw it up, save it, and show it: a reader who has seen enough loses nothing."""
    from supplychain.chain import Chain
    from supplychain.define import plan_ahead
    from supplychain.ledger import Ledger
    from supplychain.project import with_levers

    changed = with_levers(spec, settings)
    _measure(spec, root, store, window, quiet=quiet)
    made = plan_ahead(Chain(changed, store, Ledger(store), root), window, spec=spec.spec_hash, levers=settings)
    if output:
        _save(made, output)
    if not quiet:
        show(made, changed)
    return made


def _measure(spec: Product, root: Path, store: Store, window: str, *, quiet: bool) -> None:
    """Land the window and find its gaps, as the run would; what went wrong ends the command."""
    from supplychain.cli.check import check_product
    from supplychain.cli.run import run_quietly

    check_product(spec, root)
    end = run_quietly(root, store, spec.name, window, only=MEASURED, quiet=quiet)
    for line in end.errors:
        complain(line)
    if end.exit_code:
        raise typer.Exit(end.exit_code)


def _refuse_unwritable(output: str) -> None:
    """Say before minutes of measuring that a plan could not be saved."""
    import os
    from pathlib import Path

    folder = Path(output).absolute().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK) or Path(output).is_dir():
        raise BadInput("cannot be written", where=output, remedy="name a file in a folder that you may write")


def _save(made: Plan, output: str) -> None:
    from pathlib import Path

    try:
        Path(output).write_bytes(made.to_json())
    except OSError as error:
        raise BadInput(f"cannot be written ({error.strerror})", where=output, remedy="name another file") from None


def _as_json(made: Plan) -> dict[str, Any]:
    import json

    document: dict[str, Any] = json.loads(made.to_json())
    return document


def _gap_row(row: dict[str, Any]) -> dict[str, Any]:
    shown = ("slice", "predicate", "rows", "loss", "low", "high", "loss_elsewhere", "overconfidence", "kind", "verdict")
    return {name: row.get(name) for name in shown}
