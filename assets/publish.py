"""Step five: an immutable version that a trainer loads and anyone can verify."""

from __future__ import annotations

from collections.abc import Iterable

import dagster as dg

from assets.wiring import Wiring
from supplychain.publish import publish


def assets_of(wiring: Wiring) -> Iterable[dg.AssetsDefinition]:
    """`release`."""
    yield wiring.asset(
        publish,
        wiring.spec(
            "release",
            "A released version: labelled rows, manifest, report and data card, for inside and for handing on.",
            deps=("blend",),
            kinds={"release"},
        ),
    )
