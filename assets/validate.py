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
            "Candidates that break no domain rule, as many per slice as planned.",
            deps=("candidates", "plan", "real"),
            kinds={"parquet", "greatexpectations"},
            rows=True,
        ),
        wiring.spec(
            "rejected",
            "Candidates that break a rule, with its name, and those beyond the plan.",
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
