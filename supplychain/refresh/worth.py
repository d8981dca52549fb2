"""Whether a refresh is worth its price, by the product's own numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from supplychain.falls import falls_of
from supplychain.ledger.costs import HOUR
from supplychain.rebalance import LOSS, RETIRE, otherwise
from supplychain.refresh.others import REBALANCE
from supplychain.roi.measured import known_inputs, measurements
from supplychain.slices import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from supplychain.chain import Chain
    from supplychain.ledger import Cause, Commit, Evidence

POINT = 0.01
"""What `value_per_point` calls a point of loss."""
VALUE = (
    ("value_per_point",),
    ("decisions", "misses_per_point", "miss_cost"),
    ("decisions", "alarms_per_point", "alarm_cost"),
)
"""What a point is worth in a month: the sum of these products, as far as they are given."""


Interval = tuple[float, float, float]


@dataclass(frozen=True)
class Worth:
    """Price and worth of a refresh, in the product's currency; None where its numbers do not tell.

    Attributes:
        price: What the rebuild takes: processor hours, and people's review of rows that are new, at the product's
            prices.
        gain: What it brings in these months.
        points: Points of loss that it brings, as measured last on gold, with 95% limits.
        months: Months that are looked ahead.
        currency: Of the money.
    """

    price: float | None
    gain: float | None
    points: Interval | None
    months: int
    currency: str

    @property
    def complaint(self) -> str:
        """Why it is not worth its price; empty where it is, or where that is not known."""
        if self.price is None or self.gain is None or self.points is None or self.price <= self.gain:
            return ""
        value, low, high = self.points
        return (
            f"it is not worth its price: {self.price:,.2f} {self.currency} for {value:.2f} points on gold "
            f"({low:.2f} to {high:.2f}), worth {self.gain:,.2f} in {self.months} months"
        )


def worth_of(chain: Chain, causes: tuple[Cause, ...]) -> Worth:
    """What a rebuild of stale windows costs and brings, by the prices and values of the product file.

    The price is what the last run of each window took in processor time, and a person's review of it. The gain is the
    fall of the loss on gold that the rows of these windows brought as they were released, when it was measured last,
    times what a point is worth in a month, times the months that `roi.horizon_months` looks ahead. Where the plan
    alone is to be another, the gain is what its changes are expected to bring: of rows that are retired, the harm that
    ends. Fewer rows ask for no review, unless the product has a section for it.
    """
    product = chain.product
    commits = chain.ledger.commits(product.name)
    known = {name: one.used.middle for name, one in known_inputs(product, measurements(product, commits)).items()}
    windows = tuple(dict.fromkeys(cause.window for cause in causes))
    replanned = {window: lines for window in windows if (lines := _replanned(chain, causes, window)) is not None}
    seen = [window for window in windows if product.review or not _only_retires(replanned.get(window))]
    price = _price(known, commits, windows, seen)
    value = _value(known)
    points = _points(commits, windows, replanned)
    months = product.roi.horizon_months
    gain = None if value is None or points is None else value * points[0] * months
    return Worth(price, gain, points, months, product.levers.cost.currency)


def _replanned(chain: Chain, causes: tuple[Cause, ...], window: str) -> pl.DataFrame | None:
    """What a window's next plan does otherwise, where it is stale for no other reason; None else."""
    other = any(cause.kind != REBALANCE for cause in causes if cause.window == window)
    return None if other else otherwise(chain, window)


def _only_retires(lines: pl.DataFrame | None) -> bool:
    return lines is not None and set(lines["proposal"]) == {RETIRE}


def _price(
    known: Mapping[str, float], commits: list[Commit], windows: tuple[str, ...], seen: list[str]
) -> float | None:
    """Processor hours of the last run of each window, and the review of those whose rows a person looks at."""
    rate = known.get("compute_price")
    if rate is None:
        return None
    review = known.get("review_rows", 0.0) * known.get("review_minutes", 0.0) / 60
    wage = known.get("reviewer_wage", known.get("wage", 0.0))
    seconds = [taken for window in windows if (taken := _last_run(commits, window) or _last_run(commits, None))]
    return sum(seconds) / HOUR * rate + len(seen) * review * wage if seconds else None


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


def _points(
    commits: Iterable[Commit], windows: tuple[str, ...], replanned: Mapping[str, pl.DataFrame]
) -> Interval | None:
    """Points that these windows bring: by their changed plans, else as their rows did last, else as any window's did.

    None where a changed plan does not say what it brings.
    """
    found = {commit.window: falls for commit in commits if EVERYTHING in (falls := falls_of(commit.evidence))}
    own = [
        _of_changes(replanned[window], found.get(window, {})) if window in replanned else _of_all(found[window])
        for window in windows
        if window in replanned or window in found
    ] or [_of_all(falls) for falls in list(found.values())[-1:]]
    known = [one for one in own if one is not None]
    if not known or len(known) < len(own):
        return None
    value, low, high = (sum(ends) / len(known) / POINT for ends in zip(*known, strict=True))
    return value, low, high


def _of_all(falls: Mapping[str, Evidence]) -> Interval | None:
    """The fall of the loss of all rows."""
    row = falls[EVERYTHING]
    return None if row.value is None or row.low is None or row.high is None else (row.value, row.low, row.high)


def _of_changes(lines: pl.DataFrame, falls: Mapping[str, Evidence]) -> Interval | None:
    """What changes of a plan are expected to bring to the loss of all rows; None where one of them does not say.

    A slice counts by its share of gold people; all rows hold every slice. Limits are added, which is on the safe side.
    """
    whole = lines.filter(pl.col("slice") == EVERYTHING)
    chosen = whole if whole.height else lines
    names = set(chosen["slice"])
    if chosen["gain"].null_count() or set(chosen["gain_in"]) != {LOSS} or not names <= falls.keys():
        return None
    shares = pl.Series([falls[name].n / falls[EVERYTHING].n for name in chosen["slice"]])
    value, low, high = (float((chosen[name] * shares).sum()) for name in ("gain", "gain_low", "gain_high"))
    return value, low, high
