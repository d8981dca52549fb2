"""How long a comparison takes: `python -m bench.roi`. Under two seconds with 10,000 draws is wanted.

All inputs of the model are given, as ranges made up for this: time does not hang on them. One slice and eight are
compared; a first call pays for importing scipy, and is shown by itself.
"""

from __future__ import annotations

import json
import statistics
import time
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from supplychain.product import Product
from supplychain.roi.compare import compare
from supplychain.roi.friction import friction
from supplychain.roi.inputs import Inputs, unit_of
from supplychain.roi.measured import Measured

RESULTS = Path(__file__).parent / "results"
REPEATS = 5
DRAWS = 10_000
SHARE = {"dist": "pert", "low": 0.2, "mode": 0.5, "high": 0.9}
OTHER = {"dist": "lognormal", "p10": 1.0, "p90": 5.0}
PERHAPS_TWICE = ("decisions", "misses_per_point", "miss_cost", "alarms_per_point", "alarm_cost")


def all_inputs() -> dict[str, Any]:
    """Every input of the model, as a range."""
    units = {name: unit_of(name, "EUR") for name in Inputs.model_fields if name not in PERHAPS_TWICE}
    return {
        name: {**(SHARE if unit == "share" else OTHER), "unit": unit, "source": "assumed"}
        for name, unit in units.items()
    }


def product(slices: int) -> Product:
    content = {
        "name": "bench",
        "source": {"file": "none.csv"},
        "outcome": {"name": "y"},
        "slices": {f"s{number}": f"x = {number}" for number in range(slices)},
        "levers": {"coverage": {"rows": {"all": 1}}},
        "roi": {"draws": DRAWS, "inputs": all_inputs()},
    }
    return Product.model_validate(content)


def gaps(slices: int) -> pl.DataFrame:
    row = {"rows": 400, "train_rows": 300, "share": 0.05, "loss": 0.55, "kind": "missing", "verdict": "gap"}
    curve = {"curve_a": 2.0, "curve_b": 0.4, "curve_c": 0.35}
    return pl.DataFrame([{"slice": f"s{number}", **row, **curve} for number in range(slices)])


def timed(work: Any) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    result: dict[str, Any] = {"draws": DRAWS, "inputs": len(Inputs.model_fields) - len(PERHAPS_TWICE)}
    result["first_call_seconds"] = round(timed(lambda: compare(product(1), gaps(1), Measured(), 0))[0], 2)
    for slices in (1, 8):
        spec, table = product(slices), gaps(slices)
        for name, work in (("compare", compare), ("friction", friction)):
            times = [timed(partial(work, spec, table, Measured(), seed)) for seed in range(REPEATS)]
            walls, cpus = zip(*times, strict=True)
            result[f"{name}, slices {slices}"] = {
                "wall_seconds_median": round(statistics.median(walls), 2),
                "wall_seconds_worst": round(max(walls), 2),
                "cpu_seconds_median": round(statistics.median(cpus), 2),
            }
    print(json.dumps(result, indent=2))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "roi.json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
