"""Row rules as polars expressions: which rows Great Expectations would keep, told fast.

It decides nothing: a synthesizer's next round is sized by it, and the verdict is Great Expectations' own. Both say the
same, row by row: a test holds them against one another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from supplychain.gates.suite import SQL_RULE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supplychain.gates.suite import Rule, Suite


def kept_rows(frame: pl.DataFrame, suite: Suite) -> pl.Series:
    """One boolean a row: whether it breaks none of the suite's row rules; types of rule not known here pass."""
    rules = [kept for rule in suite.rules if (kept := _kept(rule, frame.schema)) is not None]
    if not rules:
        return pl.repeat(True, frame.height, dtype=pl.Boolean, eager=True)
    return frame.select(pl.all_horizontal(rules).alias("kept")).to_series()


def _kept(rule: Rule, schema: pl.Schema) -> pl.Expr | None:
    if rule.type == SQL_RULE:
        condition: pl.Expr = pl.sql_expr(rule.kwargs["rule"])
        return condition.fill_null(value=True)
    if rule.type == "expect_column_values_to_not_be_null":
        return pl.col(rule.kwargs["column"]).is_not_null()
    if rule.type == "expect_column_values_to_be_between":
        return _between(rule, schema)
    if rule.type == "expect_column_values_to_be_in_set":
        return _in_set(rule.kwargs["column"], rule.kwargs["value_set"], schema)
    if rule.type == "expect_column_values_to_not_be_in_set":
        inside = _in_set(rule.kwargs["column"], rule.kwargs["value_set"], schema)
        return None if inside is None else ~inside | pl.col(rule.kwargs["column"]).is_null()
    return None


def _between(rule: Rule, schema: pl.Schema) -> pl.Expr | None:
    """Missing values lie between any limits, as Great Expectations has it."""
    column, limits = rule.kwargs["column"], [rule.kwargs.get(key) for key in ("min_value", "max_value")]
    if not schema[column].is_numeric() or any(isinstance(limit, str) for limit in limits):
        return None
    low, high = limits
    value, kept = pl.col(column), pl.lit(value=True)
    if low is not None:
        kept = kept & (value > low if rule.kwargs.get("strict_min") else value >= low)
    if high is not None:
        kept = kept & (value < high if rule.kwargs.get("strict_max") else value <= high)
    return kept.fill_null(value=True)


def _in_set(column: str, values: Iterable[object], schema: pl.Schema) -> pl.Expr | None:
    values = list(values)
    alike = str if schema[column] == pl.String else int | float if schema[column].is_numeric() else None
    if alike is None or not all(isinstance(value, alike) for value in values):
        return None
    return (pl.col(column).is_in(values)).fill_null(value=True)
