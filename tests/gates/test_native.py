"""The fast reading of row rules keeps the very rows that Great Expectations keeps."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.gates import judge, kept_rows
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


def test_a_rule_that_is_not_known_here_refuses_nothing():
    suite = Suite(
        "t", "t.yaml", "0", (Rule("r", COLUMN + "match_regex", {"column": "a", "regex": "x"}, "critical", "", "", 1),)
    )
    assert kept_rows(pl.DataFrame({"a": ["y"]}), suite).to_list() == [True]
