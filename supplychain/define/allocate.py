"""Allocation: how many rows each slice is given, in lots, where the next lot is worth most.

Greedy by marginal value is within a per mille of the continuous optimum where curves flatten, as learning curves do;
see Tae and Whang, Slice Tuner (SIGMOD 2021), for the idea, and `docs/decisions/` for why not a solver.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING

from supplychain.learning import Curve, Exchange

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


MOST_LOTS = 10_000
"""Lots that are given one after the other; more rows make larger lots."""


@dataclass(frozen=True)
class Site:
    """A slice to which rows may be given.

    Attributes:
        name: The slice.
        share: Its share of all rows, 0 to 1.
        rows: Real rows that the outcome model learns from.
        curve: Its learning curve.
        exchange: What a synthetic row is worth there.
        most: The most rows that may be given.
    """

    name: str
    share: float
    rows: int
    curve: Curve
    exchange: Exchange
    most: float = inf

    def loss(self, synthetic: float) -> float:
        """The loss to expect with so many synthetic rows."""
        return self.curve.loss(self.exchange.effective(self.rows, synthetic))

    def fall(self, before: float, after: float) -> float:
        """By how much the loss of all rows falls when this slice's synthetic rows grow."""
        return self.share * (self.loss(before) - self.loss(after))


@dataclass
class Allocation:
    """Rows per slice, and what ended the giving.

    Attributes:
        rows: Rows given to each slice.
        fall: The fall of the overall loss that is expected of them.
        bound_by: Levers that stopped it, as in the product file.
        too_dear: Whether it ended because the next lot would cost more than it is worth.
    """

    rows: dict[str, int] = field(default_factory=dict)
    fall: float = 0.0
    bound_by: set[str] = field(default_factory=set)
    too_dear: bool = False


def allocate(
    sites: Iterable[Site],
    *,
    start: Mapping[str, int],
    most_rows: int,
    lot: int,
    price: float | None = None,
    money: float = inf,
    worth: float | None = None,
) -> Allocation:
    """Give rows in lots, each where it lowers the overall loss most, until a lever binds or it no longer pays.

    Args:
        sites: Slices that rows can help.
        start: Rows that each slice has been promised already.
        most_rows: Rows to give, beyond those.
        lot: Rows of one lot.
        price: Money for one row; None where it is not known.
        money: Money to spend.
        worth: Money that a fall of the overall loss by 1 is worth; None where it is not known.
    """
    sites = list(sites)
    given = Allocation({site.name: 0 for site in sites})
    left, purse, lot = most_rows, money, max(lot, most_rows // MOST_LOTS)
    while left > 0 and sites:
        size = min(lot, left)
        if price is not None and price * size > purse:
            size = int(purse // price)
            given.bound_by.add("levers.cost.budget")
        gains = [(site.fall(have := _held(site, start, given), have + size), have, site) for site in sites]
        gain, have, best = max(gains, key=lambda one: one[0])
        given.too_dear = worth is not None and price is not None and gain * worth < price * size
        if size < 1 or gain <= 0 or given.too_dear:
            break
        if have + size > best.most:
            given.bound_by.add("levers.risk.synthetic_per_real")
            sites.remove(best)
            continue
        given.rows[best.name] += size
        given.fall += gain
        left -= size
        purse -= (price or 0.0) * size
    if most_rows and not left:
        given.bound_by.add("levers.coverage.most_rows")
    return given


def _held(site: Site, start: Mapping[str, int], given: Allocation) -> int:
    return start.get(site.name, 0) + given.rows[site.name]
