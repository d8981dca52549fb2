"""A long table that is judged piece by piece gets the verdict, and loses the rows, that it would as a whole."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain import tables
from supplychain.gates import Hearing, judge
from supplychain.gates.pieces import is_row_wise
from supplychain.gates.sql import reads_one_row
from supplychain.gates.suite import SQL_RULE, Rule, Suite
from supplychain.store import Store, StoredTable, parquet_bytes, sha256
from supplychain.tables import TableScan

SCHEMA = {"x": pl.Int64, "y": pl.Int64, "c": pl.String}
ROWS = st.lists(
    st.tuples(st.none() | st.integers(0, 4), st.integers(0, 4), st.sampled_from(["a", "bb", None])),
    min_size=1,
    max_size=60,
)
COLUMN = "expect_column_values_to_"


def rule(id_, kind, **kwargs):
    return Rule(id_, kind, kwargs, "critical", "plausibility", "because", 1)


def rules(mostly):
    """One of each way to be judged: row by row, on text, on a whole column, on the table."""
    return (
        rule("between", COLUMN + "be_between", column="x", min_value=1, mostly=mostly),
        rule("in-set", COLUMN + "be_in_set", column="c", value_set=["a"], mostly=mostly),
        rule("there", COLUMN + "not_be_null", column="x", mostly=mostly),
        rule("regex", COLUMN + "match_regex", column="c", regex="^a", mostly=mostly),
        rule("sql", SQL_RULE, rule="x <= y", column_list=["x", "y"], mostly=mostly),
        rule("pair", "expect_column_pair_values_a_to_be_greater_than_b", column_A="x", column_B="y", mostly=mostly),
        rule("unique", COLUMN + "be_unique", column="y", mostly=mostly),
        rule("below-average", SQL_RULE, rule="y <= 2 * AVG(y)", column_list=["y", "y"], mostly=mostly),
        rule("mean", "expect_column_mean_to_be_between", column="y", min_value=1, max_value=3),
        rule("rows", "expect_table_row_count_to_be_between", min_value=5, max_value=50),
    )


def scanned(frame):
    data, store = parquet_bytes(frame), Store("memory://pieces")
    store.write("t.parquet", data)
    return TableScan(store, StoredTable("t.parquet", sha256(data), frame.height, len(data)))


@settings(max_examples=8)
@given(ROWS, st.sampled_from([0.3, 0.6, 0.9, 1.0]), st.integers(12, 40))
def test_piece_by_piece_the_verdict_of_the_whole(rows, mostly, size):
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    suite = Suite("test", "test.yaml", "0", rules(mostly))
    whole, table = judge(frame, suite), scanned(frame)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "GROUP", size)
        hearing = Hearing(suite, table, frame.columns)
        parts = [hearing.piece(piece).split(piece) for piece in table.pieces()]
    heard = hearing.verdict()
    assert [(v.rule.id, v.passed, v.observed, v.failed_rows) for v in heard.verdicts] == [
        (v.rule.id, v.passed, v.observed, v.failed_rows) for v in whole.verdicts
    ]
    kept, refused = whole.split(frame)
    assert pl.concat([part[0] for part in parts]).equals(kept)
    assert pl.concat([part[1] for part in parts]).equals(refused)


def test_a_rule_that_cannot_be_evaluated_on_one_piece_is_a_critical_failure():
    frame = pl.DataFrame({"x": [1, 2]})
    suite = Suite("t", "t.yaml", "0", (rule("typo", COLUMN + "be_between", column="gone", min_value=0),))
    hearing = Hearing(suite, scanned(frame), ["x"])
    hearing.piece(frame)
    verdict = hearing.verdict()
    assert not verdict.passed and "could not be evaluated" in verdict.verdicts[0].observed


@pytest.mark.parametrize(
    ("sql", "alone"),
    [
        ("a IN (1, 2) AND NOT (b > 3)", True),
        ("abs(a - (b + c)) < 1 OR c IS NULL", True),
        ("\"odd (name\" = 'it (is'", True),
        ("a <= MAX(a)", False),
        ("a <= SUM(b) OVER (PARTITION BY c)", False),
    ],
)
def test_a_condition_that_looks_at_other_rows_is_told(sql, alone):
    assert reads_one_row(sql) is alone
    assert is_row_wise(rule("r", SQL_RULE, rule=sql), pl.Schema(SCHEMA)) is alone


def test_a_pattern_is_row_by_row_on_text_alone():
    """With a missing value beside it, pandas writes the number 1 as 1.0."""
    assert is_row_wise(rule("r", COLUMN + "match_regex", column="c", regex="a"), pl.Schema(SCHEMA))
    assert not is_row_wise(rule("r", COLUMN + "match_regex", column="x", regex="1"), pl.Schema(SCHEMA))
