"""Evidence on the rows of one person: what is real looks real, and rows that were dealt anew do not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from supplychain.generate.synthesizer import synthesizer
from supplychain.measures.sequence import Sequences, autocorrelations
from supplychain.schema import Schema
from supplychain.store import Store, StoredTable, parquet_bytes, sha256
from supplychain.tables import TableScan
from supplychain.validate import METRICS, sequence
from supplychain.validate.subject import Subject
from tests.conftest import SHARED_DATA

START = datetime(2020, 1, 1)


def visits(people: int, seed: int, *, remembers: float = 0.9) -> pl.DataFrame:
    """One to six visits a person, weeks apart, with a weight that goes on from the last one and a fixed blood group."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(people):
        moment, weight = START + timedelta(days=int(rng.integers(0, 365))), rng.normal()
        blood = str(rng.choice(["A", "B", "0"]))
        for _ in range(1 + rng.binomial(5, 0.5)):
            weight = remembers * weight + (1 - remembers**2) ** 0.5 * rng.normal()
            rows.append((f"{seed}-{person}", moment, 80 + 10 * weight, blood))
            moment += timedelta(days=int(rng.integers(7, 60)))
    return pl.DataFrame(rows, schema=["_entity", "seen", "weight", "blood"], orient="row")


def scanned(frame):
    data, store = parquet_bytes(frame), Store("memory://sequence")
    store.write(f"{sha256(data)}.parquet", data)
    return TableScan(store, StoredTable(f"{sha256(data)}.parquet", sha256(data), frame.height, len(data)))


@pytest.fixture
def subject(project):
    real, gold = visits(500, 1), visits(300, 2)
    people = {"real": real, "gold": gold, "tune": gold}
    whole = {name: frame.drop("_entity") for name, frame in people.items()}
    return Subject(
        project.chain(), "metro", people, whole, whole, {}, None, pl.DataFrame(), None, pl.Series(dtype=pl.String)
    )


def measured(subject, made, slice_="all"):
    scan = scanned(made.with_columns(_slice=pl.lit(slice_)))
    return {(row.metric, row.scope): row for row in sequence.sequence(replace(subject, scans={"accepted": scan}))}


def test_fresh_people_look_real_and_faults_do_not(subject):
    fresh = visits(400, 3)
    found = measured(subject, fresh)
    assert {metric for metric, _ in found} == set(sequence.METRICS) <= set(METRICS)
    for row in found.values():
        assert row.value is not None and (row.low is None or row.low <= row.value <= row.high), row
        if row.metric in ("sequence.rows", "sequence.order", "sequence.change"):
            assert row.high > row.reference - 0.02
    assert found["sequence.kept", "all"].low < 1 < found["sequence.kept", "all"].high + 0.05
    assert found["sequence.order", "seen"].value == 1
    assert found["sequence.autocorrelation_shift", "weight"].low < 0.02
    assert {scope for metric, scope in found if metric == "sequence.kept"} == {"all", "seen", "weight", "blood"}
    again = measured(subject, fresh)
    assert all(replace(row, seconds=0.0) == replace(again[key], seconds=0.0) for key, row in found.items())

    dealt = fresh.with_columns(fresh["_entity"].shuffle(seed=1))
    found = measured(subject, dealt)
    assert found["sequence.kept", "all"].high < 0.5 and found["sequence.kept", "blood"].high < 0.2
    assert found["sequence.order", "seen"].high < 0.8
    assert found["sequence.change", "seen"].high < 0.8
    assert found["sequence.autocorrelation_shift", "weight"].low > 0.4

    backwards = fresh.reverse()
    assert measured(subject, backwards)["sequence.order", "seen"].value == 0
    alone = fresh.group_by("_entity", maintain_order=True).head(2)
    assert measured(subject, alone)["sequence.rows", "all"].high < 0.7
    hasty = fresh.with_columns(seen=START + (pl.col("seen") - START) / 10)
    assert measured(subject, hasty)["sequence.change", "seen"].high < 0.5
    forgetful = visits(400, 3, remembers=0.3)
    assert measured(subject, forgetful)["sequence.autocorrelation_shift", "weight"].low > 0.3


def test_nothing_is_measured_where_nobody_has_several_rows_or_nobody_says_whose_a_row_is(subject):
    once = visits(400, 3).unique("_entity", keep="first", maintain_order=True)
    assert measured(subject, once) == {}
    assert measured(subject, visits(400, 3).drop("_entity")) == {}


def test_people_who_were_asked_for_as_such_are_looked_at_alone(subject):
    """A slice keeps some of a person's rows: where whole people are there, they tell."""
    whole, part = visits(300, 3), visits(300, 4).group_by("_entity", maintain_order=True).head(1)
    rows = pl.concat([whole.with_columns(_slice=pl.lit("all")), part.with_columns(_slice=pl.lit("few"))])
    found = {
        (row.metric, row.scope): row for row in sequence.sequence(replace(subject, scans={"accepted": scanned(rows)}))
    }
    assert found["sequence.rows", "all"].value == measured(subject, whole)["sequence.rows", "all"].value


def test_whole_people_are_drawn_and_no_more_rows_than_asked_for():
    frame = visits(300, 5).sample(fraction=1, shuffle=True, seed=1)
    drawn = Sequences.of(frame, ["seen", "weight"], by="seen", most=400, seed=3)
    assert 380 < drawn.rows.height <= 400
    sizes = frame.group_by("_entity").len()["len"].value_counts()
    assert set(np.bincount(drawn.entity)) <= set(sizes["len"])
    moments = drawn.rows["seen"]
    assert (moments[drawn.now] > moments[drawn.before]).all()
    assert (drawn.entity[drawn.now] == drawn.entity[drawn.before]).all()
    assert len(drawn.now) == drawn.rows.height - len(set(drawn.entity.tolist()))


def test_the_autocorrelation_is_that_of_numpy():
    frame = visits(200, 6)
    drawn = Sequences.of(frame, ["weight"], by=None, most=10_000, seed=3)
    values = drawn.rows["weight"].to_numpy()
    expected = np.corrcoef(values[drawn.now], values[drawn.before])[0, 1]
    found = autocorrelations(drawn, Schema.of(drawn.rows))["weight"]
    assert found[0] == pytest.approx(expected) and len(found) == 21
    left = drawn.parts != 4
    assert found[5] == pytest.approx(np.corrcoef(values[drawn.now[left]], values[drawn.before[left]])[0, 1])


@pytest.mark.long
@pytest.mark.parametrize(("name", "who"), [("diabetes130", "patient_nbr"), ("oulad", "id_student")])
def test_trees_keep_what_belongs_to_a_person(project, name, who):
    file = SHARED_DATA / f"{name}.csv.gz"
    if not file.is_file():
        pytest.skip(f"{file.name} is not here: set SUPPLYCHAIN_TEST_DATA to a folder that has it")
    rows = pl.read_csv(file, infer_schema_length=None, null_values=["?"]).rename({who: "_entity"})
    if name == "diabetes130":
        some = ["age", "gender", "race", "time_in_hospital", "number_inpatient", "number_diagnoses", "num_medications"]
        rows = rows.select("_entity", *some)
    several = pl.len().over("_entity") > 1
    rows = rows.filter(several).with_columns(pl.col("_entity").cast(pl.String))
    order = rows["_entity"].hash(seed=2) % 10
    real, gold = rows.filter(order < 7).head(12_000), rows.filter(order >= 7).head(4_000)
    people = {"real": real, "gold": gold, "tune": gold}
    whole = {key: frame.drop("_entity") for key, frame in people.items()}
    subject = Subject(
        project.chain(), "metro", people, whole, whole, {}, None, pl.DataFrame(), None, pl.Series(dtype=pl.String)
    )
    made = synthesizer("trees").fit(real, seed=1).sample(real.height, seed=2)
    made = made.with_columns(pl.col("_entity").cast(pl.String))
    found = measured(subject, made)
    assert found["sequence.kept", "all"].high > 0.7 and found["sequence.rows", "all"].value > 0.9
    dealt = measured(subject, made.with_columns(made["_entity"].shuffle(seed=1)))
    assert dealt["sequence.kept", "all"].high < 0.2
