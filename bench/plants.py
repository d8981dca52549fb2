"""Batches with a planted leak, and clean ones: what privacy gates must refuse, and what they must let pass."""

from __future__ import annotations

import numpy as np
import polars as pl

from supplychain.generate import synthesizer
from supplychain.schema import Schema


def copies(clean: pl.DataFrame, members: pl.DataFrame, share: float, seed: int) -> pl.DataFrame:
    """A clean batch, a share of whose rows are members as they are."""
    planted = members.select(clean.columns).sample(round(share * clean.height), seed=seed)
    return pl.concat([clean.head(clean.height - planted.height), planted], how="vertical_relaxed")


def near_copies(clean: pl.DataFrame, members: pl.DataFrame, share: float, seed: int, changed: float = 0.12):
    """The same with a share of the cells of each copy taken from other people."""
    rng, planted = (
        np.random.default_rng(seed),
        members.select(clean.columns).sample(round(share * clean.height), seed=seed),
    )
    other = clean.sample(planted.height, seed=seed + 1)
    swap = {name: pl.Series(rng.random(planted.height) < changed) for name in planted.columns}
    mixed = planted.select(planted[name].zip_with(~swap[name], other[name].cast(planted[name].dtype)) for name in swap)
    return pl.concat([clean.head(clean.height - mixed.height), mixed], how="vertical_relaxed")


def raw_trees(members: pl.DataFrame, rows: int, leaf: int, seed: int) -> pl.DataFrame:
    """Sequential trees with no guard at all: each column drawn from the real values in a leaf of the columns before."""
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    schema, rng = Schema.of(members), np.random.default_rng(seed)
    known = np.stack([_codes(members[name]) for name in schema.names], axis=1)
    source = np.zeros((rows, known.shape[1]), dtype=int)
    source[:, 0] = rng.integers(0, len(known), rows)
    made = known[source[:, 0]].copy()
    for j, column in enumerate(schema.columns[1:], start=1):
        few = column.is_discrete and len(np.unique(known[:, j])) <= 30
        tree = (DecisionTreeClassifier if few else DecisionTreeRegressor)(min_samples_leaf=leaf, random_state=0)
        leaves = tree.fit(known[:, :j], known[:, j]).apply(known[:, :j])
        order, wanted = np.argsort(leaves, kind="stable"), tree.apply(made[:, :j])
        low, high = (np.searchsorted(leaves[order], wanted, side=side) for side in ("left", "right"))
        source[:, j] = order[low + (rng.random(rows) * (high - low)).astype(int)]
        made[:, j] = known[source[:, j], j]
    return pl.DataFrame({name: members[name][source[:, j]] for j, name in enumerate(schema.names)})


def _codes(values: pl.Series) -> np.ndarray:
    if values.dtype == pl.String:
        return values.rank("dense").fill_null(0).to_numpy().astype(float)
    return values.to_physical().cast(pl.Float64).fill_null(-1e9).to_numpy()


def marginals(members: pl.DataFrame, rows: int, seed: int) -> pl.DataFrame:
    """Independent columns: no relation between them is carried over, nor a person."""
    return synthesizer("marginals").fit(members, seed=seed).sample(rows, seed=seed + 1)


def guarded_trees(members: pl.DataFrame, rows: int, seed: int) -> pl.DataFrame:
    """The chain's own trees as they are by default."""
    return synthesizer("trees").fit(members, seed=seed).sample(rows, seed=seed + 1)
