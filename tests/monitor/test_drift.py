"""Drift: silent where nothing moved, and it names what did."""

from __future__ import annotations

import polars as pl
import pytest

from supplychain.monitor.compare import Comparison


SPEC = {
    "name": "people",
    "source": {"file": "none.csv"},
    "outcome": {"name": "high"},
    "slices": {"poor-health": "fair = 1 OR poor = 1"},
    "levers": {"coverage": {"rows": {"all": 1}}},
}


def found(reference, arrived, seed=1, **attributes):
    return Comparison(Product.model_validate({**SPEC, **attributes}), 0.05, seed).findings(reference, arrived)


def moved(reference, arrived, **attributes):
    """Columns that moved over all rows."""
    return {
        one.column
        for one in found(reference, arrived, **attributes)
        if one.verdict == MOVED and one.column and one.slice == "all"
    }


@pytest.fixture(scope="module")
def rows(people):
    return people.with_columns(high=(pl.col("drugexp") >= 2500).cast(pl.Int64)).drop("person", "drugexp")


def test_people_of_one_population_do_not_drift(people):
    """Bootstrap replays of undrifted people: at most one in twenty may alarm over all columns together."""
    rows = people.drop("person")
    alarms = 0
    for seed in range(40):
        mixed = rows.sample(fraction=1, shuffle=True, seed=seed)
        alarms += bool(moved(mixed.head(5_000), mixed.slice(5_000, 1_500)))
    assert alarms <= 2


@pytest.mark.parametrize(
    ("column", "shift"),
    [
        ("income", pl.col("income") + 5),
        ("female", pl.when(pl.int_range(pl.len()) % 4 == 0).then(1).otherwise("female").cast(pl.Int64)),
        ("age", pl.when(pl.int_range(pl.len()) % 3 == 0).then(None).otherwise("age")),
    ],
)
def test_a_planted_shift_is_named(people, column, shift):
    mixed = people.drop("person").sample(fraction=1, shuffle=True, seed=1)
    reference, arrived = mixed.head(5_000), mixed.slice(5_000, 2_000)
    assert moved(reference, arrived.with_columns(shift.alias(column))) == {column}


def test_rural_people_are_another_population(people):
    rows = people.drop("person")
    found = moved(rows.filter(pl.col("msa") == 1), rows.filter(pl.col("msa") == 0))
    assert {"msa", "hisp", "educyr", "hi_empunion"} <= found
    assert "female" not in found


def test_the_interval_holds_the_distance(people):
    rows = people.drop("person")
    for row in column_drift(rows.head(3_000), rows.tail(3_000)):
        assert 0 <= row.low <= row.value <= row.high <= 1


def test_a_new_category_is_drift():
    old, new = pl.DataFrame({"c": ["a"] * 500}), pl.DataFrame({"c": ["a"] * 300 + ["b"] * 200})
    assert moved(old, new) == {"c"}


def test_judging_again_needs_something_to_judge(project, supplychain):
    code, _, err = supplychain("run", "clinic", "--window", "metro")
    assert code == 0, err
    drift = project.chain().ledger.current("clinic", "drift", "metro")
    assert drift.rows == 0
    assert "no release precedes" in str(drift.notes["compared_with"])
