"""Sequence evidence: the rows of one made-up person, beside those of a real one.

It is measured where people have several rows and the synthesizer draws people: then accepted rows say whose they are.
Rows of one person are in the order of their first column of dates, or else in that of the table.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from supplychain.measures.bins import Table
from supplychain.measures.groups import LEAST_PEOPLE
from supplychain.measures.sequence import BINS, ENTITY, STRONG, Sequences, autocorrelations, one_after_another
from supplychain.measures.structure import associations, kept, margin, similarities
from supplychain.schema import Schema
from supplychain.slices import EVERYTHING
from supplychain.validate.power import least_shift

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.ledger import Evidence
    from supplychain.validate.subject import Subject

METRICS = (
    "sequence.rows",
    "sequence.order",
    "sequence.change",
    "sequence.kept",
    "sequence.autocorrelation_shift",
    "sequence.detectable",
)
ROWS = 20_000
"""Rows of each table at most, of whole people."""
READ = 60_000
"""Accepted rows that are read at most in expectation, of people drawn by chance."""


def sequence(subject: Subject) -> Iterator[Evidence]:
    """How many rows people have, their order, the change from one to the next, and what they have in common."""
    if ENTITY not in subject.scans["accepted"].schema:
        return
    times = [column.name for column in subject.schema.columns if column.kind in ("date", "datetime")]
    frames = _drawn(subject, times[0] if times else None)
    if min(one.people for one in frames.values()) < LEAST_PEOPLE:
        return
    subject.chain.progress("measuring fidelity: the rows of one person")
    yield from _lengths(subject, frames)
    if times:
        as_they_are = _drawn(subject, None)
        order = {name: one.order(times[0]) for name, one in as_they_are.items()}
        yield from _alike(subject, "sequence.order", order, {name: one.parts for name, one in as_they_are.items()})
    changes = {name: one.changes(subject.schema) for name, one in frames.items()}
    yield from _alike(subject, "sequence.change", changes, {name: one.parts for name, one in frames.items()})
    yield from _kept(subject, frames)
    yield from _autocorrelations(subject, frames)


def _drawn(subject: Subject, by: str | None) -> dict[str, Sequences]:
    """People of train, accepted and gold, with their rows in order."""
    seed, names = subject.seed("sequence"), subject.schema.names
    frames = {"real": subject.people["real"], "accepted": _accepted(subject, seed), "gold": subject.people["gold"]}
    return {
        name: Sequences.of(frame, names, by=by, most=ROWS, seed=seed + place)
        for place, (name, frame) in enumerate(frames.items())
    }


def _accepted(subject: Subject, seed: int) -> pl.DataFrame:
    """Accepted rows of people who were asked for as such; where none were, of all: a slice keeps some of their rows.

    Of a long batch people are drawn by a hash, so that those who are read are whole.
    """
    scan = subject.scans["accepted"]
    share = min(READ / max(scan.rows, 1), 1.0)
    names = [*subject.schema.names, ENTITY, "_slice"]
    chosen = pl.col(ENTITY).hash(seed % 2**32) <= int(share * (2**64 - 1))
    rows = pl.concat([piece.filter(chosen) for piece in scan.pieces(names)])
    whole = rows.filter(pl.col("_slice") == EVERYTHING)
    return whole if whole.height else rows


def _lengths(subject: Subject, frames: dict[str, Sequences]) -> Iterator[Evidence]:
    found = {name: one.lengths() for name, one in frames.items()}
    parts = {name: part for name, (_, part) in found.items()}
    yield from _alike(subject, "sequence.rows", {name: rows for name, (rows, _) in found.items()}, parts)


def _alike(
    subject: Subject, metric: str, frames: dict[str, pl.DataFrame], parts: dict[str, NDArray[np.int64]]
) -> Iterator[Evidence]:
    """The similarity of each column to train's: 1 less the total variation distance."""
    names = [name for name in frames["real"].columns if frames["real"][name].null_count() < frames["real"].height]
    frames = {role: frame.select(names) for role, frame in frames.items()}
    if not names:
        return
    table = replace(Table.of(frames, Schema.of(frames["real"]), frames["real"]), parts=parts)
    found = similarities(table, "real", ("accepted", "gold"), [(place,) for place in range(len(names))])
    for place, name in enumerate(table.names):
        draws, control = found["accepted"][:, place], found["gold"][:, place]
        value, half = float(draws[0]), margin(draws)
        ends = max(value - half, 0.0), min(value + half, 1.0)
        yield subject.row(metric, value, ends, float(control[0]), frames["accepted"].height, name)


def _kept(subject: Subject, frames: dict[str, Sequences]) -> Iterator[Evidence]:
    """What is left of train's associations between a row and the one before; 1 is all of it, 0 none."""
    table = one_after_another(frames, subject.schema, "real", BINS)
    k, n = len(subject.schema.names), len(frames["accepted"].now)
    found = associations(table, ("real", "accepted", "gold"), [(place, k + place) for place in range(k)])
    real = found["real"][0]
    scopes = {name: [place] for place, name in enumerate(subject.schema.names) if real[place] >= STRONG}
    if not scopes:
        return
    for scope, places in {EVERYTHING: list(range(k)), **scopes}.items():
        draws, control = (kept(found[name][:, places], real[places]) for name in ("accepted", "gold"))
        value, half = float(draws[0]), margin(draws)
        yield subject.row("sequence.kept", value, (value - half, value + half), float(control[0]), n, scope)
        if scope == EVERYTHING:
            least = least_shift(2**0.5 * margin(control))
            yield subject.row("sequence.detectable", least, (None, None), None, n, "sequence.kept")


def _autocorrelations(subject: Subject, frames: dict[str, Sequences]) -> Iterator[Evidence]:
    """By how much the correlation of a number with the one before differs from train's."""
    import numpy as np

    real, made, gold = (autocorrelations(one, subject.schema) for one in frames.values())
    n = len(frames["accepted"].now)
    for name, theirs in real.items():
        if not all(np.isfinite(one[name]).all() for one in (real, made, gold)):
            continue
        shift, half = abs(made[name][0] - theirs[0]), float(np.hypot(margin(made[name]), margin(theirs)))
        reference = abs(float(gold[name][0] - theirs[0]))
        yield subject.row(
            "sequence.autocorrelation_shift", float(shift), (max(shift - half, 0.0), shift + half), reference, n, name
        )
