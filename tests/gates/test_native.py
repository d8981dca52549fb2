"""Row rules answered without Great Expectations: its very verdicts, row by row, and the very rows that it keeps."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.gates import judge, kept_rows
from supplychain.gates.natively import judge_natively
from supplychain.gates.suite import SQL_RULE, Rule, Suite

ROWS = st.lists(
    st.tuples(
        st.sampled_from([None, -2, 0, 1, 5]),
        st.sampled_from([None, -0.5, 0.0, 2.5, 1e9]),
        st.sampled_from([None, "", "a", "b", "NO", "it's"]),
    ),
    min_size=1,
    max_size=25,
)
COLUMN = "expect_column_values_to_"
RULES = st.one_of(
    st.builds(
        lambda column, limits, strict: (
            COLUMN + "be_between",
            {"column": column, "min_value": limits[0], "max_value": limits[1], "strict_min": strict},
        ),
        st.sampled_from(["whole", "number"]),
        st.sampled_from([(-1, 0), (0, 2.5), (-3, None), (None, 0.5), (0, 0)]),
        st.booleans(),
    ),
    st.builds(
        lambda negated, values: (COLUMN + f"{negated}be_in_set", {"column": "text", "value_set": values}),
        st.sampled_from(["", "not_"]),
        st.lists(st.sampled_from(["a", "b", "NO", "it's"]), min_size=1, unique=True),
    ),
    st.builds(
        lambda negated, values: (COLUMN + f"{negated}be_in_set", {"column": "whole", "value_set": values}),
        st.sampled_from(["", "not_"]),
        st.lists(st.sampled_from([-2, 1, 5]), min_size=1, unique=True),
    ),
    st.builds(
        lambda column: (COLUMN + "not_be_null", {"column": column}), st.sampled_from(["whole", "number", "text"])
    ),
    st.just((SQL_RULE, {"rule": "whole < number OR text = 'a'", "column_list": ["number", "text", "whole"]})),
)


@settings(max_examples=25)
@given(ROWS, st.lists(RULES, min_size=1, max_size=4))
def test_row_by_row_the_same_verdict(rows, rules):
    frame = pl.DataFrame(rows, schema={"whole": pl.Int64, "number": pl.Float64, "text": pl.String}, orient="row")
    made = tuple(
        Rule(f"r{i}", kind, kwargs, "critical", "plausibility", "", i) for i, (kind, kwargs) in enumerate(rules)
    )
    suite = Suite("test", "test.yaml", "0", made)
    refused = {position for positions in judge(frame, suite).failing.values() for position in positions}
    assert kept_rows(frame, suite).to_list() == [i not in refused for i in range(frame.height)]


WIDE = {
    "whole": (pl.Int64, [None, -2, 0, 1, 5, 2**53, 10**15]),
    "small": (pl.UInt8, [None, 0, 1, 200]),
    "number": (pl.Float64, [None, float("nan"), float("inf"), -0.5, 0.0, 1.0, 2.5, 1e9]),
    "half": (pl.Float32, [None, 0.1, 1.0]),
    "text": (pl.String, [None, "", "a", "b", "NO", "it's", "a b"]),
    "flag": (pl.Boolean, [None, True, False]),
    "day": (pl.Date, [None, date(2020, 2, 29), date(1970, 1, 1)]),
}
MORE = st.one_of(
    RULES,
    st.builds(
        lambda column, low, high, strict: (
            COLUMN + "be_between",
            {"column": column, "min_value": low, "max_value": high, "strict_max": strict},
        ),
        st.sampled_from(["whole", "small", "number", "half"]),
        st.sampled_from([None, -1, 0, 0.1, 2.5]),
        st.sampled_from([3, 100, 2.5, 1000]),
        st.booleans(),
    ),
    st.builds(
        lambda negated, column, values: (COLUMN + f"{negated}be_in_set", {"column": column, "value_set": values}),
        st.sampled_from(["", "not_"]),
        st.sampled_from(["whole", "small", "number"]),
        st.lists(st.sampled_from([-2, 0, 1, 5, 1000]), min_size=1, unique=True),
    ),
    st.builds(
        lambda negated, column: (COLUMN + f"{negated}be_null", {"column": column}),
        st.sampled_from(["", "not_"]),
        st.sampled_from(list(WIDE)),
    ),
    st.builds(
        lambda text: (SQL_RULE, {"rule": text, "column_list": sorted({*pl.sql_expr(text).meta.root_names()}) * 2}),
        st.sampled_from(
            [
                "length(text) = 1",
                "starts_with(text, 'a') OR whole > 0",
                "text <= 'b'",
                "concat(text, '!') <> 'a!'",
                "CAST(whole AS VARCHAR) <> '1'",
                "whole % 2 = 1 OR small IS NULL",
                "number / whole < 1",
                "number >= 0",
                "number IS NOT NULL",
                "flag",
                "flag = true OR whole IN (1, 5)",
                "CASE WHEN flag THEN whole ELSE number END < 4",
                "whole <= 3 * avg(whole)",
                "day >= DATE '2000-01-01'",
                "half < 0.5",
            ]
        ),
    ),
)


@settings(max_examples=25)
@given(st.data(), st.integers(1, 12), st.lists(st.tuples(MORE, st.none() | st.floats(0, 1)), min_size=1, max_size=5))
def test_the_verdict_is_that_of_great_expectations(data, rows, rules):
    frame = pl.DataFrame(
        {
            name: pl.Series(data.draw(st.lists(st.sampled_from(values), min_size=rows, max_size=rows)), dtype=kind)
            for name, (kind, values) in WIDE.items()
        }
    )
    made = tuple(
        Rule(f"r{i}", kind, kwargs | ({} if mostly is None else {"mostly": mostly}), "critical", "plausibility", "", i)
        for i, ((kind, kwargs), mostly) in enumerate(rules)
    )
    suite = Suite("test", "test.yaml", "0", made)
    soon, slow = judge(frame, suite), judge(frame, suite, natively=False)
    assert soon.verdicts == slow.verdicts
    assert soon.failing == slow.failing


@pytest.mark.parametrize(
    ("kind", "kwargs", "native"),
    [
        (COLUMN + "be_between", {"column": "whole", "min_value": 0}, True),
        (COLUMN + "be_between", {"column": "day", "min_value": "2020-01-01T00:00:00"}, False),
        (COLUMN + "be_between", {"column": "half", "min_value": 0}, False),
        (COLUMN + "be_between", {"column": "whole", "min_value": 0, "row_condition": "x"}, False),
        (COLUMN + "be_in_set", {"column": "whole", "value_set": [1, "a"]}, False),
        (COLUMN + "match_regex", {"column": "text", "regex": "a"}, False),
        (COLUMN + "not_be_null", {"column": "not-there"}, False),
        (SQL_RULE, {"rule": "whole > avg(whole)", "column_list": ["whole"]}, False),
        (SQL_RULE, {"rule": "text > 1", "column_list": ["text"]}, False),
        (SQL_RULE, {"rule": "length(text) = 1", "column_list": ["text"]}, True),
    ],
)
def test_what_is_not_plain_is_left_to_great_expectations(kind, kwargs, native):
    frame = pl.DataFrame(
        {name: [values[-1]] for name, (_, values) in WIDE.items()}, schema={n: k for n, (k, _) in WIDE.items()}
    )
    suite = Suite("t", "t.yaml", "0", (Rule("r", kind, kwargs, "critical", "plausibility", "", 1),))
    assert bool(judge_natively(frame, suite)) is native


def test_whole_numbers_too_large_for_a_float_are_left_to_it_where_one_is_missing():
    suite = Suite(
        "t", "t.yaml", "0", (Rule("r", COLUMN + "be_between", {"column": "x", "min_value": 0}, "", "", "", 1),)
    )
    assert judge_natively(pl.DataFrame({"x": [2**60]}), suite)
    assert not judge_natively(pl.DataFrame({"x": [2**60, None]}), suite)


def test_a_rule_that_is_not_known_here_refuses_nothing():
    suite = Suite(
        "t", "t.yaml", "0", (Rule("r", COLUMN + "match_regex", {"column": "a", "regex": "x"}, "critical", "", "", 1),)
    )
    assert kept_rows(pl.DataFrame({"a": ["y"]}), suite).to_list() == [True]
