"""Row rules judged without Great Expectations, where it would say the same of every row.

Great Expectations is the judge; this is the same verdict sooner. It is taken for the rules alone whose answer is known
to be the same, row by row, as a property test shows: all others, and all that is not plain, are left to the judge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.gates.judgement import Verdict, in_rows, of_two
from supplychain.gates.rule import SQL_RULE
from supplychain.gates.sql import reads_one_row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from supplychain.gates.rule import Rule, Suite

_COLUMN = "expect_column_values_to_"
_ARGUMENTS = {
    SQL_RULE: {"rule", "column_list", "mostly"},
    _COLUMN + "not_be_null": {"column", "mostly"},
    _COLUMN + "be_null": {"column", "mostly"},
    _COLUMN + "be_between": {"column", "min_value", "max_value", "strict_min", "strict_max", "mostly"},
    _COLUMN + "be_in_set": {"column", "value_set", "mostly"},
    _COLUMN + "not_be_in_set": {"column", "value_set", "mostly"},
}
"""The types of rule that are judged here, and the arguments that are understood; with another one they are not."""
EXACT = 2**53
"""From here on, whole numbers that stand beside missing ones are rounded on their way to the judge."""

Found = tuple[Verdict, tuple[int, ...]]
"""A rule's verdict, and the positions of the rows that broke it."""


def judge_natively(frame: pl.DataFrame, suite: Suite) -> dict[str, Found]:
    """The verdicts that need no Great Expectations, by rule id; rules that are not there are for the judge.

    Args:
        frame: The rows.
        suite: The rules.
    """
    plain = frame.with_columns(pl.col(pl.Float64).fill_nan(None))  # to the judge what is no number is missing
    broken = {rule.id: expression for rule in suite.rules if (expression := _broken(rule, plain)) is not None}
    try:
        answers = plain.select(**broken) if broken else pl.DataFrame()
    except pl.exceptions.PolarsError:
        return {}  # a rule that fails on some row: the judge says so, and of which
    rules = {rule.id: rule for rule in suite.rules if rule.id in broken}
    return {name: _found(rule, plain, answers[name]) for name, rule in rules.items()}


def _found(rule: Rule, frame: pl.DataFrame, broken: pl.Series) -> Found:
    positions, rows = broken.arg_true(), frame.height
    counts_all = rule.type == SQL_RULE or rule.type.endswith("be_null")
    considered = rows if counts_all else rows - frame[rule.kwargs["column"]].null_count()
    failed = len(positions)
    held = considered == 0 or (considered - failed) / considered >= rule.kwargs.get("mostly", 1)
    return Verdict(rule, of_two(held=held), in_rows(failed, rows), failed, rows, considered), tuple(positions)


def _broken(rule: Rule, frame: pl.DataFrame) -> pl.Expr | None:
    """Whether a row breaks the rule; None where the judge might see it in another way."""
    if not rule.kwargs.keys() <= _ARGUMENTS.get(rule.type, set()) or not all(_is_plain(frame, n) for n in rule.columns):
        return None
    if rule.type == SQL_RULE:
        return _sql(rule.kwargs["rule"], frame)
    column = pl.col(rule.kwargs["column"])
    if rule.type.endswith("_be_null"):
        return column.is_null() if "not_be_null" in rule.type else column.is_not_null()
    if rule.type == _COLUMN + "be_between":
        return _beyond(rule.kwargs, frame.schema)
    return _outside(rule.kwargs, frame.schema, negated="not_be" in rule.type)


def _is_plain(frame: pl.DataFrame, name: str) -> bool:
    """Whether the judge sees the column's values as they are."""
    dtype = frame.schema.get(name)
    if dtype in (pl.String, pl.Boolean, pl.Float64):
        return True
    if dtype is None or not dtype.is_integer():
        return False
    values = frame[name]
    return not values.null_count() or not (values.cast(pl.Float64).abs() >= EXACT).any()


def _sql(text: str, frame: pl.DataFrame) -> pl.Expr | None:
    if not reads_one_row(text):
        return None
    kept = pl.sql_expr(text)
    try:
        answer = frame.clear().select(kept).to_series()
    except pl.exceptions.PolarsError:
        return None
    return ~kept.fill_null(value=True) if answer.dtype == pl.Boolean else None


def _beyond(kwargs: Mapping[str, Any], schema: pl.Schema) -> pl.Expr | None:
    column, low, high = pl.col(kwargs["column"]), kwargs.get("min_value"), kwargs.get("max_value")
    limits = [limit for limit in (low, high) if limit is not None]
    if not schema[kwargs["column"]].is_numeric() or not limits or not all(_is_number(limit) for limit in limits):
        return None
    kept = []
    if low is not None:
        kept.append(column > low if kwargs.get("strict_min") else column >= low)
    if high is not None:
        kept.append(column < high if kwargs.get("strict_max") else column <= high)
    return ~pl.all_horizontal(kept).fill_null(value=True)


def _outside(kwargs: Mapping[str, Any], schema: pl.Schema, *, negated: bool) -> pl.Expr | None:
    values, dtype = kwargs["value_set"], schema[kwargs["column"]]
    if not isinstance(values, list) or not values:
        return None
    if dtype == pl.String:
        alike = all(isinstance(value, str) for value in values)
    else:
        alike = dtype.is_numeric() and all(_is_number(v) and (dtype.is_float() or isinstance(v, int)) for v in values)
    if not alike:
        return None
    inside = pl.col(kwargs["column"]).is_in(pl.Series(values, dtype=dtype, strict=False).implode())
    return (inside if negated else ~inside).fill_null(value=False)


def _is_number(value: object) -> bool:
    return isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool) and abs(value) < EXACT)
