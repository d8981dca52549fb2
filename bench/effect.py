"""Utility, confidence and bias gates against planted faults: `python -m bench.effect [WINDOW]`.

Takes the accepted rows of drug-spend as the store has them (`supplychain run drug-spend` first), changes the outcome of
some, and holds the rules of its evidence suite on `slice.fall`, `confidence` and `bias` against what is measured then.
Printed: each fault, whether a critical rule refused it, and the rules that failed (warnings in brackets).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import numpy as np
import polars as pl

from bench.privacy import evidence, refused
from supplychain.chain import Chain
from supplychain.estimator import Estimator
from supplychain.ledger import Evidence
from supplychain.project import find_product, project_root
from supplychain.schema import Schema
from supplychain.validate.bias import Made, bias
from supplychain.validate.confidence import confidence
from supplychain.validate.effect import LEAST_PEOPLE, Effect, slices_of
from supplychain.yardstick import Yardstick

POOR = (pl.col("fair") == 1) | (pl.col("poor") == 1)
MEASURED = ("slice", "confidence", "bias")


class Window:
    """A window's tables, and the settings that its gap search found."""

    def __init__(self, chain: Chain, name: str) -> None:
        found = {asset: chain.ledger.find(chain.product.name, asset, name) for asset in ("gaps", "plan", "accepted")}
        found |= {asset: chain.ledger.find(chain.product.name, asset, name) for asset in ("real", "gold", "tune")}
        if None in found.values():
            raise SystemExit(f"nothing is there of window {name}: run `supplychain run drug-spend --window {name}`")
        outputs = {asset: both[1] for asset, both in found.items() if both}
        tables = {asset: chain.store.read_table(output.table) for asset, output in outputs.items()}
        self.product, self.outcome = chain.product, chain.product.outcome.name
        self.real, self.gold, self.tune, self.accepted = (tables[n] for n in ("real", "gold", "tune", "accepted"))
        self.schema = Schema.of(self.real.drop("_entity"))
        self.slices = slices_of(self.product.all_slices, tables["plan"])
        self.estimator = Estimator("", json.loads(str(outputs["gaps"].notes["settings"])))

    def measured(self, accepted: pl.DataFrame) -> Iterator[Evidence]:
        """The evidence of other accepted rows."""
        weight = self.product.levers.risk.synthetic_weight
        roles = (self.real, accepted, self.gold, self.tune)
        effect = Effect.of(*roles, self.schema, self.outcome, weight=weight, seed=1, estimator=self.estimator)
        for slice_ in self.slices:
            fell = effect.fall(slice_)
            if fell.n >= LEAST_PEOPLE:
                yield evidence("slice.fall", fell.value, (fell.low, fell.high), fell.null, fell.n, slice_.name)
        yield from confidence(evidence, effect, self.slices)
        made = Made.of(accepted, accepted["_slice"], self.real, self.slices, self.outcome)
        yield from bias(evidence, effect, made, self.gold, self.product.sensitive)

    def faults(self) -> Iterator[tuple[str, pl.DataFrame]]:
        """Each fault's name and the rows that have it."""
        accepted, outcome = self.accepted, pl.col(self.outcome)
        chance = pl.Series(np.random.default_rng(1).random(accepted.height))
        model = Yardstick.fit(self.real, self.schema, self.outcome, seed=1, classes=(0, 1), estimator=self.estimator)
        likeliest = pl.Series(model.probabilities(accepted).argmax(axis=1))
        yield "none", accepted
        for name, where, value, doses in (
            ("flipped in poor-health", POOR, 1 - outcome, (0.25, 0.5, 1.0)),
            ("always 1 for women", pl.col("female") == 1, pl.lit(1), (0.1, 0.25, 0.5, 1.0)),
            ("always 1 for Black people", pl.col("black") == 1, pl.lit(1), (0.1, 0.25, 0.5, 1.0)),
            ("likeliest in poor-health", POOR, likeliest, (0.5, 1.0)),
            ("likeliest everywhere", pl.lit(value=True), likeliest, (0.25, 0.5, 1.0)),
            ("always 0", pl.lit(value=True), pl.lit(0), (0.25, 0.5, 0.75, 1.0)),
        ):
            for dose in doses:
                changed = pl.when(where & (chance < dose)).then(value).otherwise(outcome)
                yield f"{name}, {dose:.0%} of them", accepted.with_columns(changed.cast(pl.Int64).alias(self.outcome))


def main() -> None:
    root = project_root()
    chain = Chain.open(find_product("drug-spend", root), root)
    window = Window(chain, sys.argv[1] if len(sys.argv) > 1 else "metro")
    suite = chain.suite("evidence")
    rules = [rule for rule in suite.rules if str(rule.kwargs["metric"]).split(".")[0] in MEASURED]
    for name, rows in window.faults():
        against = sorted(refused(list(window.measured(rows)), rules))
        critical = any(severity == "critical" for severity, _ in against)
        said = ", ".join(rule if severity == "critical" else f"({rule})" for severity, rule in against)
        print(f"| {name} | {'refused' if critical else 'passed'} | {said} |", flush=True)


if __name__ == "__main__":
    main()
