"""Synthesizers side by side on the embedded product: `python -m bench.synthesizers [ROWS]`.

Each is fitted on the real train rows and sampled once for quality, and once for ROWS rows (1,000,000 by default) for
speed. Times are processor seconds in one process; compare the lines, not the seconds.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from statistics import fmean

import polars as pl

from supplychain.define.land import prepare
from supplychain.define.source import read_source
from supplychain.generate import synthesizer
from supplychain.project import find_product, project_root
from supplychain.schema import Schema
from supplychain.validate.copies import copied_share
from supplychain.validate.fidelity import discriminator_auc, pair_similarity
from supplychain.validate.utility import tstr_and_trtr

ENTRANTS = {
    "marginals": {},
    "gaussian-copula": {},
    "gaussian-copula, normal marginals": {"default_distribution": "norm"},
    "ctgan, 10 epochs": {"epochs": 10},
    "trees": {"first": ("high_spend",)},
}
RESULTS = Path(__file__).parent / "results"


def entrant(name: str, settings: dict, real: pl.DataFrame, gold: pl.DataFrame, rows: int) -> dict:
    schema = Schema.of(real)
    started = time.process_time()
    model = synthesizer(name.partition(",")[0], **settings).fit(real, seed=1)
    fitted = time.process_time()
    made = model.sample(real.height, seed=2)
    # CTGAN is slow enough that a tenth of the rows tells its speed.
    many = rows // 10 if name.startswith("ctgan") else rows
    sampling = time.process_time()
    model.sample(many, seed=3)
    spent = time.process_time() - sampling
    ceiling = fmean(pair_similarity(real, gold, schema).values())
    utility = tstr_and_trtr(real, made, gold, schema, "high_spend", seed=5)
    return {
        "fit_cpu_seconds": round(fitted - started, 2),
        "cpu_seconds_per_million_rows": round(spent * 1_000_000 / many, 2),
        "pairs_of_ceiling": round(fmean(pair_similarity(real, made, schema).values()) / ceiling, 4),
        "discriminator_auc": round(discriminator_auc(gold, made, schema, seed=1)[0], 3),
        "tstr_over_trtr": round(utility["ratio"][0], 3),
        "copies": copied_share(made, real)[0],
    }


def main() -> None:
    root, rows = project_root(), int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    product = find_product("drug-spend", root)
    everyone = prepare(product, read_source(product, root), "bench")
    parts = {
        role: everyone.filter(pl.col("_role") == role).drop("_role", "_window", "_entity") for role in ("train", "gold")
    }
    synthesizer("gaussian-copula").fit(parts["train"].head(50), seed=1)  # imports are nobody's fitting time
    result = {"rows": rows, "columns": parts["train"].width, "train_rows": parts["train"].height, "entrants": {}}
    for name, settings in ENTRANTS.items():
        result["entrants"][name] = entrant(name, settings, parts["train"], parts["gold"], rows)
        print(name, json.dumps(result["entrants"][name]), flush=True)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "synthesizers.json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
