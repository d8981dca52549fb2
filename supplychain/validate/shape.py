"""Shape evidence: tails, point masses, what is missing together and the calendar, each beside unseen real rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from supplychain.measures.bins import Table, effective
from supplychain.measures.shape import (
    END,
    Numbers,
    calendar,
    category_shift,
    distribution_shift,
    mass_shift,
    missing_patterns,
    tail_shift,
)
from supplychain.measures.structure import margin, similarities
from supplychain.schema import Schema
from supplychain.validate.power import least_excess, least_shift

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from supplychain.ledger import Evidence
    from supplychain.validate.subject import Subject

METRICS = ("column.shift", "tail.shift", "mass.shift", "missing.similarity", "calendar.similarity", "shape.detectable")
ROWS = 20_000
"""Rows of each table at most."""


def shape(subject: Subject) -> Iterator[Evidence]:
    """The ends and the commonest values of every number; patterns of missing values, and dates, where there are."""
    subject.chain.progress("measuring fidelity: tails, common values and what is missing")
    real, accepted, gold = (
        frame.select(subject.schema.names).sample(min(frame.height, ROWS), seed=subject.seed("shape"), shuffle=True)
        for frame in subject.named("real", "accepted", "gold")
    )
    frames = {"real": real, "accepted": accepted, "gold": gold}
    # Real rows count as often as the plan asks for people like them.
    weights = {"real": subject.as_asked(real), "gold": subject.as_asked(gold)}
    yield from _columns(subject, frames, weights)
    yield from _numbers(subject, frames, weights)
    frames["accepted"] = accepted.head(max(round(effective(weights["gold"])), 1))  # as many rows as its reference
    yield from _alike(subject, "missing.similarity", missing_patterns(frames), weights)
    yield from _alike(subject, "calendar.similarity", calendar(frames, subject.schema), weights)


def _columns(
    subject: Subject, frames: dict[str, pl.DataFrame], weights: dict[str, NDArray[np.float64]]
) -> Iterator[Evidence]:
    """By how much the distribution of each column has moved: the share below any value, or of any category."""
    n = frames["accepted"].height
    for column in subject.schema.columns:
        known = frames["real"][column.name].drop_nulls().unique().sort() if column.is_discrete else None
        coded = frames if known is None else {role: _coded(frame, known) for role, frame in frames.items()}
        real, accepted, gold = (Numbers.of(frame, column.name, weights.get(role)) for role, frame in coded.items())
        shift = category_shift if column.is_discrete else distribution_shift
        moved, control = shift(real, accepted), shift(real, gold)
        if moved:
            yield subject.row("column.shift", moved[0], moved[1:], control[0] if control else None, n, column.name)


def _coded(frame: pl.DataFrame, known: pl.Series) -> pl.DataFrame:
    """The categories of a column as numbers: 0 is missing, and what no real row has shares one."""
    import polars as pl

    value, places = pl.col(known.name), pl.int_range(1, len(known) + 1, eager=True)
    code = value.replace_strict(known, places, default=-1, return_dtype=pl.Int64)
    return frame.select(pl.when(value.is_null()).then(0).otherwise(code).alias(known.name))


def _numbers(
    subject: Subject, frames: dict[str, pl.DataFrame], weights: dict[str, NDArray[np.float64]]
) -> Iterator[Evidence]:
    columns = [column.name for column in subject.schema.columns if not column.is_discrete]
    n = frames["accepted"].height
    for name in columns:
        real, accepted, gold = (Numbers.of(frame, name, weights.get(role)) for role, frame in frames.items())
        if not len(real.values):
            continue
        value, low, high = tail_shift(real, accepted)
        reference, _, _ = tail_shift(real, gold)
        yield subject.row("tail.shift", value, (low, high), reference, n, name)
        masses, control = mass_shift(real, accepted), mass_shift(real, gold)
        if masses and control:
            yield subject.row("mass.shift", masses[0], masses[1:], control[0], n, name)
    if columns:
        least = least_excess(END, n, round(effective(weights["real"])))
        yield subject.row("shape.detectable", least, (None, None), None, n, "tail.shift")


def _alike(
    subject: Subject, metric: str, frames: dict[str, pl.DataFrame] | None, weights: dict[str, NDArray[np.float64]]
) -> Iterator[Evidence]:
    """The similarity of every column of texts to the real rows'."""
    if frames is None:
        return
    table = replace(Table.of(frames, Schema.of(frames["real"]), frames["real"]), weights=weights)
    found = similarities(table, "real", ("accepted", "gold"), [(place,) for place in range(len(table.names))])
    n = frames["accepted"].height
    for place, name in enumerate(table.names):
        draws, control = found["accepted"][:, place], found["gold"][:, place]
        value, half = float(draws[0]), margin(draws)
        yield subject.row(metric, value, (max(value - half, 0.0), min(value + half, 1.0)), float(control[0]), n, name)
        least = least_shift(2**0.5 * margin(control))
        yield subject.row("shape.detectable", least, (None, None), None, n, f"{metric} {name}")
