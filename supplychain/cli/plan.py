"""`plan`: what a run would make, why and at what price, before anything is made; and `gaps`, what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from supplychain.cli import proposals
from supplychain.cli.output import AsJson, complain, console, put_json, put_table, say
from supplychain.errors import CHANGES, DONE, BadInput

if TYPE_CHECKING:
    from pathlib import Path

    from supplychain.plan import Plan, PlanLine
    from supplychain.product import Product
    from supplychain.store import Store

MEASURED = ("real", "tune", "gold", "set_aside", "gaps", "roi")
"""What is landed and measured before a plan is drawn up; a table that has not changed is not measured again."""
MOST_LACKING = 3
"""Uncovered combinations that a plan shows one by one."""
SIGNS = {"buy real": "!", "refresh real": "!", "recalibrate": "~", "retire": "-", "leave": "="}
"""What stands before a slice that no rows are made for; before others stands how its rows changed."""


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
    raise typer.Exit(CHANGES if any(_to_do(one) for one in plans) else DONE)


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


def _to_do(made: Plan) -> bool:
    return not made.outlook["released"] and any(line.rows or line.buy_rows for line in made.lines)


def _as_json(made: Plan) -> dict[str, Any]:
    import json

    document: dict[str, Any] = json.loads(made.to_json())
    return document


def show(made: Plan, product: Product) -> None:
    """A plan for a person."""
    currency = product.levers.cost.currency
    say(f"\nPlan {made.id} for {made.product}, window {made.window}", style="bold")
    for key, value in made.levers.items():
        say(f"  with {key} = {value}", style="dim")
    before = made.outlook["before"]
    lacking = [line for line in made.lines if line.kind == "uncovered" and not line.rows]
    hidden = lacking[MOST_LACKING:]
    for line in (line for line in made.lines if line not in hidden):
        say()
        say(f"{_sign(line, before)} {line.slice}: {_deed(line, currency)}{_change(line, before)}", style="bold")
        if line.predicate != "TRUE":
            say(f"    {line.predicate}", style="dim")
        say(f"    {_state(line)}")
        say(f"    {line.why}" + (f" [{line.flags}]" if line.flags else ""))
    if hidden:
        say(
            f"\n! and {len(hidden)} more combinations that no row has: see `supplychain gaps {made.product}`",
            style="bold",
        )
    for name in before.keys() - {line.slice for line in made.lines}:
        say(f"\n- {name}: stop; it is in the plan no more, and had {before[name]:,} rows", style="bold")
    if made.outlook["released"]:
        say(f"\nNothing to do: release {made.outlook['released']} was made by this very plan.")
    elif not _to_do(made):
        say("\nNothing to do: no row is asked for, and no gap was found that rows close.")
    proposals.show(made.outlook.get("rebalance") or [])
    _show_outlook(made.outlook, currency)


def _sign(line: PlanLine, before: dict[str, int]) -> str:
    """Whether the slice's rows are new, changed, the same, or stopped."""
    had = before.get(line.slice, 0)
    if not line.rows:
        return "-" if had else SIGNS[line.action]
    return "+" if not had else "=" if had == line.rows else "~"


def _change(line: PlanLine, before: dict[str, int]) -> str:
    had = before.get(line.slice, 0)
    return f" (was {had:,})" if had and had != line.rows else ""


def _deed(line: PlanLine, currency: str) -> str:
    if line.rows:
        return f"+{line.rows:,} synthetic rows" + (f" at {line.price:,.4g} {currency} each" if line.price else "")
    if line.buy_rows:
        price = f", about {line.cost:,.0f} {currency}" if line.cost is not None else ""
        days = f", {line.days:,.0f} days" if line.days is not None else ""
        return f"{line.action}: about {line.buy_rows:,} rows{price}{days}"
    return str(line.action)


def _state(line: PlanLine) -> str:
    text = f"{line.real_rows:,} real rows"
    if line.loss is not None:
        text += f"; loss {_loss(line.loss)} [{_loss(line.low)}, {_loss(line.high)}]"
    if line.expected is not None:
        span = f"[{_loss(line.expected_low)}, {_loss(line.expected_high)}]"
        text += f" -> {_loss(line.expected)} {span} expected"
    if line.best_case is not None:
        text += f" -> {_loss(line.best_case)} at best"
    return text + (f"; gap: {line.kind}" if line.kind else "")


def _loss(value: float | None) -> str:
    """Three decimals, or two digits of a small one."""
    if value is None:
        return "unknown"
    return f"{value:.3f}" if abs(value) >= 0.01 else f"{value:.2g}"


def _show_outlook(ahead: dict[str, Any], currency: str) -> None:
    gates = ahead["gates"]
    critical = sum(gate["severity"] == "critical" for gate in gates)
    changed = [gate for gate in gates if gate["change"] not in ("unchanged", "new")]
    new = sum(gate["change"] == "new" for gate in gates)
    say(f"\nGates     {len(gates)} expectations, {critical} critical; {new} new, {len(changed)} changed", style="bold")
    for gate in changed:
        say(f"          {gate['rule']}: {gate['limit']} ({gate['change']})")
    for gate in gates:
        if gate["sees"] is not None:
            say(f"          {gate['rule']}: {gate['limit']}; would see a difference of {gate['sees']:.2g}", style="dim")
    passed = ahead["passed"]
    if passed["runs"]:
        say(f"Passed    {passed['passed']} of {passed['runs']} runs of this product passed every critical gate at once")
    time = ahead["time"]
    if time:
        say(
            f"Time      {time['p10']:.0f} / {time['p50']:.0f} / {time['p90']:.0f} s (P10/50/90, from "
            f"{time['runs']:.0f} earlier run{'s' if time['runs'] > 1 else ''})"
        )
    else:
        say("Time      not known before this product's first release")
    cost = ahead.get("cost")
    if cost:
        say(f"Cost      {cost['p10']:,.2f} / {cost['p50']:,.2f} / {cost['p90']:,.2f} {currency} (P10/50/90)")
    else:
        say("Cost      not known: no price stands under roi.inputs of the product file")
    if ahead.get("compared"):
        say(f"Compared  {ahead['compared']}")
    for shadow in ahead["shadow"]:
        say(
            f"Binding   {shadow['lever']} is {shadow['now']:,}: {shadow['more']:,} more would lower the loss of all "
            f"rows by {shadow['fall']:.2g} at best"
        )
    if ahead["cached"]:
        say(f"Cached    {', '.join(ahead['cached'])}: current, not made again while nothing changes", style="dim")
    console.print()


def _gap_row(row: dict[str, Any]) -> dict[str, Any]:
    shown = ("slice", "predicate", "rows", "loss", "low", "high", "loss_elsewhere", "overconfidence", "kind", "verdict")
    return {name: row.get(name) for name in shown}
