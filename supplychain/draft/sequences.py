"""Rules of a drafted `evidence.yaml` about the rows of one person, where people have several."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from supplychain.measures.groups import LEAST_PEOPLE
from supplychain.measures.sequence import BINS, ENTITY, STRONG, Sequences, one_after_another
from supplychain.measures.structure import associations, margin
from supplychain.schema import Schema
from supplychain.seeds import integer, sequence

if TYPE_CHECKING:
    from supplychain.draft.drafting import Draft

Named = tuple[str, str, str, str]
"""A rule's name, gate, arguments and reason."""
ROWS = 20_000
"""Rows, of whole people, that are looked at."""
_COUNT: Named = (
    "people-have-as-many-rows",
    "fidelity",
    "metric: sequence.rows, bound: high, min_value: 0.8",
    "How many rows a person has is surely another thing than among real people.",
)
_TOGETHER: Named = (
    "rows-of-one-person-belong-together",
    "fidelity",
    "metric: sequence.kept, bound: high, min_value: 0.5",
    "Of what a row says of the next one of its person, half is surely lost.",
)
_ORDER: Named = (
    "time-goes-on-within-a-person",
    "fidelity",
    'metric: sequence.order, scope: "*", bound: high, min_value: 0.8',
    "Rows of one person are surely in another order of time than those of real people.",
)


@dataclass(frozen=True)
class Told:
    """What the rows of single people tell, in one window.

    Attributes:
        people: People with several rows.
        rows: All rows that these were counted in.
        lasting: Whether a row surely says something of the next one of its person.
    """

    people: int
    rows: int
    lasting: bool


NOTHING = Told(0, 0, lasting=False)


def told(rows: pl.DataFrame, names: list[str]) -> Told:
    """What rows with `_entity` tell of people: measured as evidence is, by the columns that a product keeps."""
    people = rows.group_by(ENTITY).len().filter(pl.col("len") > 1).height
    if not people:
        return Told(0, rows.height, lasting=False)
    schema = Schema.of(rows.select(names))
    times = [column.name for column in schema.columns if column.kind in ("date", "datetime")]
    kept = schema.names
    seed = integer(sequence("", "", purpose="draft sequences"))
    real = Sequences.of(rows, kept, by=times[0] if times else None, most=ROWS, seed=seed)
    beside = one_after_another({"real": real}, schema, "real", BINS)
    draws = associations(beside, ("real",), [(place, len(kept) + place) for place in range(len(kept))])["real"]
    lasting = any(column[0] - margin(column) >= STRONG for column in draws.T)
    return Told(people, rows.height, lasting)


def told_by(draft: Draft) -> Told:
    """What the table's sample tells, where people have several rows."""
    if draft.entity is None or draft.entity.rows != "many":
        return NOTHING
    people = draft.table.sample[draft.entity.column].cast(pl.String).alias(ENTITY)
    return replace(told(draft.frame.with_columns(people), draft.frame.columns), rows=draft.table.rows)


def about_sequences(known: Told, asked: int, gold: float, *, dated: bool) -> tuple[Named, ...]:
    """The rules on what will be measured.

    Gold, were it a third smaller than expected, and the accepted rows have to hold people enough with several rows;
    how rows of one person belong together is measured where they surely do.

    Args:
        known: What is known of people's rows.
        asked: Synthetic rows that the product asks for.
        gold: The share of role gold.
        dated: Whether there is a column of dates.
    """
    if known.people * min(gold * 2 / 3, asked / max(known.rows, 1)) < LEAST_PEOPLE:
        return ()
    return (_COUNT, *([_TOGETHER] if known.lasting else []), *([_ORDER] if dated else []))
