"""The lines of a plan: what to do about each slice, how many rows to give it, and why."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING

from supplychain.define.spread import promised_rows, refuse_too_dear, site_of, sites_of, spread
from supplychain.plan import PlanLine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from supplychain.define.allocate import Site
    from supplychain.define.basis import Gap
    from supplychain.define.pricing import Prices
    from supplychain.product import Product
    from supplychain.rebalance import Change

REMEDY = {"overconfident": "recalibrate"}
DEFAULT_STEP = 2.0
"""Real rows are proposed until the slice has so many times what it has now, where no target says otherwise."""


def plan_lines(
    product: Product,
    gaps: dict[str, Gap],
    support: dict[str, int],
    prices: Prices,
    rebalanced: Mapping[str, Change] | None = None,
) -> list[PlanLine]:
    """The lines of a plan: rows that the levers ask for, rows that reach targets, and rows spread by what they add.

    Args:
        product: The product, with its levers.
        gaps: The window's slices by name, as they were measured, `all` among them.
        support: Slice to real rows of role train in it.
        prices: What rows cost and are worth, as far as it is known.
        rebalanced: Slice to what the last release was found to need, for this plan to do by itself.

    Raises:
        BadInput: What is asked for does not fit the budget or the deadline: which lever to move, and by how much.
    """
    asked = promised_rows(product, gaps, support, prices)
    refuse_too_dear(product, asked, prices)
    given = spread(product.levers, sites_of(product, gaps, support, prices), asked, prices)
    lines = []
    for name, gap in gaps.items():
        rows = asked.get(name, 0) + given.rows.get(name, 0)
        change = (rebalanced or {}).get(name)
        if change:
            line = _line(product, gap, support.get(name, 0), min(change.rows, _most(product, support, name)), prices)
            lines.append(_rebalanced(line, change, rows))
        elif rows or name in product.levers.coverage.rows or gap.verdict != "fine":
            line = _line(product, gap, support.get(name, 0), rows, prices)
            dear = given.too_dear and not rows and name in given.rows
            lines.append(
                replace(line, why=f"{line.why}; a synthetic row costs more than it is worth") if dear else line
            )
    return lines


def _most(product: Product, support: dict[str, int], name: str) -> int:
    """Synthetic rows that the risk lever allows in a slice."""
    return int(product.levers.risk.synthetic_per_real * support.get(name, 0))


def _rebalanced(line: PlanLine, change: Change, asked: int) -> PlanLine:
    """The line as the last release taught: nothing is proposed to be bought instead of rows that did harm."""
    why = f"rebalanced from {asked:,} rows ({change.proposal}): {change.why}"
    if line.rows:
        return replace(line, why=why)
    return replace(line, action="retire", buy_rows=0, price=None, cost=None, days=None, why=why)


def _line(product: Product, gap: Gap, support: int, rows: int, prices: Prices) -> PlanLine:
    site = site_of(product, gap, support, prices)
    low, middle, high = _expected(gap, site, rows, prices)
    buy = _rows_to_buy(product, gap, site) if not rows else 0
    obtain = "refresh real" if gap.kind == "shifted" else "buy real"
    action = "synthesise" if rows else obtain if buy else REMEDY.get(gap.kind or "", "leave")
    real = (prices.real or {}).get(gap.slice)
    price = prices.row if rows else real if buy else None
    cost = None if price is None else price * (rows or buy)
    days = prices.days if rows else (prices.real_days or {}).get(gap.slice) if buy else None
    return PlanLine(
        slice=gap.slice,
        predicate=gap.predicate,
        action=action,
        kind=gap.kind,
        real_rows=support,
        rows=rows,
        candidate_budget=rows * product.levers.cost.candidates_per_row,
        buy_rows=buy,
        loss=gap.loss,
        low=gap.low,
        high=gap.high,
        expected=middle,
        expected_low=low,
        expected_high=high,
        best_case=_after(gap, site.curve.loss(site.rows + rows)) if site and rows else None,
        price=price,
        cost=cost,
        days=days,
        flags=(prices.flags or {}).get(gap.slice) or ", ".join(product.flags.get(gap.slice, ())),
        why=_reason(product, gap, support, rows, buy, days),
    )


def _expected(
    gap: Gap, site: Site | None, rows: int, prices: Prices
) -> tuple[float | None, float | None, float | None]:
    """The loss to expect: at best within reason, in the middle, at worst within reason; None where nobody knows."""
    known = (prices.exchange or {}).get(gap.slice)
    if known is None or site is None or not rows or gap.loss is None:
        return None, None, None
    little, middle, much = (
        gap.loss - _after(gap, site.curve.loss(exchange.effective(site.rows, rows))) for exchange in known
    )
    flat, steep = gap.steepness
    return gap.loss - much * steep, gap.loss - middle, gap.loss - little * flat


def _after(gap: Gap, loss: float) -> float:
    """The loss that was measured, moved as far as the curve moves: the curve itself may lie a little off."""
    assert gap.curve is not None
    return loss if gap.loss is None else gap.loss - (gap.curve.loss(gap.rows) - loss)


def _rows_to_buy(product: Product, gap: Gap, site: Site | None) -> int:
    """Real rows that would help where synthetic ones are not planned."""
    if gap.verdict == "fine" or gap.kind in ("noisy", "overconfident"):
        return 0
    target = product.levers.coverage.targets.get(gap.slice)
    if site and target is not None:
        needed = site.curve.rows_for(target) - gap.rows
        return int(needed) + 1 if isfinite(needed) and needed > 0 else 0
    if gap.verdict == "too few" or gap.kind == "uncovered":
        return max(product.gaps.least_rows - gap.rows, 0)
    return int(gap.rows * (DEFAULT_STEP - 1))


def _reason(product: Product, gap: Gap, support: int, rows: int, buy: int, days: float | None) -> str:
    asked = gap.slice in product.levers.coverage.rows
    found = {
        "missing": "rows are too few here, and more of them help",
        "noisy": "the outcome is noisy here, more rows will not help: look for another column, or label anew",
        "shifted": "earlier windows no longer hold here: rows of this window help",
        "overconfident": "the model is surer than it is right: recalibrate it here",
        "uncovered": "the rules allow it and the data lack it: if it can be, collect some; if not, forbid it by a rule",
    }.get(gap.kind or "")
    if not found:
        found = "too few rows to tell" if gap.verdict == "too few" else "no gap was found"
    if asked and not support:
        return "no real row of this window lies here: collect some first"
    target = product.levers.coverage.targets.get(gap.slice)
    if target is not None and not rows:
        found += f"; synthetic rows are not expected to reach the target {target:g}"
    if rows:
        found += "; levers.coverage asks for rows" if asked or target is not None else "; a row is worth most here"
    late = product.levers.cost.deadline_days
    if buy and days is not None and late is not None and days > late:
        found += "; real rows arrive after levers.cost.deadline_days"
    return found
