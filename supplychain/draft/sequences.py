"""Rules of a drafted `evidence.yaml` about the rows of one person, where people have several."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from supplychain.measures.groups import LEAST_PEOPLE

if TYPE_CHECKING:
    from supplychain.draft.drafting import Draft

Named = tuple[str, str, str, str]
"""A rule's name, gate, arguments and reason."""
_RULES: tuple[Named, ...] = (
    (
        "people-have-as-many-rows",
        "fidelity",
        "metric: sequence.rows, bound: high, min_value: 0.8",
        "How many rows a person has is surely another thing than among real people.",
    ),
    (
        "rows-of-one-person-belong-together",
        "fidelity",
        "metric: sequence.kept, bound: high, min_value: 0.5",
        "Of what a row says of the next one of its person, half is surely lost.",
    ),
)
_ORDER: Named = (
    "time-goes-on-within-a-person",
    "fidelity",
    'metric: sequence.order, scope: "*", bound: high, min_value: 0.8',
    "Rows of one person are surely in another order of time than those of real people.",
)


def with_several_rows(draft: Draft) -> int:
    """People of the table's sample who have several rows."""
    if draft.entity is None or draft.entity.rows != "many":
        return 0
    return several(draft.table.sample.select(draft.entity.column), [draft.entity.column])


def several(rows: pl.DataFrame, who: list[str]) -> int:
    """How many entities have several of the rows."""
    return rows.group_by(who).len().filter(pl.col("len") > 1).height


def about_sequences(people: int, gold: float, *, dated: bool) -> tuple[Named, ...]:
    """The rules, where gold will have people with several rows enough, were it a third smaller than expected.

    Args:
        people: People with several rows in the table.
        gold: The share of role gold.
        dated: Whether there is a column of dates.
    """
    if people * gold * 2 / 3 < LEAST_PEOPLE:
        return ()
    return (*_RULES, _ORDER) if dated else _RULES
