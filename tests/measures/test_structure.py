"""Bins, crossings, support, density and shape: properties of the mathematics."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.measures.bins import MISSING, UNHEARD, Table, binned, crossings, effective
from supplychain.measures.density import distances, far_share
from supplychain.measures.fidelity import marginal_similarity
from supplychain.measures.reports import has_sdmetrics, report_scores
from supplychain.measures.shape import (
    Numbers,
    calendar,
    category_shift,
    distribution_shift,
    mass_shift,
    missing_patterns,
    tail_shift,
)
from supplychain.measures.structure import associations, kept, margin, similarities, unrelated
from supplychain.measures.support import covered, covered_share, unseen
from supplychain.schema import Schema

ROWS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3), st.integers(0, 50)), min_size=30, max_size=80)


def frame(rows):
    return pl.DataFrame(rows, schema={"c": pl.String, "k": pl.Int64, "x": pl.Int64}, orient="row")


def table(real, **others):
    return Table.of({"real": real, **others}, Schema.of(real), real)


@given(ROWS, st.randoms(use_true_random=False))
def test_a_table_is_like_itself_in_any_order(rows, chance):
    real = frame(rows)
    mixed = real[chance.sample(range(real.height), real.height)]
    both = table(real, mixed=mixed)
    for ways in (1, 2, 3):
        crossed = crossings(3, ways, 100, seed=1)
        assert similarities(both, "real", ("mixed",), crossed)["mixed"][0] == pytest.approx(1.0)
        assert not unseen(both, "real", ("mixed",), crossed)["mixed"].any()
        counts = covered(both, "real", ("mixed",), crossed)["mixed"]
        assert (counts[:, 0] == counts[:, 1]).all()
    pairs = crossings(3, 2, 100, seed=1)
    found = associations(both, ("real", "mixed"), pairs)
    assert found["real"][0] == pytest.approx(found["mixed"][0])


@given(ROWS, ROWS)
def test_similarity_lies_between_0_and_1_and_falls_with_every_column_that_is_crossed(first, second):
    both = table(frame(first), other=frame(second))
    by_ways = [similarities(both, "real", ("other",), [tuple(range(ways))])["other"][0, 0] for ways in (1, 2, 3)]
    assert all(-1e-9 <= value <= 1 + 1e-9 for value in by_ways)
    assert by_ways[0] >= by_ways[1] - 1e-9 >= by_ways[2] - 2e-9


@given(st.lists(st.integers(1, 9), min_size=2, max_size=40))
def test_a_weight_is_as_good_as_a_row_so_often(weights):
    values = pl.DataFrame(
        {"x": [float(i % 7) for i in range(len(weights))], "c": [str(i % 3) for i in range(len(weights))]}
    )
    repeated = values[np.repeat(np.arange(len(weights)), weights)]
    other = values.head(2)
    given_weights = np.array(weights, dtype=float)
    for column in Schema.of(values).columns:
        once = marginal_similarity(values, other, column, (given_weights, None))
        assert once == pytest.approx(marginal_similarity(repeated, other, column))
    assert effective(np.ones(len(weights))) == pytest.approx(len(weights))
    assert effective(given_weights) <= len(weights) + 1e-9


def test_bins_know_what_is_missing_and_what_is_unheard_of():
    real = pl.DataFrame({"x": [1.0, 2.0, 3.0, None], "c": ["a", "b", None, "a"]})
    x, c = Schema.of(real).columns
    other = pl.DataFrame({"x": [0.5, 2.0, None, 9.0], "c": ["z", "a", None, "b"]})
    assert (binned(other, x, real) == UNHEARD).tolist() == [True, False, False, True]
    assert (binned(other, x, real) == MISSING).tolist() == [False, False, True, False]
    assert (binned(other, c, real) == UNHEARD).tolist() == [True, False, False, False]
    assert (binned(real, x, real) != UNHEARD).all() and (binned(real, c, real) != UNHEARD).all()


def test_cells_of_many_values_are_counted_alike():
    """Where a crossing would have too many cells, only those are kept in which somebody is."""
    rng = np.random.default_rng(1)
    real = pl.DataFrame({name: rng.integers(0, 400, 600).astype(str) for name in "abc"})
    wide = table(real, same=real.reverse())
    cells, size = wide.cells((0, 1, 2))
    assert size == real.n_unique()
    assert np.bincount(cells["real"]).tolist() == np.bincount(cells["same"]).tolist()
    folded = wide.folded("real", 12)
    assert max(folded.sizes) == 12 and folded.cells((0, 1, 2))[1] <= 12**3


def test_crossings_are_all_of_them_or_as_many_as_asked():
    assert len(crossings(6, 3, 100, seed=1)) == 20
    some = crossings(200, 3, 50, seed=1)
    assert len(set(some)) == 50 and some == crossings(200, 3, 50, seed=1) != crossings(200, 3, 50, seed=2)


def test_association_is_1_where_one_column_tells_the_other_and_0_where_it_does_not():
    rng = np.random.default_rng(2)
    letters = rng.choice(["a", "b", "c"], 3_000)
    same = table(pl.DataFrame({"c": letters, "d": np.char.upper(letters), "e": rng.permutation(letters)}))
    by_pair = dict(zip([(0, 1), (0, 2)], associations(same, ("real",), [(0, 1), (0, 2)])["real"][0], strict=True))
    assert by_pair[0, 1] == pytest.approx(1.0, abs=0.01)
    assert by_pair[0, 2] < 0.06


def test_unrelated_columns_keep_every_column_and_no_relation(people):
    real = people.drop("person")
    made = unrelated(real, real.height, seed=1)
    assert all(made[name].sort().equals(real[name].sort()) for name in real.columns)
    both = table(real.sample(3_000, seed=1), made=made.sample(3_000, seed=1))
    pairs = crossings(len(real.columns), 2, 100, seed=1)
    found = associations(both, ("real", "made"), pairs)
    assert kept(found["real"], found["real"][0])[0] == pytest.approx(1.0)
    draws = kept(found["made"], found["real"][0])
    assert abs(draws[0]) < 0.1 and 0 < margin(draws) < 0.1


def test_unrelated_rows_come_as_often_as_their_weights_say():
    made = unrelated(pl.DataFrame({"c": ["a", "b"]}), 100, seed=3, weights=np.array([3.0, 1.0]))
    assert made["c"].value_counts().sort("c")["count"].to_list() == [75, 25]


def test_a_missing_category_takes_its_combinations_with_it(people):
    real, gold = people.drop("person").sample(fraction=1, shuffle=True, seed=1).head(6_000).iter_slices(3_000)
    crossed = crossings(len(real.columns), 2, 300, seed=1)
    shares = {}
    for name, made in (("whole", real), ("without", real.filter(pl.col("poverty") == 0))):
        both = Table.of({"gold": gold, "made": made}, Schema.of(real), real)
        shares[name] = covered_share(covered(both, "gold", ("made",), crossed)["made"], crossed)
    assert shares["whole"][0] > 0.999
    value, low, high = shares["without"]
    assert value < 0.99 and low < value < high


def test_nothing_to_cover_is_no_number():
    few = pl.DataFrame({"c": ["a", "b"], "d": ["x", "y"]})
    crossed = [(0, 1)]
    assert np.isnan(covered_share(covered(table(few), "real", ("real",), crossed)["real"], crossed)[0])


def test_distance_is_to_the_fifth_neighbour():
    real = np.arange(10, dtype=np.float32)[:, None]
    assert distances(np.array([[0.0], [20.0]], dtype=np.float32), real).tolist() == pytest.approx([4.0, 15.0])


def test_one_in_twenty_real_rows_is_far_and_all_of_what_is_elsewhere():
    rng = np.random.default_rng(4)
    gold, fresh, ones = rng.exponential(size=4_000), rng.exponential(size=4_000), np.ones(4_000)
    value, low, high = far_share(fresh, gold, ones, seed=1)
    assert value == pytest.approx(0.05, abs=0.02) and low <= value <= high
    assert far_share(fresh + 10, gold, ones, seed=1)[0] == 1.0
    identical = far_share(gold, gold, ones, seed=1)
    assert identical[0] == pytest.approx(0.05)


def test_the_limits_of_the_far_share_hold_it_nineteen_times_in_twenty():
    rng = np.random.default_rng(5)
    held = 0
    for seed in range(200):
        _, low, high = far_share(rng.exponential(size=400), rng.exponential(size=150), np.ones(150), seed=seed)
        held += low <= 0.05 <= high
    assert held >= 180


def test_a_wrong_unit_is_seen_in_the_tails_and_lost_heaps_in_the_masses(people):
    income = people.select("income", "educyr").sample(fraction=1, shuffle=True, seed=3)
    real, fresh = income.head(4_000), income.slice(4_000, 3_000)

    def numbers(rows, name):
        return Numbers.of(rows, name)

    assert tail_shift(numbers(real, "income"), numbers(fresh, "income"))[1] < 0.01
    dollars = fresh.with_columns(pl.col("income") * 1_000)
    assert tail_shift(numbers(real, "income"), numbers(dollars, "income"))[1] > 0.8
    assert mass_shift(numbers(real, "educyr"), numbers(fresh, "educyr"))[1] < 0.01
    spread = fresh.with_columns(pl.col("educyr") + np.random.default_rng(1).normal(0, 0.4, 3_000))
    assert mass_shift(numbers(real, "educyr"), numbers(spread, "educyr"))[1] > 0.2
    fine = pl.DataFrame({"x": np.random.default_rng(2).normal(size=1_000)})
    assert mass_shift(numbers(fine, "x"), numbers(fine, "x")) is None, "no value is held by many"
    empty = pl.DataFrame({"x": [None, None]}, schema={"x": pl.Float64})
    assert np.isnan(tail_shift(numbers(fine, "x"), numbers(empty, "x"))[0])


def test_a_column_that_moved_is_seen_and_one_that_did_not_is_not(people):
    mixed = people.sample(fraction=1, shuffle=True, seed=3)
    real, fresh = mixed.head(4_000), mixed.slice(4_000, 2_000)
    assert distribution_shift(Numbers.of(real, "age"), Numbers.of(fresh, "age"))[1] == 0
    older = fresh.with_columns((pl.col("age") + 3).clip(65, 90))
    value, low, high = distribution_shift(Numbers.of(real, "age"), Numbers.of(older, "age"))
    assert 0.1 < low < value < high
    assert category_shift(Numbers.of(real, "hisp"), Numbers.of(fresh, "hisp"))[1] < 0.01
    none = fresh.filter(pl.col("female") == 0)
    value, low, high = category_shift(Numbers.of(real, "female"), Numbers.of(none, "female"))
    assert value == pytest.approx(real["female"].mean()) and value - 0.05 < low <= value <= high
    assert np.isnan(distribution_shift(Numbers.of(real, "age"), Numbers.of(fresh.clear(), "age"))[0])
    assert category_shift(Numbers.of(real, "female"), Numbers.of(fresh.clear(), "female")) is None


def test_what_is_missing_together_is_one_pattern():
    real = pl.DataFrame({"a": [1, None, 3, None], "b": [1, None, 3, None], "c": [1, 2, 3, 4]})
    apart = pl.DataFrame({"a": [1, None, 3, None], "b": [None, 2, None, 4], "c": [1, 2, 3, 4]})
    patterns = missing_patterns({"real": real, "apart": apart})
    assert patterns["real"]["all"].to_list() == ["00", "11", "00", "11"]
    both = Table.of(patterns, Schema.of(patterns["real"]), patterns["real"])
    assert similarities(both, "real", ("apart",), [(0,)])["apart"][0, 0] == 0, "columns one by one look the same"
    assert missing_patterns({"real": real.drop_nulls()}) is None


def test_a_calendar_is_month_weekday_and_hour():
    real = pl.DataFrame({"d": [date(2024, 1, 1), date(2024, 2, 6)], "x": [1, 2]})
    moments = calendar({"real": real}, Schema.of(real))
    assert moments["real"].to_dicts() == [{"d month": "1", "d day": "1"}, {"d month": "2", "d day": "2"}]
    assert calendar({"real": real.drop("d")}, Schema.of(real.drop("d"))) is None


@pytest.mark.skipif(not has_sdmetrics(), reason="SDMetrics comes with the extra sdv")
def test_sdmetrics_says_nothing_and_gives_a_copy_full_marks(people, capfd):
    real = people.drop("person").select("age", "income", "female", "black").head(500)
    scores = report_scores(real, real, Schema.of(real))
    assert scores["quality"][0] == pytest.approx(1.0) and scores["diagnostic"][0] == pytest.approx(1.0)
    assert capfd.readouterr() == ("", "")
