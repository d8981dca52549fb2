"""Codes: values as small whole numbers, cut on real rows; rare values and the ends of a range stay apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.measures.bins import as_number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supplychain.schema import Schema

PARTS = 32
"""Parts of a number's range with as many real rows each."""
LEAST = 8
"""Real rows with which a category has a code of its own, and of which the last part at an end of a range holds."""
COMMON = 1_000
"""The commonest categories, beyond which none has a code of its own: tables of pairs have to fit in memory."""
MISSING, RARE, FIRST = 0, 1, 2
"""Codes of what is missing, of categories too rare for a code of their own, and the first of the others."""


@dataclass(frozen=True)
class Codes:
    """How the values of a table become codes: what real rows know of each column.

    Example:
        >>> real = pl.DataFrame({"ward": ["a"] * 9 + ["b"] * 8})
        >>> Codes.of(real, Schema.of(real)).of_rows(pl.DataFrame({"ward": ["b", "z", None]})).tolist()
        [[3], [1], [0]]
    """

    columns: tuple[_Categories | _Numbers, ...]

    @classmethod
    def of(cls, real: pl.DataFrame, schema: Schema) -> Codes:
        """What real rows know of the columns of a schema."""
        return cls(
            tuple(
                _Categories.of(real[column.name]) if column.is_discrete else _Numbers.of(real[column.name])
                for column in schema.columns
            )
        )

    def of_rows(self, rows: pl.DataFrame) -> NDArray[np.int32]:
        """Rows x columns: categories are numbered from the commonest on, numbers in their order."""
        import numpy as np

        return np.stack([column.codes(rows[column.name]) for column in self.columns], axis=1)


def coded(rows: pl.DataFrame, real: pl.DataFrame, schema: Schema) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Rows and real rows as codes: rows x columns each."""
    codes = Codes.of(real, schema)
    return codes.of_rows(rows), codes.of_rows(real)


@dataclass(frozen=True)
class _Categories:
    name: str
    own: list[Any]

    @classmethod
    def of(cls, real: pl.Series, most: int = COMMON) -> _Categories:
        counts = real.drop_nulls().value_counts(sort=True).sort("count", real.name, descending=[True, False])
        return cls(real.name, counts.filter(pl.col("count") >= LEAST)[real.name].head(most).to_list())

    def codes(self, values: pl.Series) -> NDArray[np.int32]:
        numbers = list(range(FIRST, FIRST + len(self.own)))
        return _with_missing(values.replace_strict(self.own, numbers, default=RARE, return_dtype=pl.Int32), values)


@dataclass(frozen=True)
class _Numbers:
    name: str
    edges: NDArray[np.float64]

    @classmethod
    def of(cls, real: pl.Series) -> _Numbers:
        return cls(real.name, _edges(as_number(real).drop_nulls().to_numpy()))

    def codes(self, values: pl.Series) -> NDArray[np.int32]:
        import numpy as np

        return _with_missing(pl.Series(np.searchsorted(self.edges, as_number(values).fill_null(0)) + FIRST), values)


def categories(values: pl.Series, real: pl.Series, most: int = COMMON) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Values and real values as codes, of which at most the commonest `most` have their own."""
    column = _Categories.of(real, most)
    return column.codes(values), column.codes(real)


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


def _with_missing(codes: pl.Series, values: pl.Series) -> NDArray[np.int32]:
    import numpy as np

    return np.where(values.is_null().to_numpy(), MISSING, codes.fill_null(RARE).to_numpy()).astype(np.int32)
