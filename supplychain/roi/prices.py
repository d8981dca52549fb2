"""What one more row costs and takes: real ones per slice, and synthetic ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from supplychain.roi import pipelines
from supplychain.roi.compare import draws_of
from supplychain.roi.draws import Range
from supplychain.roi.measured import known_inputs
from supplychain.roi.outcome import effective, read_gaps, real_rows, to_make
from supplychain.roi.pipelines import Drawn, attempts, raw_for, synthetic_bill

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from supplychain.product import Product
    from supplychain.roi.measured import Measured


@dataclass(frozen=True)
class Price:
    """What rows cost; None where it is not known.

    Attributes:
        money_per_row: Money for one more row.
        money_fixed: Money before the first: what does not grow with the rows.
        days_per_row: Days for one more row.
        days_fixed: Days before the first.
        currency: Of the money.
    """

    money_per_row: Range | None
    money_fixed: Range | None
    days_per_row: Range | None
    days_fixed: Range | None
    currency: str


def real_price(product: Product, gaps: pl.DataFrame, measured: Measured, seed: int) -> dict[str, Price]:
    """Per slice: what one more usable, labelled real row costs and takes, and what comes before the first.

    To collect over prevalence and yield, to clean, to label; before that to locate and to obtain permission.
    """
    x = drawn(product, measured, seed)
    priced, timed = "raw_row_price" in x, "permission_months" in x
    before, wait = before_real(x), pipelines.real_wait(x)
    return {
        row["slice"]: Price(
            _range(each_real(x, row["share"]), priced),
            _range(before, priced),
            _range(days_each_real(x, row["share"]), timed),
            _range(wait, timed),
            product.levers.cost.currency,
        )
        for row in read_gaps(gaps).iter_rows(named=True)
    }


def synthetic_price(product: Product, measured: Measured, seed: int) -> Price:
    """What one more accepted synthetic row costs and takes, and what a run does before the first.

    All attempts that are expected until the gates pass are in it; the days of a row are processor time.
    """
    x = drawn(product, measured, seed)
    known = "define_hours" in x and "wage" in x
    (none, none_days), (one, one_days) = (run_of(product, x, rows) for rows in (0.0, 1.0))
    return Price(
        _range(one - none, known),
        _range(none, known),
        _range(one_days - none_days, known),
        _range(none_days, known),
        product.levers.cost.currency,
    )


def drawn(product: Product, measured: Measured, seed: int) -> Drawn:
    """Draws of the inputs that a product knows."""
    return Drawn(draws_of(product, known_inputs(product, measured), seed), product.roi.draws)


def before_real(x: Drawn) -> NDArray[np.float64]:
    """Money before the first real row: to locate, and to obtain permission."""
    return x.amount(pipelines.REAL["locate"]) + x.amount(pipelines.REAL["permissions"])


def each_real(x: Drawn, share: float | None) -> NDArray[np.float64] | None:
    """Money for one more usable, labelled real row of a slice; None for one that nobody is in."""
    if not share:
        return None
    one = np.ones(x.n)
    bill = pipelines.real_bill(x, raw_for(x, one, share), one)
    return np.asarray(sum(bill.once[stage] for stage in ("collect", "clean", "label")))


def days_each_real(x: Drawn, share: float | None) -> NDArray[np.float64] | None:
    """Days for one more such row."""
    if not share:
        return None
    collect, label = pipelines.real_days(x)
    return raw_for(x, np.ones(x.n), share) * collect + label


def each_effective(
    product: Product, x: Drawn, row: dict[str, Any], needed: float, shared: float
) -> NDArray[np.float64] | None:
    """Money by synthesis for one effective row of a slice, on average over those `needed`; None where unknown.

    Args:
        product: The product.
        x: Draws.
        row: The slice's row of `gaps`.
        needed: Effective rows that the slice needs.
        shared: Those that all slices need: what is fixed is shared among them.
    """
    rate, ceiling = x.in_slice("exchange_rate", row["slice"]), x.in_slice("ceiling", row["slice"])
    if rate is None or ceiling is None or "define_hours" not in x or "wage" not in x:
        return None
    most = product.levers.risk.synthetic_per_real * max(real_rows(row), 1.0)
    made = to_make(needed, rate, ceiling, most)
    worth = effective(made, rate, ceiling) * attempts(x, product.roi.attempts)[1]
    none, one = (run_of(product, x, rows)[0] for rows in (0.0, 1.0))
    return np.asarray((none * needed / shared + (one - none) * made) / np.maximum(worth, 1e-9))


def run_of(product: Product, x: Drawn, rows: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Money and days of a run that makes so many rows."""
    bill = synthetic_bill(x, np.full(x.n, rows), product.roi.attempts)
    return np.asarray(sum(bill.once.values())), bill.days


def _range(draws: NDArray[np.float64] | None, known: bool) -> Range | None:
    return Range.of(draws) if known and draws is not None else None
