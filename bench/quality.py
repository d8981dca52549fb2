"""Quality on real data that generators did not see: `python -m bench.quality`.

Each seed parts the people anew, fits on `train`, samples as many rows as it has, and measures them against `gold`
before any gate. The table has the median over the seeds with the range, beside what is wanted; one seed misleads.

    --data A,B    data sets, of those in bench/datasets.py; all that are here without it
    --entrants A  synthesizers, `trees` without it
    --seeds N     3 without it
    --no-rules    keep the domain rules from the synthesizer; the chain passes them
    --set K=V     a setting of every entrant, to tune with
    --save NAME   write to bench/results/NAME.json in place of quality.json
"""

from __future__ import annotations

import argparse
import json
from typing import Any

from bench.datasets import available, load
from bench.entrants import ENTRANTS, alone, fit_and_sample
from bench.measures import GOALS, quality
from bench.tables import markdown, save, spread

COSTS = {"fit_cpu": ("fit, CPU s", 2), "sample_cpu": ("sample, CPU s", 2), "peak_mb": ("peak MB", 0)}


def once(data: str, entrant: str, seed: int, rules: bool, settings: dict[str, Any]) -> dict[str, Any]:
    parts = load(data, seed)
    made, cost = fit_and_sample(entrant, parts, rules, seed, settings)
    return {**quality(parts, made, seed), **cost, "rows": made.height, "columns": len(parts.schema.names)}


def table(result: dict[str, Any]) -> str:
    """One table a data set: a line a figure, a column an entrant."""
    texts = []
    for data, entrants in result["data"].items():
        runs = {entrant: runs for entrant, runs in entrants.items() if runs}
        first = next(iter(runs.values()))[0]
        rows = [
            [
                goal.title,
                goal.words,
                _reference(name, runs),
                *(_cell(name, each, goal.digits) for each in runs.values()),
            ]
            for name, goal in GOALS.items()
        ]
        rows += [
            [title, "", "", *(spread([run[name] for run in each], digits) for each in runs.values())]
            for name, (title, digits) in COSTS.items()
        ]
        head = [f"{data}, {first['columns']} columns", "wanted", "real rows", *runs]
        texts.append(markdown(head, rows))
    return "\n\n".join(texts)


def _reference(name: str, runs: dict[str, list[dict[str, Any]]]) -> str:
    """What rows of real people reach on the same scale, from the first entrant's splits."""
    of = {"discriminator": "discriminator_of_train", "copies": "copies_expected"}.get(name)
    return spread([run[of] for run in next(iter(runs.values()))], GOALS[name].digits) if of else ""


def _cell(name: str, runs: list[dict[str, Any]], digits: int) -> str:
    text = spread([run[name] for run in runs], digits)
    if name == "advantage":
        inside = sum(run["advantage_low"] <= 0 for run in runs)
        text += f", {inside} of {len(runs)} at zero"
    if name == "rules":
        text += f", worst rule {min(run['rule_kept_least'] for run in runs):.4f}"
    return text


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.quality")
    parser.add_argument("--data", type=lambda text: text.split(","))
    parser.add_argument("--entrants", type=lambda text: text.split(","), default=["trees"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rules", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--save", default="quality")
    given = parser.parse_args()
    given.settings = {key: json.loads(value) for key, _, value in (each.partition("=") for each in given.set)}
    given.entrants = [each for name in given.entrants for each in ENTRANTS if each.partition(",")[0] == name]
    return given


def main() -> None:
    given = arguments()
    result: dict[str, Any] = {"rules": given.rules, "settings": given.settings, "seeds": given.seeds, "data": {}}
    for data in available(given.data):
        result["data"][data] = {}
        for entrant in given.entrants:
            result["data"][data][entrant] = [
                alone(once, data, entrant, seed, given.rules, given.settings) for seed in range(1, given.seeds + 1)
            ]
        print(table({"data": {data: result["data"][data]}}), end="\n\n", flush=True)
        save(given.save, result)


if __name__ == "__main__":
    main()
