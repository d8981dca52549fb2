"""What the benchmarks measure of synthetic rows, beside what unseen real rows score on the same scale."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean

import numpy as np
import polars as pl

from bench.datasets import Parts, kept
from bench.membership import membership_z
from supplychain.measures.fidelity import discriminator_auc, pair_similarity
from supplychain.measures.membership import attack_advantage
from supplychain.measures.utility import tstr_and_trtr

MOST_ATTACKED = 2_000


@dataclass(frozen=True)
class Goal:
    """What is wanted of a figure: at most `high`, at least `low`."""

    title: str
    low: float = -np.inf
    high: float = np.inf
    digits: int = 3

    @property
    def words(self) -> str:
        if self.high == 0:
            return "0, or as chance gives"
        parts = [f"{sign} {value:g}" for sign, value in (("≥", self.low), ("≤", self.high)) if np.isfinite(value)]
        return " and ".join(parts)


GOALS = {
    "discriminator": Goal("discriminator AUC", high=0.55),
    "ratio": Goal("TSTR / TRTR", low=0.97),
    "pairs": Goal("pairs, of the ceiling", low=0.98),
    "rules": Goal("rows that keep all rules", low=0.999, digits=4),
    "copies": Goal("copies of unique train rows", high=0, digits=0),
    "advantage": Goal("attack advantage", high=0),
    "attack_z": Goal("attack z", low=-2, high=2, digits=1),
}


def quality(parts: Parts, made: pl.DataFrame, seed: int) -> dict[str, float]:
    """Every figure of `GOALS`, with limits and references under names of their own.

    Args:
        parts: Real rows; the generator was fitted on `train` alone.
        made: As many synthetic rows as `train` has, before any gate.
        seed: Seed of the samples, models and bootstraps.
    """
    names = parts.schema.names
    train, gold, made = parts.train.select(names), parts.gold.select(names), made.select(names)
    utility = tstr_and_trtr(train, made, gold, parts.schema, parts.outcome, seed=seed)
    figures = dict(zip(("ratio", "ratio_low", "ratio_high"), utility["ratio"], strict=True))
    return {
        "discriminator": discriminator_auc(gold, made, parts.schema, seed=seed)[0],
        "discriminator_of_train": discriminator_auc(gold, train, parts.schema, seed=seed)[0],
        **figures,
        "tstr": utility["tstr"][0],
        "trtr": utility["trtr"][0],
        **pairs(parts, train, gold, made),
        "rules": float(kept(made, parts.rules).select(pl.all_horizontal(pl.all())).to_series().mean()),
        "rule_kept_least": float(kept(made, parts.rules).mean().transpose().to_series().min()),
        "copies": copies(made, train),
        "copies_expected": copies(gold, train) / gold.height * made.height,
        **attack(parts, made, seed),
    }


def pairs(parts: Parts, train: pl.DataFrame, gold: pl.DataFrame, made: pl.DataFrame) -> dict[str, float]:
    """Mean similarity of all pairs of columns to train, as a share of what as many gold rows reach."""
    rows = min(gold.height, made.height)  # a larger sample is nearer to train by its size alone
    ceiling = pair_similarity(train, gold.head(rows), parts.schema)
    reached = pair_similarity(train, made.head(rows), parts.schema)
    worst = min(ceiling, key=lambda pair: reached[pair] - ceiling[pair])
    return {
        "pairs": fmean(reached.values()) / fmean(ceiling.values()),
        "pairs_worst": reached[worst] / ceiling[worst],
        "pairs_worst_of": " x ".join(worst),
    }


def copies(rows: pl.DataFrame, train: pl.DataFrame) -> int:
    """Rows that equal a train row which nobody else in train has."""
    unique = train.filter(train.is_unique())
    return rows.select(unique.columns).join(unique, on=unique.columns, how="semi", nulls_equal=True).height


def attack(parts: Parts, made: pl.DataFrame, seed: int) -> dict[str, float]:
    """What a membership attack on one row a person learns: its advantage with limits, and z of its AUC."""
    names = parts.schema.names
    train, gold, tune = (
        frame.sample(fraction=1, shuffle=True, seed=seed)
        .unique("_entity", keep="first", maintain_order=True)
        .select(names)
        for frame in (parts.train, parts.gold, parts.tune)
    )
    value, low, high, _ = attack_advantage(made, train, gold, tune, parts.schema, seed=seed)
    return {
        "advantage": value,
        "advantage_low": low,
        "advantage_high": high,
        "attack_z": float(membership_z(made, train, gold, tune, MOST_ATTACKED)),
    }
