"""Row rules as SQL conditions: which rows Great Expectations would keep, told fast, and told to synthesizers.

They decide nothing: a synthesizer's next round is sized by them, and the verdict is Great Expectations' own. Both say
the same, row by row: a test holds them against one another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from supplychain.gates.pieces import is_row_wise
from supplychain.gates.sql import reads_one_row
from supplychain.gates.suite import SQL_RULE

if TYPE_CHECKING:
    from supplychain.gates.suite import Rule, Suite


def kept_rows(frame: pl.DataFrame, suite: Suite) -> pl.Series:
    """One boolean a row: whether it breaks none of the suite's row rules; types of rule not known here pass."""
    kept = [pl.sql_expr(condition).fill_null(value=True) for condition in row_conditions(suite, frame.schema)]
    if not kept:
        return pl.repeat(True, frame.height, dtype=pl.Boolean, eager=True)
    return frame.select(pl.all_horizontal(kept).alias("kept")).to_series()


def row_conditions(suite: Suite, schema: pl.Schema) -> tuple[str, ...]:
    """The suite's row rules as SQL conditions, in its order; a row on which one is unknown breaks none.

    Left out are rules that only doubt rows, types of rule not known here, and comparisons with a value of another type.

    Example:
        A rule that `age` lies between 65 and 100 is `"age" >= 65 AND "age" <= 100`.
    """
    conditions = (_condition(rule, schema) for rule in suite.rules if not rule.doubts)
    return tuple(condition for condition in conditions if condition)


def unread(suite: Suite, schema: pl.Schema) -> Suite:
    """The suite's rules on single rows that only Great Expectations can read."""
    return suite.with_rules(
        rule
        for rule in suite.rules
        if not rule.doubts and is_row_wise(rule, schema) and _condition(rule, schema) is None
    )


def _condition(rule: Rule, schema: pl.Schema) -> str | None:
    if rule.kwargs.keys() & {"row_condition", "ignore_row_if"}:
        return None  # it skips rows by another reading than ours
    if rule.type == SQL_RULE:
        return str(rule.kwargs["rule"]) if reads_one_row(rule.kwargs["rule"]) else None
    if rule.type == "expect_column_values_to_not_be_null":
        return f"{_name(rule)} IS NOT NULL"
    if rule.type == "expect_column_values_to_be_between":
        return _between(rule, schema)
    if rule.type in ("expect_column_values_to_be_in_set", "expect_column_values_to_not_be_in_set"):
        return _in_set(rule, schema, "NOT IN" if "not" in rule.type else "IN")
    return None


def _between(rule: Rule, schema: pl.Schema) -> str | None:
    column, limits = rule.kwargs["column"], {key: rule.kwargs.get(key) for key in ("min_value", "max_value")}
    if not schema[column].is_numeric() or any(isinstance(limit, str) for limit in limits.values()):
        return None
    signs = {
        "min_value": ">" if rule.kwargs.get("strict_min") else ">=",
        "max_value": "<" if rule.kwargs.get("strict_max") else "<=",
    }
    parts = [f"{_name(rule)} {signs[key]} {limit!r}" for key, limit in limits.items() if limit is not None]
    return " AND ".join(parts) or None


def _in_set(rule: Rule, schema: pl.Schema, operator: str) -> str | None:
    column, values = rule.kwargs["column"], list(rule.kwargs["value_set"])
    alike = str if schema[column] == pl.String else int | float if schema[column].is_numeric() else None
    if alike is None or not values or not all(isinstance(value, alike) for value in values):
        return None
    texts = (_quoted(value, "'") if isinstance(value, str) else repr(value) for value in values)
    return f"{_name(rule)} {operator} ({', '.join(texts)})"


def _name(rule: Rule) -> str:
    return _quoted(rule.kwargs["column"], '"')


def _quoted(text: str, quote: str) -> str:
    return f"{quote}{text.replace(quote, 2 * quote)}{quote}"
