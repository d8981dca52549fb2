"""`roi`: nothing, real, synthetic and hybrid compared; `roi log`: what work outside the chain cost."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from supplychain.cli.output import AsJson, put_json, put_table, say

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from supplychain.chain import Chain
    from supplychain.ledger import Cost
    from supplychain.product import Product
    from supplychain.roi.compare import Comparison
    from supplychain.roi.draws import Range

SHOW = "show"
WIDEST = 10
UNITS = {"hours": "h", "months": "month", "rows": "row", "labels": "label"}


class ShownByDefault(TyperGroup):
    """`roi PRODUCT` is `roi show PRODUCT`; a product that is called `log` is shown by `roi show log`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  (of whichever click typer brings)
        """Put `show` where no subcommand stands."""
        if args and args[0] not in (*self.commands, "--help"):
            args = [SHOW, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=ShownByDefault,
    no_args_is_help=True,
    help="Compare nothing, real, synthetic and hybrid rows: `roi PRODUCT`. Log costs from outside: `roi log PRODUCT`.",
)

Named = Annotated[str, typer.Argument(help="The product's name.")]
InWindow = Annotated[str | None, typer.Option(help="The window; the newest with gaps, else the first, if not given.")]


@app.command(SHOW)
def show(product: Named, window: InWindow = None, json: AsJson = False) -> None:
    """Compare nothing, real, synthetic and hybrid rows at equal outcome."""
    from supplychain.roi.compare import compare
    from supplychain.roi.friction import friction
    from supplychain.roi.inputs import given_in
    from supplychain.roi.step import known_of, seed_of

    spec, root = _product(product)
    chain = _chain(spec, root)
    window = _window(chain, window)
    gaps = _gaps(chain, window, needed=any(True for _ in given_in(spec.roi.inputs)))
    measured, seed = known_of(chain), seed_of(chain, window)
    found = compare(spec, gaps, measured, seed)
    table = friction(spec, gaps, measured, seed)
    if json:
        put_json({"product": product, "window": window, **asdict(found), "friction": table.to_dicts()})
    else:
        _put(found, table, f"{product}, window {window}", spec)


@app.command("log")
def log(
    product: Named,
    stage: Annotated[str, typer.Option(help="locate, permissions, collect, clean, label, relabel, define, ...")],
    hours: Annotated[float | None, typer.Option(min=0, help="Hours that people worked.")] = None,
    months: Annotated[float | None, typer.Option(min=0, help="Months that were waited.")] = None,
    rows: Annotated[float | None, typer.Option(min=0, help="Rows that were collected, cleaned or reviewed.")] = None,
    labels: Annotated[float | None, typer.Option(min=0, help="Labels that were made.")] = None,
    quantity: Annotated[float | None, typer.Option(min=0, help="How much of another unit.")] = None,
    unit: Annotated[str | None, typer.Option(help="That unit, such as `min/row` or `row/day`.")] = None,
    money: Annotated[float | None, typer.Option(min=0, help="What it cost in all; alone, it is a fee.")] = None,
    currency: Annotated[
        str | None, typer.Option(help="The product's currency, which is taken too if not given.")
    ] = None,
    basis: Annotated[str, typer.Option(help="measured, quoted or assumed.")] = "measured",
    who: Annotated[str, typer.Option(help="Who did it, as a role: legal, engineer, ...")] = "",
    ref: Annotated[str, typer.Option(help="The offer, invoice or timesheet.")] = "",
    window: InWindow = None,
    json: AsJson = False,
) -> None:
    """Log what work outside the chain took, such as the hours and fees of a permission."""
    from supplychain.ledger.costs import log_cost

    spec, root = _product(product)
    amounts = {"hours": hours, "months": months, "rows": rows, "labels": labels}
    cost = _cost(spec, stage, amounts, quantity, unit, money, currency, basis, "; ".join(filter(None, (who, ref))))
    chain = _chain(spec, root)
    commit = log_cost(chain.ledger, spec.name, spec.spec_hash, _window(chain, window), cost)
    if json:
        put_json({"commit": commit.id, "window": commit.window, **asdict(cost)})
    else:
        price = f" for {cost.money:,.2f} {cost.currency}" if cost.money is not None else ""
        say(f"{spec.name}, window {commit.window}: logged {cost.quantity:g} {cost.unit} of {stage}{price}, {basis}")


def _product(name: str) -> tuple[Product, Path]:
    from supplychain.project import find_product, project_root

    root = project_root()
    return find_product(name, root), root


def _chain(product: Product, root: Path) -> Chain:
    from supplychain.chain import Chain

    return Chain.open(product, root)


def _window(chain: Chain, window: str | None) -> str:
    product = chain.product
    if window:
        return product.check_window(window)
    made = [
        commit.window
        for commit in chain.ledger.commits(product.name)
        if commit.window in product.windows and any(output.asset == "gaps" for output in commit.outputs)
    ]
    return made[-1] if made else product.windows[0]


def _cost(
    product: Product,
    stage: str,
    amounts: dict[str, float | None],
    quantity: float | None,
    unit: str | None,
    money: float | None,
    currency: str | None,
    basis: str,
    ref: str,
) -> Cost:
    """The cost event that a person means.

    Raises:
        BadInput: The stage or the basis is unknown, there is no quantity or more than one, or another currency.
    """
    from supplychain.errors import BadInput, nearest
    from supplychain.ledger import Cost
    from supplychain.ledger.costs import PIPELINES
    from supplychain.roi.measured import FEE

    if stage not in PIPELINES:
        raise BadInput(f"there is no stage {stage!r}", where="--stage", remedy=nearest(stage, PIPELINES))
    if basis not in (known := ("measured", "quoted", "assumed")):
        raise BadInput(f"there is no basis {basis!r}", where="--basis", remedy=nearest(basis, known))
    own = product.levers.cost.currency
    if currency and currency != own:
        raise BadInput(f"{currency} is not the product's {own}", where="--currency", remedy=f"convert it to {own}")
    if (quantity is None) != (unit is None):
        raise BadInput("--quantity and --unit belong together", where="roi log", remedy="give both, or neither")
    given = [(amount, UNITS[name]) for name, amount in amounts.items() if amount is not None]
    given += [(quantity, unit)] if quantity is not None and unit is not None else []
    if len(given) > 1 or (not given and money is None):
        problem = "more than one quantity" if given else "nothing to log"
        remedy = "give one of --hours, --months, --rows, --labels, --quantity with --unit, or --money alone"
        raise BadInput(problem, where="roi log", remedy=remedy)
    amount, counted = given[0] if given else (1.0, FEE)
    return Cost(stage, amount, counted, money, own if money is not None else "", basis, ref)


def _gaps(chain: Chain, window: str, *, needed: bool) -> pl.DataFrame:
    """The window's gaps; an empty table where there are none yet and no price would be computed on them."""
    import polars as pl

    found = chain.ledger.find(chain.product.name, "gaps", window)
    if found is None and not needed:
        return pl.DataFrame(schema={"slice": pl.String, "rows": pl.Int64, "share": pl.Float64, "verdict": pl.String})
    return chain.store.read_table(chain.ledger.current(chain.product.name, "gaps", window).table)


def _put(found: Comparison, friction: pl.DataFrame, title: str, product: Product) -> None:
    year = f", prices of {product.roi.price_year}" if product.roi.price_year else ""
    say(f"{title}: {product.roi.horizon_months} months ahead, {found.currency}{year}", style="bold")
    say(found.verdict, style="bold green" if found.best else "bold yellow")
    for line in found.sentences:
        say(f"  {line}")
    _put_strategies(found)
    _put_stages(found)
    for line in _sensitivity(found):
        say(line)
    _put_inputs(found)
    say()
    put_table(
        _friction(friction), title="Friction: one more effective real row of each slice (P10 to P90), and what to do"
    )


def _put_strategies(found: Comparison) -> None:
    if not any(one.cost for one in found.strategies):
        return
    say()
    put_table(
        (
            {
                "strategy": one.name,
                "best in": "" if one.best is None else f"{one.best:.0%}",
                "net present value": _span(one.npv),
                "cost": _span(one.cost),
                "expected loss": _span(one.risk),
                "days": _span(one.days),
                "reach": "" if one.reach is None else f"{one.reach:.0%}",
                "payback month": one.payback_month,
            }
            for one in found.strategies
        ),
        title=f"At equal outcome, {found.currency}: P50 (P10 to P90)",
    )


def _put_stages(found: Comparison) -> None:
    priced = [one for one in found.strategies if one.stages]
    stages = list(dict.fromkeys(stage for one in priced for stage in one.stages))
    if not stages:
        return
    say()
    rows = [{"stage": stage} | {one.name: _span(one.stages.get(stage)) for one in priced} for stage in stages]
    put_table(rows, title=f"Stage by stage, {found.currency}: present value, P50 (P10 to P90)")


def _sensitivity(found: Comparison) -> list[str]:
    """Tornado, break-even and value of information, in words."""
    from supplychain.roi.words import figure, money, name_of

    lines: list[str] = []
    if found.tornado:
        lines += ["", "What the lead of the best over the second hangs on, the widest first"]
        lines += [
            f"  {name_of(bar.name)} {figure(bar.low)} to {figure(bar.high)} {bar.unit} ({bar.source}): "
            f"{money(bar.at_low, found.currency)} to {money(bar.at_high, found.currency)}"
            for bar in found.tornado[:WIDEST]
        ]
    if found.break_even:
        lines += ["", "Break-even", *(f"  {line}" for line in found.break_even)]
    if found.evpi is not None:
        lines += ["", f"To know every input before choosing is worth up to {money(found.evpi, found.currency)}."]
    return lines + ([found.pilot] if found.pilot else [])


def _put_inputs(found: Comparison) -> None:
    if not found.inputs:
        return
    say()
    put_table(
        (
            {
                "input": name,
                "unit": one.unit,
                "source": one.source,
                "given": _span(one.stated) if one.stated else "only measured",
                "measurements": one.measurements,
                "used": _span(one.used),
                "ref": one.ref,
            }
            for name, one in found.inputs.items()
        ),
        title="Inputs as given and as updated by measurements: P50 (P10 to P90)",
    )


def _friction(table: pl.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            "slice": row["slice"],
            "verdict": row["verdict"],
            "money": _ends(row, "money"),
            "days": _ends(row, "days"),
            "a synthetic row is worth": _ends(row, "feasibility"),
            "support": row["support"],
            "flags": row["flags"],
            "why": row["reason"],
        }
        for row in table.iter_rows(named=True)
    ]


def _ends(row: dict[str, Any], name: str) -> str:
    from supplychain.roi.draws import Range

    return "" if row[name] is None else _span(Range(row[f"{name}_low"], row[name], row[f"{name}_high"]))


def _span(found: Range | None) -> str:
    from supplychain.roi.words import figure

    if found is None:
        return ""
    if found.low == found.high:
        return figure(found.middle)
    return f"{figure(found.middle)} ({figure(found.low)} to {figure(found.high)})"
