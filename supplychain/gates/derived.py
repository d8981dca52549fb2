"""Rules with one right answer: `bmi = weight / (height * height)` says what `bmi` has to be.

Where exactly one side of an equation is a bare column, and the other side reads other columns, the column is derived.
A row that breaks the rule can then be repaired. Any other rule says that a row is wrong, and not how.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from supplychain.gates.sql import reads_one_row
from supplychain.gates.suite import SQL_RULE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from supplychain.gates.suite import Rule, Suite
    from supplychain.slices import Slice

REPAIRED = "_repaired"
"""The column of a candidate that names the rules by which it was repaired; missing where it was not."""


@dataclass(frozen=True)
class Derivation:
    """A column that a rule derives from others.

    Attributes:
        rule: The rule's id.
        text: The rule.
        column: The derived column.
        reads: The columns that it is derived from.
    """

    rule: str
    text: str
    column: str
    reads: frozenset[str]

    @property
    def value(self) -> pl.Expr:
        """What the column has to be."""
        left, right = _sides(pl.sql_expr(self.text)) or (pl.lit(None), pl.lit(None))
        return right if _is_column(left) else left


def derivations(suite: Suite) -> tuple[Derivation, ...]:
    """The columns that the suite derives, those first that others are derived from.

    A column that two rules derive has no one right answer, nor has one that is derived from itself by way of others:
    these are left out.
    """
    found = [derived for rule in suite.rules if (derived := _derivation(rule))]
    columns = [derived.column for derived in found]
    left = [derived for derived in found if columns.count(derived.column) == 1]
    ordered: list[Derivation] = []
    while ready := [one for one in left if not one.reads & {other.column for other in left}]:
        ordered.extend(ready)
        left = [one for one in left if one not in ready]
    return tuple(ordered)


def repaired(rows: pl.DataFrame, derived: Sequence[Derivation], slice_: Slice) -> pl.DataFrame:
    """The rows, with derived columns computed anew where they break their rule, and `_repaired`.

    A value keeps its column's type: a whole number is only set where the right answer is one. A row stays as it is
    where the answer is missing or not finite, or would take it out of its slice: then the rule refuses it.
    """
    names = pl.Series(REPAIRED, [None], dtype=pl.List(pl.String)).new_from_index(0, rows.height)
    for one in derived:
        value = _answer(rows, one)
        mended = rows.with_columns(value.alias(one.column))
        broken = ~rows.select(pl.sql_expr(one.text).fill_null(value=True).alias("kept")).to_series()
        holds = mended.select(pl.sql_expr(one.text).fill_null(value=False).alias("kept")).to_series()
        chosen = broken & value.is_not_null() & holds & slice_.mask(mended)
        rows = rows.with_columns(pl.when(chosen).then(value).otherwise(pl.col(one.column)).alias(one.column))
        added = pl.lit([one.rule], dtype=pl.List(pl.String))
        so_far = pl.lit(names).fill_null(pl.lit([], dtype=pl.List(pl.String)))
        names = rows.select(
            pl.when(chosen).then(so_far.list.concat(added)).otherwise(names).alias(REPAIRED)
        ).to_series()
    return rows.with_columns(names)


def _answer(rows: pl.DataFrame, derived: Derivation) -> pl.Series:
    """The derived values in their column's type; missing where there is none of that type."""
    dtype = rows.schema[derived.column]
    value = rows.select(derived.value.alias(derived.column)).to_series()
    if not (dtype.is_numeric() and value.dtype.is_numeric()):
        return value if value.dtype == dtype else value.clear().extend_constant(None, rows.height).cast(dtype)
    exact = value.cast(pl.Float64)
    if dtype.is_integer():
        value = value.set(exact != exact.round(), None) if not value.dtype.is_integer() else value
    value = value.set(~exact.is_finite().fill_null(value=True), None)
    return value.cast(dtype, strict=False)


def _derivation(rule: Rule) -> Derivation | None:
    if rule.doubts or rule.type != SQL_RULE or not reads_one_row(rule.kwargs["rule"]):
        return None
    text = str(rule.kwargs["rule"])
    sides = _sides(pl.sql_expr(text))
    if sides is None or _is_column(sides[0]) == _is_column(sides[1]):
        return None
    column, value = sides if _is_column(sides[0]) else (sides[1], sides[0])
    name, reads = column.meta.root_names()[0], frozenset(value.meta.root_names())
    if not reads or name in reads:
        return None
    return Derivation(rule.id, text, name, reads)


def _sides(condition: pl.Expr) -> tuple[pl.Expr, pl.Expr] | None:
    """The two sides of an equation, or None where the condition is something else."""
    below = condition.meta.pop()
    if len(below) != 2:
        return None
    right, left = below
    return (left, right) if (left == right).meta.eq(condition) else None


def _is_column(expression: pl.Expr) -> bool:
    return expression.meta.is_column()
