"""The benchmarks: each imports, and what they compute is what they say. Times are never asserted."""

from __future__ import annotations

import importlib

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import nist
from bench.datasets import available, kept, load
from bench.measures import copies
from bench.tables import markdown, spread
from tests.conftest import REPO

MODULES = sorted(path.stem for path in (REPO / "bench").glob("*.py") if path.stem != "__init__")
ROWS = st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from("xyz"), st.integers(0, 4)), min_size=1, max_size=30)


def people(rows: list[tuple[str, str, int]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["PUMA", "kind", "count"], orient="row").with_columns(other=pl.col("count") % 2)


@pytest.mark.parametrize("name", MODULES)
def test_every_bench_imports(name):
    assert importlib.import_module(f"bench.{name}").__doc__


@given(ROWS)
def test_a_table_scores_1000_against_itself_and_0_against_one_that_shares_no_cell(rows):
    real = people(rows)
    assert nist.k_marginal(real, real.sample(fraction=1, shuffle=True, seed=1)) == pytest.approx(1000)
    elsewhere = real.with_columns(PUMA=pl.col("PUMA") + "!")
    assert nist.k_marginal(real, elsewhere) == pytest.approx(0)


@given(ROWS, ROWS)
def test_the_score_lies_between_0_and_1000_and_has_no_direction(rows, others):
    real, other = people(rows), people(others)
    assert -1e-9 <= nist.k_marginal(real, other) <= 1000 + 1e-9
    assert nist.k_marginal(real, other) == pytest.approx(nist.k_marginal(other, real))  # no column here is cut


def test_a_cell_that_moves_costs_its_share():
    real = people([("A", "x", 0), ("A", "y", 1), ("B", "x", 0), ("B", "y", 1)])
    moved = people([("A", "x", 0), ("A", "y", 1), ("B", "x", 0), ("B", "z", 1)])
    # A quarter of the rows differs, in the two pairs that have `kind` among three.
    assert nist.k_marginal(real, moved) == pytest.approx(1000 * (1 - 2 / 3 / 4))


def test_numbers_are_cut_into_parts_and_missing_ones_stand_for_themselves():
    real = pl.DataFrame({"PUMA": "A", "AGEP": [*range(200), None], "SEX": 1})
    nudged = real.with_columns(AGEP=pl.col("AGEP").clip(1, 199))
    assert nist.k_marginal(real, nudged) == pytest.approx(1000)
    assert nist.k_marginal(real, real.with_columns(AGEP=pl.col("AGEP").fill_null(0))) < 1000


def test_real_rows_of_another_year_score_what_was_published():
    try:
        real, control = nist.read()
    except SystemExit as absent:
        pytest.skip(str(absent))
    assert nist.k_marginal(real, control) == pytest.approx(887, abs=2)  # SDNist's own report of 2018 against 2019
    assert nist.matches(real, control) == 9


def test_matches_and_copies_count_only_what_one_real_row_has():
    real = pl.DataFrame({"a": [1, 1, 2, 3], "b": ["x", "x", None, "z"]})
    made = pl.DataFrame({"a": [1, 2, 2, 4], "b": ["x", None, None, "z"]})
    assert nist.matches(real, made) == 1  # one person, however often
    assert copies(made, real) == 2  # two synthetic rows


@pytest.mark.parametrize("name", ["drug-spend", "diabetes130", "credit_card_clients", "oulad", "acs_national_2018"])
def test_real_people_keep_the_declared_rules_and_stay_in_one_role(name):
    if not available([name]):
        pytest.skip(f"{name} is not here: set SUPPLYCHAIN_TEST_DATA to a folder that has it")
    parts = load(name)
    assert parts.rules
    entities = [set(frame["_entity"]) for frame in (parts.train, parts.tune, parts.gold)]
    assert sum(map(len, entities)) == len(set.union(*entities))
    for frame in (parts.train, parts.tune, parts.gold):
        assert kept(frame, parts.rules).select(pl.all_horizontal(pl.all()).all()).item()


def test_tables_say_the_median_and_the_range():
    assert spread([3.0, 1.0, 2.0], 1) == "2.0 (1.0 to 3.0)"
    assert spread([2.0, 2.0], 1) == "2.0"
    assert markdown(["a", "b"], [["x", 10]]).splitlines() == ["| a |  b |", "| - | -: |", "| x | 10 |"]
