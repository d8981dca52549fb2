"""The step: the comparison and the friction of a window, as the tables `roi` and `friction`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain import seeds
from supplychain.roi.compare import Comparison, compare
from supplychain.roi.friction import friction
from supplychain.roi.measured import Measured, measurements

if TYPE_CHECKING:
    from supplychain.chain import Chain
    from supplychain.ledger import Commit
    from supplychain.roi.compare import Strategy
    from supplychain.roi.draws import Range

RANGES = ("cost", "days", "risk", "npv")
ENDS = ("p10", "p50", "p90")
SHOWN = 10
"""Bars of a tornado that a person reads."""
SCHEMA: dict[str, Any] = {
    "strategy": pl.String,
    **{f"{name}_{end}": pl.Float64 for name in RANGES for end in ENDS},
    "best": pl.Float64,
    "reach": pl.Float64,
    "payback_month": pl.Int64,
    "headline": pl.String,
}


SENSITIVITY: dict[str, Any] = {
    **dict.fromkeys(("input", "source", "unit"), pl.String),
    **dict.fromkeys(("p10", "p90", "lead_at_p10", "lead_at_p90"), pl.Float64),
}


def compare_pipelines(chain: Chain, window: str) -> Commit:
    """Compare nothing, real, synthetic and hybrid at equal outcome, per window, and say what the choice hangs on.

    Writes `roi` (a row a strategy), `sensitivity` (what each input does to the lead of the best over the second) and
    `friction` (a row a slice). Without prices `roi` has its four strategies and no figures, `sensitivity` no rows, and
    `friction` tells what kinds of gap and support tell alone.
    """
    product = chain.product
    with chain.step("define", window) as step:
        gaps = step.read("gaps")
        measured, seed = known_of(chain), seed_of(chain, window)
        if measured.figures or measured.counts or product.roi.inputs.model_fields_set:
            chain.progress(f"comparing four strategies in {product.roi.draws:,} draws")
        found = compare(product, gaps, measured, seed)
        step.write("roi", table_of(found), **_notes(found))
        step.write("sensitivity", sensitivity_of(found))
        table = friction(product, gaps, measured, seed)
        step.write("friction", table, slices=table.height)
    return step.done


def known_of(chain: Chain) -> Measured:
    """What the chain's log says of the product's inputs."""
    return measurements(chain.product, chain.ledger.commits(chain.product.name))


def seed_of(chain: Chain, window: str) -> int:
    """The seed of a window's draws."""
    return seeds.integer(chain.seed("roi", window=window))


def table_of(found: Comparison) -> pl.DataFrame:
    """The strategies of a comparison: one row each; null where a figure is not known."""
    return pl.DataFrame([_row(one, found.headline) for one in found.strategies], schema=SCHEMA)


def sensitivity_of(found: Comparison) -> pl.DataFrame:
    """The tornado of a comparison, the widest bar first."""
    return pl.DataFrame(
        [(bar.name, bar.source, bar.unit, bar.low, bar.high, bar.at_low, bar.at_high) for bar in found.tornado],
        schema=SENSITIVITY,
        orient="row",
    )


def pictures(strategies: pl.DataFrame, sensitivity: pl.DataFrame, currency: str) -> dict[str, str]:
    """The tables `roi` and `sensitivity` as charts: title to SVG; none where nothing was computed."""
    from supplychain import charts

    found: dict[str, str] = {}
    for name, title, unit in (
        ("npv", "Net present value", currency),
        ("cost", "Present value of the cost", currency),
        ("days", "Days until the last rows are there", "days"),
    ):
        columns = [f"{name}_{end}" for end in ENDS]
        known = strategies.drop_nulls(columns).select("strategy", *columns)
        if known.height:
            found[title] = charts.ranges(title, [charts.Span(*row) for row in known.iter_rows()], unit)
    if sensitivity.height:
        widest = sensitivity.head(SHOWN).select("input", "lead_at_p10", "lead_at_p90", "source").iter_rows()
        swings = [charts.Swing(name.replace("_", " "), *rest) for name, *rest in widest]
        title = "What the lead of the best over the second hangs on"
        found[title] = charts.tornado(title, swings, currency)
    return found


def _row(one: Strategy, headline: str) -> dict[str, Any]:
    ranges: dict[str, Range | None] = {name: getattr(one, name) for name in RANGES}
    figures = {
        f"{name}_{end}": getattr(found, part) if found else None
        for name, found in ranges.items()
        for end, part in zip(ENDS, ("low", "middle", "high"), strict=True)
    }
    return {
        "strategy": one.name,
        **figures,
        "best": one.best,
        "reach": one.reach,
        "payback_month": one.payback_month,
        "headline": headline,
    }


def _notes(found: Comparison) -> dict[str, str | float | None]:
    """What a person wants to know first."""
    return {
        "verdict": found.verdict,
        "headline": found.headline,
        "best": found.best,
        "evidence_share": found.evidence_share,
        "evpi": found.evpi,
        "pilot": found.pilot or None,
        "to_know": "\n".join(found.sentences) or None,
        "break_even": "\n".join(found.break_even) or None,
    }
