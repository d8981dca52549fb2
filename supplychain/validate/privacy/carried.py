"""What was carried over from people as it was: whole rows, nearly whole rows, rare values, ends of columns.

Chance makes copies too, the more the coarser the columns. So each is counted for people whom the generator saw and
for people whom it did not, and only what the first have in excess is held against a batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from supplychain.validate.privacy.encoding import tokens
from supplychain.validate.privacy.sample import ENTITY, draw_people, draw_rows

if TYPE_CHECKING:
    from supplychain.schema import Column, Schema

NEARLY = 0.85
"""The share of a person's information that a near copy has too: part of what is measured, not a limit on it."""
MOST_PEOPLE = 4_000
"""People of each side for whom near copies are looked for."""
MOST_ROWS = 10_000
"""Synthetic rows that are looked through for near copies."""


@dataclass(frozen=True)
class Copied:
    """Unique people whom the batch has.

    Attributes:
        members: Unique people that the generator saw.
        hits: Those of them that a synthetic row equals, or nearly equals.
        others: Unique people that it never saw.
        chance: Those of them that a synthetic row equals, or nearly equals.
        p: One-sided exact test (hypergeometric) of an excess among members.
    """

    members: int
    hits: int
    others: int
    chance: int
    p: float


def exact_copies(made: pl.DataFrame, members: pl.DataFrame, others: pl.DataFrame, schema: Schema) -> Copied:
    """People with a row that nobody else has, and those of whom a synthetic row is the exact copy; of all people."""
    both = [frame.with_row_index(ENTITY) if ENTITY not in frame.columns else frame for frame in (members, others)]
    sides = [frame.select(pl.col(ENTITY).cast(pl.String), *schema.names) for frame in both]
    unique = _unique(sides[0], sides[1], schema.names)
    rows = made.select(schema.names).unique().with_columns(_hit=True)
    found = unique.join(rows, on=schema.names, how="left", nulls_equal=True)
    people = found.group_by("_member", ENTITY).agg(pl.col("_hit").any())
    return _tested(people["_member"], people["_hit"].fill_null(value=False))


def near_copies(made: pl.DataFrame, members: pl.DataFrame, others: pl.DataFrame, schema: Schema, seed: int) -> Copied:
    """Unique people of whose information a synthetic row has 85% or more, of up to 4,000 people of each side."""
    import numpy as np

    sides = [
        draw_people(frame, schema.names, MOST_PEOPLE, seed + side).first for side, frame in enumerate((members, others))
    ]
    unique = _unique(sides[0], sides[1], schema.names)
    rows = tokens([unique, draw_rows(made, schema.names, MOST_ROWS, seed)], schema, (0,))
    near = rows.matches(0, 1)[0] >= NEARLY * np.maximum(rows.information(0), 1e-9)
    return _tested(unique["_member"], pl.Series(near))


def _unique(members: pl.DataFrame, others: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Rows that stand once among both sides together: which side they are on is chance, if nothing leaks."""
    both = [frame.with_columns(_member=pl.lit(value=side)) for frame, side in ((members, True), (others, False))]
    together = pl.concat(both, how="vertical_relaxed")
    return together.filter(~pl.struct(names).is_duplicated())


def _tested(is_member: pl.Series, hit: pl.Series) -> Copied:
    from scipy.stats import hypergeom

    people, members, all_hits, hits = len(hit), int(is_member.sum()), int(hit.sum()), int((hit & is_member).sum())
    p = float(hypergeom(people, members, all_hits).sf(hits - 1)) if all_hits else 1.0
    return Copied(members, hits, people - members, all_hits - hits, min(p, 1.0))


def fewest_holders(made: pl.DataFrame, members: pl.DataFrame, others: pl.DataFrame, column: Column) -> tuple[int, int]:
    """The fewest people who hold a category that the batch has and that only people whom the generator saw hold.

    Args:
        made: Synthetic rows.
        members: Real rows that the generator was fitted on.
        others: Rows of all real people whom it never saw.
        column: A discrete column.

    Returns:
        The people, all members where there is no such value; and how many such values there are.
    """
    name = column.name
    values = made.select(name).drop_nulls().unique().join(others.select(name).unique(), on=name, how="anti")
    held = members.join(values, on=name, how="semi").group_by(name).agg(_people(members).alias("_people"))
    return (int(held["_people"].min() or 0), held.height) if held.height else (people_in(members), 0)  # type: ignore[arg-type]


def end_holders(made: pl.DataFrame, members: pl.DataFrame, column: Column) -> tuple[int, int]:
    """The fewest people at an end of a number, where the batch ends exactly where they do; all members where not.

    Returns:
        The people, and how many of the two ends are the members' own.
    """
    name = column.name
    counts = []
    for end in (pl.col(name).min(), pl.col(name).max()):
        mine, theirs = members.select(end).item(), made.select(end).item()
        if mine is not None and mine == theirs:
            counts.append(members.filter(pl.col(name) == mine).select(_people(members)).item())
    return (min(counts) if counts else people_in(members)), len(counts)


def _people(frame: pl.DataFrame) -> pl.Expr:
    return pl.col(ENTITY).n_unique() if ENTITY in frame.columns else pl.len()


def people_in(frame: pl.DataFrame) -> int:
    """How many people a table has."""
    return int(frame.select(_people(frame)).item())


def rare_numbers(made: pl.DataFrame, members: pl.DataFrame, others: pl.DataFrame, column: Column, seed: int) -> Copied:
    """Values of a number that one person alone holds, of as many people of each side, and those that the batch has."""
    name = column.name
    most = min(people_in(members), people_in(others), MOST_PEOPLE)
    sides = [draw_people(frame, [name], most, seed + side).first for side, frame in enumerate((members, others))]
    unique = _unique(sides[0].drop_nulls(), sides[1].drop_nulls(), [name])
    return _tested(unique["_member"], unique[name].is_in(made[name].unique().implode()))
