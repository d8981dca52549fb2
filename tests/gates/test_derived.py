"""Repair: only where a rule has one right answer, and the row holds to its rules, type and slice afterwards."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.gates import derivations, repaired
from supplychain.gates.suite import SQL_RULE, Rule, Suite
from supplychain.slices import ALL_ROWS, Slice


def suite(*texts):
    made = tuple(Rule(text, SQL_RULE, {"rule": text}, "critical", "", "", 1) for text in texts)
    return Suite("t", "t.yaml", "0", made)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("bmi = weight / (height * height)", "bmi"),
        ("b + c = a", "a"),
        ("a = b", None),  # either might be wrong
        ("a + b = c + d", None),
        ("a = 3", None),  # says nothing of other columns
        ("a = a * b", None),
        ("a <> b + c", None),
        ("a >= b + c", None),
        ("NOT a = b + 1", None),
        ("a = b + c AND a > 0", None),
        ("a = b + c OR a = 0", None),
        ("a = b + AVG(c)", None),
        ("a = CASE WHEN b > 2 THEN 1 ELSE 0 END", "a"),
    ],
)
def test_a_column_is_derived_where_it_stands_alone_on_one_side(text, column):
    assert [one.column for one in derivations(suite(text))] == ([column] if column else [])


def test_two_rules_on_one_column_and_a_circle_have_no_right_answer():
    assert derivations(suite("a = b + c", "a = d * 2")) == ()
    assert derivations(suite("a = b + 1", "b = a - 1")) == ()


def test_columns_come_after_those_that_they_are_derived_from():
    assert [one.column for one in derivations(suite("d = c * 2", "c = b + 1", "b = a * 2"))] == ["b", "c", "d"]
    rows = repaired(
        pl.DataFrame({"a": [1], "b": [0], "c": [0], "d": [0]}),
        derivations(suite("d = c * 2", "c = b + 1", "b = a * 2")),
        ALL_ROWS,
    )
    assert rows.row(0)[:4] == (1, 2, 3, 6)
    assert rows["_repaired"].to_list() == [["b = a * 2", "c = b + 1", "d = c * 2"]]


@given(
    st.lists(
        st.tuples(*(st.none() | st.integers(-5, 5) for _ in range(3)), st.none() | st.floats(-5, 5, width=16)),
        min_size=1,
    )
)
def test_what_was_repaired_holds_and_all_else_is_as_it_was(rows):
    frame = pl.DataFrame(
        rows, schema={"a": pl.Int64, "b": pl.Int64, "half": pl.Int64, "ratio": pl.Float64}, orient="row"
    )
    rules = ("half = a / 2", "ratio = a / b")
    done = repaired(frame, derivations(suite(*rules)), ALL_ROWS)
    assert {name: done.schema[name] for name in frame.columns} == frame.schema
    for before, after in zip(frame.iter_rows(named=True), done.iter_rows(named=True), strict=True):
        a, b, named = before["a"], before["b"], after["_repaired"] or []
        half_is_wrong = a is not None and before["half"] is not None and before["half"] != a / 2
        assert ("half = a / 2" in named) == (half_is_wrong and a % 2 == 0)
        assert after["half"] == (a // 2 if "half = a / 2" in named else before["half"])
        ratio_is_wrong = None not in (a, b, before["ratio"]) and (b == 0 or before["ratio"] != a / b)
        assert ("ratio = a / b" in named) == (ratio_is_wrong and b != 0)
        assert after["ratio"] == (a / b if "ratio = a / b" in named else before["ratio"])
        assert (after["a"], after["b"]) == (a, b)


def test_a_row_is_not_taken_out_of_its_slice():
    rows = pl.DataFrame({"bmi": [35.0, 35.0], "weight": [100.0, 60.0], "height": [1.7, 1.7]})
    done = repaired(rows, derivations(suite("bmi = weight / (height * height)")), Slice("obese", "bmi >= 30"))
    assert done["_repaired"].is_not_null().to_list() == [True, False]
    assert done["bmi"].to_list() == [100.0 / (1.7 * 1.7), 35.0]


def test_text_and_decimals_keep_their_type():
    rows = pl.DataFrame(
        {"code": ["x", "a-b"], "left": ["a", "a"], "right": ["b", "b"], "n": [4, 5], "half": [0.0, 2.5]}
    )
    done = repaired(rows, derivations(suite("code = CONCAT(left, '-', right)", "half = n * 0.5")), ALL_ROWS)
    assert done["code"].to_list() == ["a-b", "a-b"] and done["half"].to_list() == [2.0, 2.5]
    assert done.select(rows.columns).schema == rows.schema
