"""Copies, rare values and ends of columns are found where they are, beyond what chance makes."""

from __future__ import annotations

import polars as pl
import pytest

from bench import plants
from supplychain.schema import Schema
from supplychain.validate.privacy.carried import (
    end_holders,
    exact_copies,
    fewest_holders,
    near_copies,
    people_in,
    rare_numbers,
)


@pytest.fixture(scope="module")
def sides(people):
    mixed = people.drop("person").sample(fraction=1, shuffle=True, seed=4)
    return mixed.head(3_000), mixed.slice(3_000, 3_000), mixed.slice(6_000, 3_000)


def test_planted_copies_are_counted_and_fresh_people_are_chance(sides):
    members, others, fresh = sides
    schema = Schema.of(members)
    clean, planted = (
        exact_copies(made, members, others, schema) for made in (fresh, plants.copies(fresh, members, 0.01, 1))
    )
    assert clean.p > 0.001
    assert planted.hits >= clean.hits + 25 and planted.p < 1e-4


def test_near_copies_are_found_that_no_exact_count_sees(sides):
    members, others, fresh = sides
    schema = Schema.of(members)
    made = plants.near_copies(fresh, members, 0.03, 1)
    assert near_copies(fresh, members, others, schema, 1).p > 0.001
    assert near_copies(made, members, others, schema, 1).p < 0.001
    assert exact_copies(made, members, others, schema).hits < 45


def test_a_person_with_several_rows_counts_once():
    rows = pl.DataFrame({"a": [1, 2, 3, 4, 5, 6], "b": list("uvwxyz")})
    members = rows.head(4).with_columns(_entity=pl.Series(["p", "p", "q", "r"]))
    others = rows.tail(2).with_columns(_entity=pl.Series(["s", "t"]))
    found = exact_copies(rows.head(2), members, others, Schema.of(rows))
    assert (found.members, found.hits, found.others, found.chance) == (3, 1, 2, 0)
    assert people_in(members) == 3


def test_people_who_are_alike_are_nobodys_copy():
    rows = pl.DataFrame({"a": [1, 1, 2]})
    found = exact_copies(rows.head(1), rows.head(2), rows.tail(1), Schema.of(rows))
    assert found.hits == 0 and found.members == 0


def test_a_category_of_two_people_is_named_with_its_count():
    members = pl.DataFrame({"job": ["clerk"] * 50 + ["queen"] * 2})
    others, column = pl.DataFrame({"job": ["clerk"] * 20}), Schema.of(members).columns[0]
    assert fewest_holders(pl.DataFrame({"job": ["clerk", "queen"]}), members, others, column) == (2, 1)
    assert fewest_holders(pl.DataFrame({"job": ["clerk"]}), members, others, column) == (52, 0)
    known = pl.DataFrame({"job": ["clerk", "queen"]})
    assert fewest_holders(known, members, known, column) == (52, 0), "others hold it too: it is no secret of train"


def test_the_one_person_at_the_end_of_a_column_is_seen():
    members = pl.DataFrame({"income": [1.0] * 5 + [2.0, 3.0, 99.5]})
    column = Schema.of(members).columns[0]
    assert end_holders(pl.DataFrame({"income": [2.0, 99.5]}), members, column) == (1, 1)
    assert end_holders(pl.DataFrame({"income": [1.0, 98.0]}), members, column) == (5, 1)
    assert end_holders(pl.DataFrame({"income": [1.5, 98.0]}), members, column) == (8, 0)


def test_numbers_of_single_people_are_found_where_they_were_taken_over(sides):
    members, others, fresh = sides
    column = Schema.of(members)["income"]
    assert rare_numbers(fresh, members, others, column, 1).p > 0.001
    taken = fresh.with_columns(members["income"])
    assert rare_numbers(taken, members, others, column, 1).p < 1e-6
