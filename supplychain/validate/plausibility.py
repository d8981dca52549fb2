"""Plausibility evidence: values, combinations and places where no real row is, beside what unseen real rows show.

Rules over a row are judged row by row, and no accepted row breaks one; this is about what nobody wrote a rule for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.measures.bins import Table, crossings, effective
from supplychain.measures.copies import excess, wilson
from supplychain.measures.density import FAR, distances, far_share
from supplychain.measures.groups import LEAST_PEOPLE
from supplychain.measures.support import unseen
from supplychain.slices import EVERYTHING
from supplychain.validate.effect import slices_of
from supplychain.validate.power import least_excess
from supplychain.validate.privacy.encoding import points

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.ledger import Evidence
    from supplychain.slices import Slice
    from supplychain.validate.subject import Subject

METRICS = (
    "support.unseen",
    "support.excess",
    "density.far",
    "novelty.plausible",
    "novelty.excess",
    "plausibility.detectable",
)
ROWS = 20_000
"""Rows of each table whose combinations are looked up."""
PAIRS = 300
NEIGHBOURS = 5_000
"""Real rows among which neighbours are looked for."""
SOUGHT = 2_000
"""Rows of each other table whose neighbours are."""


@dataclass(frozen=True)
class _Side:
    """Some rows, and what was found of each.

    Attributes:
        rows: The rows.
        weights: How much a row counts: slices that were asked for are as common on both sides.
        found: Whether it holds a value, or a pair of values, that no train row has; or its distance from train rows.
    """

    rows: pl.DataFrame
    weights: NDArray[np.float64]
    found: NDArray[Any]

    def within(self, slice_: Slice) -> _Side:
        """The rows in a slice."""
        inside = slice_.mask(self.rows)
        return _Side(self.rows.filter(inside), self.weights[inside.to_numpy()], self.found[inside.to_numpy()])

    def count(self, such: NDArray[np.bool_]) -> tuple[float, float]:
        """How many rows are such, and how many there are; weighted ones as many as tell as much."""
        n = effective(self.weights)
        return n * float(self.weights[such].sum() / self.weights.sum()), n


def plausibility(subject: Subject) -> Iterator[Evidence]:
    """Support, novelty and density of accepted rows; the reference is `gold`."""
    subject.chain.progress("looking for combinations that no real row has")
    made, gold = _looked_up(subject)
    for scope, some, others in _slices(subject, made, gold):
        counts = some.count(some.found), others.count(others.found)
        yield from _beside(subject, "support.unseen", "support.excess", *counts, scope)
    yield from _novelty(subject, made, gold)
    yield from _density(subject)


def _looked_up(subject: Subject) -> tuple[_Side, _Side]:
    """Accepted and gold rows, and whether each holds what no train row has."""
    real, *sides = _drawn(subject, ROWS, ROWS)
    columns = len(subject.schema.names)
    crossed = crossings(columns, min(2, columns), PAIRS, seed=subject.seed("plausibility"))
    frames = {"real": real, "accepted": sides[0], "gold": sides[1]}
    alone = unseen(Table.of(frames, subject.schema, real), "real", ("accepted", "gold"), crossed)
    return _weighted(subject, sides, [alone["accepted"], alone["gold"]])


def _drawn(subject: Subject, most: int, most_others: int) -> list[pl.DataFrame]:
    """Train, accepted and gold rows, at most so many of the first and of the others."""
    frames = [frame.select(subject.schema.names) for frame in subject.named("real", "accepted", "gold")]
    seed = subject.seed("plausibility")
    limits = (most, most_others, most_others)
    return [frame.sample(min(limit, frame.height), seed=seed) for frame, limit in zip(frames, limits, strict=True)]


def _weighted(subject: Subject, sides: list[pl.DataFrame], found: list[NDArray[Any]]) -> tuple[_Side, _Side]:
    import numpy as np

    made, gold = sides
    return _Side(made, np.ones(made.height), found[0]), _Side(gold, subject.as_asked(gold), found[1])


def _slices(subject: Subject, made: _Side, gold: _Side) -> Iterator[tuple[str, _Side, _Side]]:
    """Each slice that has people enough on both sides: its name, and its rows on each side."""
    for slice_ in slices_of(subject.chain.product.all_slices, subject.plan):
        some, others = made.within(slice_), gold.within(slice_)
        if min(some.rows.height, others.rows.height) >= LEAST_PEOPLE and others.weights.any():
            yield slice_.name, some, others


def _novelty(subject: Subject, made: _Side, gold: _Side) -> Iterator[Evidence]:
    """The share of rows that are nobody's and still plausible: equal to no real row, and within the support."""
    counts = []
    for side, others in ((made, ("real", "tune", "gold")), (gold, ("real", "tune"))):
        names = side.rows.columns
        real = pl.concat([frame.select(names) for frame in subject.named(*others)]).unique()
        known = side.rows.join(
            real.with_columns(_known=True), on=names, how="left", nulls_equal=True, maintain_order="left"
        )
        counts.append(side.count(known["_known"].is_null().to_numpy() & ~side.found))
    yield from _beside(subject, "novelty.plausible", "novelty.excess", counts[0], counts[1], EVERYTHING)


def _beside(
    subject: Subject, metric: str, beyond: str, made: tuple[float, float], gold: tuple[float, float], scope: str
) -> Iterator[Evidence]:
    """A share beside gold's, and by how much it is greater; for all rows also the least excess that shows."""
    n, people = round(made[1]), round(gold[1])
    yield subject.row(metric, made[0] / max(n, 1), wilson(*made), gold[0] / max(gold[1], 1), n, scope)
    value, low, high = excess(*made, *gold)
    yield subject.row(beyond, value, (low, high), 0.0, n, scope)
    if scope == EVERYTHING:
        least = least_excess((gold[0] + 1) / (gold[1] + 2), n, people)
        yield subject.row("plausibility.detectable", least, (None, None), None, people, beyond)


def _density(subject: Subject) -> Iterator[Evidence]:
    """The share of rows that lie farther from train rows than 95% of gold rows do, overall and per slice."""
    frames = _drawn(subject, NEIGHBOURS, SOUGHT)
    (train, *others), _ = points(frames, subject.schema, (0,))
    near, control = _weighted(subject, frames[1:], [distances(rows, train) for rows in others])
    seed = subject.seed("density")
    for scope, some, gold in _slices(subject, near, control):
        value, low, high = far_share(some.found, gold.found, gold.weights, seed=seed)
        yield subject.row("density.far", value, (low, high), FAR, some.rows.height, scope)
    people = round(effective(control.weights))
    least = least_excess(FAR, near.rows.height, people)
    yield subject.row("plausibility.detectable", least, (None, None), None, people, "density.far")
