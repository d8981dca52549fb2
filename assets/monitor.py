"""Step six: how a release does in the wild, how far the world has moved from it, and what the next plan should do."""

from __future__ import annotations

from collections.abc import Iterable

import dagster as dg

from assets.wiring import Wiring
from supplychain.monitor import measure_drift, measure_feedback, rebalance


def assets_of(wiring: Wiring) -> Iterable[dg.AssetsDefinition]:
    """`feedback`, `drift`, and `rebalance` with `retired`."""
    yield wiring.asset(
        measure_feedback,
        wiring.spec(
            "feedback",
            "Per slice and time: error, calibration and overconfidence of predictions, as `supplychain observe` took "
            "them; empty before the first.",
            deps=("release",),
            kinds={"scikitlearn"},
        ),
    )
    yield wiring.asset(
        measure_drift,
        wiring.spec(
            "drift",
            "How far this window's real rows, and its feedback, lie from those that a release was trained on.",
            deps=("real", "release", "feedback"),
            kinds={"scipy", "scikitlearn"},
        ),
    )
    yield wiring.asset(
        rebalance,
        wiring.spec(
            "rebalance",
            "Per slice: what the next plan should do otherwise, with expected gain, price and reason.",
            deps=("drift", "feedback", "release"),
            kinds={"table"},
        ),
        wiring.spec(
            "retired",
            "Batches whose rows did harm on gold: they are left out of the next release.",
            deps=("drift", "feedback", "release"),
            kinds={"table"},
        ),
    )
