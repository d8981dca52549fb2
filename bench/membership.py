"""How much a membership attack learns from synthesizers: `python -m bench.membership`.

The attack scores a person by the rarest things that any synthetic row shares with them, less what a reference sample
of other real people shares. It knows who trained the generator no better than by chance where nothing leaks: the
figure is the distance of its AUC from a half, in standard deviations of chance, for each of three splits. One split
of people who are not told apart lies within plus or minus two.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl

from supplychain.define.land import prepare
from supplychain.define.source import read_source
from supplychain.generate import synthesizer
from supplychain.measures.membership import attack_scores
from supplychain.product import Product
from supplychain.project import find_product, project_root
from supplychain.schema import Schema

ENTRANTS = {
    "marginals": {},
    "gaussian-copula": {},
    "trees": {},
    "trees, leaves of 20": {"min_leaf": 20},
    "trees, leaves of 5, values of 1": {"min_leaf": 5, "min_people": 1},
}
MOST = 2_800
RESULTS = Path(__file__).parent / "results"


def membership_z(made, members, others, reference, most=1_400):
    """How far a calibrated membership attack tells members from other people, in standard deviations of chance."""
    n = min(members.height, others.height, most)
    inside, outside = attack_scores(made, members.head(n), others.head(n), reference, Schema.of(members))
    auc = np.mean([np.mean(value > outside) + np.mean(value == outside) / 2 for value in inside])
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
