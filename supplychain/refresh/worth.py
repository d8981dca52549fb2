"""Whether a refresh is worth its price, by the product's own numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplychain.ledger.costs import HOUR
from supplychain.roi.measured import known_inputs, measurements

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from supplychain.chain import Chain
    from supplychain.ledger import Commit

POINT = 0.01
"""What `value_per_point` calls a point of loss."""
VALUE = (
    ("value_per_point",),
    ("decisions", "misses_per_point", "miss_cost"),
    ("decisions", "alarms_per_point", "alarm_cost"),
)
"""What a point is worth in a month: the sum of these products, as far as they are given."""


@dataclass(frozen=True)
class Worth:
    """Price and worth of a refresh, in the product's currency; None where its numbers do not tell.

    Attributes:
        price: What the rebuild takes: processor hours and people's review, at the product's prices.
        gain: What it brings in these months.
        points: Points of loss that it brings, as measured last on gold.
        months: Months that are looked ahead.
        currency: Of the money.
    """

    price: float | None
    gain: float | None
    points: float | None
    months: int
    currency: str

    @property
    def complaint(self) -> str:
        """Why it is not worth its price; empty where it is, or where that is not known."""
        if self.price is None or self.gain is None or self.price <= self.gain:
            return ""
        return (
            f"it is not worth its price: {self.price:,.2f} {self.currency} for {self.points:.2f} points on gold, "
            f"worth {self.gain:,.2f} in {self.months} months"
        )


def worth_of(chain: Chain, windows: tuple[str, ...]) -> Worth:
    """What a rebuild of these windows costs and brings, by the prices and values of the product file.

    The price is what the last run of each window took in processor time, and a person's review of it. The gain is the
    fall of the loss on gold that the accepted rows of these windows brought when it was measured last, times what a
    point is worth in a month, times the months that `roi.horizon_months` looks ahead.
    """
    product = chain.product
    commits = chain.ledger.commits(product.name)
    known = {name: one.used.middle for name, one in known_inputs(product, measurements(product, commits)).items()}
    price = _price(known, commits, windows)
    value = _value(known)
    points = _points(commits, windows)
    months = product.roi.horizon_months
    gain = None if value is None or points is None else value * points * months
    return Worth(price, gain, points, months, product.levers.cost.currency)


def _price(known: Mapping[str, float], commits: list[Commit], windows: tuple[str, ...]) -> float | None:
    rate = known.get("compute_price")
    if rate is None:
        return None
    review = known.get("review_rows", 0.0) * known.get("review_minutes", 0.0) / 60
    wage = known.get("reviewer_wage", known.get("wage", 0.0))
    seconds = [taken for window in windows if (taken := _last_run(commits, window) or _last_run(commits, None))]
    return sum(seconds) / HOUR * rate + len(windows) * review * wage if seconds else None


def _last_run(commits: list[Commit], window: str | None) -> float:
    """Processor seconds of the last run that released a window; of any, where none is named."""
    released = [commit for commit in commits if commit.release and window in (None, commit.window)]
    if not released:
        return 0.0
    last = (released[-1].run, released[-1].window)
    return sum(commit.cpu_seconds for commit in commits if (commit.run, commit.window) == last)


def _value(known: Mapping[str, float]) -> float | None:
    terms = [[known[name] for name in term] for term in VALUE if all(name in known for name in term)]
    products = []
    for term in terms:
        money = 1.0
        for figure in term:
            money *= figure
        products.append(money)
    return sum(products) if products else None


def _points(commits: Iterable[Commit], windows: tuple[str, ...]) -> float | None:
    """Points by which the loss on gold fell, measured last: in these windows, else in any."""
    found = {
        commit.window: row.value / POINT
        for commit in commits
        for row in commit.evidence
        if row.metric == "slice.fall" and row.scope == "all" and row.value is not None
    }
    own = [found[window] for window in windows if window in found] or list(found.values())[-1:]
    return sum(own) / len(own) if own else None
