"""Survey weights: real rows as common as the population has them, to be held against synthetic ones that are."""

from __future__ import annotations

import polars as pl

GREAT = 0.95
"""The quantile of the weights above which a row is surely kept."""


def as_common(tables: dict[str, pl.DataFrame], weight: str | None, *, seed: int) -> dict[str, pl.DataFrame]:
    """The tables without the column of weights; real rows thinned, each kept by its weight's share of a great one.

    Rows drawn with replacement would stand in several folds of a classifier at once. Synthetic rows all have the same
    weight, and are kept.

    Args:
        tables: Rows by name; all have the column.
        weight: The column; None leaves the tables as they are.
        seed: Seed of the thinning.
    """
    return tables if weight is None else {name: _thinned(rows, weight, seed) for name, rows in tables.items()}


def _thinned(rows: pl.DataFrame, weight: str, seed: int) -> pl.DataFrame:
    import numpy as np

    given = rows[weight].cast(pl.Float64).fill_null(0.0).to_numpy()
    if not len(given):
        return rows.drop(weight)
    great = np.quantile(given, GREAT)
    return rows.filter(pl.Series(np.random.default_rng(seed).random(len(given)) * great < given)).drop(weight)
