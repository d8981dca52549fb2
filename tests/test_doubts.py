"""Doubts: rows that are doubted oftener than people are told, and nothing else is."""

from __future__ import annotations

from itertools import pairwise
from math import ceil

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.doubts import Doubts
from supplychain.errors import SupplyChainError
from supplychain.gates import Rule, Suite
from supplychain.measures.copies import wilson
from supplychain.sections import Entity
from supplychain.slices import ALL_ROWS, Slice

OLD, ODD, RICH = "age < 90", "poor = 0 OR rich = 0", "rich = 0"


def suite(*conditions: str, severity: str = "info") -> Suite:
    kind = "expect_rows_to_satisfy_sql"
    rules = (
        Rule(each, kind, {"rule": each, "column_list": Slice("", each).columns}, severity, "plausibility", "why", 1)
        for each in conditions
    )
    return Suite("synthetic", "synthetic.yaml", "0", tuple(rules))


def people(n: int, old: int, seed: int = 0, place: str = "all") -> pl.DataFrame:
    """So many people, of whom some are ninety, in an order by chance."""
    ages = np.random.default_rng(seed).permutation([95] * old + [70] * (n - old))
    return pl.DataFrame({"age": ages, "poor": [0] * n, "rich": [0] * n, "_slice": [place] * n})


def kept(doubts: Doubts, rows: pl.DataFrame) -> tuple[int, int]:
    left, told = doubts.split(rows)
    return left.height, told.height


def test_twice_as_many_as_people_are_cut_back_to_what_people_surely_are_at_most():
    doubts = Doubts(suite(OLD), people(1_000, 20), {ALL_ROWS: 500})
    most = ceil(wilson(20, 1_000)[1] * 500)
    assert 10 < most < 20
    left, told = doubts.split(people(500, 60))
    assert (left["age"] > 90).sum() == most and told.height == 60 - most
    assert told["_rules"].to_list() == [[OLD]] * told.height and told["_values"].to_list()[0] == ["age = 95"]


def test_the_lever_moves_the_limit_and_none_and_nought_are_its_ends():
    real, rows = people(1_000, 20), people(500, 60)
    left = [kept(Doubts(suite(OLD), real, {ALL_ROWS: 500}, lever), rows)[0] - 440 for lever in (0, 1, 2, 1_000, None)]
    assert left[0] == 0 and left[1] < left[2] < 60 and left[3:] == [60, 60]


def test_each_slice_has_a_limit_of_its_own_and_where_nobody_is_known_there_is_none():
    poor, nobody = Slice("poor", "poor = 1"), Slice("rich", "rich = 1")
    real = pl.concat([people(900, 0), people(100, 50).with_columns(poor=pl.lit(1, pl.Int64))])
    doubts = Doubts(suite(OLD), real, {ALL_ROWS: 100, poor: 100, nobody: 100})
    assert kept(doubts, people(100, 40, place="all")) == (60 + ceil(wilson(50, 1_000)[1] * 100), 40 - 7)
    assert kept(doubts, people(100, 40, place="poor")) == (100, 0)
    assert kept(doubts, people(100, 100, place="rich")) == (100, 0)


def test_a_rule_that_refuses_by_itself_and_one_on_the_whole_table_are_none_of_its_business():
    unique = Rule("unique", "expect_column_values_to_be_unique", {"column": "age"}, "info", "plausibility", "why", 1)
    for rules in (suite(OLD, severity="warning"), Suite("synthetic", "synthetic.yaml", "0", (unique,))):
        assert kept(Doubts(rules, people(1_000, 0), {ALL_ROWS: 500}), people(500, 60)) == (500, 0)


def test_a_row_that_one_doubt_refuses_leaves_the_room_of_another_to_others():
    """Of a thousand people fifty are ninety, five of them rich; made are 150 of ninety, sixty of them rich."""
    real = people(1_000, 50).sort("age", descending=True).with_row_index().with_columns(rich=(pl.col("index") < 5))
    made = people(1_000, 150).sort("age", descending=True).with_row_index().with_columns(rich=(pl.col("index") < 60))
    real, made = (each.drop("index").with_columns(pl.col("rich").cast(pl.Int64)) for each in (real, made))
    left, _ = Doubts(suite(OLD, RICH), real, {ALL_ROWS: 1_000}).split(made)
    assert (left["age"] > 90).sum() == ceil(wilson(50, 1_000)[1] * 1_000)
    assert left["rich"].sum() == ceil(wilson(5, 1_000)[1] * 1_000)


def test_twenty_people_with_fifty_visits_each_are_twenty_people():
    real = people(20, 1).with_row_index("_entity")
    many = pl.concat([real] * 50)
    by_rows, by_people = (
        Doubts(suite(OLD), many, {ALL_ROWS: 500}, entity=Entity(column="who", rows=rows)) for rows in ("one", "many")
    )
    assert kept(by_rows, people(500, 200))[0] == 300 + ceil(wilson(50, 1_000)[1] * 500)
    assert kept(by_people, people(500, 200))[0] == 300 + ceil(wilson(1, 20)[1] * 500)


def test_a_doubt_that_cannot_be_asked_of_a_real_row_is_named():
    real = people(50, 40).with_columns(sex=pl.Series(["1"] * 49 + ["x"]))
    with pytest.raises(SupplyChainError, match=r"synthetic.yaml:1: CAST\(sex AS INT\) > poor could not be evaluated"):
        Doubts(suite("CAST(sex AS INT) > poor"), real, {ALL_ROWS: 50})


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 100), st.integers(0, 300), st.integers(0, 10_000), st.lists(st.integers(0, 300), max_size=3))
def test_in_pieces_as_in_one_and_never_more_than_the_limit(real_old, old, seed, cuts):
    real, rows = people(400, real_old), people(300, old, seed).with_columns(poor=pl.lit(1), rich=pl.col("age") // 95)
    doubts, again = (Doubts(suite(OLD, ODD), real, {ALL_ROWS: 300}) for _ in range(2))
    whole, told = doubts.split(rows)
    bounds = [0, *sorted(cuts), 300]
    pieces = [again.split(rows[low:high]) for low, high in pairwise(bounds)]
    assert pl.concat([piece for piece, _ in pieces]).equals(whole)
    assert pl.concat([piece for _, piece in pieces]).equals(told)
    of_none = ceil(wilson(0, 400)[1] * 300)
    assert (whole["age"] > 90).sum() == min(old, of_none, ceil(wilson(real_old, 400)[1] * 300))
    assert whole.filter(pl.col("age") < 90).height == 300 - old, "who is not doubted is never told"


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 500), st.data())
def test_no_real_row_is_ever_told(n, data):
    real = people(n, data.draw(st.integers(0, n)), seed=n)
    assert kept(Doubts(suite(OLD, ODD), real, {ALL_ROWS: n}), real) == (n, 0)


@pytest.mark.parametrize("doubted", ["2026", -1.0, float("inf")])
def test_a_lever_that_is_no_number_of_times_is_refused(doubted):
    from supplychain.levers import Risk

    with pytest.raises(ValueError, match="doubted"):
        Risk.model_validate({"doubted": doubted})
