"""How soon a reviewer sees implausible rows: `python -m bench.review`.

Rows that keep every rule, with one in a hundred replaced by a row that a person who knows the field would not believe.
The plants are written by hand, from what the columns mean; no real person of any role is like one. Counted is how many
lie within the 5% of rows that the targeted stratum shows first. The other rows are once synthetic ones, as in a lot,
some of which are odd too; and once people that nobody has seen before, who all exist.

    --data A,B    data sets, of those in bench/datasets.py
    --seeds N     3 without it
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
import polars as pl

from bench.datasets import Parts, available, kept, load
from bench.entrants import fit_and_sample
from bench.tables import markdown, save, spread
from supplychain.review.suspects import suspects

FIRST = 0.05
PLANTED = 0.01
ROWS = 3_000

RICH = {"poverty": 0, "lowincome": 0, "midincome": 0}
PLANTS: dict[str, dict[str, dict[str, Any]]] = {
    "drug-spend": {
        "rich, and lives on Social Security alone": {"income": 90.0, "ssiratio": 1.0, **RICH},
        "six chronic conditions, none on the priority list": {"totchr": 6, "priolist": 0},
        "a large firm insures, and no employer does": {"firmsz": 100.0, "hi_empunion": 0},
        "no day at school, and a hundred thousand a year": {"educyr": 0, "income": 110.0, **RICH},
        "in poor health without a condition, and spends much": {
            "poor": 1, "fair": 0, "good": 0, "vegood": 0, "totchr": 0, "priolist": 0, "high_spend": 1,
        },
    },
    "diabetes130": {
        "a child on Medicare": {"age": "[0-10)", "payer_code": "MC"},
        "a man in childbirth": {"gender": "Male", "medical_specialty": "ObstetricsandGynecology"},
        "eighty, and on a children's ward": {"age": "[80-90)", "medical_specialty": "Pediatrics-Endocrinology"},
        "three medicines of two": {
            "num_medications": 2, "metformin": "Steady", "glipizide": "Up", "insulin": "Up",
            "diabetesMed": "Yes", "change": "Ch",
        },
        "a child of a hundred and thirty kilograms": {"age": "[0-10)", "weight": "[125-150)"},
        "a child with an old heart": {"age": "[0-10)", "diag_1": "414"},
        "a day in hospital, six procedures, seventy medicines": {
            "time_in_hospital": 1, "num_procedures": 6, "num_medications": 70,
        },
        "two weeks in hospital for one medicine": {"time_in_hospital": 14, "num_medications": 1},
    },
}  # fmt: skip


def planted(
    rows: pl.DataFrame, changes: dict[str, Any], rules: tuple[str, ...], how_many: int, seed: int
) -> pl.DataFrame:
    """Rows with some values changed by hand; only those that keep every rule, which a plant has to slip through."""
    made = rows.sample(rows.height, seed=seed, shuffle=True).with_columns(
        pl.lit(value).cast(rows.schema[name]).alias(name) for name, value in changes.items()
    )
    held = kept(made, rules).select(pl.all_horizontal(pl.all())).to_series()
    return made.filter(held).head(how_many)


def once(data: str, seed: int) -> dict[str, Any]:
    parts = load(data, seed)
    made, _ = fit_and_sample("trees", parts, True, seed, {})
    made = made.filter(kept(made, parts.rules).select(pl.all_horizontal(pl.all())).to_series()).head(ROWS)
    gold = parts.gold.select(made.columns)
    return {
        "synthetic": measured(data, parts, made, seed),
        "people": measured(data, parts, gold.sample(min(ROWS, gold.height), seed=seed), seed),
    }


def measured(data: str, parts: Parts, others: pl.DataFrame, seed: int) -> dict[str, Any]:
    """Plants among other rows: the share of each kind that is shown first, by each look."""
    everyone = pl.concat([parts.train, parts.tune, parts.gold]).select(others.columns)
    each = max(round(PLANTED * others.height / len(PLANTS[data])), 3)
    plants, kinds, real = [], [], {}
    for number, (kind, changes) in enumerate(PLANTS[data].items()):
        same = pl.all_horizontal(pl.col(name) == value for name, value in changes.items())
        real[kind] = everyone.filter(same).height
        plants.append(planted(others, changes, parts.rules, each, seed * 100 + number))
        kinds += [kind] * plants[-1].height
    rows = pl.concat([others, *plants], how="vertical_relaxed")
    begun = time.process_time()
    found = suspects(rows, parts.train, parts.schema, seed=seed)
    result: dict[str, Any] = {
        "seconds": time.process_time() - begun,
        "real": real,
        "rows": rows.height,
        "planted": len(kinds),
    }
    looks = {}
    for name, score in {"all": found.score, **found.looks}.items():
        place = np.argsort(np.argsort(-score, kind="stable"), kind="stable")[others.height :]
        first = place < FIRST * rows.height
        by_kind = {kind: float(first[[k == kind for k in kinds]].mean()) for kind in dict.fromkeys(kinds)}
        looks[name] = {"share": float(first.mean()), "kinds": by_kind}
    return {**result, "looks": looks}


def table(result: dict[str, Any]) -> str:
    texts = []
    for data, runs in result["data"].items():
        for others in ("synthetic", "people"):
            some = [run[others] for run in runs]
            looks = list(some[0]["looks"])
            rows = [
                [
                    kind,
                    str(max(run["real"][kind] for run in some)),
                    *(spread([run["looks"][look]["kinds"][kind] for run in some], 2) for look in looks),
                ]
                for kind in some[0]["looks"]["all"]["kinds"]
            ]
            rows.append(
                ["all plants", "", *(spread([run["looks"][look]["share"] for run in some], 3) for look in looks)]
            )
            texts.append(markdown([f"{data}, among {others}", "real people", *looks], rows))
    return "\n\n".join(texts)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.review")
    parser.add_argument("--data", type=lambda text: text.split(","), default=list(PLANTS))
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    result: dict[str, Any] = {"seeds": given.seeds, "data": {}}
    for data in available(given.data):
        result["data"][data] = [once(data, seed) for seed in range(1, given.seeds + 1)]
        print(table({"data": {data: result["data"][data]}}), end="\n\n", flush=True)
        print(*(f"{run['synthetic']['seconds']:.1f} CPU s" for run in result["data"][data]), flush=True)
    save("review", result)


if __name__ == "__main__":
    main()
