"""Step two: a synthesizer fitted on real rows, and the candidates that the plan asks it for."""

from __future__ import annotations

from collections.abc import Iterable

import dagster as dg

from assets.wiring import Wiring
from supplychain.generate import fit_synthesizer, sample_candidates


def assets_of(wiring: Wiring) -> Iterable[dg.AssetsDefinition]:
    """`synthesizer`, then `candidates`."""
    generate = wiring.product.generate
    chosen = "The best of a tournament, measured on tune," if generate.is_tournament else f"{generate.synthesizer},"
    yield wiring.asset(
        fit_synthesizer,
        wiring.spec(
            "synthesizer",
            f"{chosen} fitted on real rows of role train; its file's hash is in the lineage log.",
            deps=("real", "plan", *(("tune",) if generate.is_tournament else ())),
            kinds={"model"},
        ),
    )
    yield wiring.asset(
        sample_candidates,
        wiring.spec(
            "candidates",
            "Sampled rows before the gates, in batches that each have a seed of their own.",
            deps=("synthesizer", "plan", "real"),
            kinds={"parquet", "synthetic"},
            rows=True,
        ),
    )
