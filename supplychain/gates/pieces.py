"""Judge a long table piece by piece, with the verdict that the whole of it would get.

A rule on single rows says the same of a row in whatever piece it comes: the pieces' counts are added up. Any other rule
is judged once, before, on the columns that it names, of all rows.
"""

from __future__ import annotations

import gc
from bisect import bisect_left
from typing import TYPE_CHECKING

import polars as pl

from supplychain.gates.judgement import Judgement, added_up
from supplychain.gates.judging import judge
from supplychain.gates.sql import reads_one_row
from supplychain.gates.suite import SQL_RULE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from supplychain.gates.judgement import Verdict
    from supplychain.gates.suite import Rule, Suite
    from supplychain.tables import TableScan

_COLUMN, _PAIR = "expect_column_values_to_", "expect_column_pair_values_"
ROW_WISE = frozenset(
    {
        *(_COLUMN + what for what in ("be_between", "be_in_set", "not_be_in_set", "be_null", "not_be_null")),
        *(_PAIR + what for what in ("a_to_be_greater_than_b", "to_be_equal", "to_be_in_set")),
        "expect_multicolumn_sum_to_equal",
        "expect_multicolumn_values_to_be_equal",
        "expect_select_column_values_to_be_unique_within_record",
    }
)
"""Types of rule that say yes or no of each row by itself; SQL conditions are looked at one by one."""
ROW_WISE_ON_TEXT = frozenset(
    {
        *(_COLUMN + what for what in ("match_regex", "not_match_regex", "match_regex_list", "not_match_regex_list")),
        *(_COLUMN + what for what in ("match_strftime_format", "be_dateutil_parseable", "be_json_parseable")),
        "expect_column_value_lengths_to_be_between",
        "expect_column_value_lengths_to_equal",
    }
)
"""Likewise, of text alone: a missing value beside it changes how a number is written."""
COLLECT = 8
"""Pieces after which memory is swept: Great Expectations leaves each in cycles that nobody else breaks in time."""
COUNTS_ROWS = frozenset({"expect_table_row_count_to_be_between", "expect_table_row_count_to_equal"})


def is_row_wise(rule: Rule, schema: pl.Schema) -> bool:
    """Whether a rule says the same of a row, whichever other rows are there; no, where that is not known."""
    if rule.type == SQL_RULE:
        return reads_one_row(rule.kwargs["rule"])
    if rule.type in ROW_WISE_ON_TEXT:
        return schema.get(rule.kwargs["column"]) == pl.String
    return rule.type in ROW_WISE


def row_wise(suite: Suite, schema: pl.Schema) -> Suite:
    """The same suite with the rules that say the same of a row, whichever other rows are there."""
    return suite.with_rules(rule for rule in suite.rules if is_row_wise(rule, schema))


class Hearing:
    """A suite and a long table, judged piece by piece.

    Args:
        suite: The rules.
        table: The table.
        columns: Its columns that are judged.
    """

    def __init__(self, suite: Suite, table: TableScan, columns: Sequence[str]) -> None:
        self.suite, self._columns = suite, list(columns)
        self._by_piece = row_wise(suite, table.schema)
        self._whole = _of_the_whole(suite.with_rules(_others(suite, self._by_piece)), table, self._columns)
        self._heard: dict[str, list[Verdict]] = {rule.id: [] for rule in self._by_piece.rules}
        self._rows = self._pieces = 0

    def piece(self, rows: pl.DataFrame) -> Judgement:
        """What is said of the next piece: which of its rows broke which rule."""
        judgement = judge(rows.select(self._columns), self._by_piece)
        for verdict in judgement.verdicts:
            self._heard[verdict.rule.id].append(verdict)
        failing = {**judgement.failing, **self._named_in_the_whole(rows.height)}
        self._rows += rows.height
        self._pieces += 1
        if self._pieces % COLLECT == 0:
            gc.collect()
        return Judgement(self.suite, judgement.verdicts, failing)

    def verdict(self) -> Judgement:
        """What is said of all rows, when every piece was heard."""
        verdicts = {verdict.rule.id: verdict for verdict in self._whole.verdicts}
        verdicts |= {rule: added_up(heard) for rule, heard in self._heard.items() if heard}
        return Judgement(self.suite, tuple(verdicts[rule.id] for rule in self.suite.rules))

    def _named_in_the_whole(self, height: int) -> dict[str, tuple[int, ...]]:
        """The rows of the next piece that a rule on the whole table has named."""
        named = {}
        for rule, positions in self._whole.failing.items():
            low, high = bisect_left(positions, self._rows), bisect_left(positions, self._rows + height)
            if low < high:
                named[rule] = tuple(position - self._rows for position in positions[low:high])
        return named


def _others(suite: Suite, other: Suite) -> list[Rule]:
    """The rules of a suite that another has not."""
    there = {rule.id for rule in other.rules}
    return [rule for rule in suite.rules if rule.id not in there]


def _of_the_whole(suite: Suite, table: TableScan, columns: list[str]) -> Judgement:
    """What is said by rules that need all rows at once, on as few columns as they name."""
    if not suite.rules:
        return Judgement(suite, ())
    if all(rule.type in COUNTS_ROWS for rule in suite.rules):
        return judge(pl.DataFrame(height=table.rows), suite)
    named = {column for rule in suite.rules for column in rule.columns}
    plain = all(
        (rule.columns or rule.type in COUNTS_ROWS) and "row_condition" not in rule.kwargs for rule in suite.rules
    )
    return judge(table.select([name for name in columns if name in named or not plain]), suite)
