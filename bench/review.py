"""How soon a reviewer sees implausible rows: `python -m bench.review`.

Rows that keep every rule, with one in a hundred replaced by a row that a person who knows the field would not believe
(bench/implausible). Counted is how many lie within the 5% of rows that the targeted stratum shows first, and how
many the chain would refuse before that, since two of their values never met (supplychain/unmet.py). The other rows are
once synthetic ones that the chain would accept, some of which are odd too, though no oftener doubted than people are
(supplychain/doubts.py); and once people that nobody has seen before, who all exist. `known` are plants that the looks
were chosen on; those of later authors nobody tuned on.
`doubts` are soft rules that somebody wrote who knew neither the looks nor a plant: `all` counts
them, `undoubted` does not.

    --data A,B    data sets, of those in bench/datasets.py
    --seeds N     3 without it
    --plants A,B  known, third, fourth, fifth; all without it
    --save NAME   write to bench/results/NAME.json in place of review.json
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from bench.datasets import Parts, available, kept, load
from bench.entrants import fit_and_sample
from bench.implausible import BLIND, Plants, plants
from bench.tables import markdown, save, spread
from supplychain.doubts import Doubts
from supplychain.gates import Rule, Suite
from supplychain.gates.rule import SQL_RULE
from supplychain.levers import Risk
from supplychain.review.suspects import suspects
from supplychain.slices import ALL_ROWS, Slice
from supplychain.unmet import Unmet

FIRST = 0.05
PLANTED = 0.01
ROWS = 3_000
ROUNDS = 3
RISK = Risk()


def planted(
    rows: pl.DataFrame, changes: dict[str, Any], rules: tuple[str, ...], how_many: int, seed: int
) -> pl.DataFrame:
    """Rows with some values changed by hand; only those that keep every rule, which a plant has to slip through."""
    made = rows.sample(rows.height, seed=seed, shuffle=True).with_columns(
        pl.lit(value).cast(rows.schema[name]).alias(name) for name, value in changes.items()
    )
    held = kept(made, rules).select(pl.all_horizontal(pl.all())).to_series()
    return made.filter(held).head(how_many)


def once(data: str, seed: int, wanted: list[str] | None = None) -> dict[str, Any]:
    """One parting: the shares of rows that are doubted, and what became of plants among synthetic rows and people."""
    parts = load(data, seed, whole=True)
    made, _ = fit_and_sample("trees", parts, True, seed, {})
    made = made.filter(kept(made, parts.rules).select(pl.all_horizontal(pl.all())).to_series())
    made = made.filter(Unmet(parts.train, RISK.unmet).pairs(made).is_null())
    believed = _believed(made, parts)
    gold = parts.gold.select(made.columns)
    people = gold.sample(min(ROWS, gold.height), seed=seed)
    shares = {
        which: _doubted_share(rows, parts.doubts)
        for which, rows in {"made": made.head(ROWS), "taken": believed, "real": parts.train, "unseen": gold}.items()
    }
    among = {
        among: {
            which: measured(kinds, parts, others, seed)
            for which, kinds in plants(data).items()
            if not wanted or which in wanted
        }
        for among, others in {"synthetic rows": believed, "people": people}.items()
    }
    return {"doubted": shares, "among": among}


def _believed(made: pl.DataFrame, parts: Parts) -> pl.DataFrame:
    """The first rows that are doubted no oftener than people, as the chain takes them."""
    doubts = Doubts(doubting(parts.doubts), parts.train, {ALL_ROWS: ROWS}, RISK.doubted)
    return doubts.split(made.with_columns(_slice=pl.lit(ALL_ROWS.name)))[0].drop("_slice").head(ROWS)


def _doubted_share(rows: pl.DataFrame, doubts: Mapping[str, str]) -> float:
    return len({place for places in doubted(rows, doubts).values() for place in places}) / max(rows.height, 1)


def measured(kinds: Plants, parts: Parts, others: pl.DataFrame, seed: int) -> dict[str, Any]:
    """Plants among other rows: the share of each kind that is shown first, by each look; the mean of some rounds.

    Plants stand in one another's way: more of them than one in a hundred would be another question.
    """
    rounds = [_round(kinds, parts, others, seed * ROUNDS + number) for number in range(ROUNDS)]
    everyone = pl.concat([parts.train, parts.tune, parts.gold]).select(others.columns)
    real = {
        kind: everyone.filter(
            pl.all_horizontal(pl.col(name).eq_missing(value) for name, value in changes.items())
        ).height
        for kind, changes in kinds.items()
    }
    return {"real": real, **_mean(rounds)}


def _mean(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """Figures by their names, each the mean over rounds."""
    return {
        name: _mean([one[name] for one in rounds])
        if isinstance(value, dict)
        else float(np.mean([one[name] for one in rounds]))
        for name, value in rounds[0].items()
    }


def _round(kinds: Plants, parts: Parts, others: pl.DataFrame, seed: int) -> dict[str, Any]:
    each = max(int(PLANTED * others.height / len(kinds)), 1)
    rows = [
        planted(others, changes, parts.rules, each, seed * 100 + number)
        for number, changes in enumerate(kinds.values())
    ]
    unmet = Unmet(parts.train, RISK.unmet)
    refused = {kind: float(unmet.pairs(part).is_not_null().mean()) for kind, part in zip(kinds, rows, strict=True)}
    names = np.repeat(list(kinds), [part.height for part in rows])
    every = pl.concat([others, *rows], how="vertical_relaxed")
    begun = time.process_time()
    found = suspects(every, parts.train, parts.schema, doubted=doubted(every, parts.doubts), seed=seed)
    seconds = time.process_time() - begun
    undoubted = suspects(every, parts.train, parts.schema, seed=seed) if parts.doubts else found
    looks = {}
    for name, score in {"all": found.score, "undoubted": undoubted.score, **found.looks}.items():
        place = np.argsort(np.argsort(-score, kind="stable"), kind="stable")[others.height :]
        first = place < FIRST * every.height
        by_kind = {kind: float(first[names == kind].mean()) for kind in kinds}
        looks[name] = {"share": float(first.mean()), "kinds": by_kind}
    figures = {"seconds": seconds, "refused": refused}
    return {**figures, "rows": every.height, "planted": len(names), "looks": looks}


def doubting(doubts: Mapping[str, str]) -> Suite:
    """The doubts as the suite of a product would have them."""
    rules = (
        Rule(name, SQL_RULE, {"rule": rule, "column_list": Slice(name, rule).columns}, "info", "plausibility", "", 1)
        for name, rule in doubts.items()
    )
    return Suite("synthetic", "bench/doubts", "", tuple(rules))


def doubted(rows: pl.DataFrame, doubts: Mapping[str, str]) -> dict[str, list[int]]:
    """Of each doubt the places of the rows that it doubts."""
    return {name: (~kept(rows, (rule,)).to_series()).arg_true().to_list() for name, rule in doubts.items()}


def table(runs: list[dict[str, Any]], data: str) -> str:
    """The share of each kind that is shown first, and of all: median and range over partings."""
    texts = []
    for among in runs[0]["among"]:
        for which in runs[0]["among"][among]:
            some = [run["among"][among][which] for run in runs]
            looks = list(some[0]["looks"])
            rows = [
                [
                    kind,
                    str(max(run["real"][kind] for run in some)),
                    spread([run["refused"][kind] for run in some], 2),
                    *(spread([run["looks"][look]["kinds"][kind] for run in some], 2) for look in looks),
                ]
                for kind in some[0]["looks"]["all"]["kinds"]
            ]
            shares = [spread([run["looks"][look]["share"] for run in some], 3) for look in looks]
            refused = spread([sum(run["refused"].values()) / len(run["refused"]) for run in some], 2)
            rows.append([f"all, {some[0]['planted']:.0f} plants at a time", "", refused, *shares])
            texts.append(markdown([f"{data}, {which}, among {among}", "real people", "refused", *looks], rows))
    return "\n\n".join(texts)


def summary(runs: list[dict[str, Any]], data: str) -> str:
    """The share of each author's plants that is shown first, and of all plants together, by each look."""
    looks = list(next(iter(runs[0]["among"]["people"].values()))["looks"])
    rows = []
    for which in [*runs[0]["among"]["people"], "all plants"]:
        for among in runs[0]["among"]:
            shares = [[_share(run["among"][among], which, look) for run in runs] for look in looks]
            rows.append([f"`{data}`, {which}, {among}", *(spread(some, 2) for some in shares)])
    return markdown(["planted among", *looks], rows)


def _share(lists: dict[str, Any], which: str, look: str) -> float:
    asked = lists.values() if which == "all plants" else [lists[which]]
    return float(np.mean([share for one in asked for share in one["looks"][look]["kinds"].values()]))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.review")
    parser.add_argument("--data", type=lambda text: text.split(","), default=list(BLIND))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--plants", type=lambda text: text.split(","))
    parser.add_argument("--save", default="review")
    given = parser.parse_args()
    result: dict[str, Any] = {"seeds": given.seeds, "data": {}}
    for data in available(given.data):
        runs = result["data"][data] = [once(data, seed, given.plants) for seed in range(1, given.seeds + 1)]
        print(table(runs, data), summary(runs, data), sep="\n\n", end="\n\n", flush=True)
        for which in runs[0]["doubted"]:
            print(f"doubted, {which}: {spread([run['doubted'][which] for run in runs], 3)}", flush=True)
        seconds = (next(iter(run["among"]["synthetic rows"].values()))["seconds"] for run in runs)
        print(*(f"{each:.1f} CPU s" for each in seconds), flush=True)
    save(given.save, result)


if __name__ == "__main__":
    main()
