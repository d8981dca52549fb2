"""Types are inferred from values, and only where every value agrees."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.errors import BadInput
from supplychain.schema import Schema, typed


def infer(values, missing=(), kinds=None):
    return typed(pl.DataFrame({"x": values}), kinds or {}, missing, where="test")["x"]


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (["1", "2"], pl.Int64),
        (["1", "2.5"], pl.Float64),
        (["007", "013"], pl.String),
        (["a", "b"], pl.String),
        (["2020-01-31", "1899-12-31"], pl.Date),
        (["2020-01-31 10:00:00", "2020-02-01 11:30:00"], pl.Datetime),
        (["1", ""], pl.Int64),
        ([True, False], pl.Int64),
        (["9007199254740993", "1"], pl.Int64),
        (["NO", "YES"], pl.String),
        (["-0.5", "+1e3"], pl.Float64),
    ],
)
def test_text_becomes_what_it_is(values, dtype):
    assert infer(values).dtype == dtype


def test_whole_numbers_beyond_doubles_survive():
    assert infer(["9007199254740993"])[0] == 9007199254740993


def test_missing_markers_become_null():
    assert infer(["1", "?", "N", ""], missing=("?", "N")).to_list() == [1, None, None, None]


def test_a_declared_kind_wins():
    assert infer(["1", "2"], kinds={"x": "category"}).to_list() == ["1", "2"]


@pytest.mark.parametrize(
    ("values", "kinds", "word"),
    [
        (["1", "2", "3", "many"], {}, "mixed types"),
        (["a"], {"x": "number"}, "no number"),
        (["1.5"], {"x": "integer"}, "no integer"),
        (["2"], {"x": "flag"}, "no flag"),
        ([1.0, float("inf")], {}, "infinite"),
        ([1.0, float("nan")], {}, "NaN"),
        (["1.0", "inf"], {}, "infinite"),
    ],
)
def test_what_does_not_fit_is_said_with_row_and_remedy(values, kinds, word):
    with pytest.raises(BadInput) as refused:
        infer(values, kinds=kinds)
    assert word in str(refused.value)
    assert "column x" in str(refused.value)


def test_nan_is_missing_where_the_product_says_so():
    assert infer([1.0, float("nan")], missing=("NaN",)).to_list() == [1.0, None]


def test_a_mostly_textual_column_may_hold_numbers():
    assert infer(["250.83", "V57", "E888", "A"]).dtype == pl.String


@given(st.lists(st.one_of(st.none(), st.integers(-(2**62), 2**62)), min_size=1))
def test_integers_survive_a_trip_through_text(values):
    text = [None if value is None else str(value) for value in values]
    frame = pl.DataFrame({"x": text}, schema={"x": pl.String})
    found = typed(frame, {}, (), where="test")["x"]
    assert found.cast(pl.Int64).to_list() == values


def test_a_schema_tells_kinds_ranges_and_categories():
    schema = Schema.of(
        pl.DataFrame(
            {
                "n": [1.5, None],
                "k": [3, 9],
                "f": [0, 1],
                "c": ["b", "a"],
                "d": [date(2020, 1, 1)] * 2,
                "_own": [1, 2],
            }
        )
    )
    assert [(column.name, column.kind) for column in schema.columns] == [
        ("n", "number"), ("k", "integer"), ("f", "flag"), ("c", "category"), ("d", "date"),
    ]  # fmt: skip
    assert schema["n"].missing == 0.5
    assert (schema["k"].low, schema["k"].high) == (3, 9)
    assert schema["c"].categories == ("a", "b")


def test_conforming_rounds_and_orders():
    schema = Schema.of(pl.DataFrame({"k": [3, 9], "c": ["b", "a"]}))
    made = schema.conform(pl.DataFrame({"c": ["a"], "k": [2.6]}))
    assert made.to_dicts() == [{"k": 3, "c": "a"}]
