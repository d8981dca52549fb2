"""Suspects: which synthetic rows a person should look at first.

Beside what somebody who knows the field doubts are four looks at a row, none of which knows what is wrong with it:
pairs of values that should have met among real people and never did, quantities that hardly go with the row's other
values, whether it looks like a real row in which values were changed, and distance from all real people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from supplychain.measures.bins import as_number
from supplychain.measures.codes import categories, coded
from supplychain.measures.density import distances
from supplychain.review.contrast import looks_changed
from supplychain.review.unmet import never_met

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.schema import Column, Schema

PEOPLE = 100_000
"""Real rows among which pairs are counted, drawn by chance where there are more."""
ROWS = 20_000
"""Those that models are fitted to."""
NEIGHBOURS = 5_000
AXES = 60
"""The commonest values of a category that are corners of their own, where distance is measured."""
ROOM = 24
"""Columns up to which distance tells as much as the other looks: in many columns everybody is far from everybody."""
POWER = 3


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


def suspects(
    rows: pl.DataFrame,
    real: pl.DataFrame,
    schema: Schema,
    *,
    doubted: Mapping[str, Sequence[int]] | None = None,
    seed: int,
) -> Suspicion:
    """How suspect each row is, held against real rows of role train.

    `doubted` has, of each rule that doubts rows, the places of those that it doubts.

    Each look gives a row the logarithm of one over the share of rows that it suspects as much; these are added with a
    high power, so that a row is about as suspect as the look that suspects it most: looks see much of the same. What
    somebody doubts is news of another kind, and is added as it is.
    """
    import numpy as np

    rows = rows.select(schema.names)
    real = real.select(schema.names).sample(min(PEOPLE, real.height), seed=seed, shuffle=True)
    made, known = coded(rows, real, schema)
    ordered = [not column.is_discrete for column in schema.columns]
    never, worst = never_met(made, known, ordered)
    some = known[:ROWS]
    looks = {
        "pairs": never,
        "quantities": _beside_others(rows, real.head(ROWS), made, some, schema),
        "changes": looks_changed(made, some, ordered, seed=seed),
        "distance": _far(rows, real.head(NEIGHBOURS), schema),
    }
    weights = (1.0, 0.9, 1.0, min(1.0, ROOM / len(schema.names)))
    tails = [weight * _tail(look) for weight, look in zip(weights, looks.values(), strict=True)]
    doubts = _doubts(doubted or {}, rows.height)
    score: NDArray[np.float64] = (np.stack(tails) ** POWER).sum(0) ** (1 / POWER) + _tail(doubts)
    columns = [tuple(schema.names[place] for place in places) for places in worst.tolist()]
    return Suspicion(score, {**looks, "doubts": doubts}, columns)


def _doubts(doubted: Mapping[str, Sequence[int]], rows: int) -> NDArray[np.float64]:
    """Of each row how seldom its doubts are: the logarithm of one over the share of rows that have each."""
    import numpy as np

    look = np.zeros(rows)
    for places in filter(None, doubted.values()):
        look[list(places)] += np.log(rows / len(places))
    return look


def _tail(look: NDArray[np.float64]) -> NDArray[np.float64]:
    """Minus the logarithm of the share of rows that are at least as suspect."""
    import numpy as np

    share = (len(look) - np.searchsorted(np.sort(look), look, side="left")) / len(look)
    tail: NDArray[np.float64] = -np.log(share)
    return tail


def _beside_others(
    rows: pl.DataFrame, real: pl.DataFrame, made: NDArray[np.int32], known: NDArray[np.int32], schema: Schema
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


def _far(rows: pl.DataFrame, real: pl.DataFrame, schema: Schema) -> NDArray[np.float64]:
    """The distance to the fifth nearest real row."""
    return distances(*points(rows, real, schema))


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
    codes = categories(values, real, AXES)
    axes = np.arange(max(int(part.max(initial=0)) for part in codes) + 1)
    made, known = ((part[:, None] == axes) * 0.5**0.5 for part in codes)
    return made, known


def _ranks(values: pl.Series, scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean rank among real rows, 0 to 1; half way where the value is missing."""
    import numpy as np

    numbers = values.fill_null(float("nan")).to_numpy()
    low, high = (np.searchsorted(scale, numbers, side=side) for side in ("left", "right"))
    return np.where(np.isfinite(numbers), (low + high) / (2 * max(len(scale), 1)), 0.5)
