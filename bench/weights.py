"""What to weigh a synthetic row by: `python -m bench.weights [--data A,B] [--rows 300,1000,4000] [--seeds N]`.

Rules that choose one weight for all rows on `tune` are compared on `gold`: by how much the loss of the outcome model
falls below that of real rows alone, in thousandths, on the mean of the seeds. `trees` are fitted on so many real rows
and make as many again. `null` is real rows drawn again, at the weight that the chosen rule gives.
"""

from __future__ import annotations

import argparse
from statistics import mean

import numpy as np
import polars as pl

from bench.datasets import available, load
from bench.tables import markdown, save
from supplychain.estimator import Estimator
from supplychain.generate import synthesizer
from supplychain.validate.arms import Bench, Training, budget_around, usable
from supplychain.validate.weighing import golden, weigh
from supplychain.yardstick import Target

RULES = (
    "smallest within one error",
    "nearest to golden within one error",
    "least loss",
    "golden ratio",
    "1/2",
    "1",
    "null",
)


def once(name: str, rows: int, seed: int) -> dict[str, float]:
    parts = load(name, seed)
    people = parts.train["_entity"].unique().sort().sample(fraction=1, shuffle=True, seed=seed)
    order = parts.train.join(pl.DataFrame({"_entity": people}).with_row_index("_at"), on="_entity").sort("_at")
    real = order.head(rows).drop("_at")
    made = synthesizer("trees").fit(real, seed=seed).sample(real.height, seed=seed + 1)
    tune, gold = (frame.head(10_000) for frame in (parts.tune, parts.gold))
    target = Target.of(parts.outcome, real, tune, gold)
    budget = budget_around(Estimator("", {"max_iter": 100, "max_leaf_nodes": 8, "learning_rate": 0.05}))
    bench = Bench(parts.schema, target, tune, gold, budget, seed)
    real, made = (usable(frame, target).select(parts.schema.names) for frame in (real, made))
    alone = bench.arm(Training.of(real, real.clear(), 1.0))
    chosen = weigh(bench, real, made, pl.Series(["all"] * made.height), most=1.0, estimators=budget)
    nearest = min(chosen.within, key=lambda weight: abs(weight - chosen.prior))
    weights = dict(
        zip(RULES, (chosen.joint, nearest, chosen.best, golden(real.height, made.height), 0.5, 1.0), strict=False)
    )
    found = {f"weight, {rule}": weight for rule, weight in weights.items() if rule != "golden ratio"}
    for rule, weight in weights.items():
        loss = bench.arm(Training.of(real, made, weight)).losses if weight else alone.losses
        found[rule] = 1000 * float((alone.losses - loss).mean())
    again = real.sample(real.height, with_replacement=True, seed=seed)
    null = bench.arm(Training.of(real, again, chosen.joint)).losses if chosen.joint else alone.losses
    return found | {"null": 1000 * float((alone.losses - null).mean())}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.weights")
    parser.add_argument("--data", type=lambda text: text.split(","), default=None)
    parser.add_argument("--rows", type=lambda text: [int(word) for word in text.split(",")], default=[300, 1000, 4000])
    parser.add_argument("--seeds", type=int, default=4)
    given = parser.parse_args()
    lines, result = [], {}
    for name in available(given.data):
        for rows in given.rows:
            runs = [once(name, rows, seed) for seed in range(1, given.seeds + 1)]
            result[f"{name}, {rows}"] = runs
            gains = [f"{mean(run[rule] for run in runs):+.1f}" for rule in RULES]
            chosen = " / ".join(", ".join(f"{run[f'weight, {rule}']:g}" for run in runs) for rule in RULES[:3])
            errors = np.std([run[RULES[0]] for run in runs], ddof=1) / len(runs) ** 0.5 if len(runs) > 1 else 0.0
            lines.append([name, f"{rows:,}", *gains, f"{errors:.1f}", chosen])
            print(markdown(["data", "real rows", *RULES, "standard error", "chosen"], lines[-1:]), flush=True)
    save("weights", result)
    print(markdown(["data", "real rows", *RULES, "standard error", "chosen"], lines))


if __name__ == "__main__":
    main()
