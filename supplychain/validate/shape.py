"""Shape evidence: tails, point masses, what is missing together and the calendar, each beside unseen real rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from supplychain.measures.bins import Table
from supplychain.measures.shape import calendar, mass_shift, missing_patterns, tail_shift
from supplychain.measures.structure import margin, similarities
from supplychain.schema import Schema
from supplychain.validate.power import least_excess, least_shift

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supplychain.ledger import Evidence
    from supplychain.validate.subject import Subject

METRICS = ("tail.shift", "mass.shift", "missing.similarity", "calendar.similarity", "shape.detectable")
ROWS = 20_000
"""Rows of each table at most."""


def shape(subject: Subject) -> Iterator[Evidence]:
    """The ends and the commonest values of every number; patterns of missing values, and dates, where there are."""
    real, accepted, gold = (
        frame.select(subject.schema.names).sample(min(frame.height, ROWS), seed=subject.seed("shape"), shuffle=True)
        for frame in subject.named("real", "accepted", "gold")
    )
    yield from _numbers(subject, real, accepted, gold)
    frames = [real, *_even(accepted, gold)]
    yield from _alike(subject, "missing.similarity", missing_patterns(frames))
    yield from _alike(subject, "calendar.similarity", calendar(frames, subject.schema))


def _even(accepted: pl.DataFrame, gold: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    size = min(accepted.height, gold.height)
    return accepted.head(size), gold.head(size)


def _numbers(subject: Subject, real: pl.DataFrame, accepted: pl.DataFrame, gold: pl.DataFrame) -> Iterator[Evidence]:
    columns = [column for column in subject.schema.columns if not column.is_discrete]
    for column in columns:
        value, low, high = tail_shift(real, accepted, column)
        reference, _, _ = tail_shift(real, gold, column)
        yield subject.row("tail.shift", value, (low, high), reference, accepted.height, column.name)
        masses, control = mass_shift(real, accepted, column), mass_shift(real, gold, column)
        if masses and control:
            yield subject.row("mass.shift", masses[0], masses[1:], control[0], accepted.height, column.name)
    if columns:
        least = least_excess(0.01, accepted.height, real.height)
        yield subject.row("shape.detectable", least, (None, None), None, accepted.height, "tail.shift")


def _alike(subject: Subject, metric: str, frames: list[pl.DataFrame] | None) -> Iterator[Evidence]:
    """The similarity of every column of texts, the first frame's held against the others'."""
    if frames is None:
        return
    schema = Schema.of(frames[0])
    table = Table.of(dict(zip(("real", "accepted", "gold"), frames, strict=True)), schema, frames[0])
    found = similarities(table, "real", ("accepted", "gold"), [(place,) for place in range(len(table.names))])
    for place, name in enumerate(table.names):
        draws, control = found["accepted"][:, place], found["gold"][:, place]
        value, half = float(draws[0]), margin(draws)
        limits = max(value - half, 0.0), min(value + half, 1.0)
        scope = "all" if metric == "missing.similarity" else name
        yield subject.row(metric, value, limits, float(control[0]), frames[1].height, scope)
        least = least_shift((2**0.5) * margin(control))
        yield subject.row("shape.detectable", least, (None, None), None, frames[1].height, f"{metric} {scope}")
