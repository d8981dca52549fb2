"""Coverage evidence: whether what was planned is there, and whether what real people have is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from supplychain.measures.bins import Table, crossings
from supplychain.measures.copies import wilson
from supplychain.measures.support import LEAST_PEOPLE, covered, covered_share
from supplychain.slices import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.ledger import Evidence
    from supplychain.validate.subject import Subject

METRICS = ("rows.of_plan", "cells.covered", "cells.worst", "values.lost", "coverage.detectable")
ROWS = 20_000
"""Rows of each table in which combinations are looked for."""
WAYS = {1: 300, 2: 300, 3: 200}
"""How many columns are crossed, and how many crossings are looked at at most, drawn by chance."""
NAMED = 2
"""The worst crossing is named among those of so many columns."""


def coverage(subject: Subject) -> Iterator[Evidence]:
    """How much of the plan was accepted, and how much of what gold people have the accepted rows have."""
    yield from _plan(subject)
    subject.chain.progress("looking for combinations that real people have and accepted rows lack")
    yield from _cells(subject)
    yield _lost(subject)


def _lost(subject: Subject) -> Evidence:
    """The greatest share of gold rows with a value of some category that no accepted row has.

    Of gold rows in the slices that rows were made for; a share over all values hides one kind of people among many. The
    reference is the same of train.
    """
    real, accepted, gold = subject.named("real", "accepted", "gold")
    asked = gold.filter(pl.Series(subject.as_asked(gold) > 0))
    names = [column.name for column in subject.schema.columns if column.is_discrete]
    made, there = (max((_absent(asked[name], rows[name]) for name in names), default=0) for rows in (accepted, real))
    people = max(asked.height, 1)
    return subject.row("values.lost", made / people, wilson(made, people), there / people, asked.height)


def _absent(people: pl.Series, made: pl.Series) -> int:
    """How many people have the most common value, of those that they have and made rows lack."""
    counts = people.drop_nulls().value_counts()
    missed = counts.filter(~counts[people.name].is_in(made.drop_nulls().unique().implode()))
    return max(missed["count"].to_list(), default=0)


def _plan(subject: Subject) -> Iterator[Evidence]:
    """Overall, and for each slice that rows were planned for beside the general ones."""
    quotas = {name: rows for name, rows in subject.plan.select("slice", "rows").iter_rows() if rows}
    asked = {EVERYTHING: int(subject.accepted.notes["planned"] or 0)}
    for scope, rows in (quotas | asked).items():
        there = subject.scans["accepted"].rows if scope == EVERYTHING else subject.taken.get(scope, 0)
        yield subject.row("rows.of_plan", there / max(rows, 1), wilson(there, max(rows, there)), 1.0, rows, scope)


def _cells(subject: Subject) -> Iterator[Evidence]:
    """The share of combinations of at least five gold people that are there; the reference is train.

    Both have as many rows, so that a long batch does not cover more by its length alone.
    """
    seed, schema = subject.seed("coverage"), subject.schema
    real, accepted, gold = subject.named("real", "accepted", "gold")
    size, people = min(real.height, accepted.height, ROWS), min(gold.height, ROWS)
    sizes = {"real": (real, size), "accepted": (accepted, size), "gold": (gold, people)}
    frames = {name: frame.sample(rows, seed=seed) for name, (frame, rows) in sizes.items()}
    table = Table.of(frames, schema, real)
    for ways, most in WAYS.items():
        if ways > len(schema.names):
            continue
        crossed = crossings(len(schema.names), ways, most, seed=seed)
        counts = covered(table, "gold", ("accepted", "real"), crossed)
        value, low, high = covered_share(counts["accepted"], crossed)
        reference, _, _ = covered_share(counts["real"], crossed)
        yield subject.row("cells.covered", value, (low, high), reference, size, f"{ways}-way")
        if ways == NAMED:
            yield _worst(subject, crossed, counts)
    # A combination of this share of people is in gold often enough, and is missed by chance less than once in 20.
    least = max(LEAST_PEOPLE / max(people, 1), 1 - 0.05 ** (1 / max(size, 1)))
    yield subject.row("coverage.detectable", least, (None, None), None, size, "cells.covered")


def _worst(subject: Subject, crossed: list[tuple[int, ...]], counts: dict[str, NDArray[np.int64]]) -> Evidence:
    """The columns whose combinations are missed most, beyond what train misses."""
    shares = {name: part[:, 0] / part[:, 1].clip(1) for name, part in counts.items()}
    worst = int((shares["accepted"] - shares["real"]).argmin())
    scope = " x ".join(subject.schema.names[place] for place in crossed[worst])
    there, wanted = (int(count) for count in counts["accepted"][worst])
    value, reference = (float(shares[name][worst]) for name in ("accepted", "real"))
    return subject.row("cells.worst", value, wilson(there, wanted), reference, wanted, scope)
