"""Singling-out, linkability and inference: a risk where people were taken over, none where they are strangers."""

from __future__ import annotations

import polars as pl
import pytest

from bench import plants
from supplychain.schema import Schema
from supplychain.validate.privacy.risks import three_risks


@pytest.fixture(scope="module")
def sides(people):
    mixed = people.drop("person").sample(fraction=1, shuffle=True, seed=4)
    return mixed.head(3_000), mixed.slice(3_000, 2_000), mixed.slice(6_000, 3_000)


def risks(made, sides):
    return three_risks(made, *sides[:2], Schema.of(sides[0]), ("female", "income"), seed=1)


def test_strangers_put_nobody_at_risk(sides):
    found = risks(sides[2], sides)
    assert set(found) == {
        ("singling-out", "univariate"),
        ("singling-out", "multivariate"),
        ("linkability", "all"),
        ("inference", "female"),
        ("inference", "income"),
    }
    for risk in found.values():
        assert risk.low <= risk.value <= risk.high and risk.low < 0.03


def test_the_people_themselves_are_at_every_risk(sides):
    found = risks(sides[0], sides)
    assert found["singling-out", "univariate"].low > 0.5
    assert found["linkability", "all"].low > 0.5
    assert found["inference", "female"].low > 0.5 and found["inference", "income"].low > 0.5


def test_unguarded_trees_single_out(sides):
    found = risks(plants.raw_trees(sides[0], 3_000, 5, 1), sides)
    assert found["singling-out", "univariate"].low > 0.09


def test_one_column_and_missing_values_are_no_trouble():
    rows = pl.DataFrame({"x": [None if i % 3 else float(i) for i in range(300)]})
    found = three_risks(rows.head(100), rows.slice(100, 100), rows.tail(100), Schema.of(rows), ("x",), seed=1)
    assert ("linkability", "all") not in found and found["inference", "x"].n == 100
    assert three_risks(rows.head(0), rows, rows, Schema.of(rows), (), seed=1) == {}
