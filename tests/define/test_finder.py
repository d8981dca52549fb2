"""Cut-points that can be said, the slice finder, and its statistics."""

from __future__ import annotations

import re
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.define.conjunctions import Conjunction, Signal
from supplychain.define.cuts import binned, quoted, roundest
from supplychain.define.estimates import Mean, adjusted
from supplychain.define.finder import find_slices
from supplychain.define.gaps import spoken
from supplychain.learning import Curve
from supplychain.part import _NAME
from supplychain.slices import Slice

NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8).filter(lambda n: n[0] != "_")
VALUES = st.one_of(
    st.lists(st.one_of(st.none(), st.integers(-1_000_000, 1_000_000)), min_size=30, max_size=80),
    st.lists(st.one_of(st.none(), st.floats(-1e12, 1e12)), min_size=30, max_size=80),
    st.lists(st.one_of(st.none(), st.sampled_from(["it's", "é", "a b", '"', "-1", "x"])), min_size=30, max_size=80),
    st.lists(st.one_of(st.none(), st.dates(date(1900, 1, 1), date(2100, 1, 1))), min_size=30, max_size=80),
    st.lists(st.one_of(st.none(), st.datetimes()), min_size=30, max_size=80),
)


@given(NAMES, VALUES)
def test_the_condition_of_a_bin_picks_the_rows_of_the_bin(name, values):
    """Whatever the column is called and holds, names with blanks, dots, quotes and emoji among them."""
    column = pl.Series(name, values)
    if column.dtype == pl.Null:
        return
    found = binned(column)
    if found is None:
        return
    frame = pl.DataFrame([column])
    for code, part in enumerate(found.bins):
        assert (Slice("bin", part.where).mask(frame).to_numpy() == (found.codes == code)).all(), part
    named = spoken(Conjunction(((0, 0),)), [found], {"all"})
    assert re.fullmatch(_NAME, named.name), named.name


@pytest.mark.parametrize("name", ["a b", "x.y", 'q"u', "😀", "order", "true", "1st", "Alter in Jahren"])
def test_a_name_that_needs_it_is_quoted(name):
    assert quoted(name) == '"' + name.replace('"', '""') + '"'
    assert quoted("age") == "age"


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_the_roundest_number_lies_where_it_should(low, width):
    high = low + width
    if low < high:
        assert low < roundest(low, high) <= high


def test_numbers_are_cut_where_people_would(people):
    conditions = [part.where for part in binned(people["income"]).bins]
    cuts = sorted({float(number) for text in conditions for number in re.findall(r"[\d.]+", text)})
    assert all(
        f"{cut:g}".rstrip("0").replace(".", "") in {"1", "15", "2", "25", "3", "4", "5", "6", "8"} for cut in cuts
    )
    counts = np.bincount(binned(people["income"]).codes)
    assert len(counts) == 6 and counts.min() > people.height / 20


def test_a_value_that_most_rows_have_is_a_bin_of_its_own():
    visits = pl.Series("visits", [0.0] * 800 + [float(n) for n in range(1, 201)])
    assert binned(visits).bins[0].where == "visits < 1"


def world(n=12_000, seed=0):
    """Six columns, losses that depend on none, and the rows of one corner of three columns."""
    rng = np.random.default_rng(seed)
    frame = pl.DataFrame({f"x{i}": rng.integers(0, 5, n) for i in range(6)})
    columns = [binned(frame[name]) for name in frame.columns]
    corner = ((frame["x1"] == 2) & (frame["x3"] == 4) & (frame["x4"] == 0)).to_numpy()
    return columns, rng.exponential(0.35, n), corner, rng.random(n) < 0.5


def search(columns, loss, half, entity=None, **settings):
    given = {"depth": 3, "least_rows": 50, "most": 10, "false_discovery": 0.05, "seed": 1, **settings}
    found = find_slices(columns, [Signal("loss", loss, 0.1 * loss.mean())], half, entity, **given)
    return found, [" AND ".join(part.where for part in one.conjunction.bins(columns)) for one in found]


def test_a_planted_corner_is_found_and_neither_its_parents_nor_its_children():
    columns, loss, corner, half = world()
    found, said = search(columns, loss + 0.5 * corner, half)
    assert said == ["x1 = 2 AND x3 = 4 AND x4 = 0"]
    assert found[0].excess == pytest.approx(0.5, abs=0.2) and found[0].q < 1e-3


def test_a_planted_column_is_not_dressed_up_with_others():
    columns, loss, _, half = world()
    hard = columns[2].codes == 3
    assert search(columns, loss + 0.3 * hard, half)[1] == ["x2 = 3"]


def test_depth_and_number_are_kept_and_the_same_seed_finds_the_same():
    columns, loss, corner, half = world()
    loss = loss + 0.5 * corner + 0.3 * (columns[2].codes == 3) + 0.3 * (columns[5].codes == 1)
    assert len(search(columns, loss, half, most=1)[0]) == 1
    assert all(len(one.conjunction.parts) == 1 for one in search(columns, loss, half, depth=1)[0])
    assert search(columns, loss, half) == search(columns, loss, half)
    assert search(columns, loss, half, depth=0) == ([], [])


def test_losses_that_follow_from_nothing_give_no_slice():
    """False discovery of 5% at most: of 30 worlds five or more would come up once in 60."""
    worlds = [search(*world(3_000, seed)[:2], world(3_000, seed)[3], seed=seed)[1] for seed in range(30)]
    assert sum(bool(found) for found in worlds) < 5, worlds


def test_rows_of_one_entity_do_not_confirm_one_another():
    """Fifty people with sixty alike rows each are not three thousand."""
    rng = np.random.default_rng(4)
    person = np.repeat(np.arange(50), 60)
    columns = [binned(pl.Series(f"x{i}", rng.integers(0, 5, 50)[person])) for i in range(6)]
    loss, half = rng.exponential(0.35, 50)[person], (rng.random(50) < 0.5)[person]
    assert search(columns, loss, half, person)[1] == []
    values = rng.normal(size=50)[person]
    assert Mean.of(values, person).error == pytest.approx(values[::60].std(ddof=1) / 50**0.5)


def test_adjusted_p_values_are_those_of_benjamini_and_hochberg():
    assert adjusted([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, 0.5])
    assert adjusted([]) == []


@given(st.sampled_from([0.4, 0.5, 0.8, 1.0]), st.floats(0.5, 5.0), st.floats(0.0, 0.5))
def test_a_learning_curve_is_got_back(b, a, c):
    rows = [50.0, 100.0, 200.0, 400.0]
    curve = Curve.fit(rows, [a * n**-b + c for n in rows])
    assert curve.loss(800) == pytest.approx(a * 800**-b + c, abs=0.01)
    assert curve.of_more(3).loss(1200) == pytest.approx(curve.loss(400))


def test_a_date_is_cut_at_years_and_quarters():
    days = pl.Series("seen", [date(2010, 1, 1) + timedelta(days=3 * n) for n in range(1_200)])
    assert all(part.where.count("-01'") == part.where.count("DATE") for part in binned(days).bins)
