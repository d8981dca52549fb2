"""What fresh real rows score when they stand for a synthetic batch, replayed: the limit that a faultless one meets."""

from __future__ import annotations

from itertools import pairwise
from math import ceil, floor
from statistics import fmean, stdev
from typing import TYPE_CHECKING

import polars as pl

from supplychain.schema import Schema
from supplychain.seeds import integer, sequence

if TYPE_CHECKING:
    from collections.abc import Callable

    from supplychain.product import Product

REPLAYS = 12
MOST_ROWS = 10_000
"""Rows of a replay: train, fresh and held out together."""
MOST_COLUMNS = 30
METRICS = {
    "marginal.mean": "fidelity",
    "pair.mean": "fidelity",
    "discriminator.auc": "fidelity",
    "tstr.ratio": "utility",
}
LOWER_IS_BETTER = {"discriminator.auc"}
STEPS = 1_000
"""Limits are written to so many parts of one, rounded towards patience."""


def replays(product: Product, rows: pl.DataFrame, progress: Callable[[str], None]) -> dict[str, list[float]]:
    """Metric to its value in each replay, in which people are parted anew into train, fresh and held out.

    Args:
        product: The product.
        rows: Prepared rows, with `_entity`.
        progress: Told which replay is under way.
    """
    from supplychain.measures.fidelity import discriminator_auc, marginal_similarity, pair_similarity
    from supplychain.measures.utility import tstr_and_trtr

    found: dict[str, list[float]] = {metric: [] for metric in METRICS}
    for number in range(REPLAYS):
        progress(f"replaying real rows against real rows, {number + 1} of {REPLAYS}")
        seed = integer(sequence(product.name, "", attempt=number, purpose="draft replay"))
        train, fresh, held_out = _parted(rows, seed)
        schema = Schema.of(train)
        some = Schema.of(train.select(schema.names[:MOST_COLUMNS]))
        found["marginal.mean"].append(fmean(marginal_similarity(train, fresh, one) for one in schema.columns))
        found["pair.mean"].append(fmean(pair_similarity(train, fresh, some).values()))
        found["discriminator.auc"].append(discriminator_auc(train, fresh, schema, seed=seed)[0])
        scores = tstr_and_trtr(train, fresh, held_out, schema, product.outcome.name, seed=seed)
        found["tstr.ratio"].append(scores["ratio"][0])
    return found


def _parted(rows: pl.DataFrame, seed: int) -> tuple[pl.DataFrame, ...]:
    """Train, fresh and held-out rows, three to one to one, by person."""
    people = rows.select("_entity").unique().sort("_entity").sample(fraction=1.0, shuffle=True, seed=seed % 2**63)
    share = min(MOST_ROWS / rows.height, 1.0)
    ends = [int(people.height * share * part) for part in (0, 0.6, 0.8, 1)]
    parts = (people.slice(first, last - first) for first, last in pairwise(ends))
    return tuple(
        rows.join(part, on="_entity", how="semi", maintain_order="left").drop("_entity", "_role", "_window")
        for part in parts
    )


def tolerance(values: list[float], false_alarms: float, *, lower_is_better: bool) -> float:
    """The limit beyond which one further value lies by chance so often: Student's prediction limit, one-sided.

    (Hahn and Meeker, Statistical Intervals, 1991, section 4.8; it takes the values for normal.)
    """
    from scipy.stats import t

    n = len(values)
    margin: float = float(t.ppf(1 - false_alarms, n - 1)) * stdev(values) * (1 + 1 / n) ** 0.5
    if lower_is_better:
        return ceil((fmean(values) + margin) * STEPS) / STEPS
    return floor((fmean(values) - margin) * STEPS) / STEPS


def as_real(found: dict[str, list[float]], false_alarms: float) -> list[tuple[str, str, str, str]]:
    """A warning for each metric: id, gate, arguments and reason."""
    entries = []
    for metric, values in found.items():
        lower = metric in LOWER_IS_BETTER
        limit = tolerance(values, false_alarms / len(found), lower_is_better=lower)
        kwargs = f"metric: {metric}, {'max' if lower else 'min'}_value: {limit}"
        why = (
            f"Fresh real rows reach {fmean(values):.3f} on average over {len(values)} replays. All such limits "
            f"together doubt them in at most {false_alarms:.3g} of batches."
        )
        entries.append((f"{metric.replace('.', '-')}-as-real", METRICS[metric], kwargs, why))
    return entries
