"""Step three: candidates are accepted or rejected, then measured; `checks.py` judges them."""

from __future__ import annotations

from collections.abc import Iterable

import dagster as dg

from assets.wiring import Wiring
from supplychain.validate import measure, screen


def assets_of(wiring: Wiring) -> Iterable[dg.AssetsDefinition]:
    """`accepted` and `rejected`, then `evidence`."""
    yield wiring.asset(
        screen,
        wiring.spec(
            "accepted",
            "New candidates that break no domain rule, and no doubt oftener than people, as many per slice as planned.",
            deps=("candidates", "plan", "real"),
            kinds={"parquet", "greatexpectations"},
            rows=True,
        ),
        wiring.spec(
            "rejected",
            "All other candidates, each with the reason: a rule, values that never met, a copy, or beyond the plan.",
            deps=("candidates", "plan", "real"),
            kinds={"parquet", "greatexpectations"},
            rows=True,
        ),
    )
    yield wiring.asset(
        measure,
        wiring.spec(
            "evidence",
            "Measurements of accepted rows: plausibility, fidelity, utility, confidence, privacy, bias, coverage.",
            deps=("accepted", "rejected", "real", "gold", "tune", "gaps", "plan"),
            kinds={"scikitlearn"},
        ),
    )
