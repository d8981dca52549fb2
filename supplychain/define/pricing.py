"""What a plan knows of money, days and worth: the comparison's own draws, in the few figures that a plan needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from supplychain.learning import Exchange
from supplychain.roi.draws import Range
from supplychain.roi.friction import friction
from supplychain.roi.outcome import POINT
from supplychain.roi.pipelines import VALUE
from supplychain.roi.prices import drawn, run_of, synthetic_price
from supplychain.roi.step import known_of, seed_of
from supplychain.roi.strategies import Setting, delivered

if TYPE_CHECKING:
    import polars as pl

    from supplychain.chain import Chain
    from supplychain.roi.pipelines import Drawn


@dataclass(frozen=True)
class Prices:
    """What rows cost. None where no price is known.

    Attributes:
        row: Money for a synthetic row, P50.
        fixed: Money for a run, whatever its rows, P50.
        days: Days of a run, P50.
        worth: Money that a fall of the overall loss by 1 is worth over the horizon.
        real: Slice to money for one more real row, P50.
        real_days: Slice to days until it is there, P50.
        exchange: Slice to what a synthetic row is worth in real rows, at P10, P50 and P90.
        advice: Slice to friction's verdict.
        flags: Slice to what makes its real rows hard to obtain.
    """

    row: float | None = None
    fixed: float | None = None
    days: float | None = None
    worth: float | None = None
    real: dict[str, float] | None = None
    real_days: dict[str, float] | None = None
    exchange: dict[str, tuple[Exchange, Exchange, Exchange]] | None = None
    advice: dict[str, str] | None = None
    flags: dict[str, str] | None = None


def prices_of(chain: Chain, window: str, gaps: pl.DataFrame) -> Prices:
    """Prices, worth and advice for a window, as far as `roi.inputs` and the log tell.

    Args:
        chain: The product, with the levers of this plan.
        window: The window.
        gaps: The window's table `gaps`.
    """
    product, measured, seed = chain.product, known_of(chain), seed_of(chain, window)
    made = synthetic_price(product, measured, seed)
    slices = friction(product, gaps, measured, seed)
    x = drawn(product, measured, seed)
    exchange = {name: found for name in slices["slice"] if (found := _exchange(x, name))}
    return Prices(
        row=_middle(made.money_per_row),
        fixed=_middle(made.money_fixed),
        days=_middle(made.days_fixed),
        worth=_worth(chain, x),
        real=_column(slices, "money"),
        real_days=_column(slices, "days"),
        exchange=exchange,
        advice=_column(slices, "verdict"),
        flags=_column(slices, "flags"),
    )


def cost_of_run(chain: Chain, window: str, rows: int) -> dict[str, float] | None:
    """Money of a run that makes so many rows, at P10, P50 and P90; None where no price is known."""
    product, measured, seed = chain.product, known_of(chain), seed_of(chain, window)
    if synthetic_price(product, measured, seed).money_fixed is None:
        return None
    found = Range.of(run_of(product, drawn(product, measured, seed), float(rows))[0])
    return {"p10": found.low, "p50": found.middle, "p90": found.high}


def comparison(chain: Chain, window: str) -> str:
    """What the window's comparison of strategies says; empty before there is one."""
    found = chain.ledger.find(chain.product.name, "roi", window)
    if not found:
        return ""
    notes = found[1].notes
    said = [str(notes[name]) for name in ("headline", "verdict") if notes.get(name)]
    return said[-1] if said[0:1] == ["no price"] else ": ".join(said)


def _middle(found: Range | None) -> float | None:
    return found.middle if found else None


def _column(table: pl.DataFrame, name: str) -> dict[str, Any]:
    """Slice to what a column says of it, where it says anything."""
    return {slice_: value for slice_, value in table.select("slice", name).iter_rows() if value not in (None, "")}


def _exchange(x: Drawn, slice_: str) -> tuple[Exchange, Exchange, Exchange] | None:
    rate, ceiling = x.in_slice("exchange_rate", slice_), x.in_slice("ceiling", slice_)
    if rate is None or ceiling is None:
        return None
    rates, ceilings = Range.of(rate), Range.of(ceiling)
    return (
        Exchange(rates.low, ceilings.low),
        Exchange(rates.middle, ceilings.middle),
        Exchange(rates.high, ceilings.high),
    )


def _worth(chain: Chain, x: Drawn) -> float | None:
    """Money over the horizon that a fall of the loss of all rows by 1 is worth, from the delivery of a run on."""
    if not any(x.has(term) for term in VALUE):
        return None
    setting = Setting.of(chain.product, [])
    days = run_of(chain.product, x, 0.0)[1]
    months = delivered(days, setting.months) @ setting.weights
    return float((x.amount(VALUE) * months).mean()) / POINT
