"""Whether columns of a table lie elsewhere than those of another: distances, and what chance alone would give.

One permutation test of many distances at once (Westfall and Young, Resampling-based multiple testing, 1993): which
rows arrived is dealt out anew, all rows of a person together and each with its survey weight, and the least p-value of
a deal tells how small one is by chance. So the error is controlled over all columns and slices, however they hang
together, and no table of a statistic's distribution is leaned on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from supplychain.schema import Column, Schema

DEALS = 400
BINS = 40
"""Quantile bins of a number."""
MOST_CATEGORIES = 60
"""Categories that are held against each other one by one; rarer ones share a bin."""
MISSING = 0
LEAST_SPREAD = 1e-12


@dataclass(frozen=True)
class Moved:
    """A column in a slice, in two tables.

    Attributes:
        column: The column.
        slice: The slice.
        value: Kolmogorov-Smirnov distance of a number, total variation distance of a category, 0 to 1.
        chance: The distance that chance alone exceeds, in any of the columns and slices, as often as is allowed.
        n: Rows of the arrived table in the slice; weighted ones as many as tell as much.
        p: How often chance gives any column a distance as extreme.
        missing: Whether it is about the share of missing values alone, which a distance of a number hardly sees.
    """

    column: str
    slice: str
    value: float
    chance: float
    n: int
    p: float
    missing: bool = False


@dataclass(frozen=True)
class Sides:
    """Two tables of the same columns, one above the other.

    Attributes:
        rows: Rows of the reference, then those that arrived.
        arrived: Which rows arrived.
        weights: How much a row counts.
        entity: Who a row is about, as numbers; a person of the reference is another than one of the arrived rows.
    """

    rows: pl.DataFrame
    arrived: NDArray[np.bool_]
    weights: NDArray[np.float64]
    entity: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        reference: pl.DataFrame,
        arrived: pl.DataFrame,
        names: list[str],
        *,
        weight: str | None = None,
        entity: str | None = None,
    ) -> Sides:
        """Put two tables together.

        Args:
            reference: Rows that others are held against.
            arrived: Those others.
            names: The columns that count.
            weight: A column of survey weights; each side's mean is 1.
            entity: A column that tells who a row is about.
        """
        import numpy as np
        import polars as pl

        frames = (reference, arrived)
        rows = pl.concat([frame.select(names) for frame in frames], how="vertical_relaxed")
        given = np.concatenate([_weights(frame, weight) for frame in frames])
        side = np.repeat([False, True], [reference.height, arrived.height])
        if entity and all(entity in frame.columns for frame in frames):
            who = pl.concat([frame[entity].cast(pl.String) for frame in frames]).to_numpy()
            people = np.unique(np.char.add(who.astype(str), np.where(side, "|", "")), return_inverse=True)[1]
        else:
            people = np.arange(len(side))
        return cls(rows, side, given, people)

    def sample(self, most: int, *, seed: int) -> Sides:
        """At most so many rows of either side, drawn by chance."""
        import numpy as np
        import polars as pl

        rng = np.random.default_rng(seed)
        kept = np.zeros(len(self.arrived), dtype=bool)
        for side in (False, True):
            places = np.flatnonzero(self.arrived == side)
            kept[places if len(places) <= most else rng.choice(places, most, replace=False)] = True
        if kept.all():
            return self
        return Sides(self.rows.filter(pl.Series(kept)), self.arrived[kept], self.weights[kept], self.entity[kept])


def moved(
    sides: Sides, schema: Schema, slices: dict[str, NDArray[np.bool_]], *, alpha: float, seed: int
) -> list[Moved]:
    """The distance of every column in every slice, each with what chance would give.

    Args:
        sides: The two tables.
        schema: The columns that are looked at.
        slices: Slice to the rows of both tables that lie in it; each has rows on both sides.
        alpha: How often any distance may lie above its chance where nothing moved.
        seed: Seed of the deals.
    """
    import numpy as np

    deals = _deals(sides, seed)
    found: list[tuple[str, str, bool, NDArray[np.float64]]] = []
    codes = {column.name: coded(sides.rows[column.name], column) for column in schema.columns}
    for name, inside in slices.items():
        some = deals.within(inside)
        for column in schema.columns:
            here = codes[column.name][inside]
            if codes[column.name].max(initial=0) > 0:
                found.append((column.name, name, False, _distances(here, some, ordered=not column.is_discrete)))
            gone = (here == MISSING).astype(np.int64)
            if 0 < gone.sum() < len(gone):
                found.append((column.name, name, True, _distances(gone, some, ordered=False)))
    if not found:
        return []
    distances = np.stack([values for *_, values in found])
    fitted = [_Chance.of(values[1:]) for values in distances]
    p = np.stack([one.p(values) for one, values in zip(fitted, distances, strict=True)])
    least = np.sort(p[:, 1:].min(axis=0))
    critical = float(least[max(int(alpha * len(least)) - 1, 0)])
    n = {name: _effective(sides.weights[inside & sides.arrived]) for name, inside in slices.items()}
    return [
        Moved(
            column,
            name,
            float(values[0]),
            one.distance(critical),
            round(n[name]),
            float((1 + (least <= p[place, 0]).sum()) / (1 + len(least))),
            missing,
        )
        for place, ((column, name, missing, values), one) in enumerate(zip(found, fitted, strict=True))
    ]


def coded(values: pl.Series, column: Column) -> NDArray[np.int64]:
    """Each value's bin, cut on both tables alike: 0 is missing, others follow in order."""
    import numpy as np

    from supplychain.measures.bins import as_number

    missing = values.is_null().to_numpy()
    if column.is_discrete:
        counts = values.drop_nulls().value_counts().sort(["count", values.name], descending=[True, False])
        known = {value: min(code, MOST_CATEGORIES) for code, value in enumerate(counts[values.name], start=1)}
        codes = values.replace_strict(list(known), list(known.values()), default=None, return_dtype=_int())
        return codes.fill_null(MISSING).to_numpy() if known else np.zeros(len(values), dtype=np.int64)
    numbers = as_number(values).fill_null(0.0).to_numpy()
    present = numbers[~missing]
    if not len(present):
        return np.zeros(len(values), dtype=np.int64)
    edges = np.unique(np.quantile(present, np.linspace(0, 1, BINS + 1)[1:-1], method="lower"))
    return np.where(missing, MISSING, np.searchsorted(edges, numbers, side="left") + 1).astype(np.int64)


@dataclass(frozen=True)
class _Chance:
    """The distances that chance gives: their squares as a gamma distribution of the same mean and variance.

    The square of a distance of two categories is a chi-squared, and that of Kolmogorov-Smirnov has an exponential tail:
    a gamma distribution is, or comes near, either.
    """

    shape: float
    scale: float

    @classmethod
    def of(cls, distances: NDArray[np.float64]) -> _Chance:
        squares = distances**2
        mean, spread = float(squares.mean()), max(float(squares.var()), LEAST_SPREAD**2)
        mean = max(mean, LEAST_SPREAD)
        return cls(mean**2 / spread, spread / mean)

    def p(self, distances: NDArray[np.float64]) -> NDArray[np.float64]:
        from scipy.stats import gamma

        found: NDArray[np.float64] = gamma.sf(distances**2, self.shape, scale=self.scale)
        return found

    def distance(self, p: float) -> float:
        from scipy.stats import gamma

        return float(min(float(gamma.isf(p, self.shape, scale=self.scale)) ** 0.5, 1.0))


@dataclass(frozen=True)
class _Dealt:
    """Weights of the rows that arrived: as they are, then of each deal; deals x rows of float32."""

    arrived: NDArray[np.float32]
    weights: NDArray[np.float32]

    def within(self, inside: NDArray[np.bool_]) -> _Dealt:
        """Those of some rows."""
        return self if inside.all() else _Dealt(self.arrived[:, inside], self.weights[inside])


def _deals(sides: Sides, seed: int) -> _Dealt:
    """Who arrived, dealt out anew among people: as many people as there were."""
    import numpy as np

    rng = np.random.default_rng(seed)
    code = np.unique(sides.entity, return_inverse=True)[1]
    person = np.zeros(code.max(initial=0) + 1, dtype=bool)
    person[code] = sides.arrived
    arrived = np.empty((1 + DEALS, len(code)), dtype=np.float32)
    arrived[0] = sides.arrived * sides.weights
    for deal in range(1, 1 + DEALS):
        arrived[deal] = rng.permutation(person)[code] * sides.weights
    return _Dealt(arrived, sides.weights.astype(np.float32))


def _distances(codes: NDArray[np.int64], deals: _Dealt, *, ordered: bool) -> NDArray[np.float64]:
    """The distance of the two sides as they are, then in each deal."""
    import numpy as np

    used, codes = np.unique(codes, return_inverse=True)
    of_bin = np.eye(len(used), dtype=np.float32)[codes]
    counts = (deals.arrived @ of_bin).astype(np.float64)
    others = np.maximum((deals.weights @ of_bin)[None, :] - counts, 0.0)
    apart = _shares(counts) - _shares(others)
    if ordered:
        found: NDArray[np.float64] = np.abs(np.cumsum(apart, axis=1)).max(axis=1)
        return found
    half: NDArray[np.float64] = np.abs(apart).sum(axis=1) / 2
    return half


def _shares(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    shares: NDArray[np.float64] = counts / np.maximum(counts.sum(axis=1, keepdims=True), LEAST_SPREAD)
    return shares


def _weights(frame: pl.DataFrame, weight: str | None) -> NDArray[np.float64]:
    import numpy as np
    import polars as pl

    if weight is None or weight not in frame.columns:
        return np.ones(frame.height)
    given = frame[weight].cast(pl.Float64).fill_null(0.0).to_numpy()
    return given / (given.mean() or 1.0) if len(given) else given


def _effective(weights: NDArray[np.float64]) -> float:
    from supplychain.measures.bins import effective

    return float(effective(weights)) if len(weights) else 0.0


def _int() -> Any:  # noqa: ANN401  (a type of polars)
    import polars as pl

    return pl.Int64
