"""Arms on real people, for tests: rows by role, planted faults, and evidence as a dictionary."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from supplychain.estimator import Estimator
from supplychain.ledger import Evidence
from supplychain.schema import Schema
from supplychain.slices import ALL_ROWS, Slice
from supplychain.validate.bias import Made, bias
from supplychain.validate.confidence import confidence
from supplychain.validate.effect import Effect

POOR = Slice("poor-health", "fair = 1 OR poor = 1")
SLICES = [ALL_ROWS, POOR]
FEW_TREES = Estimator("", {"max_iter": 30, "max_leaf_nodes": 6})


@dataclass(frozen=True)
class Parts:
    """Real people: train, fresh ones in the part of good synthetic rows, tune and gold."""

    real: pl.DataFrame
    fresh: pl.DataFrame
    tune: pl.DataFrame
    gold: pl.DataFrame

    @classmethod
    def of(cls, people: pl.DataFrame) -> Parts:
        mixed = people.drop("person").with_columns((pl.col("drugexp") >= 2500).cast(pl.Int64).alias("high"))
        mixed = mixed.drop("drugexp").sample(fraction=1, shuffle=True, seed=5)
        return cls(mixed.head(2_000), mixed.slice(2_000, 4_000), mixed.slice(6_000, 1_000), mixed.slice(7_000))

    def effect(
        self,
        added: pl.DataFrame,
        outcome: str = "high",
        weight: float = 1.0,
        made_for: pl.Series | None = None,
        **roles: pl.DataFrame,
    ) -> Effect:
        frames = {name: roles.get(name, getattr(self, name)) for name in ("real", "gold", "tune")}
        schema = Schema.of(frames["real"])
        return Effect.of(
            frames["real"],
            added,
            frames["gold"],
            frames["tune"],
            schema,
            outcome,
            weight=weight,
            seed=1,
            estimator=FEW_TREES,
            made_for=made_for,
        )


def row(metric, value, interval, reference, n, scope="all"):
    return Evidence(metric, scope, value, *interval, reference, n, 0.0)


def by_scope(rows) -> dict[tuple[str, str], Evidence]:
    return {(one.metric, one.scope): one for one in rows}


def confidence_of(effect: Effect, slices=SLICES) -> dict[tuple[str, str], Evidence]:
    return by_scope(confidence(row, effect, slices))


def bias_of(effect: Effect, added: pl.DataFrame, made_for=None, sensitive=("female", "black")):
    names = made_for if made_for is not None else pl.Series(["all"] * added.height)
    made = Made.of(added, names, effect.real, SLICES, effect.bench.target.name)
    return by_scope(bias(row, effect, made, effect.gold, sensitive))
