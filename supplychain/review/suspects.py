"""Suspects: which synthetic rows a person should look at first.

Three looks at a row, none of which knows what is wrong with it: pairs of values that should have met among real people
and never did, quantities that hardly go with the row's other values, and distance from all real people.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import polars as pl

from supplychain.measures.bins import as_number
from supplychain.measures.density import distances

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supplychain.schema import Column, Schema

ROWS = 20_000
"""Real rows that are looked at, drawn by chance where there are more."""
NEIGHBOURS = 5_000
VALUES = 60
"""The commonest values of a category that have a bin of their own."""
PARTS = 32
"""Parts of a number's range with as many real rows each; its ends are cut finer."""
ENDS = (0.003, 0.005, 0.01, 0.02)
MISSING, RARE = 0, 1
MOST = 25.0
"""Real rows that one empty pair may count for."""
ROOM = 24
"""Columns up to which distance tells as much as the other looks: in many columns everybody is far from everybody."""
POWER = 4


@dataclass(frozen=True)
class Suspicion:
    """How suspect each row is.

    Attributes:
        score: The greater, the more suspect.
        looks: The score of each look, by its name.
        columns: For each row the two columns whose values met least often.
    """

    score: NDArray[np.float64]
    looks: dict[str, NDArray[np.float64]]
    columns: list[tuple[str, ...]]


def suspects(rows: pl.DataFrame, real: pl.DataFrame, schema: Schema, *, seed: int) -> Suspicion:
    """How suspect each row is, held against real rows of role train.

    Each look gives a row the logarithm of one over the share of rows that it suspects as much; these are added with a
    high power, so that a row is about as suspect as the look that suspects it most.
    """
    import numpy as np

    real = real.select(schema.names).sample(min(ROWS, real.height), seed=seed, shuffle=True)
    rows = rows.select(schema.names)
    codes = [_codes(rows[column.name], real[column.name], column) for column in schema.columns]
    made, known = (np.stack([pair[side] for pair in codes], axis=1) for side in (0, 1))
    never, worst = _never_met(made, known, [not column.is_discrete for column in schema.columns])
    looks = {
        "pairs": never,
        "quantities": _beside_others(rows, real, made, known, schema),
        "distance": _far(rows, real, schema, seed),
    }
    weights = (1.0, 0.9, min(1.0, ROOM / len(schema.names)))
    tails = [weight * _tail(look) for weight, look in zip(weights, looks.values(), strict=True)]
    score: NDArray[np.float64] = (np.stack(tails) ** POWER).sum(0)
    return Suspicion(score, looks, [tuple(schema.names[place] for place in places) for places in worst.tolist()])


def _tail(look: NDArray[np.float64]) -> NDArray[np.float64]:
    """Minus the logarithm of the share of rows that are at least as suspect."""
    import numpy as np

    share = (len(look) - np.searchsorted(np.sort(look), look, side="left")) / len(look)
    tail: NDArray[np.float64] = -np.log(share)
    return tail


def _codes(values: pl.Series, real: pl.Series, column: Column) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Values and real values as bins of the real ones; numbers in order from 2 on."""
    import numpy as np

    if column.is_discrete:
        common = real.drop_nulls().value_counts(sort=True).sort("count", column.name, descending=[True, False])
        bins = {value: place + 2 for place, value in enumerate(common[column.name].head(VALUES))}
        made, known = (
            each.replace_strict(list(bins), list(bins.values()), default=RARE, return_dtype=pl.Int64)
            for each in (values, real)
        )
    else:
        numbers = as_number(real).drop_nulls().to_numpy()
        cuts = np.concatenate([ENDS, np.linspace(0, 1, PARTS + 1)[1:-1], 1 - np.array(ENDS)])
        edges = np.unique(np.quantile(numbers, cuts)) if len(numbers) else np.zeros(1)
        made, known = (
            pl.Series(np.searchsorted(edges, as_number(each).fill_null(0).to_numpy()) + 2) for each in (values, real)
        )
    return tuple(  # type: ignore[return-value]
        np.where(each.is_null().to_numpy(), MISSING, codes.fill_null(RARE).to_numpy())
        for each, codes in ((values, made), (real, known))
    )


def _never_met(
    made: NDArray[np.int64], known: NDArray[np.int64], ordered: list[bool]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """How much a row's pairs of values, never met among real people, should have; and its two worst columns.

    A pair counts for the geometric mean of two figures: the real rows that would have it if its columns had nothing
    to do with one another, and the surprise in nats that a real person, left out, would stand so alone in that pair of
    columns. Of a row the three worst pairs count, and all pairs of its worst column.
    """
    import numpy as np

    n, columns = known.shape
    sizes = np.maximum(known.max(0), made.max(0)) + 1
    worst, each = np.zeros((len(made), 4)), np.zeros((len(made), columns))
    for first, second in combinations(range(columns), 2):
        a, b = (np.bincount(known[:, place], minlength=sizes[place]) for place in (first, second))
        joint = np.bincount(known[:, first] * sizes[second] + known[:, second], minlength=sizes[first] * sizes[second])
        met, expected = joint.reshape(len(a), len(b)), np.outer(a, b) / n
        empty = np.where(met == 0, expected, 0.0)
        inner = tuple(slice(2 if ordered[place] else 0, None) for place in (first, second))
        empty[inner] = np.maximum(empty[inner], _corner(met[inner], expected[inner], ordered[first], ordered[second]))
        should = empty[made[:, first], made[:, second]]
        alone = np.sort(expected[met == 1])
        surprise = np.log((n + 1) / (1 + len(alone) - np.searchsorted(alone, should)))
        found = np.sqrt(np.minimum(should, MOST) * surprise)
        worst[:, 0] = found
        worst.sort(axis=1)
        each[:, first] += found
        each[:, second] += found
    return worst[:, 1:].sum(1) + each.max(1), np.argsort(-each, axis=1, kind="stable")[:, :2]


def _corner(met: NDArray[np.int64], expected: NDArray[np.float64], rows: bool, columns: bool) -> NDArray[np.float64]:
    """For each cell, the most real rows that should lie in an empty corner of the table that holds the cell.

    A corner reaches from one end of a number's range to the cell or beyond: nobody stayed so long with so little.
    """
    import numpy as np

    best = np.zeros(expected.shape)
    for down in (1, -1) if rows else (0,):
        for right in (1, -1) if columns else (0,):
            turned = (slice(None, None, down or 1), slice(None, None, right or 1))
            inside, should = met[turned], expected[turned]
            for axis, way in enumerate((down, right)):
                if way:
                    inside, should = inside.cumsum(axis), should.cumsum(axis)
            most = np.where(inside == 0, should, 0.0)
            for axis, way in enumerate((down, right)):
                if way:
                    most = np.flip(np.maximum.accumulate(np.flip(most, axis), axis), axis)
            best = np.maximum(best, most[turned])
    return best


def _beside_others(
    rows: pl.DataFrame, real: pl.DataFrame, made: NDArray[np.int64], known: NDArray[np.int64], schema: Schema
) -> NDArray[np.float64]:
    """How far a row's oddest quantity lies from what its other values let expect, in standard deviations."""
    import numpy as np
    from scipy.special import ndtri
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    oddest = np.zeros(len(made))
    for place, column in enumerate(schema.columns):
        if column.is_discrete or real[column.name].n_unique() < 3:
            continue
        scale = np.sort(as_number(real[column.name]).drop_nulls().to_numpy())
        given, wanted = (
            ndtri(_ranks(as_number(frame[column.name]), scale).clip(0.0005, 0.9995)) for frame in (rows, real)
        )
        others, theirs = (np.delete(codes, place, axis=1) for codes in (made, known))
        model = HistGradientBoostingRegressor(max_iter=60, early_stopping=False, random_state=0)
        with threadpool_limits(1):  # on few cores several threads wait for one another
            model.fit(theirs, wanted)
            spread = (wanted - model.predict(theirs)).std() or 1.0
            oddest = np.maximum(oddest, np.abs(given - model.predict(others)) / spread)
    return oddest


def _far(rows: pl.DataFrame, real: pl.DataFrame, schema: Schema, seed: int) -> NDArray[np.float64]:
    """The distance to the fifth nearest real row."""
    return distances(*points(rows, real.sample(min(NEIGHBOURS, real.height), seed=seed), schema))


def points(rows: pl.DataFrame, real: pl.DataFrame, schema: Schema) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Both as points: a number by its rank among real rows, a category as a corner at a distance of 1."""
    import numpy as np

    blocks = [_axes(rows[column.name], real[column.name], column) for column in schema.columns]
    made, known = (np.concatenate([block[side] for block in blocks], axis=1).astype(np.float32) for side in (0, 1))
    return made, known


def _axes(values: pl.Series, real: pl.Series, column: Column) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    import numpy as np

    if not column.is_discrete:
        scale = np.sort(as_number(real).drop_nulls().to_numpy())
        made, known = (_ranks(as_number(each), scale)[:, None] for each in (values, real))
        return made, known
    codes = _codes(values, real, column)
    axes = np.arange(max(int(part.max(initial=0)) for part in codes) + 1)
    made, known = ((part[:, None] == axes) * 0.5**0.5 for part in codes)
    return made, known


def _ranks(values: pl.Series, scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean rank among real rows, 0 to 1; half way where the value is missing."""
    import numpy as np

    numbers = values.fill_null(float("nan")).to_numpy()
    low, high = (np.searchsorted(scale, numbers, side=side) for side in ("left", "right"))
    return np.where(np.isfinite(numbers), (low + high) / (2 * max(len(scale), 1)), 0.5)
