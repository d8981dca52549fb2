"""What nobody is: pairs of values that should have met are refused, and nothing else is."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.slices import Slice
from supplychain.unmet import Unmet


def people(n: int = 1_000) -> pl.DataFrame:
    """Half of them women, of whom alone a fifth is in obstetrics; five are in a ward of their own."""
    number = np.arange(n)
    sex = np.where(number % 2 == 0, "f", "m")
    ward = np.where((number % 10 == 0) & (sex == "f"), "obstetrics", "other")
    ward[1:11:2] = "tiny"
    return pl.DataFrame({"sex": sex, "ward": ward, "age": 20.0 + number % 60, "_entity": number})


MAN = pl.DataFrame({"sex": ["m", "f"], "ward": ["obstetrics"] * 2, "age": [30.0, 31.0]})


def test_two_values_that_fifty_people_should_have_and_none_has_are_told():
    """100 of 1,000 are in obstetrics and half are men: 50 men should be there."""
    assert Unmet(people(), 10).pairs(MAN).to_list() == ["sex = m, ward = obstetrics", None]
    assert Unmet(people(), 50).pairs(MAN).null_count() == 1
    assert Unmet(people(), 51).pairs(MAN).null_count() == 2
    assert Unmet(people(), 0).pairs(MAN).null_count() == 2


def test_a_single_real_person_is_enough():
    one = people().with_columns(ward=pl.when(pl.col("_entity") == 501).then(pl.lit("obstetrics")).otherwise("ward"))
    assert Unmet(one, 10).pairs(MAN).null_count() == 2


def test_what_a_planned_slice_asks_for_is_let_through():
    planned = [Slice("fathers", "sex = 'm' AND ward = 'obstetrics'")]
    assert Unmet(people(), 10, planned).pairs(MAN).null_count() == 2
    assert Unmet(people(), 10, [Slice("men", "sex = 'm'")]).pairs(MAN).null_count() == 1


def test_values_of_a_handful_of_people_and_new_values_are_let_be():
    rows = pl.DataFrame({"sex": ["f", "f", "x"], "ward": ["tiny", "new", "obstetrics"], "age": [30.0, 500.0, -1.0]})
    assert Unmet(people(), 1).pairs(rows).null_count() == 3


def test_two_quantities_are_never_told():
    x = np.arange(2_000.0)
    real = pl.DataFrame({"x": x, "y": x + 0.5})
    assert Unmet(real, 1).pairs(pl.DataFrame({"x": [0.0, 1.5], "y": [1_999.0, 2.5]})).null_count() == 2


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 30))
def test_no_real_row_is_ever_told(seed, least):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 400))
    real = pl.DataFrame(
        {
            "a": rng.choice(["p", "q", None], n).tolist(),
            "b": rng.integers(0, 4, n) * rng.integers(0, 2, n),
            "c": rng.normal(size=n).round(1),
            "d": rng.choice(["u", "v"], n).tolist(),
        },
        schema={"a": pl.String, "b": pl.Int64, "c": pl.Float64, "d": pl.String},
    )
    assert Unmet(real, least).pairs(real).null_count() == n
