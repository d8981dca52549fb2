"""Codes: values as small whole numbers, cut on real rows; rare values and the ends of a range stay apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from supplychain.measures.bins import as_number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supplychain.schema import Column, Schema

PARTS = 32
"""Parts of a number's range with as many real rows each."""
LEAST = 8
"""Real rows with which a category has a code of its own, and of which the last part at an end of a range holds."""
COMMON = 1_000
"""The commonest categories, beyond which none has a code of its own: tables of pairs have to fit in memory."""
MISSING, RARE, FIRST = 0, 1, 2
"""Codes of what is missing, of categories too rare for a code of their own, and the first of the others."""


def coded(rows: pl.DataFrame, real: pl.DataFrame, schema: Schema) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and real rows as codes: rows x columns each.

    Categories are numbered from the commonest on, numbers in their order.
    """
    import numpy as np

    pairs = [_codes(rows[column.name], real[column.name], column) for column in schema.columns]
    made, known = (np.stack([pair[side] for pair in pairs], axis=1) for side in (0, 1))
    return made, known


def _codes(values: pl.Series, real: pl.Series, column: Column) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return categories(values, real) if column.is_discrete else _numbers(values, real)


def categories(values: pl.Series, real: pl.Series, most: int = COMMON) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Values and real values as codes, of which at most the commonest `most` have their own."""
    counts = real.drop_nulls().value_counts(sort=True).sort("count", real.name, descending=[True, False])
    own = counts.filter(pl.col("count") >= LEAST)[real.name].head(most).to_list()
    made, known = (
        each.replace_strict(own, list(range(FIRST, FIRST + len(own))), default=RARE, return_dtype=pl.Int64)
        for each in (values, real)
    )
    return _with_missing(made, values), _with_missing(known, real)


def _numbers(values: pl.Series, real: pl.Series) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    import numpy as np

    edges = _edges(as_number(real).drop_nulls().to_numpy())
    made, known = (
        pl.Series(np.searchsorted(edges, as_number(each).fill_null(0).to_numpy()) + FIRST) for each in (values, real)
    )
    return _with_missing(made, values), _with_missing(known, real)


def _edges(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where a number's range is cut.

    Its ends are halved down to a few people. A value that many people have stands alone: what is below nothing is not
    what is nothing.
    """
    import numpy as np

    if not len(numbers):
        return np.zeros(1)
    ends = LEAST / len(numbers) * 2.0 ** np.arange(20)
    ends = ends[ends < 1 / PARTS]
    shares = np.concatenate([ends, np.linspace(0, 1, PARTS + 1)[1:-1], 1 - ends])
    values, counts = np.unique(numbers, return_counts=True)
    alone = values[counts >= max(len(numbers) / PARTS / 2, LEAST)]
    quantiles = np.quantile(numbers, shares, method="inverted_cdf")
    return np.unique(np.concatenate([quantiles, np.nextafter(alone, -np.inf), alone]))


def _with_missing(codes: pl.Series, values: pl.Series) -> NDArray[np.int64]:
    import numpy as np

    return np.where(values.is_null().to_numpy(), MISSING, codes.fill_null(RARE).to_numpy())
