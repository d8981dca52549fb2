"""Types are inferred from values, and only where every value agrees."""

from __future__ import annotations

from datetime import date, datetime

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


@pytest.mark.parametrize("kind", [None, "datetime"])
@pytest.mark.parametrize(
    "values",
    [
        ["2020-01-01T01:30:00+02:00", "2019-12-31T18:30:00-05:00"],
        ["2020-01-01T01:30:00.000000+02:00", "2019-12-31T23:30:00.000000Z"],
        ["2020-01-01 01:30:00 +0200", "2019-12-31 18:30:00 -0500"],
        ["2019-12-31T23:30:00Z", "2019-12-31T23:30:00Z"],
    ],
)
def test_times_of_several_zones_are_brought_to_utc(values, kind):
    made = infer([*values, None], kinds={"x": kind} if kind else {})
    assert made.dtype == pl.Datetime("us")
    assert made.to_list() == [datetime(2019, 12, 31, 23, 30), datetime(2019, 12, 31, 23, 30), None]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York"])
def test_times_of_a_parquet_file_lose_their_zone_and_not_their_moment(zone):
    moments = pl.Series([datetime(1890, 7, 1, 12), datetime(2020, 7, 1, 12), None]).dt.replace_time_zone("UTC")
    assert infer(moments.dt.convert_time_zone(zone)).equals(moments.dt.replace_time_zone(None).alias("x"))


def test_half_of_the_times_with_a_zone_are_refused():
    with pytest.raises(BadInput) as refused:
        infer(["2020-01-01T01:30:00", "2020-01-01T01:30:00Z", "2020-01-01 00:00", None])
    assert str(refused.value) == (
        "test: column x: has times with a zone, such as '2020-01-01T01:30:00Z', and 2 without one, such as "
        "'2020-01-01T01:30:00'; give all of them a zone, or none, or declare columns.x.kind: category"
    )
    assert infer(["2020-01-01T01:30:00", "2020-01-01T01:30:00Z"], kinds={"x": "category"}).dtype == pl.String


@pytest.mark.parametrize(
    ("values", "kind", "made"),
    [
        (["2020-02-29", None], "date", [date(2020, 2, 29), None]),
        (["0999-01-01"], "date", [date(999, 1, 1)]),
        (["2020-02-29"], "datetime", [datetime(2020, 2, 29)]),
        (["2020-02-29 10:30:00"], "datetime", [datetime(2020, 2, 29, 10, 30)]),
    ],
)
def test_texts_declared_as_dates_are_dates(values, kind, made):
    assert infer(values, kinds={"x": kind}).to_list() == made


def test_numbers_in_a_column_of_dates_count_days_and_in_one_of_times_microseconds():
    frame = pl.DataFrame({"day": [date(1850, 5, 1)], "time": [datetime(1850, 5, 1, 1)], "n": [2**62]})
    numbers = frame.select(pl.all().to_physical().cast(pl.Float64))
    assert Schema.of(frame).conform(numbers).equals(frame)
    assert Schema.of(frame).conform(numbers.with_columns(n=pl.lit(1e300)))["n"][0] == 2**63 - 2**10


@pytest.mark.parametrize(
    ("values", "kinds", "word"),
    [
        (["1", "2", "3", "many"], {}, "mixed types"),
        (["a"], {"x": "number"}, "no number"),
        (["1.5"], {"x": "integer"}, "no integer"),
        (["2"], {"x": "flag"}, "no flag"),
        (["2020-02-30"], {"x": "date"}, "no date (such as '2020-02-30' in row 1)"),
        (["2020-02-28", "soon"], {"x": "date"}, "no date (such as 'soon' in row 2)"),
        (["1.1.2020"], {"x": "datetime"}, "no datetime"),
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
