"""A plan for a person: what is done about each slice, why, and what the run is expected to need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from supplychain.cli import proposals
from supplychain.cli.output import console, say

if TYPE_CHECKING:
    from supplychain.plan import Plan, PlanLine
    from supplychain.product import Product

MOST_LACKING = 3
"""Uncovered combinations that a plan shows one by one."""
SIGNS = {"buy real": "!", "refresh real": "!", "recalibrate": "~", "retire": "-", "leave": "="}
"""What stands before a slice that no rows are made for; before others stands how its rows changed."""


def to_do(made: Plan) -> bool:
    """Whether rows are to be made or bought, and no release was made by this very plan."""
    return not made.outlook["released"] and any(line.rows or line.buy_rows for line in made.lines)


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
    elif not to_do(made):
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
