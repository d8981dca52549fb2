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

from supplychain.schema import GREATEST

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supplychain.sections import Kind

MOST_BINS = 100
MOST_DECIMALS = 6
STEPS = {
    "number": [base * 10.0**power for power in range(-MOST_DECIMALS, 10) for base in (1, 5)],
    "integer": [base * 10.0**power for power in range(10) for base in (1, 5)],
    "date": [1.0],
    "datetime": [1.0, 1e3, 1e6, 60e6, 3600e6, 86_400e6],
}
"""Steps to which people round, each a multiple of the one before; of moments from microseconds to days."""


@dataclass(frozen=True)
class Tokens:
    """One column's tokens.

    Attributes:
        name: The column.
        kind: Its kind.
        labels: Values of a category's tokens, in code order; empty for numbers.
        low: Lower end of each token's bin; the value itself for a point mass. Empty for categories.
        width: Width of each bin; 0 for a point mass.
        steps: Steps to which drawn numbers are rounded, the finest first.
        shares: The share of the numbers that is rounded to each.
        single: Whether the numbers came in single precision, and so are drawn: 0.1 there is 0.10000000149.
    """

    name: str
    kind: Kind
    labels: tuple[Any, ...]
    low: NDArray[np.float64]
    width: NDArray[np.float64]
    steps: tuple[float, ...] = (1.0,)
    shares: tuple[float, ...] = (1.0,)
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

    @property
    def spread(self) -> bool:
        """Whether some token is a bin, within which a number is drawn anew."""
        return bool(self.width.any())

    def numbers(self, codes: NDArray[np.int64], chance: NDArray[np.float64]) -> NDArray[np.float64]:
        """A number for each code of an ordered column, drawn evenly within its bin and rounded as people round.

        Args:
            codes: Codes, none of them rare; what a missing one gets means nothing.
            chance: A number from 0 to 1 a row.
        """
        import numpy as np

        low, width = np.append(self.low, 0.0), np.append(self.width, 0.0)
        values, span = low[codes], width[codes]
        drawn = np.flatnonzero(span)  # a point mass is itself, not rounded
        inside, start = chance[drawn], values[drawn]
        end = start + span[drawn]
        even = start + span[drawn] * inside
        values[drawn] = self._rounded(even, self.steps[0])
        # The digits of a chance below those that place a number in its bin are as good as another chance.
        which = np.searchsorted(np.cumsum(self.shares[:-1]), inside * 4_999 % 1, side="right")
        for place in range(1, len(self.steps)):
            rows = np.flatnonzero(which == place)
            coarse = self._rounded(even[rows], self.steps[place])
            fits = (coarse >= start[rows]) & (coarse <= end[rows])
            values[drawn[rows[fits]]] = coarse[fits]
        return values.astype(np.float32).astype(np.float64) if self.single else values

    def _rounded(self, values: NDArray[np.float64], step: float) -> NDArray[np.float64]:
        import numpy as np

        if step >= 1:
            return np.round(values / step) * step
        return np.round(values * round(1 / step)) / round(1 / step)  # 0.3, not 0.30000000000000004

    def series(self, codes: NDArray[Any], numbers: NDArray[np.float64] | None) -> pl.Series:
        """The column's values: labels of codes, or numbers, where a code does not say that they are missing."""
        if numbers is None:
            dtype = pl.Int64 if self.kind == "flag" else pl.String
            return pl.Series(self.name, [*self.labels, None], dtype=dtype).gather(codes)
        series = pl.Series(self.name, numbers)
        gaps = codes == self.missing
        if gaps.any():
            series = pl.select(pl.when(pl.Series(~gaps)).then(series).alias(self.name)).to_series()
        return _as_kind(series, self.kind)

    def encode(self, numbers: NDArray[np.float64]) -> NDArray[np.int64]:
        """Codes of present numbers of an ordered column; rare where there is no token at all."""
        import numpy as np

        codes = np.full(len(numbers), self.rare, dtype=np.int64)
        bins, masses = np.flatnonzero(self.width > 0), np.flatnonzero(self.width == 0)
        if len(bins):
            codes = bins[np.clip(np.searchsorted(self.low[bins], numbers, side="right") - 1, 0, len(bins) - 1)]
        if len(masses):
            nearest = masses[np.clip(np.searchsorted(self.low[masses], numbers), 0, len(masses) - 1)]
            codes = np.where(self.low[nearest] == numbers, nearest, codes)
        return codes


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
    numbers = as_numbers(values)
    present, people = numbers[~gaps], weight[~gaps]
    unique, place = np.unique(present, return_inverse=True)
    shared = np.bincount(place, weights=people, minlength=len(unique)).astype(np.float64)
    is_mass = shared >= floor
    edges = _edges(present[~is_mass[place]], people[~is_mass[place]], floor)
    masses = unique[is_mass]
    low = np.concatenate([masses, edges[:-1]])
    width = np.concatenate([np.zeros(len(masses)), np.diff(edges)])
    order = np.argsort(low + width / 2, kind="stable")
    with np.errstate(over="ignore"):
        single = kind == "number" and bool((unique.astype(np.float32) == unique).all())
    steps, shares = _heaping(unique[~is_mass], shared[~is_mass], kind, floor)
    tokens = Tokens(values.name, kind, (), low[order], width[order], steps, shares, single)
    codes = np.full(len(values), tokens.missing, dtype=np.int64)
    codes[~gaps] = tokens.encode(present)
    return tokens, codes


def _learn_labels(
    values: pl.Series, kind: Literal["category", "flag"], weight: NDArray[np.float64], floor: float
) -> tuple[Tokens, NDArray[np.int64]]:
    import numpy as np

    people = pl.DataFrame({"value": values, "people": weight}).drop_nulls("value").group_by("value").sum().sort("value")
    labels = people.filter(pl.col("people") >= floor)["value"].to_list()
    tokens = Tokens(values.name, kind, tuple(labels), np.empty(0), np.empty(0))
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


def _heaping(
    unique: NDArray[np.float64], people: NDArray[np.float64], kind: str, floor: float
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Steps to which these numbers are rounded, the finest first, and the share of the people at each.

    Of numbers on a finer step some lie on a coarser one by chance: those are not counted to it.
    """
    import numpy as np

    steps = STEPS[kind]
    if people.sum() < floor:
        return (steps[0],), (1.0,)
    on = np.array([people[_lies_on(unique, step)].sum() for step in steps]) / people.sum()
    finest = int(np.flatnonzero(on > 1 - 1e-9).max(initial=0))
    steps, on = steps[finest:], on[finest:]
    shares: list[float] = []
    left = 1.0
    for place in range(1, len(steps)):
        by_chance = sum(share * steps[i] / steps[place] for i, share in enumerate(shares))
        ratio = steps[place - 1] / steps[place]
        share = float(min(max((left - (on[place] - by_chance)) / (1 - ratio), 0.0), left))
        if (left - share) * people.sum() < floor:
            break
        shares.append(share)
        left -= share
    return tuple(steps[: len(shares) + 1]), (*shares, left)


def _lies_on(values: NDArray[np.float64], step: float) -> NDArray[np.bool_]:
    """Whether each value is a multiple of a step, as far as its own precision tells."""
    import numpy as np

    nearest = np.round(values / step) * step
    return np.abs(values - nearest) <= np.maximum(np.abs(values) * 1e-7, 1e-9) * (step < 1) + 1e-9


def as_numbers(values: pl.Series) -> NDArray[np.float64]:
    """A column's values as numbers: dates as days, moments as microseconds; 0 where missing."""
    if values.dtype == pl.Date:
        values = values.cast(pl.Int32)
    elif values.dtype == pl.Datetime:
        values = values.cast(pl.Datetime("us")).cast(pl.Int64)
    return values.cast(pl.Float64).fill_null(0.0).to_numpy()


def _as_kind(values: pl.Series, kind: str) -> pl.Series:
    if kind == "number":
        return values
    whole = values.clip(-GREATEST, GREATEST).cast(pl.Int64)
    if kind == "date":
        return whole.cast(pl.Int32).cast(pl.Date)
    return whole.cast(pl.Datetime("us")) if kind == "datetime" else whole
