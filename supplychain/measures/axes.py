"""Rows of mixed types as points: numbers by their rank in a reference, categories as corners, missing as its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from supplychain.measures.bins import as_number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supplychain.schema import Column, Schema

MOST_CATEGORIES = 40
"""Categories that are an axis of their own; the rest share one."""
CHUNK = 500


def axes(frames: list[pl.DataFrame], schema: Schema) -> list[NDArray[np.float32]]:
    """Points of several frames in one space, cut on the first.

    A number lies at its share of the first frame's values that are below it, and beyond 0 and 1 by how far it lies
    outside of them, so that what was never seen is far. A category is a corner, as far from another as the least
    number from the greatest.
    """
    import numpy as np

    parts: list[list[NDArray[np.float32]]] = [[] for _ in frames]
    for column in schema.columns:
        of_column = _discrete if column.is_discrete else _number
        for place, values in enumerate(of_column([frame[column.name] for frame in frames], column)):
            parts[place].append(values)
    return [np.concatenate(part, axis=1) if part else np.zeros((len(frames[0]), 0), np.float32) for part in parts]


def nearest(rows: NDArray[np.float32], others: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Places of the k nearest others of each row, in no order.

    Args:
        rows: Rows x axes.
        others: Others x axes.
        k: How many.
    """
    import numpy as np

    k = min(k, len(others))
    norms = (others**2).sum(1)
    found = np.zeros((len(rows), k), dtype=np.int64)
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        found[start : start + CHUNK] = np.argpartition(norms - 2 * part @ others.T, k - 1, axis=1)[:, :k]
    return found


def _number(columns: list[pl.Series], column: Column) -> list[NDArray[np.float32]]:
    import numpy as np

    del column
    numbers = [as_number(values) for values in columns]
    base = np.sort(numbers[0].drop_nulls().to_numpy())
    made = []
    for values in numbers:
        missing = values.is_null().to_numpy()
        given = values.fill_null(0.0).to_numpy()
        rank = np.full(len(given), 0.5)
        if len(base):
            rank = (np.searchsorted(base, given, "left") + np.searchsorted(base, given, "right")) / 2 / len(base)
            span = float(base[-1] - base[0]) or 1.0
            rank += np.clip(given - base[-1], 0, None) / span - np.clip(base[0] - given, 0, None) / span
        made.append(np.column_stack([np.where(missing, 0.5, rank), missing]).astype(np.float32))
    return made


def _discrete(columns: list[pl.Series], column: Column) -> list[NDArray[np.float32]]:
    import numpy as np

    del column
    counts = columns[0].drop_nulls().value_counts().sort(["count", columns[0].name], descending=[True, False])
    codes = {value: min(code, MOST_CATEGORIES) for code, value in enumerate(counts[columns[0].name])}
    other = min(len(codes), MOST_CATEGORIES) + 1  # what the first frame has not, and missing
    made = []
    for values in columns:
        code = values.replace_strict(list(codes), list(codes.values()), default=other, return_dtype=pl.Int64)
        corner = np.eye(other + 1, dtype=np.float32)[code.fill_null(other).to_numpy()]
        made.append(corner / np.float32(2**0.5))
    return made
