"""What SDV's constraints are worth, made from a product's own rules: `python -m bench.sdv_rules`.

SDV's synthesizers are fitted on the rows of drug-spend's window metro that generators may see, with and without the
row rules, two seeds each. Broken is the share of rows, before any gate, on which at least one rule is false.
`python -m bench.sdv_rules gaussian-copula` runs one of them.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from supplychain.chain import Chain
from supplychain.define import land
from supplychain.gates import kept_rows, row_conditions
from supplychain.generate import synthesizer
from supplychain.measures.fidelity import discriminator_auc, marginal_similarity, pair_similarity
from supplychain.project import find_product, project_root
from supplychain.schema import Schema

ENTRANTS = {
    "gaussian-copula": {},
    "ctgan": {"epochs": 40},
    "copula-gan": {"epochs": 40},
    "tvae": {"epochs": 60},
}
RESULTS = Path(__file__).parent / "results"


def scores(made, real, gold, suite):
    """The share of rows that break a rule, and how like the real ones they are."""
    schema = Schema.of(real)
    return {
        "broken": 1 - kept_rows(made, suite).mean(),
        "discriminator": discriminator_auc(gold, made.head(gold.height), schema, seed=1)[0],
        "columns": np.mean([marginal_similarity(real, made, column) for column in schema.columns]),
        "pairs": np.mean(list(pair_similarity(real, made, schema).values())),
    }


def main() -> None:
    root = project_root()
    with tempfile.TemporaryDirectory() as home:
        chain = Chain.open(find_product("drug-spend", root), root, Path(home))
        land(chain, "metro")
        real, gold = (
            chain.store.read_table(chain.ledger.current("drug-spend", role, "metro").table) for role in ("real", "gold")
        )
    real = real.select(name for name in real.columns if not name.startswith("_"))
    gold, suite = gold.select(real.columns), chain.suite("synthetic", columns=real.columns)
    result = {}
    for name in sys.argv[1:] or ENTRANTS:
        for words, rules in (("", ()), (", with rules", row_conditions(suite, real.schema))):
            for seed in (1, 2):
                began = time.process_time()
                model = synthesizer(name, rules=rules, **ENTRANTS[name]).fit(real, seed=seed)
                seconds = time.process_time() - began
                found = {**scores(model.sample(5_000, seed=seed), real, gold, suite), "fit cpu seconds": seconds}
                result[f"{name}{words}, seed {seed}"] = {key: round(float(value), 3) for key, value in found.items()}
                print(f"{name}{words}, seed {seed}", result[f"{name}{words}, seed {seed}"], flush=True)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "sdv_rules.json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
