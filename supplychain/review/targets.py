"""The targeted stratum: the rows of a window that are most likely to be wrong, and the calmest half."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from supplychain.gates import judge
from supplychain.review.suspects import NEIGHBOURS, points, suspects

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.chain import Chain
    from supplychain.schema import Schema

SHARES = {"suspects": 0.5, "at a rule's edge": 1 / 6, "nearest to a real person": 1 / 6}
"""Of the targeted rows; the rest are of the worst slice."""
EDGE = 0.02
"""How near to a limit is at its edge, as a share of the range that the rule allows."""


def targets(
    chain: Chain,
    rows: pl.DataFrame,
    real: pl.DataFrame,
    schema: Schema,
    how_many: int,
    seed: int,
    *,
    without: Collection[int] = (),
) -> tuple[list[tuple[int, str]], NDArray[np.int64]]:
    """The places of the targeted rows, each with the reason, and the places of the calmest half.

    The most suspect rows come first; then those at a rule's edge, nearest to real people, and of the worst slice.
    Those at the places `without` are shown anyway, by chance: the next ones in each order take their place.
    """
    import numpy as np

    doubted = judge(rows.select(schema.names), chain.suite("synthetic", columns=schema.names).doubts).doubted
    found = suspects(rows, real, schema, doubted=doubted, seed=seed)
    order = np.argsort(-found.score, kind="stable")
    reasons = {place: f"doubted by {rule}" for rule, places in doubted.items() for place in places}
    suspected = [(place, reasons.get(place, f"suspect: {', '.join(found.columns[place])}")) for place in order.tolist()]
    kinds = {
        "suspects": iter(suspected),
        "at a rule's edge": _at_edges(chain, rows, order),
        "nearest to a real person": _nearest(rows, real, schema, seed),
        "worst slice": _of_worst_slice(chain, rows, found.score, order),
    }
    chosen, anyway = dict[int, str](), set(without)
    for kind, candidates in kinds.items():
        wanted = len(chosen) + round(SHARES[kind] * how_many) if kind in SHARES else how_many
        for place, why in candidates:
            if len(chosen) >= wanted:
                break
            if place not in anyway:
                chosen.setdefault(place, why)
    for place, why in suspected:  # where a kind has too few rows, suspects take their place
        if len(chosen) >= how_many:
            break
        if place not in anyway:
            chosen.setdefault(place, why)
    return list(chosen.items()), order[len(order) // 2 :]


def _at_edges(chain: Chain, rows: pl.DataFrame, order: NDArray[np.int64]) -> Iterator[tuple[int, str]]:
    """Rows within 2% of a limit that a rule sets to a number, the most suspect first."""
    limits = []
    for rule in chain.suite("synthetic").rules:
        name, low, high = (rule.kwargs.get(key) for key in ("column", "min_value", "max_value"))
        if isinstance(low, int | float) and isinstance(high, int | float) and name in rows.columns:
            limits.append((rule.id, rows[name].cast(pl.Float64).to_list(), low, high))
    for place in order.tolist():
        for rule_id, values, low, high in limits:
            value = values[place]
            if value is not None and low < value < high and min(value - low, high - value) <= EDGE * (high - low):
                yield place, f"at the edge of {rule_id}"
                break


def _nearest(rows: pl.DataFrame, real: pl.DataFrame, schema: Schema, seed: int) -> Iterator[tuple[int, str]]:
    """Rows by their distance to the nearest real one, the nearest first."""
    import numpy as np

    near = real.sample(min(NEIGHBOURS, real.height), seed=seed)
    made, known = points(rows, near, schema)
    norms, nearest = (known**2).sum(1), np.zeros(len(made), dtype=np.float32)
    for start in range(0, len(made), 500):
        part = made[start : start + 500]
        nearest[start : start + 500] = ((part**2).sum(1)[:, None] - 2 * part @ known.T + norms).min(1)
    for place in np.argsort(nearest, kind="stable").tolist():
        yield place, "nearest to a real person"


def _of_worst_slice(
    chain: Chain, rows: pl.DataFrame, score: NDArray[np.float64], order: NDArray[np.int64]
) -> Iterator[tuple[int, str]]:
    """Rows of the slice whose rows are the most suspect on average, the most suspect first."""
    masks = {slice_.name: slice_.mask(rows).to_numpy() for slice_ in chain.product.all_slices[1:]}
    means = {name: float(score[mask].mean()) for name, mask in masks.items() if mask.any()}
    if means:
        worst = max(means, key=lambda name: means[name])
        for place in order.tolist():
            if masks[worst][place]:
                yield place, f"of the worst slice, {worst}"
