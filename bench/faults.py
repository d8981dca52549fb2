"""Faults to plant into good batches, each at several doses, in any data set: what the gates are there to refuse.

A fault takes a split and gives candidates. Where it needs a column, a group or a slice, it takes one by a rule that
reads real `train` rows alone, so that nobody chose it for a gate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from bench import plants
from bench.splits import Split, shuffled
from supplychain.yardstick import Target, Yardstick

Plant = Callable[[Split, float, int], pl.DataFrame]
COLLAPSED = 50
"""People whom a collapsed generator repeats."""
GROUP = 0.1
"""The least share of people that a group has whose outcomes are changed."""


@dataclass(frozen=True)
class Fault:
    """What is planted.

    Attributes:
        name: What it is.
        what: What a dose says.
        doses: From the smallest to the largest.
        plant: Makes the candidates of a split at a dose, under a seed.
    """

    name: str
    what: str
    doses: tuple[float, ...]
    plant: Plant


def copies(split: Split, dose: float, seed: int) -> pl.DataFrame:
    return shuffled(plants.copies(split.fresh, split.members, dose, seed), seed)


def near_copies(split: Split, dose: float, seed: int) -> pl.DataFrame:
    return shuffled(plants.near_copies(split.fresh, split.members, dose, seed), seed)


def memorised(split: Split, dose: float, seed: int) -> pl.DataFrame:
    return plants.raw_trees(split.members, split.fresh.height, int(dose), seed)


def leaked_gold(split: Split, dose: float, seed: int) -> pl.DataFrame:
    return shuffled(plants.copies(split.fresh, split.gold, dose, seed), seed)


def collapsed(split: Split, dose: float, seed: int) -> pl.DataFrame:
    """A share of the rows is one of fifty people, with an eighth of the cells of others."""
    people = pl.concat([split.fresh.head(COLLAPSED)] * (split.fresh.height // COLLAPSED + 1))
    return shuffled(plants.near_copies(split.fresh, people, dose, seed), seed)


def without_value(split: Split, dose: float, _: int) -> pl.DataFrame:
    """Nobody has the value whose share of real rows is nearest to the dose."""
    found = {}
    for column in split.schema.columns:
        if column.is_discrete and column.name != split.outcome:
            counts = split.train[column.name].drop_nulls().value_counts()
            found |= {(column.name, value): n / split.train.height for value, n in counts.iter_rows()}
    name, value = min(found, key=lambda one: (abs(np.log(found[one] / dose)), str(one)))
    return split.fresh.filter(pl.col(name).ne_missing(pl.lit(value)))


def shifted(split: Split, dose: float, _: int) -> pl.DataFrame:
    """The least skewed number moves by so many standard deviations, within the real range."""
    name = min(_numbers(split, 20), key=lambda one: abs(split.train[one].cast(pl.Float64).skew() or 0.0))
    real, dtype = split.train[name].cast(pl.Float64), split.train.schema[name]
    moved = (pl.col(name).cast(pl.Float64) + dose * real.std()).clip(real.min(), real.max())
    return split.fresh.with_columns((moved.round() if dtype.is_integer() else moved).cast(dtype))


def unrelated(split: Split, dose: float, seed: int) -> pl.DataFrame:
    """In a share of the rows each column is shuffled on its own."""
    rows = split.fresh
    torn = rows.select(pl.col(name).shuffle(seed=seed + place) for place, name in enumerate(rows.columns))
    return _mixed(rows, torn, _some(rows, dose, seed))


def rule_broken(split: Split, dose: float, seed: int) -> pl.DataFrame:
    """A share of the rows breaks a rule of the suite: two answers on health, or a number beyond its range."""
    rows, some = split.fresh, _some(split.fresh, dose, seed)
    if split.name == "drug-spend":
        return rows.with_columns(pl.when(some).then(1).otherwise(pl.col(name)).alias(name) for name in ("good", "poor"))
    ranges = [rule for rule in split.chain.suite("synthetic").rules if "max_value" in rule.kwargs and rule.columns]
    name, most = ranges[0].kwargs["column"], ranges[0].kwargs["max_value"]
    return rows.with_columns(pl.when(some).then(pl.lit(most + 1)).otherwise(pl.col(name)).alias(name))


def flipped(split: Split, dose: float, seed: int) -> pl.DataFrame:
    """In the largest declared slice a share of the rows has the other outcome."""
    some = _some(split.fresh, dose, seed) & split.slice_.mask(split.fresh)
    return split.fresh.with_columns(
        pl.when(some).then(1 - pl.col(split.outcome)).otherwise(pl.col(split.outcome)).alias(split.outcome)
    )


def biased(split: Split, dose: float, seed: int) -> pl.DataFrame:
    """In the group with the highest rate of the outcome, a share of the rows has it whatever it was."""
    rates = {}
    for name in split.product.sensitive:
        table = split.train.group_by(name).agg(pl.col(split.outcome).mean().alias("rate"), pl.len().alias("n"))
        rates |= {
            (name, row[0]): row[1] for row in table.drop_nulls().iter_rows() if row[2] > GROUP * split.train.height
        }
    name, value = max(rates, key=lambda one: (rates[one], str(one)))
    some = _some(split.fresh, dose, seed) & split.fresh[name].eq_missing(pl.Series([value] * split.fresh.height))
    return split.fresh.with_columns(pl.when(some).then(1).otherwise(pl.col(split.outcome)).alias(split.outcome))


def too_sure(split: Split, dose: float, seed: int) -> pl.DataFrame:
    """In the largest declared slice a share of the rows has the outcome that a model finds likeliest."""
    target = Target.of(split.outcome, split.train)
    model = Yardstick.fit(split.train, split.schema, split.outcome, seed=seed, classes=target.classes)
    likeliest = pl.Series(model.probabilities(split.fresh).argmax(axis=1))
    some = _some(split.fresh, dose, seed) & split.slice_.mask(split.fresh)
    return split.fresh.with_columns(pl.when(some).then(likeliest).otherwise(pl.col(split.outcome)).alias(split.outcome))


def wrong_units(split: Split, dose: float, seed: int) -> pl.DataFrame:
    """In a share of the rows the number with the most values is a thousand times as large."""
    name = max(_numbers(split, 10), key=lambda one: split.train[one].n_unique())
    some = _some(split.fresh, dose, seed)
    return split.fresh.with_columns(pl.when(some).then(pl.col(name) * 1_000).otherwise(pl.col(name)).alias(name))


def _numbers(split: Split, least: int) -> list[str]:
    names = [one.name for one in split.schema.columns if one.kind in ("integer", "number")]
    few = [name for name in names if split.train[name].n_unique() >= least]
    return few or names


def _some(rows: pl.DataFrame, share: float, seed: int) -> pl.Series:
    return pl.Series(np.random.default_rng(seed).random(rows.height) < share)


def _mixed(rows: pl.DataFrame, others: pl.DataFrame, some: pl.Series) -> pl.DataFrame:
    return rows.select(others[name].zip_with(some, rows[name]).alias(name) for name in rows.columns)


FAULTS = (
    Fault("verbatim copies", "share of the rows", (0.001, 0.0025, 0.005, 0.01, 0.05), copies),
    Fault("near copies", "share of the rows; 12% of their cells are other people's", (0.01, 0.05, 0.2), near_copies),
    Fault("a memorising generator", "people in a leaf of its trees", (50, 20, 5), memorised),
    Fault(
        "mode collapse",
        "share of the rows that are one of 50 people, but for 12% of the cells",
        (0.1, 0.3, 1.0),
        collapsed,
    ),
    Fault("a missing category", "share of real rows that have it", (0.05, 0.2), without_value),
    Fault("a shifted marginal", "standard deviations", (0.1, 0.25, 0.5, 1.0), shifted),
    Fault("broken correlation", "share of the rows with shuffled columns", (0.1, 0.3, 1.0), unrelated),
    Fault("a broken rule", "share of the rows", (0.01, 0.05, 0.2), rule_broken),
    Fault("flipped outcome in a slice", "share of the slice", (0.25, 0.5, 1.0), flipped),
    Fault("amplified bias", "share of the group that has the outcome regardless", (0.1, 0.25, 0.5, 1.0), biased),
    Fault("an overconfident slice", "share of the slice with its likeliest outcome", (0.25, 0.5, 1.0), too_sure),
    Fault("wrong units", "share of the rows", (0.01, 0.1, 1.0), wrong_units),
    Fault("leaked gold rows", "share of the rows", (0.001, 0.0025, 0.01, 0.05), leaked_gold),
)
GOOD = ("fresh people", "trees")
"""Batches that must pass: people whom nobody fitted on, and the chain's own trees as they are by default."""
