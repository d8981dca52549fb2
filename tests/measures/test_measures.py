"""Measures know what is good and what is bad, on real people."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.generate import synthesizer
from supplychain.measures.copies import copied_share, excess, wilson
from supplychain.measures.fidelity import auc_margin, discriminator_auc, marginal_similarity, pair_similarity
from supplychain.measures.utility import tstr_and_trtr
from supplychain.schema import Schema


@pytest.fixture(scope="module")
def halves(people):
    rows = (
        people.drop("person")
        .with_columns((pl.col("drugexp") >= 2500).cast(pl.Int64).alias("high_spend"))
        .drop("drugexp")
    )
    mixed = rows.sample(fraction=1, shuffle=True, seed=1)
    return mixed.head(4_000), mixed.slice(4_000, 4_000), mixed.tail(2_000)


def mean(values):
    return sum(values) / len(values)


def test_a_table_is_like_itself(halves):
    real, *_ = halves
    schema = Schema.of(real)
    assert all(marginal_similarity(real, real, column) == 1 for column in schema.columns)
    assert set(pair_similarity(real, real, schema).values()) == {1.0}


def test_other_real_people_are_nearer_than_independent_columns(halves):
    real, other, _ = halves
    schema = Schema.of(real)
    independent = synthesizer("marginals").fit(real, seed=1).sample(4_000, seed=1)
    for_real, for_independent = (mean(pair_similarity(real, frame, schema).values()) for frame in (other, independent))
    assert for_real > 0.97 and for_real - for_independent > 0.01
    marginal = {
        name: mean([marginal_similarity(real, frame, c) for c in schema.columns])
        for name, frame in (("real", other), ("independent", independent))
    }
    assert marginal["real"] > 0.98 and marginal["independent"] > 0.95, "independent columns keep every marginal"


@given(st.lists(st.sampled_from("abc"), min_size=1), st.lists(st.sampled_from("abcd"), min_size=1))
def test_similarity_of_categories_lies_between_0_and_1_and_is_symmetric(first, second):
    one, two = pl.DataFrame({"c": first}), pl.DataFrame({"c": second})
    column = Schema.of(pl.DataFrame({"c": ["a", "b", "c", "d"]})).columns[0]
    value = marginal_similarity(one, two, column)
    assert 0 <= value <= 1
    assert (value == 1) == all(
        first.count(x) * len(second) == second.count(x) * len(first) for x in "abcd"
    ) or value > 1 - 1e-9


def test_values_that_real_people_never_have_count_as_unlike():
    real, made = pl.DataFrame({"c": ["a"] * 50}), pl.DataFrame({"c": ["z"] * 50})
    assert marginal_similarity(real, made, Schema.of(real).columns[0]) == 0


def test_a_classifier_tells_independent_columns_and_not_real_people(halves):
    real, other, _ = halves
    schema = Schema.of(real)
    independent = synthesizer("marginals").fit(real, seed=1).sample(4_000, seed=1)
    same, _ = discriminator_auc(real, other, schema, seed=1)
    told, n = discriminator_auc(real, independent, schema, seed=1)
    assert abs(same - 0.5) < 2 * auc_margin(0.5, n, n)
    assert told > 0.8


def test_utility_tells_real_rows_from_noise(halves):
    real, other, gold = halves
    schema = Schema.of(real)
    fresh = tstr_and_trtr(real, other, gold, schema, "high_spend", seed=1)
    assert fresh["ratio"][1] < 1 < fresh["ratio"][2], "other real people are worth as much"
    noise = other.with_columns(pl.col("high_spend").shuffle(seed=1))
    lost = tstr_and_trtr(real, noise, gold, schema, "high_spend", seed=1)
    assert lost["ratio"][2] < 1
    assert lost["tstr"][1] < 0.5 < lost["trtr"][1]


def test_copies_are_counted_where_they_are(halves):
    real, other, _ = halves
    planted = pl.concat([other.head(990), real.head(10)])
    by_chance = copied_share(other.head(990), real)[0]
    assert copied_share(planted, real) == (by_chance + 10, 1_000)


def test_a_missing_value_matches_a_missing_value():
    train = pl.DataFrame({"a": [1, None], "b": ["x", "y"]})
    assert copied_share(pl.DataFrame({"a": [None, None], "b": ["y", "x"]}, schema=train.schema), train) == (
        1,
        2,
    )


@given(st.integers(0, 200), st.integers(0, 200))
def test_limits_of_a_share_hold_it(count, more):
    n = count + more + 1
    low, high = wilson(count, n)
    assert 0 <= low <= count / n <= high <= 1


@given(st.integers(0, 100), st.integers(1, 100), st.integers(0, 100), st.integers(1, 100))
def test_an_excess_lies_within_its_limits_and_turns_its_sign(count, more, control, control_more):
    n, control_n = count + more, control + control_more
    value, low, high = excess(count, n, control, control_n)
    assert low <= value <= high
    mirrored = excess(control, control_n, count, n)
    assert mirrored[0] == pytest.approx(-value) and mirrored[1] == pytest.approx(-high)


def test_the_limits_of_an_auc_narrow_with_rows():
    assert auc_margin(0.7, 1_000, 1_000) < auc_margin(0.7, 100, 100)
    # Hanley and McNeil's own example: 0.893 with 51 and 58 has a standard error of 0.0303 (1982, p. 32: 0.03).
    assert auc_margin(0.893, 51, 58) / 1.96 == pytest.approx(0.031, abs=0.002)
