"""Planted defects: rows that nobody who knows the field should let pass, to measure whether a reviewer looks."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.measures.bins import Table

if TYPE_CHECKING:
    import numpy as np

    from supplychain.schema import Schema

LEAST_PEOPLE = 20
"""Real people that should have a combination which nobody has: that many are not missing by chance."""
BEYOND = 0.5
"""How far beyond the greatest real value an impossible one lies, as a share of the range of real ones."""


def planted(
    rows: pl.DataFrame, real: pl.DataFrame, schema: Schema, how_many: int, rng: np.random.Generator
) -> tuple[pl.DataFrame, list[str]]:
    """Defects made from unsuspicious rows, and what was planted in each.

    In turn a combination of two common values that no real person has, and a number far beyond every real one. A
    table that has no such combination or no such number gets only the other kind.

    Args:
        rows: At least `how_many` unsuspicious rows.
        real: Real rows of role train.
        schema: The modelled columns.
        how_many: Defects wanted.
        rng: The chance that is used.
    """
    kinds = [kind for kind in (_combinations(real, schema, rng), _beyond(real, schema, rng)) if kind]
    changes = [
        kinds[place % len(kinds)][place // len(kinds) % len(kinds[place % len(kinds)])] for place in range(how_many)
    ]
    made = []
    for place, (change, _) in enumerate(changes):
        made.append(
            rows[place].with_columns(pl.lit(value, rows.schema[name]).alias(name) for name, value in change.items())
        )
    return pl.concat(made), [words for _, words in changes]


Change = tuple[dict[str, Any], str]


def _combinations(real: pl.DataFrame, schema: Schema, rng: np.random.Generator) -> list[Change]:
    """Pairs of common values that no real person has, the strangest first, each column at most twice."""
    import numpy as np

    table = Table.of({"real": real}, schema, real).folded("real", 20)
    codes, n = table.codes["real"], real.height
    found: list[tuple[float, int, int, int, int]] = []
    for first, second in combinations(range(len(schema.names)), 2):
        joint = np.bincount(
            codes[:, first] * table.sizes[second] + codes[:, second], minlength=table.sizes[first] * table.sizes[second]
        )
        met = joint.reshape(table.sizes[first], table.sizes[second])
        expected = np.outer(met.sum(1), met.sum(0)) / n
        for a, b in np.argwhere((met == 0) & (expected >= LEAST_PEOPLE)).tolist():
            found.append((float(expected[a, b]), first, second, a, b))
    found.sort(reverse=True)
    changes, used = [], [0] * len(schema.names)
    for _, first, second, a, b in found:
        if max(used[first], used[second]) >= 2:
            continue
        used[first] += 1
        used[second] += 1
        change = {
            schema.names[place]: real[schema.names[place]][int(rng.choice(np.flatnonzero(codes[:, place] == code)))]
            for place, code in ((first, a), (second, b))
        }
        changes.append(
            (change, "never together: " + " and ".join(f"{name} = {value}" for name, value in change.items()))
        )
    return changes


def _beyond(real: pl.DataFrame, schema: Schema, rng: np.random.Generator) -> list[Change]:
    """A number far beyond every real one, in each column of quantities."""
    changes = []
    for column in schema.columns:
        if column.kind not in ("integer", "number") or column.low is None or column.high is None:
            continue
        if real[column.name].n_unique() < 8:
            continue
        width = column.high - column.low
        value = column.high + width * (BEYOND + rng.random() / 2)
        exact = round(value) if column.kind == "integer" else float(f"{value:.3g}")
        changes.append(({column.name: exact}, f"beyond everybody: {column.name} = {exact}"))
    return changes
