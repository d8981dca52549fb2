"""Trees: the quality of real rows without their people."""

from __future__ import annotations

import io
import time

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.membership import membership_z
from supplychain.generate.modelfile import read_model
from supplychain.generate.trees import Trees
from supplychain.generate.trees.tokens import learn
from supplychain.measures.copies import copied_share
from supplychain.measures.fidelity import discriminator_auc, pair_similarity
from supplychain.measures.utility import tstr_and_trtr
from supplychain.schema import Schema


@pytest.fixture(scope="module")
def halves(people):
    rows = people.drop("person").with_columns((pl.col("drugexp") >= 2500).cast(pl.Int64).alias("high_spend"))
    mixed = rows.drop("drugexp").sample(fraction=1, shuffle=True, seed=1)
    return mixed.head(4_600), mixed.slice(4_600, 2_800), mixed.tail(2_900)


@pytest.fixture(scope="module")
def fitted(halves):
    return Trees(first=("high_spend",)).fit(halves[0], seed=1)


def test_relations_are_kept_as_well_as_other_real_people_keep_them(halves, fitted):
    real, other, _ = halves
    schema = Schema.of(real)
    made = fitted.sample(other.height, seed=3)
    kept = {
        name: np.mean(list(pair_similarity(real, frame, schema).values()))
        for name, frame in (("made", made), ("other", other))
    }
    assert kept["made"] > 0.99 * kept["other"]
    assert discriminator_auc(other, made, schema, seed=1)[0] < 0.62
    draws = (made, *(fitted.sample(other.height, seed=seed) for seed in (4, 5)))
    ratios = [tstr_and_trtr(real, each, other, schema, "high_spend", seed=5)["ratio"][0] for each in draws]
    assert np.mean(ratios) > 0.9, "one draw of rows misleads"
    assert copied_share(made, real)[0] <= 1


def test_a_membership_attack_finds_next_to_nothing(halves, fitted):
    real, other, reference = halves
    leak = membership_z(fitted.sample(real.height, seed=3), real, other, reference)
    assert leak < 3.5
    copies = membership_z(real.sample(real.height, with_replacement=True, seed=1), real, other, reference)
    assert copies > 20, "and the attack does find copies"


def test_a_rare_slice_is_met_by_drawing_its_columns_alone(halves):
    real = halves[0]
    where = "age >= 89 AND hisp = 1 AND poor = 1"
    model = Trees(first=("age", "hisp", "poor")).fit(real, seed=1)
    everyone = model.sample(200_000, seed=2)
    prevalence = everyone.filter(pl.sql_expr(where)).height / everyone.height
    assert prevalence < 0.005
    started = time.process_time()
    made = model.sample(2_000, seed=3, where=where)
    assert made.height == 2_000 and made.filter(pl.sql_expr(where)).height == 2_000
    assert time.process_time() - started < 60  # a guard against whole rows drawn in vain, not a benchmark


def test_noise_grows_no_leaves():
    """Columns that have nothing to do with one another stay single leaves, or nearly so."""
    rng = np.random.default_rng(1)
    frame = pl.DataFrame({name: rng.integers(0, 5, 4_000) for name in "abcdef"})
    model = Trees(trees=1).fit(frame, seed=1)
    assert np.mean([len(column.forest.feature) for column in model._fitted.columns]) < 5


def test_a_strong_relation_is_found():
    rng = np.random.default_rng(1)
    x = rng.integers(0, 10, 5_000)
    made = Trees().fit(pl.DataFrame({"x": x, "y": x * 10}), seed=1).sample(2_000, seed=1)
    assert (made["y"] == made["x"] * 10).mean() > 0.95


def test_what_few_people_share_is_never_drawn():
    rng = np.random.default_rng(1)
    town = np.where(np.arange(3_000) < 3, "Hamlet", np.where(np.arange(3_000) % 2, "A", "B"))
    wealth = np.append(rng.normal(50, 10, 2_999), 10_000.0)
    frame = pl.DataFrame({"town": town, "wealth": wealth})
    made = Trees().fit(frame, seed=1).sample(20_000, seed=1)
    assert set(made["town"]) == {"A", "B"}
    assert made["wealth"].max() < 1_000, "the outer bin ends at the mean of the most extreme, not at the richest"
    assert made["wealth"].is_in(frame["wealth"].to_list()).mean() < 0.001


def test_the_floor_counts_people_not_rows():
    """One person with two thousand visits is one person."""
    frame = pl.DataFrame(
        {
            "_entity": ["talker"] * 2_000 + [str(number) for number in range(2_000)],
            "topic": ["secret"] * 2_000 + ["weather", "sport"] * 1_000,
            "length": [7] * 2_000 + [3] * 2_000,
        }
    )
    made = Trees().fit(frame, seed=1).sample(5_000, seed=1)
    assert not set(made["_entity"].cast(pl.String)) & {"talker"}
    assert set(made["topic"]) == {"weather", "sport"}
    assert 7 not in set(made["length"])


def test_point_masses_gaps_and_roundness_survive(halves):
    real = halves[0].with_columns(pl.when(pl.col("age") > 70).then(pl.col("income")).alias("income"))
    made = Trees().fit(real, seed=1).sample(10_000, seed=2)
    assert (made["firmsz"] == 0).mean() == pytest.approx((real["firmsz"] == 0).mean(), abs=0.02)
    assert (made["age"] == 90).mean() == pytest.approx((real["age"] == 90).mean(), abs=0.01), "the heap at the top code"
    assert made["income"].null_count() / 10_000 == pytest.approx(real["income"].null_count() / real.height, abs=0.02)
    assert made.filter(pl.col("age") <= 69)["income"].null_count() / made.filter(pl.col("age") <= 69).height > 0.9


def test_saved_models_are_plain_arrays(fitted, tmp_path):
    fitted.save(tmp_path / "model")
    _, body = read_model(tmp_path / "model", kind="trees", form=2)
    with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays.files)
    assert Trees.load(tmp_path / "model").sample(500, seed=4).equals(fitted.sample(500, seed=4))


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"a": list(range(10)), "b": ["x", "y"] * 5}),
        pl.DataFrame({"only": [1.5, 2.5, 9.0] * 40}),
        pl.DataFrame({"same": [3] * 300, "x": list(range(300))}),
        pl.DataFrame({"gone": [None] * 300, "x": list(range(300))}, schema={"gone": pl.Float64, "x": pl.Int64}),
        pl.DataFrame(
            {"x": [0, 1] * 1_000, "seldom": ["no"] * 1_975 + ["yes"] * 25, "late": [0.0] * 1_970 + [7.5] * 30}
        ),
        pl.DataFrame({"once": ["rare", *["common"] * 299], "big": [2**60 + number for number in range(300)]}),
        pl.DataFrame({"each": [f"name {number}" for number in range(300)], "x": [0, 1] * 150}),
        pl.DataFrame({'a "b".c 🙂': [1, 2, 3] * 100, " ": ["u", "v", "w"] * 100}),
        pl.DataFrame({"old": pl.date_range(pl.date(1850, 1, 1), pl.date(1850, 10, 27), eager=True), "x": [0, 1] * 150}),
        pl.DataFrame({str(number): [number, 1] * 60 for number in range(400)}),
    ],
    ids=[
        "ten rows",
        "one column",
        "constant",
        "all missing",
        "nearly constant",
        "seen once",
        "all different",
        "odd names",
        "1850",
        "400 columns",
    ],
)
def test_odd_tables_end_well(frame):
    made = Trees(trees=1).fit(frame, seed=1).sample(50, seed=1)
    assert made.schema == frame.schema and made.height == 50


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=1, max_size=80), st.integers(1, 20))
def test_drawn_numbers_stay_within_what_the_people_span(values, floor):
    series = pl.Series("x", values, dtype=pl.Float64)
    tokens, codes = learn(series, "number", np.ones(len(values)), floor)
    assert codes.min() >= 0 and codes.max() <= tokens.rare
    usable = codes[codes != tokens.rare]
    if not len(usable):
        return
    numbers = tokens.numbers(usable, np.random.default_rng(0).random(len(usable)))
    drawn = tokens.series(usable, numbers).drop_nulls()
    present = series.drop_nulls()
    if len(drawn):
        slack = tokens.steps[0]
        assert present.min() - slack <= drawn.min() and drawn.max() <= present.max() + slack
