"""Friction: what one more effective real row of a slice takes in money and days, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.learning import CURED_BY_ROWS
from supplychain.roi import pipelines, words
from supplychain.roi.draws import Range
from supplychain.roi.outcome import Aim, aims, read_gaps, real_rows
from supplychain.roi.pipelines import RISK, VALUE, Drawn
from supplychain.roi.prices import before_real, days_each_real, drawn, each_effective, each_real, run_of
from supplychain.roi.strategies import Setting, delivered

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supplychain.product import Product
    from supplychain.roi.measured import Measured

SUPPORT = 30
"""Real rows below which a generator has nothing to lean on in a slice; `gaps` tells nothing below it either."""
RARE = 0.01
"""The share of all rows below which a slice is rare."""
SYNTHESISE, BUY, EITHER, LEAVE = "synthesise", "buy real", "either", "leave"
SCHEMA: dict[str, Any] = {
    "slice": pl.String,
    **dict.fromkeys(("money_low", "money", "money_high", "days_low", "days", "days_high"), pl.Float64),
    **dict.fromkeys(("risk_per_row", "feasibility_low", "feasibility", "feasibility_high"), pl.Float64),
    "support": pl.Int64,
    **dict.fromkeys(("flags", "verdict", "reason"), pl.String),
}


def friction(product: Product, gaps: pl.DataFrame, measured: Measured, seed: int) -> pl.DataFrame:
    """Per slice: money and days for one more effective real row, risk, feasibility of synthesis, and a verdict.

    Works without any price: money is null then, and the verdict follows from the kind of gap and the support.
    What is fixed is shared among the rows that the slices need together.

    Returns:
        slice, money_low, money, money_high (P10, P50, P90), days_low, days, days_high, risk_per_row (expected loss a
        year), feasibility_low, feasibility, feasibility_high (real rows that a synthetic one is worth), support (real
        rows that a generator sees), flags, verdict (`synthesise`, `buy real`, `either`, `leave`) and reason.
    """
    x = drawn(product, measured, seed)
    wanted = {aim.slice: aim for aim in aims(product, gaps)[0]}
    together = sum(aim.more for aim in wanted.values())
    lines = [
        _line(product, x, row, wanted.get(row["slice"]), together) for row in read_gaps(gaps).iter_rows(named=True)
    ]
    return pl.DataFrame(lines, schema=SCHEMA)


def _line(product: Product, x: Drawn, row: dict[str, Any], aim: Aim | None, together: float) -> dict[str, Any]:
    needed = aim.more if aim else max(real_rows(row), 1.0)
    shared = max(together, needed)
    real = _real(x, row, shared)
    made = each_effective(product, x, row, needed, shared)
    years = product.roi.horizon_months / 12
    risk = {pipeline: x.amount(terms) / shared for pipeline, terms in RISK.items()}
    verdict, reason = _without_money(product, row) or _with_money(
        None if real is None else real + years * risk["real"],
        None if made is None else made + years * risk["synthetic"],
        _worths(product, x, aim),
        product.levers.cost.currency,
    )
    return {
        "slice": row["slice"],
        **_range("money", real),
        **_range("days", _days(x, row)),
        "risk_per_row": float(risk["real"].mean()) if any(x.has(term) for term in RISK["real"]) else None,
        **_range("feasibility", x.in_slice("exchange_rate", row["slice"])),
        "support": int(real_rows(row)),
        "flags": ", ".join(_flags(product, row)),
        "verdict": verdict,
        "reason": reason,
    }


def _flags(product: Product, row: dict[str, Any]) -> list[str]:
    """What makes real rows of a slice hard to obtain: as declared, and that they are rare where they are."""
    return [*product.flags.get(row["slice"], ()), *(["rare"] if row["share"] and row["share"] < RARE else [])]


def _real(x: Drawn, row: dict[str, Any], shared: float) -> NDArray[np.float64] | None:
    each = each_real(x, row["share"])
    return each + before_real(x) / shared if each is not None and "raw_row_price" in x else None


def _days(x: Drawn, row: dict[str, Any]) -> NDArray[np.float64] | None:
    each = days_each_real(x, row["share"])
    return pipelines.real_wait(x) + each if each is not None and "permission_months" in x else None


def _worths(product: Product, x: Drawn, aim: Aim | None) -> tuple[float, float] | None:
    """What an effective row is worth on average within the horizon, bought and made: from its arrival on."""
    if aim is None or not any(x.has(term) for term in VALUE):
        return None
    setting = Setting.of(product, [aim])
    a_month = x.amount(VALUE) * float(aim.points(aim.more)) / aim.more
    bought, made = (
        float((a_month * (delivered(days, setting.months) @ setting.weights)).mean())
        for days in (pipelines.real_wait(x), run_of(product, x, 0.0)[1])
    )
    return bought, made


def _without_money(product: Product, row: dict[str, Any]) -> tuple[str, str] | None:
    """A verdict that no price can change; None where it is a question of money."""
    a, b = row["curve_a"], row["curve_b"]
    if row["verdict"] == "fine" and row["slice"] not in product.levers.coverage.targets:
        return LEAVE, "no gap here"
    if row["kind"] == "noisy" or (a is not None and b is not None and not (a > 0 and b > 0)):
        return LEAVE, "more rows of any kind do not lower the loss here"
    if row["kind"] == "overconfident":
        return LEAVE, "recalibrate the model here: rows are not what it lacks"
    if real_rows(row) < SUPPORT:
        return BUY, f"{real_rows(row):.0f} real rows: a generator has nothing to lean on"
    if row["kind"] not in CURED_BY_ROWS:
        return BUY, f"{row['kind']}: rows made from those in hand carry nothing new"
    return None


def _with_money(
    real: NDArray[np.float64] | None,
    made: NDArray[np.float64] | None,
    worths: tuple[float, float] | None,
    currency: str,
) -> tuple[str, str]:
    """The cheaper one, if its P90 is below the other's P10, else either; neither, if it is not worth either price.

    Prices are money and the expected loss over the horizon.
    """
    if real is None or made is None:
        unknown = [words_ for price, words_ in ((real, "real"), (made, "synthetic")) if price is None]
        return EITHER, f"rows help here; what an effective {' or '.join(unknown)} one costs is not known"
    bought, by_making = Range.of(real), Range.of(made)
    both = f"{words.span(by_making, currency)} made, {words.span(bought, currency)} bought"
    told = f"with losses, an effective row costs {both}"
    if worths and bought.middle > worths[0] and by_making.middle > worths[1]:
        worth = f"{words.money(worths[1], currency)} made, {words.money(worths[0], currency)} bought"
        return LEAVE, f"{told}, and is worth {worth}, from its arrival on"
    if by_making.high < bought.low:
        return SYNTHESISE, told
    if bought.high < by_making.low:
        return BUY, told
    return EITHER, f"{told}; the cheaper is to {SYNTHESISE if by_making.middle < bought.middle else BUY}"


def _range(name: str, draws: NDArray[np.float64] | None) -> dict[str, float | None]:
    found = Range.of(draws) if draws is not None else None
    return {
        f"{name}_low": found.low if found else None,
        name: found.middle if found else None,
        f"{name}_high": found.high if found else None,
    }
