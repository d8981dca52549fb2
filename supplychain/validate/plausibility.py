"""Plausibility evidence: values, combinations and places where no real row is, beside what unseen real rows show.

Rules over a row are judged row by row, and no accepted row breaks one; this is about what nobody wrote a rule for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from supplychain.measures.bins import Table, crossings
from supplychain.measures.copies import excess, wilson
from supplychain.measures.density import FAR, distances, far_share
from supplychain.measures.support import unseen
from supplychain.validate.effect import LEAST_PEOPLE, slices_of
from supplychain.validate.power import least_excess
from supplychain.validate.privacy.encoding import points

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.ledger import Evidence
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
    """Some rows, and of each whether it holds what no real row has, or stands where few real ones are."""

    rows: pl.DataFrame
    unseen: NDArray[np.bool_]
    near: pl.DataFrame
    distance: NDArray[np.float64]


def plausibility(subject: Subject) -> Iterator[Evidence]:
    """Support, density and novelty of accepted rows, overall and per slice; the reference is `gold`."""
    subject.chain.progress("looking for combinations that no real row has")
    made, gold = _sides(subject)
    seed = subject.seed("plausibility")
    for slice_ in slices_of(subject.chain.product.all_slices, subject.plan):
        inside, theirs = slice_.mask(made.rows).to_numpy(), slice_.mask(gold.rows).to_numpy()
        if min(inside.sum(), theirs.sum()) >= LEAST_PEOPLE:
            yield from _support(subject, made.unseen[inside], gold.unseen[theirs], slice_.name)
        near, control = slice_.mask(made.near).to_numpy(), slice_.mask(gold.near).to_numpy()
        if min(near.sum(), control.sum()) >= LEAST_PEOPLE:
            far = far_share(made.distance[near], gold.distance[control], seed=seed)
            yield subject.row("density.far", far[0], far[1:], FAR, int(near.sum()), slice_.name)
    yield from _novelty(subject, made, gold)
    sizes = len(made.distance), len(gold.distance)
    yield subject.row("plausibility.detectable", least_excess(FAR, *sizes), (None, None), None, sizes[1], "density.far")


def _sides(subject: Subject) -> tuple[_Side, _Side]:
    """The accepted rows and the gold ones, held against train."""
    seed, schema = subject.seed("plausibility"), subject.schema
    tables = dict(zip(("real", "accepted", "gold"), subject.named("real", "accepted", "gold"), strict=True))
    drawn = {name: _drawn(frame, ROWS, seed).select(schema.names) for name, frame in tables.items()}
    crossed = crossings(len(schema.names), min(2, len(schema.names)), PAIRS, seed=seed)
    alone = unseen(Table.of(drawn, schema, drawn["real"]), "real", ("accepted", "gold"), crossed)
    few = {name: _drawn(frame, NEIGHBOURS if name == "real" else SOUGHT, seed) for name, frame in drawn.items()}
    placed, _ = points(list(few.values()), schema, (0,))
    far = {name: distances(rows, placed[0]) for name, rows in zip(few, placed, strict=True) if name != "real"}
    sides = [_Side(drawn[name], alone[name], few[name], far[name]) for name in ("accepted", "gold")]
    return sides[0], sides[1]


def _drawn(frame: pl.DataFrame, most: int, seed: int) -> pl.DataFrame:
    return frame.sample(min(most, frame.height), seed=seed)


def _support(subject: Subject, made: NDArray[np.bool_], gold: NDArray[np.bool_], scope: str) -> Iterator[Evidence]:
    """The share of rows with a value, or a pair of values, that no train row has; and how much more than in gold."""
    counts = (int(made.sum()), len(made)), (int(gold.sum()), len(gold))
    yield from _beside("support.unseen", "support.excess", subject, counts, scope)


def _novelty(subject: Subject, made: _Side, gold: _Side) -> Iterator[Evidence]:
    """The share of rows that are nobody's and still plausible: equal to no real row, and within the support."""
    others = {"made": ("real", "tune", "gold"), "gold": ("real", "tune")}
    counts = []
    for name, side in (("made", made), ("gold", gold)):
        real = pl.concat([frame.select(side.rows.columns) for frame in subject.named(*others[name])]).unique()
        found = side.rows.with_row_index("_at").join(real, on=side.rows.columns, how="anti", nulls_equal=True)
        counts.append((int((~side.unseen[found["_at"].to_numpy()]).sum()), side.rows.height))
    yield from _beside("novelty.plausible", "novelty.excess", subject, (counts[0], counts[1]), "all")


def _beside(
    metric: str, beyond: str, subject: Subject, counts: tuple[tuple[int, int], tuple[int, int]], scope: str
) -> Iterator[Evidence]:
    """A share beside gold's, and by how much it is greater; for all rows also the least excess that shows."""
    (count, n), (control, control_n) = counts
    reference = control / max(control_n, 1)
    yield subject.row(metric, count / max(n, 1), wilson(count, n), reference, n, scope)
    value, low, high = excess(count, n, control, control_n)
    yield subject.row(beyond, value, (low, high), 0.0, n, scope)
    if scope == "all":
        least = least_excess((control + 1) / (control_n + 2), n, control_n)
        yield subject.row("plausibility.detectable", least, (None, None), None, control_n, beyond)
