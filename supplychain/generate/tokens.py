"""Columns as tokens: every value becomes one of a few, and every token stands for several people.

A token of a category is the category. A token of a number is either a point mass (zero, a rounded sum, an integer
that many share) or a bin between two; a value is drawn anew within its bin, so that no number is a donor's. The outer
bins end at the mean of the most extreme people, not at the most extreme person. What fewer people share than the
floor asks for has no token of its own and is never drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supplychain.product import Kind

MOST_BINS = 100
MASS = 0.002
"""A value that this share of the rows has, and the floor's number of people, is a point mass."""
MOST_DECIMALS = 6


@dataclass(frozen=True)
class Tokens:
    """One column's tokens.

    Attributes:
        name: The column.
        kind: Its kind.
        labels: Values of a category's tokens, in code order; empty for numbers.
        low: Lower end of each token's bin; the value itself for a point mass. Empty for categories.
        width: Width of each bin; 0 for a point mass.
        decimals: Decimal places to which a drawn number is rounded.
        single: Whether the numbers came in single precision, and so are drawn: 0.1 there is 0.10000000149.
    """

    name: str
    kind: Kind
    labels: tuple[Any, ...]
    low: NDArray[np.float64]
    width: NDArray[np.float64]
    decimals: int
    single: bool = False

    @property
    def ordered(self) -> bool:
        """Whether the codes of the tokens follow the values' own order."""
        return self.kind not in ("category", "flag")

    @property
    def known(self) -> int:
        """How many tokens stand for values. Their codes come first; then missing, then rare, which is never drawn."""
        return len(self.low) if self.ordered else len(self.labels)

    @property
    def missing(self) -> int:
        """The code of a missing value."""
        return self.known

    @property
    def rare(self) -> int:
        """The code of a value that too few people have."""
        return self.known + 1

    def decode(self, codes: NDArray[np.int64], rng: np.random.Generator) -> pl.Series:
        """Values for codes; numbers drawn evenly within their bins."""
        import numpy as np

        if not self.ordered:
            dtype = pl.Int64 if self.kind == "flag" else pl.String
            return pl.Series(self.name, [*self.labels, None], dtype=dtype).gather(codes)
        low, width = np.append(self.low, 0.0), np.append(self.width, 0.0)
        values, span = low[codes], width[codes]
        drawn = np.flatnonzero(span)  # a point mass is itself, not rounded
        values[drawn] = np.round(values[drawn] + span[drawn] * rng.random(len(drawn)), self.decimals)
        if self.single:
            values = values.astype(np.float32).astype(np.float64)
        series = pl.Series(self.name, values)
        gaps = codes == self.missing
        if gaps.any():
            series = pl.select(pl.when(pl.Series(~gaps)).then(series).alias(self.name)).to_series()
        return _as_kind(series, self.kind)


def learn(values: pl.Series, kind: Kind, weight: NDArray[np.float64], floor: float) -> tuple[Tokens, NDArray[np.int64]]:
    """A column's tokens, and the code of each of its values.

    Args:
        values: The column.
        kind: Its kind.
        weight: 1 over the rows of the row's entity, so that a sum of weights is never more than the people in it.
        floor: People that a token stands for, at least.
    """
    import numpy as np

    if kind in ("category", "flag"):
        return _learn_labels(values, kind, weight, floor)
    gaps = values.is_null().to_numpy()
    numbers = _as_numbers(values)
    present, people = numbers[~gaps], weight[~gaps]
    unique, place = np.unique(present, return_inverse=True)
    shared = np.bincount(place, weights=people, minlength=len(unique))
    is_mass = shared >= max(floor, MASS * weight.sum())
    edges = _edges(present[~is_mass[place]], people[~is_mass[place]], floor)
    masses = unique[is_mass]
    low = np.concatenate([masses, edges[:-1]])
    width = np.concatenate([np.zeros(len(masses)), np.diff(edges)])
    order = np.argsort(low + width / 2, kind="stable")
    single = kind == "number" and bool((unique.astype(np.float32) == unique).all())
    tokens = Tokens(values.name, kind, (), low[order], width[order], _decimals(unique, kind), single)
    position = np.empty(len(order), dtype=np.int64)
    position[order] = np.arange(len(order))
    codes = np.full(len(values), tokens.missing, dtype=np.int64)
    codes[~gaps] = _codes(present, masses, edges, position, tokens.rare)
    return tokens, codes


def _learn_labels(
    values: pl.Series, kind: Literal["category", "flag"], weight: NDArray[np.float64], floor: float
) -> tuple[Tokens, NDArray[np.int64]]:
    import numpy as np

    people = pl.DataFrame({"value": values, "people": weight}).drop_nulls("value").group_by("value").sum().sort("value")
    labels = people.filter(pl.col("people") >= floor)["value"].to_list()
    tokens = Tokens(values.name, kind, tuple(labels), np.empty(0), np.empty(0), 0)
    codes = values.replace_strict(labels, list(range(len(labels))), default=tokens.rare, return_dtype=pl.Int64)
    codes = pl.select(pl.when(values.is_null()).then(tokens.missing).otherwise(codes).alias("code")).to_series()
    return tokens, codes.to_numpy().copy()


def _edges(values: NDArray[np.float64], people: NDArray[np.float64], floor: float) -> NDArray[np.float64]:
    """Ends of bins that hold as many people each; the outer ends are means of the most extreme `floor` people."""
    import numpy as np

    bins = int(min(MOST_BINS, people.sum() // max(floor, 1)))
    if bins < 1:
        return np.empty(0)
    order = np.argsort(values, kind="stable")
    ranked, share = values[order], np.cumsum(people[order]) / people.sum()
    inner = ranked[np.searchsorted(share, np.linspace(0, 1, bins + 1)[1:-1])]
    few = max(int(np.searchsorted(np.cumsum(people[order]), floor)), 1)
    edges = np.unique(np.concatenate([[ranked[:few].mean()], inner, [ranked[-few:].mean()]]))
    return edges if len(edges) > 1 else np.empty(0)


def _codes(
    values: NDArray[np.float64],
    masses: NDArray[np.float64],
    edges: NDArray[np.float64],
    position: NDArray[np.int64],
    rare: int,
) -> NDArray[np.int64]:
    import numpy as np

    codes = np.full(len(values), rare, dtype=np.int64)
    if len(edges):
        within = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
        codes = position[len(masses) + within]
    if len(masses):
        nearest = np.clip(np.searchsorted(masses, values), 0, len(masses) - 1)
        codes = np.where(masses[nearest] == values, position[nearest], codes)
    return codes


def _decimals(unique: NDArray[np.float64], kind: str) -> int:
    import numpy as np

    if kind != "number":
        return 0
    for decimals in range(MOST_DECIMALS):
        if np.allclose(np.round(unique, decimals), unique, rtol=0, atol=10.0**-MOST_DECIMALS):
            return decimals
    return MOST_DECIMALS


def _as_numbers(values: pl.Series) -> NDArray[np.float64]:
    if values.dtype == pl.Date:
        values = values.cast(pl.Int32)
    elif values.dtype == pl.Datetime:
        values = values.cast(pl.Datetime("us")).cast(pl.Int64)
    return values.cast(pl.Float64).fill_null(0.0).to_numpy()


def _as_kind(values: pl.Series, kind: str) -> pl.Series:
    if kind == "number":
        return values
    whole = values.cast(pl.Int64)
    if kind == "date":
        return whole.cast(pl.Int32).cast(pl.Date)
    return whole.cast(pl.Datetime("us")) if kind == "datetime" else whole
