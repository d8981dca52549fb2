"""How many rows a plan gives each slice: those that levers promise by name, and the rest where a row adds most."""

from __future__ import annotations

from math import inf, isfinite
from typing import TYPE_CHECKING, Any

from supplychain.define.allocate import Allocation, Site, allocate
from supplychain.errors import BadInput
from supplychain.learning import CURED_BY_ROWS, Exchange
from supplychain.slices import EVERYTHING

if TYPE_CHECKING:
    from supplychain.define.basis import Gap
    from supplychain.define.pricing import Prices
    from supplychain.levers import Levers
    from supplychain.product import Product

UNKNOWN = Exchange(1.0)
"""What a synthetic row is worth where nobody has measured it: at the most, a real one."""


def promised_rows(product: Product, gaps: dict[str, Gap], support: dict[str, int], prices: Prices) -> dict[str, int]:
    """Rows that levers ask for by name: the larger of `coverage.rows` and what `coverage.targets` needs.

    A slice without a real row gets none: a generator that never saw such a row has nothing to make it from. Nor does
    one whose target no number of rows is expected to reach.
    """
    coverage = product.levers.coverage
    asked = {name: rows for name, rows in coverage.rows.items() if support.get(name)}
    for name, target in coverage.targets.items():
        site = site_of(product, gaps[name], support.get(name, 0), prices)
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
        site = site_of(product, gap, support.get(name, 0), prices)
        if name != EVERYTHING and curable and site and advice.get(name) not in ("buy real", "leave"):
            sites.append(site)
    return sites


def site_of(product: Product, gap: Gap, support: int, prices: Prices) -> Site | None:
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


def refuse_too_dear(product: Product, asked: dict[str, int], prices: Prices) -> None:
    """Refuse levers that contradict one another.

    Raises:
        BadInput: What is asked for does not fit the budget or the deadline.
    """
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
