"""How much a membership attack learns from synthesizers: `python -m bench.membership`.

The attack scores a person by the rarest things that any synthetic row shares with them, less what a reference sample
of other real people shares. It knows who trained the generator no better than by chance where nothing leaks: the
figure is the distance of its AUC from a half, in standard deviations of chance, for each of three splits. One split
of people who are not told apart lies within plus or minus two.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import polars as pl

from supplychain.define.land import prepare
from supplychain.define.source import read_source
from supplychain.generate import synthesizer
from supplychain.product import Product
from supplychain.project import find_product, project_root

ENTRANTS = {
    "marginals": {},
    "gaussian-copula": {},
    "trees": {},
    "trees, leaves of 20": {"min_leaf": 20},
    "trees, leaves of 5, values of 1": {"min_leaf": 5, "min_people": 1},
}
MOST = 2_800
RESULTS = Path(__file__).parent / "results"


def surprise(frames, columns):
    """Each table as columns of tokens, numbers in percentiles, and what a match on each token is worth."""
    both = pl.concat(frames)
    codes = []
    for name in columns:
        values = both[name].cast(pl.Float64).to_numpy()
        cuts = np.unique(np.quantile(values, np.linspace(0, 1, 101)[1:-1]))
        codes.append(np.searchsorted(cuts, values, side="right"))
    worth = [-np.log(np.bincount(code) / len(code) + 1e-12) for code in codes]
    ends = np.cumsum([0, *(frame.height for frame in frames)])
    return [[code[a:b] for code in codes] for a, b in itertools.pairwise(ends)], worth


def best_match(targets, table, worth):
    """The most that any row of a table shares with each target, in surprise."""
    best = np.zeros(len(targets[0]))
    for start in range(0, len(targets[0]), 200):
        shared = sum(
            np.where(t[start : start + 200, None] == s[None, :], w[t[start : start + 200]][:, None], 0.0)
            for t, s, w in zip(targets, table, worth, strict=True)
        )
        best[start : start + 200] = shared.max(axis=1)
    return best / sum(w[t] for t, w in zip(targets, worth, strict=True))


def membership_z(made, members, others, reference, most=1_400):
    """How far a calibrated membership attack tells members from other people, in standard deviations of chance."""
    columns = members.columns
    n = min(members.height, others.height, most)
    tables, worth = surprise([members.head(n), others.head(n), made, reference], columns)
    score = {
        who: best_match(tables[who], tables[2], worth) - best_match(tables[who], tables[3], worth) for who in (0, 1)
    }
    auc = np.mean([np.mean(value > score[1]) + np.mean(value == score[1]) / 2 for value in score[0]])
    return (auc - 0.5) / ((2 * n + 1) / (12 * n * n)) ** 0.5


def splits(product: Product, root: Path):
    """Three times: members, other people, and a reference sample."""
    everyone = prepare(product, read_source(product, root), "bench").drop("_role", "_window", "_entity")
    for seed in range(3):
        mixed = everyone.sample(fraction=1, shuffle=True, seed=seed)
        yield mixed.head(4_600), mixed.slice(4_600, MOST), mixed.slice(4_600 + MOST)


def main() -> None:
    root = project_root()
    parts = list(splits(find_product("drug-spend", root), root))
    result = {}
    for name, settings in ENTRANTS.items():
        result[name] = []
        for members, others, reference in parts:
            made = synthesizer(name.partition(",")[0], **settings).fit(members, seed=1).sample(members.height, seed=3)
            result[name].append(round(float(membership_z(made, members, others, reference, MOST)), 1))
        print(name, json.dumps(result[name]), flush=True)
    for share in (0.01, 1.0):
        name = f"fresh real people, {share:.0%} of them members' copies"
        result[name] = []
        for members, others, reference in parts:
            half = reference.height // 2
            fresh = reference.head(half)
            copies = members.sample(int(share * half), seed=1)
            made = pl.concat([copies, fresh.head(half - copies.height)])
            result[name].append(round(float(membership_z(made, members, others, reference.tail(half), MOST)), 1))
        print(name, json.dumps(result[name]), flush=True)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "membership.json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
