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
SCHEMA: dict[str, Any] = {
    "strategy": pl.String,
    **{f"{name}_{end}": pl.Float64 for name in RANGES for end in ENDS},
    "best": pl.Float64,
    "reach": pl.Float64,
    "payback_month": pl.Int64,
    "headline": pl.String,
}


def compare_pipelines(chain: Chain, window: str) -> Commit:
    """Compare nothing, real, synthetic and hybrid at equal outcome, and write `roi` and `friction`.

    Without prices `roi` has its four strategies and no figures; `friction` tells what kinds and support tell alone.
    """
    product = chain.product
    with chain.step("define", window) as step:
        gaps = step.read("gaps")
        measured, seed = known_of(chain), seed_of(chain, window)
        if measured.figures or measured.counts or product.roi.inputs.model_fields_set:
            chain.progress(f"comparing four strategies in {product.roi.draws:,} draws")
        found = compare(product, gaps, measured, seed)
        step.write("roi", table_of(found), **_notes(found))
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
