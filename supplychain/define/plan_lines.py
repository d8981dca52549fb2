"""The lines of a plan: what to do about each slice, how many rows to give it, and why."""

from __future__ import annotations

from dataclasses import replace
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

from supplychain.define.allocate import Allocation, Site, allocate
from supplychain.errors import BadInput
from supplychain.learning import CURED_BY_ROWS, Exchange
from supplychain.plan import PlanLine
from supplychain.slices import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from supplychain.define.basis import Gap
    from supplychain.define.pricing import Prices
    from supplychain.levers import Levers
    from supplychain.product import Product
    from supplychain.rebalance import Change

UNKNOWN = Exchange(1.0)
"""What a synthetic row is worth where nobody has measured it: at the most, a real one."""
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
    _refuse_too_dear(product, asked, prices)
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


def promised_rows(product: Product, gaps: dict[str, Gap], support: dict[str, int], prices: Prices) -> dict[str, int]:
    """Rows that levers ask for by name: the larger of `coverage.rows` and what `coverage.targets` needs.

    A slice without a real row gets none: a generator that never saw such a row has nothing to make it from. Nor does
    one whose target no number of rows is expected to reach.
    """
    coverage = product.levers.coverage
    asked = {name: rows for name, rows in coverage.rows.items() if support.get(name)}
    for name, target in coverage.targets.items():
        site = _site(product, gaps[name], support.get(name, 0), prices)
        needed = site.exchange.synthetic_for(site.rows, site.curve.rows_for(target)) if site else inf
        if isfinite(needed) and needed <= (site.most if site else inf):
            asked[name] = max(asked.get(name, 0), -int(-needed // 1))
    return {name: rows for name, rows in asked.items() if rows}


def sites_of(product: Product, gaps: dict[str, Gap], support: dict[str, int], prices: Prices) -> list[Site]:
    """The slices to which the plan may give rows by itself: gaps that rows close, where friction does not say buy."""
    advice = prices.advice or {}
    sites = []
    for name, gap in gaps.items():
        curable = gap.verdict == "gap" and gap.kind in CURED_BY_ROWS
        site = _site(product, gap, support.get(name, 0), prices)
        if name != EVERYTHING and curable and site and advice.get(name) not in ("buy real", "leave"):
            sites.append(site)
    return sites


def _site(product: Product, gap: Gap, support: int, prices: Prices) -> Site | None:
    """The slice as a place for rows; None where its curve is not known or no generator has seen it."""
    if gap.curve is None or not support:
        return None
    exchange = (prices.exchange or {}).get(gap.slice, (UNKNOWN, UNKNOWN, UNKNOWN))[1]
    most = product.levers.risk.synthetic_per_real * support
    return Site(gap.slice, gap.share, gap.rows, gap.curve, exchange, most)


def spread(levers: Levers, sites: list[Site], asked: dict[str, int], prices: Prices) -> Allocation:
    """Rows that the plan gives by itself: `coverage.keep` of them to all people alike, the rest by marginal value."""
    most = levers.coverage.most_rows or 0
    budget, spent = levers.cost.budget, _cost(sum(asked.values()), prices)
    money = inf if budget is None or spent is None else max(budget - spent, 0.0)
    kept = int(most * levers.coverage.keep) if sites else 0
    if prices.row and isfinite(money):
        kept = min(kept, int(money * levers.coverage.keep / prices.row))
        money -= kept * prices.row
    given = allocate(
        sites,
        start=asked,
        most_rows=most - kept,
        lot=levers.coverage.lot,
        price=prices.row,
        money=money,
        worth=prices.worth,
    )
    targeted = sum(given.rows.values())
    if targeted:  # the share of all people follows what the slices really got
        given.rows[EVERYTHING] = min(kept, int(targeted * levers.coverage.keep / (1 - levers.coverage.keep)))
    return given


def shadow_prices(
    product: Product, gaps: dict[str, Gap], support: dict[str, int], prices: Prices
) -> list[dict[str, Any]]:
    """What a tenth more of each lever that binds would add, as a fall of the loss of all rows, at best."""
    asked = promised_rows(product, gaps, support, prices)
    now = spread(product.levers, sites_of(product, gaps, support, prices), asked, prices)
    found = []
    for lever in sorted(now.bound_by):
        _, section, name = lever.split(".")
        part = getattr(product.levers, section)
        value = getattr(part, name)
        more = type(value)(value * 1.1) if isinstance(value, float) else max(int(value * 1.1), value + 1)
        levers = product.levers.model_copy(update={section: part.model_copy(update={name: more})})
        other = product.model_copy(update={"levers": levers})
        fall = spread(levers, sites_of(other, gaps, support, prices), asked, prices).fall - now.fall
        found.append({"lever": lever, "now": value, "more": more - value, "fall": max(fall, 0.0)})
    return found


def _refuse_too_dear(product: Product, asked: dict[str, int], prices: Prices) -> None:
    """Refuse levers that contradict one another."""
    cost, rows = product.levers.cost, sum(asked.values())
    money = _cost(rows, prices)
    if cost.budget is not None and money is not None and money > cost.budget:
        fewer = -int(-(money - cost.budget) // prices.row) if prices.row else rows
        raise BadInput(
            f"{cost.budget:,.2f} {cost.currency} does not pay for the {rows:,} rows asked for ({money:,.2f})",
            where=product.file,
            place="levers.cost.budget",
            remedy=f"raise it to {money:,.2f}, or ask for {min(fewer, rows):,} rows less under levers.coverage",
        )
    if cost.deadline_days is not None and prices.days is not None and rows and prices.days > cost.deadline_days:
        raise BadInput(
            f"{cost.deadline_days:g} days are not enough: synthetic rows take {prices.days:.1f} (P50)",
            where=product.file,
            place="levers.cost.deadline_days",
            remedy=f"raise it to {prices.days:.1f}, or take rows out of levers.coverage",
        )


def _cost(rows: int, prices: Prices) -> float | None:
    if prices.row is None:
        return None
    return (prices.fixed or 0.0) + rows * prices.row if rows else 0.0


def _line(product: Product, gap: Gap, support: int, rows: int, prices: Prices) -> PlanLine:
    site = _site(product, gap, support, prices)
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
