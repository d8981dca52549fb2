"""Privacy gates against planted leaks: `python -m bench.privacy [SEEDS] [DATA SET ...]`.

For each data set, seed and plant, the people are parted anew, a batch is made, and the rules of the suite
`expectations/drug-spend/evidence.yaml` in the gate `privacy` are held against the privacy evidence. Printed: how often
each rule failed, per plant. What is planted has to be refused; `fresh`, real people whom nobody fitted on, `marginals`
and `trees` have to pass. Data sets other than drug-spend come from the folder named by SUPPLYCHAIN_TEST_DATA.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from math import isfinite
from pathlib import Path

import numpy as np
import polars as pl

from bench import plants
from supplychain.define.land import prepare
from supplychain.define.source import read_source
from supplychain.gates import read_suite
from supplychain.gates.outcomes import outcome, span
from supplychain.ledger import Evidence
from supplychain.ledger.verdicts import FAIL
from supplychain.measures.copies import copied_share, excess
from supplychain.project import find_product, project_root
from supplychain.schema import Schema, typed
from supplychain.validate.privacy import privacy_rows

RESULTS = Path(__file__).parent / "results"
SIDE = {"drug-spend": 10_000, "oulad": 12_000, "credit_card_clients": 12_000}
SECRETS = {
    "drug-spend": ("high_spend", "black"),
    "oulad": ("final_result", "disability"),
    "credit_card_clients": ("default payment", "SEX"),
}
PERSON = {"oulad": "id_student"}
BATCH = 4_000


def people_of(name: str) -> pl.DataFrame:
    """A table with `_entity`, up to so many people."""
    root = project_root()
    if name == "drug-spend":
        product = find_product(name, root)
        frame = prepare(product, read_source(product, root), "bench").drop("_role", "_window")
    else:
        file = Path(os.environ["SUPPLYCHAIN_TEST_DATA"]) / f"{name}.csv.gz"
        raw = pl.read_csv(file, infer_schema_length=None)
        entity = raw[PERSON[name]] if name in PERSON else pl.int_range(raw.height, eager=True)
        frame = typed(raw.drop(PERSON.get(name, []), strict=False), {}, ["", "?"], where=name)
        frame = frame.with_columns(entity.cast(pl.String).alias("_entity"))
    chosen = frame["_entity"].unique().sort().sample(min(SIDE[name], frame["_entity"].n_unique()), seed=0)
    return frame.filter(pl.col("_entity").is_in(chosen.implode()))


def parts(frame: pl.DataFrame, seed: int):
    """Members, gold, reference, and people who are in none of them: by person."""
    people = frame["_entity"].unique().sort()
    role = np.random.default_rng(seed).choice(4, len(people), p=[0.45, 0.15, 0.15, 0.25])
    keyed = pl.DataFrame({"_entity": people, "_part": role})
    parted = frame.join(keyed, on="_entity", maintain_order="left")
    return [parted.filter(pl.col("_part") == part).drop("_part") for part in range(4)]


def batches(members: pl.DataFrame, spare: pl.DataFrame, seed: int):
    """Name of the plant and a function that makes its batch."""
    inside, fresh = members.drop("_entity"), spare.drop("_entity").sample(fraction=1, shuffle=True, seed=seed)
    fresh = fresh.head(BATCH)
    return {
        "fresh": lambda: fresh,
        "marginals": lambda: plants.marginals(inside, BATCH, seed),
        "trees": lambda: plants.guarded_trees(members, BATCH, seed),
        "copies 0.25%": lambda: plants.copies(fresh, inside, 0.0025, seed),
        "copies 0.5%": lambda: plants.copies(fresh, inside, 0.005, seed),
        "copies 1%": lambda: plants.copies(fresh, inside, 0.01, seed),
        "copies 5%": lambda: plants.copies(fresh, inside, 0.05, seed),
        "near copies 1%": lambda: plants.near_copies(fresh, inside, 0.01, seed),
        "near copies 5%": lambda: plants.near_copies(fresh, inside, 0.05, seed),
        "raw trees, leaves of 50": lambda: plants.raw_trees(inside, BATCH, 50, seed),
        "raw trees, leaves of 5": lambda: plants.raw_trees(inside, BATCH, 5, seed),
        "gold as the batch": None,
    }


def refused(rows: list[Evidence], rules) -> set[tuple[str, str]]:
    """Severity and id of the rules that do not hold; the arithmetic of `expect_evidence_to_be_between`."""
    failed = set()
    for rule in rules:
        limits = dict(rule.kwargs)
        scope, bound = limits.get("scope", "all"), limits.get("bound", "surely")
        found = [row for row in rows if row.metric == limits["metric"] and scope in ("*", row.scope)]
        outcomes = {
            outcome(span(row.value, row.low, row.high, bound), limits.get("min_value"), limits.get("max_value"))
            for row in found
        }
        if not found or FAIL in outcomes:
            failed.add((rule.severity, rule.id))
    return failed


def evidence(metric, value, interval, reference, n, scope="all") -> Evidence:
    low, high = (None if end is None else float(end) for end in interval)
    return Evidence(metric, scope, float(value) if isfinite(value) else None, low, high, reference, n, 0.0)


def copies_row(made, members, gold) -> Evidence:
    """The row of `evidence` that is measured beside the privacy evidence: rows equal to a member's, beyond gold's."""
    value, *limits = excess(*copied_share(made, members), *copied_share(gold, members))
    return evidence("copies.excess", value, limits, 0.0, made.height)


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    root, result = project_root(), {}
    product = find_product("drug-spend", root)
    suite = read_suite(root / "expectations/drug-spend/evidence.yaml", root=root, levers=product.lever_values)
    rules = [
        r for r in suite.rules if r.gate == "privacy" and r.kwargs["metric"].split(".")[0] not in ("attempts", "attack")
    ]
    for name in sys.argv[2:] or SIDE:
        frame, spent = people_of(name), 0.0
        schema, failed = Schema.of(frame), {}
        for seed in range(seeds):
            members, gold, tune, spare = parts(frame, seed)
            for plant, make in batches(members, spare, seed).items():
                made = make() if make else gold.select(schema.names)
                started = time.process_time()
                rows = [*privacy_rows(evidence, made, members, gold, tune, schema, seed=seed, secrets=SECRETS[name])]
                rows.append(copies_row(made, members.select(schema.names), gold.select(schema.names)))
                spent += time.process_time() - started
                counts = failed.setdefault(plant, Counter())
                against = refused(rows, rules)
                counts.update(rule for _, rule in against)
                counts["REFUSED"] += any(severity == "critical" for severity, _ in against)
        print(f"\n{name}: {members.height} rows of members, {gold.height} of gold; refused of {seeds}", flush=True)
        for plant, counts in failed.items():
            others = ", ".join(f"{rule} {count}" for rule, count in sorted(counts.items()) if rule != "REFUSED")
            print(f"  {plant:26s} {counts['REFUSED']:3d}   {others}", flush=True)
        print(f"  {spent / seeds / len(failed):.1f} CPU seconds a batch", flush=True)
        result[name] = {"seeds": seeds, "failed": failed, "cpu_seconds": round(spent / seeds / len(failed), 2)}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "privacy.json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
