"""Step four: real and accepted synthetic rows side by side, built only from what the gates let pass."""

from __future__ import annotations

from collections.abc import Iterable

import dagster as dg

from assets import review
from assets.wiring import Wiring
from supplychain.merge import blend


def assets_of(wiring: Wiring) -> Iterable[dg.AssetsDefinition]:
    """`blend`."""
    yield wiring.asset(
        blend,
        wiring.spec(
            "blend",
            "Real train rows and accepted synthetic rows, each with origin, batch and weight.",
            deps=("real", "accepted", "evidence", *review.gates_on(wiring.product)),
            kinds={"parquet", "polars"},
            rows=True,
        ),
    )
