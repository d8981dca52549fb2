"""Drift: silent where nothing moved, and it names what did, where, and how far."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.checks import _result
from assets.display import of_drift
from supplychain.define import land
from supplychain.measures.moved import Sides, moved
from supplychain.monitor import judge_drift, measure_drift, observe
from supplychain.monitor.compare import Comparison
from supplychain.monitor.findings import MOVED, TOO_FEW, UNTOLD, table_of
from supplychain.monitor.reference import in_season
from supplychain.monitor.words import alarm, cause, pictures
from supplychain.product import Product
from supplychain.schema import Schema

SPEC = {
    "name": "people",
    "source": {"file": "none.csv"},
    "outcome": {"name": "high"},
    "slices": {"poor-health": "fair = 1 OR poor = 1"},
    "levers": {"coverage": {"rows": {"all": 1}}},
}


COLUMNS, BOTH = ("columns",), ("columns", "models")


def found(reference, arrived, seed=1, kinds=COLUMNS, **attributes):
    return Comparison(Product.model_validate({**SPEC, **attributes}), 0.05, seed).findings(reference, arrived, kinds)


def that_moved(reference, arrived, seed=1, kinds=COLUMNS, **attributes):
    return [one for one in found(reference, arrived, seed, kinds, **attributes) if one.verdict == MOVED]


def columns(findings):
    """Columns that moved over all rows."""
    return {one.column for one in findings if one.column and one.slice == "all" and one.verdict == MOVED}


@pytest.fixture(scope="module")
def rows(people):
    mixed = people.with_columns(high=(pl.col("drugexp") >= 2500).cast(pl.Int64)).drop("person", "drugexp")
    return mixed.sample(fraction=1, shuffle=True, seed=1)


@pytest.fixture(scope="module")
def both(rows):
    return rows.head(2_500), rows.slice(2_500, 1_200)


def replay(rows, seed, n=500, held=1_500):
    """A reference and a window drawn with replacement from people who have not drifted."""
    drawn = rows.sample(held + n, with_replacement=True, shuffle=True, seed=seed)
    return drawn.head(held), drawn.tail(n)


def test_replays_of_people_who_have_not_drifted_seldom_alarm(rows):
    """At most one window in twenty may, over all columns, slices and tests: of 16, three or more have p < 0.05."""
    assert sum(bool(that_moved(*replay(rows, seed, 300), seed, BOTH)) for seed in range(16)) <= 2


@pytest.mark.long
@pytest.mark.parametrize("n", [200, 500, 2_000])
def test_at_most_one_undrifted_window_in_twenty_alarms(rows, n):
    """Of 200 at 5%, 17 and more have p < 0.03."""
    alarms = sum(
        bool(that_moved(*replay(rows, seed, n), seed, BOTH, monitor={"least_rows": 100})) for seed in range(200)
    )
    assert alarms <= 16


@pytest.mark.long
def test_weighted_windows_seldom_alarm(rows):
    weighted = rows.with_columns(w=0.2 + (pl.col("age") - 60) / 10)
    alarms = sum(bool(that_moved(*replay(weighted, seed), seed, BOTH, weight="w")) for seed in range(200))
    assert alarms <= 16


@pytest.mark.long
@pytest.mark.parametrize("size", [0.2, 0.3])
def test_a_number_that_moves_is_found(rows, size):
    by = size * rows["income"].std()
    found_in = 0
    for seed in range(40):
        reference, window = replay(rows, seed, 2_000)
        found_in += "income" in columns(that_moved(reference, window.with_columns(pl.col("income") + by), seed))
    assert found_in >= 38


@pytest.mark.parametrize(
    ("column", "shift", "words"),
    [
        ("income", pl.col("income") + 5, "income: median"),
        ("female", pl.when(pl.int_range(pl.len()) % 4 == 0).then(1).otherwise("female"), "female: "),
        ("age", pl.when(pl.int_range(pl.len()) % 3 == 0).then(None).otherwise("age"), "missing in 33.3% of rows"),
    ],
)  # fmt: skip
def test_a_planted_shift_is_named_and_how_far(both, column, shift, words):
    reference, arrived = both
    findings = that_moved(reference, arrived.with_columns(shift.cast(arrived[column].dtype).alias(column)))
    assert columns(findings) == {column}
    line = next(one for one in findings if one.column == column and one.slice == "all")
    assert words in line.words and f"distance {line.value:.3f}" in line.words
    assert words in cause(table_of(findings))


def test_a_shift_in_one_slice_is_named_there(both):
    reference, arrived = both
    sick = (pl.col("fair") == 1) | (pl.col("poor") == 1)
    shifted = arrived.with_columns(educyr=pl.when(sick).then(pl.col("educyr") - 2).otherwise("educyr"))
    assert "educyr in poor-health" in {one.scope for one in that_moved(reference, shifted)}


def test_columns_that_come_loose_are_seen_together(both):
    reference, arrived = both
    loose = arrived.with_columns(pl.col("lowincome").shuffle(seed=1), pl.col("income").shuffle(seed=2))
    findings = that_moved(reference, loose, kinds=BOTH)
    assert not columns(findings)
    (line,) = [one for one in findings if one.metric == "drift.joint"]
    assert line.low > 0.5 and "income" in line.words


def test_another_outcome_of_the_same_people_is_another_thing_than_other_people(both):
    reference, arrived = both
    sicker = arrived.with_columns(high=pl.when(pl.int_range(pl.len()) % 6 == 0).then(1).otherwise("high"))
    line = next(one for one in that_moved(reference, sicker, kinds=("models",)) if one.scope == "all")
    assert line.metric == "drift.concept"
    assert line.change > 0.05 and "higher at equal features" in line.words
    older = that_moved(reference.filter(pl.col("age") < 80), arrived.filter(pl.col("age") > 72), kinds=BOTH)
    assert "age" in columns(older) and "drift.concept" not in {one.metric for one in older}


def test_where_nobody_is_alike_the_outcome_cannot_be_told(both):
    elsewhere = (frame.with_columns(pl.lit(where).alias("msa")) for where, frame in enumerate(both))
    apart = found(*elsewhere, kinds=("models",))
    assert {one.verdict for one in apart if one.metric == "drift.concept"} == {UNTOLD}


def test_few_are_too_few_and_nobody_guesses(both):
    reference, arrived = both
    (line,) = found(reference, arrived.head(150))
    assert line.verdict == TOO_FEW and line.value is None and "150 rows arrived, 200 are needed" in line.words
    thin = [one for one in found(reference, arrived.head(400)) if one.verdict == TOO_FEW]
    assert {one.slice for one in thin} == {"poor-health"}


def test_survey_weights_are_heeded(both):
    """Women drawn twice as often and weighted half are no drift; without their weights they are."""
    reference, arrived = both
    women = arrived.filter(pl.col("female") == 1)
    twice = pl.concat([arrived, women]).sample(fraction=1, shuffle=True, seed=1)
    weights = pl.when(pl.col("female") == 1).then(0.5).otherwise(1.0).alias("w")
    even = reference.with_columns(pl.lit(1.0).alias("w"))
    assert "female" in columns(that_moved(reference, twice))
    assert "female" not in columns(that_moved(even, twice.with_columns(weights), weight="w"))


def test_people_count_not_their_rows(both):
    """Each person five times is no more proof than once."""
    reference, arrived = (
        frame.with_row_index("_entity").with_columns(pl.col("_entity").cast(pl.String)) for frame in both
    )
    findings = found(reference, pl.concat([arrived.head(300)] * 5))
    single = found(reference, arrived.head(300))
    chance = {one.column: one.reference for one in findings if one.slice == "all" and one.column}
    alone = {one.column: one.reference for one in single if one.slice == "all" and one.column}
    assert 0.75 < np.median([chance[name] / alone[name] for name in chance]) < 1.6


def test_a_window_is_held_against_its_own_season():
    windows = ("2013B", "2013J", "2014B", "2014J")
    assert in_season(windows, ("2013B", "2013J"), "2014B", 2)[0] == ("2013B",)
    assert in_season(windows, ("2013B", "2013J"), "2014J", 1) == (("2013B", "2013J"), "")
    held, words = in_season(windows, ("2013B",), "2013J", 2)
    assert held == ("2013B",) and "a season looks like drift" in words


@settings(max_examples=10)
@given(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=40, max_size=60), st.integers(0, 5))
def test_a_distance_lies_between_nothing_and_all(values, seed):
    frame = pl.DataFrame({"x": values}, schema={"x": pl.String})
    sides = Sides.of(frame.head(20), frame.tail(20), ["x"])
    everyone = {"all": np.ones(40, dtype=bool)}
    for one in moved(sides, Schema.of(sides.rows), everyone, alpha=0.05, seed=seed):
        assert 0 <= one.value <= 1 and 0 <= one.chance <= 1 and 0 < one.p <= 1
    same = Sides.of(frame, frame, ["x"])
    twice = {"all": np.ones(2 * len(values), dtype=bool)}
    assert all(one.value < 1e-6 for one in moved(same, Schema.of(same.rows), twice, alpha=0.05, seed=seed))


def test_a_new_category_is_drift():
    old, new = pl.DataFrame({"c": ["a"] * 500}), pl.DataFrame({"c": ["a"] * 300 + ["b"] * 200})
    (line,) = [one for one in that_moved(old, new) if one.column == "c"]
    assert "b in 40.0% of rows instead of 0.0%, which is new" in line.words


def test_in_the_chain_rural_people_alarm_with_words_and_a_picture(released):
    chain = released.chain()
    land(chain, "rural")
    output = measure_drift(chain, "rural").output("drift")
    assert output.notes["compared_with"] == "1.0.0" and output.notes["surely_moved"] >= 2
    table = chain.store.read_table(output.table)
    assert "msa" not in table["column"]
    assert table.filter(pl.col("metric") == "drift.schema")["value"].to_list() == [0.0]
    words = alarm(table, against="release 1.0.0")
    assert words.startswith("It moved from release 1.0.0.") and "educyr" in words
    shown = of_drift(chain, output)
    assert "svg" in shown["charts"].value and shown["in_words"].value == words
    released.edit("expectations/clinic/evidence.yaml", "bound: low, max_value: 0.05", "bound: low, max_value: 0.01")
    commit = judge_drift(chain, "rural")
    assert commit.gates
    import dagster as dg

    key = dg.AssetCheckKey(dg.AssetKey(["clinic", "drift"]), "drift")
    result = _result(key, list(commit.gates), output, shown)
    assert not result.passed and "educyr" in result.description and "svg" in result.metadata["charts"].value


def test_feedback_drifts_too_in_its_features_and_in_its_outcome(released, predictions):
    people = predictions.with_columns(
        age=(pl.col("age") + 6).clip(upper_bound=100),
        high_spend=pl.when(pl.int_range(pl.len()) % 4 == 0).then(1).otherwise("high_spend"),
    )
    people.write_csv(released.root / "sent.csv")
    chain = released.chain()
    observe(chain, released.root / "sent.csv")
    table = chain.store.read_table(measure_drift(chain, "metro").output("drift").table)
    moved_metrics = set(table.filter(pl.col("verdict") == MOVED)["metric"])
    assert {"traffic.distance", "traffic.concept"} <= moved_metrics
    assert not {metric for metric in moved_metrics if metric.startswith("drift.")}
    assert "feedback: age: " in cause(table)
    assert any("feedback" in svg for svg in pictures(table).values())


def test_a_window_that_shrinks_and_rows_that_rules_refuse_are_named(released):
    chain = released.chain()
    source = pl.read_csv(released.root / "clinic.csv")
    metro = pl.col("msa") == 1
    broken = source.with_columns(age=pl.when(metro & (pl.int_range(pl.len()) % 5 == 0)).then(30).otherwise("age"))
    broken.filter(~metro | (pl.int_range(pl.len()) % 3 > 0)).write_csv(released.root / "clinic.csv")
    land(chain, "metro")
    table = chain.store.read_table(measure_drift(chain, "metro").output("drift").table)
    lines = {row["metric"]: row["words"] for row in table.filter(pl.col("verdict") == MOVED).iter_rows(named=True)}
    assert "window metro shrank" in lines["drift.shrunk"]
    assert "row rules set" in lines["drift.refused"] and "instead of 0." in lines["drift.refused"]


def test_pictures_of_nothing_are_none():
    assert pictures(table_of([])) == {} and cause(table_of([])) == ""
    assert alarm(table_of([]), against="nothing: no release") == "Nothing to compare with: no release."


def test_judging_again_needs_something_to_judge(project, supplychain):
    code, _, err = supplychain("run", "clinic", "--window", "metro")
    assert code == 0, err
    drift = project.chain().ledger.current("clinic", "drift", "metro")
    assert drift.rows == 0
    assert "no release precedes" in str(drift.notes["compared_with"])
