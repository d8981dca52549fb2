"""Synthesizers side by side, time and quality: `python -m bench.synthesizers`.

Each is fitted on `train` and makes as many rows, in a process of its own. Seconds are of this machine: compare the
lines of one run, not the seconds of two. The ratios are each entrant's CPU seconds over those of `trees`.

    --data A,B    data sets, of those in bench/datasets.py
    --entrants A  synthesizers; all but `marginals` without it
    --seeds N     splits and fits, 3 without it
    --peers       a peer too, in an environment of its own that is made first (bench/peers.py)
"""

from __future__ import annotations

import argparse
import platform
import warnings
from statistics import median
from typing import Any

import polars as pl

from bench.datasets import Parts, available, load
from bench.entrants import ENTRANTS, alone, fit_and_sample
from bench.measures import quality
from bench.peers import PEER, fit_and_sample_peer, ready
from bench.tables import markdown, save, saved, spread
from supplychain.schema import Schema

DATA = ["drug-spend", "diabetes130", "credit_card_clients"]
COLUMNS = {
    "fit_cpu": ("fit, CPU s", 2),
    "fit_wall": ("fit, wall s", 2),
    "sample_cpu": ("sample, CPU s", 3),
    "sample_wall": ("sample, wall s", 3),
    "peak_mb": ("peak MB", 0),
    "sdmetrics": ("SDMetrics", 3),
    "discriminator": ("discriminator AUC", 3),
    "ratio": ("TSTR / TRTR", 3),
    "advantage": ("attack advantage", 3),
}
SDTYPES = {"category": "categorical", "flag": "categorical", "date": "datetime", "datetime": "datetime"}


def sdmetrics_score(real: pl.DataFrame, made: pl.DataFrame, schema: Schema) -> float:
    """SDMetrics' quality score at its defaults. 0 to 1."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sdmetrics.reports.single_table import QualityReport

        columns = {column.name: {"sdtype": SDTYPES.get(column.kind, "numerical")} for column in schema.columns}
        report = QualityReport()
        tables = [frame.select(schema.names).to_pandas() for frame in (real, made)]
        report.generate(*tables, {"columns": columns}, verbose=False)
        return float(report.get_score())


def once(data: str, entrant: str, seed: int) -> dict[str, Any]:
    parts: Parts = load(data, seed)
    if entrant == PEER:
        made, cost = fit_and_sample_peer(parts, seed)
    else:
        made, cost = fit_and_sample(entrant, parts, rules=False, seed=seed, settings={})
    score = sdmetrics_score(parts.train, made, parts.schema)
    return {**quality(parts, made, seed), **cost, "sdmetrics": score}


def table(result: dict[str, Any]) -> str:
    """One table a data set: a line an entrant; medians, and how many times the time of the first."""
    texts = []
    for data, entrants in result["data"].items():
        base = next(iter(entrants.values()))
        rows = []
        for entrant, runs in entrants.items():
            times = [_median(runs, key) / max(_median(base, key), 1e-9) for key in ("fit_cpu", "sample_cpu")]
            cells = [spread([run[key] for run in runs], digits) for key, (_, digits) in COLUMNS.items()]
            rows.append([entrant, *(f"{time:,.1f}" for time in times), *cells])
        first = next(iter(entrants))
        head = [data, f"fit, times {first}", f"sample, times {first}", *(title for title, _ in COLUMNS.values())]
        texts.append(markdown(head, rows))
    return "\n\n".join(texts)


def _median(runs: list[dict[str, Any]], key: str) -> float:
    return median(run[key] for run in runs)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.synthesizers")
    parser.add_argument("--data", type=lambda text: text.split(","), default=DATA)
    parser.add_argument("--entrants", type=lambda text: text.split(","), default=["trees", "gaussian-copula", "ctgan"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--peers", action="store_true")
    given = parser.parse_args()
    given.entrants = [each for name in given.entrants for each in ENTRANTS if each.partition(",")[0] == name]
    if given.peers and ready():
        given.entrants.append(PEER)
    return given


def main() -> None:
    given = arguments()
    earlier = (saved("synthesizers") or {}).get("data", {})  # other data sets of earlier runs stay
    result: dict[str, Any] = {"python": platform.python_version(), "data": earlier}
    for data in available(given.data):
        result["data"][data] = {}
        for entrant in given.entrants:
            runs = [alone(once, data, entrant, seed) for seed in range(1, given.seeds + 1)]
            result["data"][data][entrant] = runs
            save("synthesizers", result)
        print(table({"data": {data: result["data"][data]}}), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
