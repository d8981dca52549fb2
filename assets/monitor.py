"""Step six: how far a new window lies from what the release was trained on."""

from __future__ import annotations

from collections.abc import Iterable

import dagster as dg

from assets.wiring import Wiring
from supplychain.monitor import measure_drift


def assets_of(wiring: Wiring) -> Iterable[dg.AssetsDefinition]:
    """`drift`."""
    yield wiring.asset(
        measure_drift,
        wiring.spec(
            "drift",
            "Per column: the distance of this window's real rows from those of the release in force when they came.",
            deps=("real", "release"),
            kinds={"scipy"},
        ),
    )
