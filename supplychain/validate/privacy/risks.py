"""Three questions of data protection: is somebody singled out, linked, or is a secret of theirs inferred?

By the published method of Giomi, Boenisch, Wehmeyer and Tasnadi, A Unified Framework for Quantifying Privacy Risk in
Synthetic Data (PETS 2023): each attack is made on people whom the generator saw and, the same, on people whom it did
not. What works on the latter is what anybody learns from knowing the population; the risk is what comes on top, as a
share of what was left to come: (attack - control) / (1 - control).
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import polars as pl

from supplychain.measures.copies import excess
from supplychain.validate.privacy.encoding import points
from supplychain.validate.privacy.sample import MOST_ROWS, draw_people, draw_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.schema import Column, Schema

    Square = NDArray[np.float32]

MOST_ATTACKED = 2_000
"""People of each side that are linked, and whose secrets are inferred."""
MOST_PREDICATES = 1_000
POPULATION = 4_000
"""People of each side among whom a predicate has to hold for one alone."""
PREDICATE_COLUMNS = 4
"""Columns of a multivariate predicate."""
NEIGHBOURS = 10
"""Nearest synthetic rows on either half of the columns that are compared in a linkage."""
NEAR = 0.05
"""A guess of a number that is off by this share of it is right."""


@dataclass(frozen=True)
class Risk:
    """One attack's success on members beyond its success on other people, as a share of what was left.

    Attributes:
        value: The risk; 0 where members are in no more danger than anybody.
        low: Lower 95% limit; those of all secrets hold at once.
        high: Upper 95% limit, likewise.
        control: The success on other people.
        n: Attacks on each side.
    """

    value: float
    low: float
    high: float
    control: float
    n: int


def _risk(hits: int, control: int, n: int, of: int = 1) -> Risk:
    """From counts, with Newcombe's limits of the difference (1998, method 10) that hold for so many risks at once."""
    value, low, high = excess(hits, n, control, n, NormalDist().inv_cdf(1 - 0.025 / of))
    left = max(1 - control / n, 1 / n)
    return Risk(value / left, low / left, high / left, control / n, n)


def three_risks(
    made: pl.DataFrame,
    members: pl.DataFrame,
    others: pl.DataFrame,
    schema: Schema,
    secrets: Iterable[str],
    *,
    seed: int,
) -> dict[tuple[str, str], Risk]:
    """Risk by (attack, scope): singling-out (univariate, multivariate), linkability (all), inference (each secret)."""
    sides = [
        draw_people(frame, schema.names, POPULATION, seed + side).first for side, frame in enumerate((members, others))
    ]
    n = min(side.height for side in sides)
    rows = draw_rows(made, schema.names, MOST_ROWS, seed)
    if not n or not rows.height:
        return {}
    inside, outside, made_codes = _coded([*(side.head(n) for side in sides), rows], schema)
    found = {
        ("singling-out", kind): _singled_out(predicates(made_codes, schema, seed), inside, outside)
        for kind, predicates in (("univariate", _univariate), ("multivariate", _multivariate))
    }
    few = [side.head(min(n, MOST_ATTACKED)) for side in sides]
    where, owner = points([*few, rows], schema, (0, 1))
    found["linkability", "all"] = _linked(where, owner, seed)
    squares, secrets = [_square(side, where[2]) for side in where[:2]], list(secrets)
    for name in secrets:
        place = schema.names.index(name)
        found["inference", name] = _inferred(schema[name], few, rows, where, squares, owner == place, len(secrets))
    return {key: risk for key, risk in found.items() if risk is not None}


Predicate = tuple[tuple[int, str, float], ...]
"""A conjunction of (place of a column, operator, value)."""


def _coded(frames: list[pl.DataFrame], schema: Schema) -> list[NDArray[np.float64]]:
    """Frames as numbers, rows x columns: categories by their rank among all frames, NaN where a value is missing."""
    import numpy as np

    together = pl.concat([frame.select(schema.names) for frame in frames], how="vertical_relaxed")
    columns = [
        (together[c.name].rank("dense") if c.is_discrete else together[c.name].to_physical()).cast(pl.Float64)
        for c in schema.columns
    ]
    whole = np.stack([values.fill_null(float("nan")).to_numpy() for values in columns], axis=1)
    return np.split(whole, np.cumsum([frame.height for frame in frames])[:-1])


def _univariate(rows: NDArray[np.float64], schema: Schema, seed: int) -> list[Predicate]:
    """Values that one synthetic row alone has, and the ends of numbers."""
    import numpy as np

    found: list[Predicate] = []
    for place, column in enumerate(schema.columns):
        values, counts = np.unique(rows[:, place], return_counts=True)  # NaN are one value here
        found += [((place, "==", float(value)),) for value in values[counts == 1]]
        present = values[~np.isnan(values)]
        if not column.is_discrete and len(present):
            found += [((place, "<=", float(present[0])),), ((place, ">=", float(present[-1])),)]
    order = np.random.default_rng(seed).permutation(len(found))[:MOST_PREDICATES]
    return [found[i] for i in order]


def _multivariate(rows: NDArray[np.float64], schema: Schema, seed: int) -> list[Predicate]:
    """Some columns of a synthetic row: its categories, and the side of the median on which its numbers lie."""
    import numpy as np

    rng, discrete = np.random.default_rng(seed), [column.is_discrete for column in schema.columns]
    medians = np.array([np.median(column[~np.isnan(column)]) if (~np.isnan(column)).any() else 0 for column in rows.T])
    found = set()
    for row in rows[rng.integers(0, len(rows), MOST_PREDICATES)]:
        chosen = np.sort(rng.permutation(len(discrete))[:PREDICATE_COLUMNS])
        operators = ["==" if discrete[i] or np.isnan(row[i]) else ">=" if row[i] > medians[i] else "<=" for i in chosen]
        found.add(tuple((int(i), operator, float(row[i])) for i, operator in zip(chosen, operators, strict=True)))
    return sorted(found, key=repr)


def _singled_out(predicates: list[Predicate], inside: NDArray[np.float64], outside: NDArray[np.float64]) -> Risk | None:
    """How many predicates hold for exactly one person."""
    if not predicates:
        return None
    hits, control = (sum(_holds(predicate, side) == 1 for predicate in predicates) for side in (inside, outside))
    return _risk(hits, control, len(predicates))


def _holds(predicate: Predicate, people: NDArray[np.float64]) -> int:
    """For how many people a predicate holds."""
    import numpy as np

    held = np.ones(len(people), dtype=bool)
    for place, operator, value in predicate:
        values = people[:, place]
        if np.isnan(value):
            held &= np.isnan(values)
        else:
            held &= values == value if operator == "==" else values >= value if operator == ">=" else values <= value
    return int(held.sum())


def _square(targets: Square, rows: Square) -> Square:
    """Squared distances, targets x rows."""
    square: Square = targets @ (-2 * rows.T)
    square += (rows**2).sum(1)
    square += (targets**2).sum(1)[:, None]
    return square


def _linked(where: list[Square], owner: NDArray[np.int64], seed: int) -> Risk | None:
    """Two halves of a person's columns, held by two parties, lead to the same synthetic row."""
    import numpy as np

    columns = int(owner.max()) + 1
    if columns < 2:
        return None
    half = np.isin(owner, np.random.default_rng(seed).permutation(columns)[: columns // 2])
    counts = []
    for side in where[:2]:
        near = [_nearest_rows(_square(side[:, axes], where[2][:, axes])) for axes in (half, ~half)]
        counts.append(int((near[0][:, :, None] == near[1][:, None, :]).any(axis=(1, 2)).sum()))
    return _risk(counts[0], counts[1], len(where[0]))


def _nearest_rows(square: Square) -> NDArray[np.int64]:
    import numpy as np

    most = min(NEIGHBOURS, square.shape[1] - 1)
    return np.argpartition(square, most, axis=1)[:, :most].astype(np.int64)


def _inferred(
    secret: Column,
    people: list[pl.DataFrame],
    rows: pl.DataFrame,
    where: list[Square],
    squares: list[Square],
    axes: NDArray[np.bool_],
    secrets: int,
) -> Risk | None:
    """The secret of the synthetic row that is nearest on all other columns is the person's own."""
    counts = []
    for side, place, square in zip(people, where, squares, strict=False):
        others = square - _square(place[:, axes], where[2][:, axes])
        guess, truth = rows[secret.name][others.argmin(axis=1)], side[secret.name]
        if secret.is_discrete:
            right = guess.eq_missing(truth)
        else:
            gap = (guess.to_physical() - truth.to_physical()).abs()
            right = (gap <= NEAR * truth.to_physical().abs()).fill_null(value=False)
        counts.append(int(right.sum()))
    return _risk(counts[0], counts[1], len(squares[0]), secrets)
