"""What nobody is: pairs of values that should have met are refused, and nothing else is."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.sections import Entity
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


MANY = Entity(column="person", rows="many")


def visits(people: int = 200, each: int = 10) -> pl.DataFrame:
    """Half are women, ten of whom are in obstetrics at each of their visits."""
    person = np.repeat(np.arange(people), each)
    ward = np.where((person % 2 == 0) & (person < 20), "obstetrics", "other")
    return pl.DataFrame({"sex": np.where(person % 2 == 0, "f", "m"), "ward": ward, "_entity": person})


def test_visits_are_not_people():
    """100 visits of 2,000 are in obstetrics, half are men's: 50 visits, and 5 people, should be both."""
    man = MAN.drop("age")
    assert Unmet(visits(), 50).pairs(man).null_count() == 1, "each row is a person where nobody says otherwise"
    assert Unmet(visits(), 5, entity=MANY).pairs(man).to_list() == ["sex = m, ward = obstetrics", None]
    assert Unmet(visits(), 6, entity=MANY).pairs(man).null_count() == 2
    one = visits().with_columns(
        ward=pl.when(pl.int_range(pl.len()) == 1_999).then(pl.lit("obstetrics")).otherwise("ward")
    )
    assert Unmet(one, 5, entity=MANY).pairs(man).null_count() == 2, "a single row of a single person is enough"


def test_who_has_both_values_in_two_rows_need_not_have_both_in_one():
    """Each of 50 people is in each of 20 wards at each of 20 hours sometime: of 950 rows 2.4 should be in both."""
    rows = pl.DataFrame({"person": np.repeat(np.arange(50), 20), "ward": np.tile(np.arange(20), 50)})
    rows = rows.with_columns(hour=(pl.col("ward") * 3 + pl.col("person")) % 20).filter(
        (pl.col("ward") != 3) | (pl.col("hour") != 7)
    )
    real = rows.select(pl.col("ward", "hour").cast(pl.String), _entity="person")
    made = pl.DataFrame({"ward": ["3"], "hour": ["7"]})
    assert Unmet(real, 2, entity=MANY).pairs(made).to_list() == ["ward = 3, hour = 7"]
    assert Unmet(real, 3, entity=MANY).pairs(made).null_count() == 1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(8, 30), st.integers(1, 6))
def test_people_are_refused_no_more_than_rows_and_as_rows_where_each_has_one(seed, least, each):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(20, 400))
    real = pl.DataFrame({"a": rng.integers(0, 3, n), "b": rng.integers(0, 30, n), "_entity": np.arange(n)})
    real = real.filter((pl.col("a") != 1) | (pl.col("b") > 9)).cast({"a": pl.String, "b": pl.String})
    made = pl.DataFrame({"a": ["0", "1", "2"]}).join(pl.DataFrame({"b": [str(b) for b in range(30)]}), how="cross")
    by_rows = Unmet(real, least).pairs(made)
    assert Unmet(real, least, entity=MANY).pairs(made).equals(by_rows)
    assert Unmet(real, least, entity=MANY.model_copy(update={"rows": "one"})).pairs(made).equals(by_rows)
    shared = real.with_columns(pl.col("_entity") // each)
    people = Unmet(shared, least, entity=MANY).pairs(made)
    assert people.filter(by_rows.is_null()).null_count() == by_rows.null_count()
    often = pl.concat([real] * each)
    assert Unmet(often, least, entity=MANY).pairs(made).equals(by_rows), "who comes again is the same person"
