"""Step one: real rows by role, the gaps that a model finds in them, and the plan of what to make."""

from __future__ import annotations

from collections.abc import Iterable

import dagster as dg

from assets.wiring import Wiring
from supplychain.define import find_gaps, land, make_plan
from supplychain.roi.step import compare_pipelines


def assets_of(wiring: Wiring) -> Iterable[dg.AssetsDefinition | dg.AssetSpec]:
    """`source` (somebody else's), then `real`, `tune`, `gold` and `set_aside`, then `gaps`, `roi`, and `plan`."""
    source = wiring.product.source
    kind = "duckdb" if source.duckdb else "python" if source.python else "file"
    yield dg.AssetSpec(
        wiring.key("source"),
        description=f"Where the real rows come from. {source.origin}",
        group_name=wiring.group,
        owners=list(wiring.product.owners),
        kinds={kind},
        metadata={"licence": source.licence, "source": source.file or source.duckdb or source.python},
    )
    yield wiring.asset(
        land,
        wiring.spec(
            "real",
            "Real rows of role train: the only ones that generators see.",
            deps=("source",),
            kinds={"parquet", "polars"},
            rows=True,
        ),
        wiring.spec(
            "tune",
            "Real rows for gap search and calibration; no generator sees them.",
            deps=("source",),
            kinds={"parquet", "polars"},
            rows=True,
        ),
        wiring.spec(
            "gold",
            "Real rows for the release gates only; every look at them is counted, and none is ever published.",
            deps=("source",),
            kinds={"parquet", "gold"},
            rows=True,
        ),
        wiring.spec(
            "set_aside",
            "Real rows that break a domain rule, with the names of the rules.",
            deps=("source",),
            kinds={"parquet", "polars"},
            rows=True,
        ),
    )
    yield wiring.asset(
        find_gaps,
        wiring.spec(
            "gaps",
            "Where a model of the outcome, trained on today's real rows, falls short: its error per slice.",
            deps=("real", "tune"),
            kinds={"scikitlearn"},
        ),
    )
    yield wiring.asset(
        compare_pipelines,
        wiring.spec(
            "roi",
            "Nothing, real, synthetic and hybrid rows compared at equal outcome, and the friction of each slice.",
            deps=("gaps",),
            kinds={"scipy"},
        ),
    )
    yield wiring.asset(
        make_plan,
        wiring.spec(
            "plan",
            "Per slice: how many rows to synthesise, and why.",
            deps=("real", "gaps", "roi"),
            kinds={"table"},
        ),
    )
