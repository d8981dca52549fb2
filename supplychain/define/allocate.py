"""Allocation: how many rows each slice is given, in lots, where the next lot is worth most.

Greedy by marginal value is within a per mille of the continuous optimum where curves flatten, as learning curves do;
see Tae and Whang, Slice Tuner (SIGMOD 2021), for the idea, and `docs/decisions/` for why not a solver.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, isinf, log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


MOST_LOTS = 10_000
"""Lots that are given one after the other; more rows make larger lots."""


@dataclass(frozen=True)
class Curve:
    """A slice's learning curve: with n rows, its loss is `a * n ** -b + c`.

    Example:
        >>> round(Curve(2.0, 0.5, 0.1).loss(100), 3)
        0.3
        >>> round(Curve(2.0, 0.5, 0.1).rows_for(0.3))
        100
    """

    a: float
    b: float
    c: float

    def loss(self, rows: float) -> float:
        """The loss with so many rows."""
        return float(self.a * max(rows, 1.0) ** -self.b + self.c)

    def rows_for(self, loss: float) -> float:
        """Rows at which the loss is reached; infinite where no number of rows reaches it."""
        if loss <= self.c or self.b <= 0 or self.a <= 0:
            return inf
        return float((self.a / (loss - self.c)) ** (1 / self.b))


@dataclass(frozen=True)
class Exchange:
    """What a synthetic row teaches, in real rows: `rate` at first, never more than `ceiling` rows in all.

    n_eff = n + K (1 - exp(-rate m / K)) for m synthetic rows; without a ceiling, n + rate m.

    Example:
        >>> Exchange(0.5).effective(100, 200)
        200.0
        >>> round(Exchange(0.5, 50.0).effective(100, 1_000_000))
        150
    """

    rate: float
    ceiling: float = inf

    def effective(self, real: float, synthetic: float) -> float:
        """Real rows that would teach as much."""
        from math import exp

        if isinf(self.ceiling):
            return real + self.rate * synthetic
        if self.ceiling <= 0:
            return float(real)
        return real + self.ceiling * (1 - exp(-self.rate * synthetic / self.ceiling))

    def synthetic_for(self, real: float, effective: float) -> float:
        """Synthetic rows that make up for what is missing; infinite where none do."""
        missing = effective - real
        if missing <= 0:
            return 0.0
        if self.rate <= 0 or missing >= self.ceiling or isinf(missing):
            return inf
        if isinf(self.ceiling):
            return missing / self.rate
        return -self.ceiling / self.rate * log(1 - missing / self.ceiling)


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
    """

    rows: dict[str, int] = field(default_factory=dict)
    fall: float = 0.0
    bound_by: set[str] = field(default_factory=set)


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
        if size < 1 or gain <= 0 or (worth is not None and price is not None and gain * worth < price * size):
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
