"""Slices: one predicate, the same rows everywhere."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.errors import BadInput
from supplychain.slices import ALL_ROWS, Slice

FRAME = pl.DataFrame({"age": [65, 80, None], "sex": ["f", "m", "f"], "Gross Pay": [1.0, 2.0, 3.0]})


@pytest.mark.parametrize(
    ("where", "rows"),
    [
        ("age >= 70", [80]),
        ("age >= 65 AND sex = 'f'", [65]),
        ("age IS NULL", [None]),
        ('"Gross Pay" BETWEEN 1.5 AND 2.5', [80]),
        ("sex IN ('m')", [80]),
        ("NOT (age < 70)", [80]),
        ("TRUE", [65, 80, None]),
        ("age > 100", []),
    ],
)
def test_a_predicate_picks_its_rows(where, rows):
    assert Slice("s", where).pick(FRAME)["age"].to_list() == rows


def test_all_rows_is_every_row():
    assert ALL_ROWS.pick(FRAME).equals(FRAME)


@given(st.integers(-5, 5), st.lists(st.one_of(st.none(), st.integers(-5, 5)), min_size=1))
def test_a_slice_and_its_opposite_part_the_known_values(limit, values):
    frame = pl.DataFrame({"x": values}, schema={"x": pl.Int64})
    inside, outside = (Slice("s", text).pick(frame).height for text in (f"x >= {limit}", f"x < {limit}"))
    assert inside + outside == frame["x"].drop_nulls().len()


@pytest.mark.parametrize(
    ("where", "word"),
    [
        ("age >>> 3", "cannot read"),
        ("ages > 3", "did you mean 'age'?"),
        ("age > 'x'", "cannot evaluate"),
        ("age + 1", "not a condition"),
    ],
)
def test_what_is_no_predicate_is_said_in_one_line(where, word):
    with pytest.raises(BadInput) as refused:
        Slice("odd", where).mask(FRAME)
    assert word in str(refused.value)
    assert "slice odd" in str(refused.value)
    assert "\n" not in str(refused.value)
