"""Trees: what single rows keep: heaping, equal columns, rules, weights, people, ids; and conditions met exactly."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.gates import kept_rows, row_conditions
from supplychain.gates.suite import read_suite
from supplychain.generate.trees import conditions
from supplychain.generate.trees.model import Trees
from supplychain.generate.trees.runs import CHUNK
from supplychain.generate.trees.tokens import learn
from tests.conftest import REPO

SUITE = REPO / "expectations/drug-spend/synthetic.yaml"


@pytest.fixture(scope="module")
def real(people):
    made = people.drop("person").with_columns((pl.col("drugexp") >= 2500).cast(pl.Int64).alias("high_spend"))
    one_health = pl.col("vegood") + pl.col("good") + pl.col("fair") + pl.col("poor") <= 1
    return made.drop("drugexp").filter(one_health)


@pytest.fixture(scope="module")
def model(real):
    return Trees(first=("age", "income", "hisp", "high_spend")).fit(real, seed=1)


def test_orders_drawn_together_are_the_rows_drawn_one_by_one(model):
    orders = [
        (100, 1, None),
        (50, 2, "age >= 80"),
        (CHUNK + 10, 3, None),
        (0, 4, "hisp = 1"),
        (40, 5, "hisp = 1 AND income > 33.3"),
        (30, 6, "age < 10"),
        (60, 7, "totchr >= 3 AND marry = 1"),
        (100, 1, "TRUE"),
    ]
    together = list(model.sample_each(orders))
    alone = [model.sample(n, seed=seed, where=where) for n, seed, where in orders]
    assert [rows.height for rows in together] == [100, 50, CHUNK + 10, 0, 40, 0, 60, 100]
    assert all(one.equals(other) for one, other in zip(together, alone, strict=True))
    assert not together[0].head(50).equals(together[2].head(50))


@pytest.mark.parametrize("most_cells", [conditions.MOST_CELLS, 0], ids=["combinations", "rejection"])
def test_a_condition_gives_the_rows_that_rejection_would(real, monkeypatch, most_cells):
    monkeypatch.setattr(conditions, "MOST_CELLS", most_cells)
    fitted = Trees(first=("age", "income", "hisp", "high_spend")).fit(real, seed=1)
    where = "income BETWEEN 12.345 AND 47.11 AND age >= 78"
    everyone = fitted.sample(300_000, seed=5).filter(pl.sql_expr(where))
    made = fitted.sample(20_000, seed=6, where=where)
    assert made.height == 20_000 and made.filter(pl.sql_expr(where)).height == 20_000
    for column in ("age", "income", "educyr", "totchr", "high_spend", "ssiratio"):
        means = [frame[column].cast(pl.Float64).mean() for frame in (made, everyone)]
        error = everyone[column].cast(pl.Float64).std() * (1 / made.height + 1 / everyone.height) ** 0.5
        assert abs(means[0] - means[1]) < 5 * error, column


def test_rules_are_kept_while_drawing(real):
    suite = read_suite(SUITE, root=REPO, columns=real.columns)
    shares = {}
    for rules in ((), row_conditions(suite, real.schema)):
        made = Trees(first=("high_spend",), rules=rules).fit(real, seed=1).sample(30_000, seed=2)
        shares[bool(rules)] = kept_rows(made, suite).mean()
    assert shares[True] >= 0.9999 and shares[False] < shares[True]


def test_people_round_and_so_do_rows_drawn_for_them():
    rng = np.random.default_rng(1)
    pay = rng.lognormal(8, 1, 6_000)
    step = rng.choice([1, 100, 1000], 6_000, p=[0.2, 0.5, 0.3])
    frame = pl.DataFrame({"pay": (np.round(pay / step) * step).astype(int), "x": rng.integers(0, 3, 6_000)})
    made = Trees().fit(frame, seed=1).sample(20_000, seed=2)
    for divisor in (10, 100, 1000):
        share = [(rows["pay"] % divisor == 0).mean() for rows in (frame, made)]
        assert share[1] == pytest.approx(share[0], abs=0.03), divisor


@given(
    st.lists(st.integers(-10_000, 10_000), min_size=20, max_size=200),
    st.sampled_from([1, 5, 10, 100]),
    st.integers(1, 20),
)
def test_steps_are_those_of_the_values(values, step, floor):
    series = pl.Series("x", [value * step for value in values])
    tokens, codes = learn(series, "integer", np.ones(len(values)), floor)
    assert all(share >= 0 for share in tokens.shares) and sum(tokens.shares) == pytest.approx(1)
    usable = codes[codes != tokens.rare]
    numbers = tokens.numbers(usable, np.random.default_rng(0).random(len(usable)))
    assert np.isclose(numbers % tokens.steps[0], 0).all()
    known = codes < tokens.missing
    assert (tokens.encode(series.cast(pl.Float64).to_numpy()[known]) == codes[known]).all()


def test_a_column_that_is_often_another_stays_so():
    rng = np.random.default_rng(1)
    bill = rng.lognormal(7, 1, 8_000).round()
    paid = np.where(rng.random(8_000) < 0.3, bill, (bill * rng.random(8_000)).round())
    made = Trees().fit(pl.DataFrame({"bill": bill, "paid": paid}), seed=1).sample(20_000, seed=2)
    real_share = float((bill == paid).mean())
    assert (made["bill"] == made["paid"]).mean() == pytest.approx(real_share, abs=0.03)
    assert made["bill"].n_unique() > 3_000, "drawn anew, not copied"


def test_a_category_that_is_a_function_of_a_longer_one_stays_so():
    rng = np.random.default_rng(1)
    job = rng.integers(0, 120, 12_000)
    branch = (job * 7) % 11
    frame = pl.DataFrame({"job": [f"job {j}" for j in job], "branch": [f"branch {b}" for b in branch]})
    made = Trees(min_leaf=20).fit(frame, seed=1).sample(5_000, seed=2)
    told = dict(frame.unique().iter_rows())
    assert np.mean([told[one] == other for one, other in made.select("job", "branch").iter_rows()]) > 0.95


def test_survey_weights_make_rows_as_common_as_the_population_has_them():
    rng = np.random.default_rng(1)
    rural = rng.random(6_000) < 0.2
    frame = pl.DataFrame(
        {
            "rural": rural.astype(int),
            "age": np.where(rural, 70, 40) + rng.integers(0, 10, 6_000),
            "w": np.where(rural, 300, 100),
        }
    )
    made = Trees(weight="w").fit(frame, seed=1).sample(20_000, seed=2)
    weighted = (frame["rural"] * frame["w"]).sum() / frame["w"].sum()
    assert made["rural"].mean() == pytest.approx(weighted, abs=0.015)
    assert made["age"].mean() == pytest.approx((frame["age"] * frame["w"]).sum() / frame["w"].sum(), abs=0.5)
    assert set(made["w"]) == {round(frame["w"].mean())}, "every synthetic row stands for as many people"


def test_people_with_several_rows_are_drawn_as_people():
    rng = np.random.default_rng(1)
    visits = rng.integers(1, 5, 3_000)
    person = np.repeat(np.arange(3_000), visits)
    nth = np.concatenate([np.arange(count) for count in visits])
    sex = rng.integers(0, 2, 3_000)[person]
    start = rng.normal(120, 15, 3_000)[person]
    frame = pl.DataFrame(
        {
            "_entity": person,
            "sex": np.where(sex, "f", "m"),
            "pressure": (start + nth * 4 + rng.normal(0, 2, len(nth))).round(1),
        }
    )
    model = Trees(first=("sex",)).fit(frame, seed=1)
    made = model.sample(len(frame), seed=2)
    assert made.height == len(frame)
    assert made.group_by("_entity").agg(pl.col("sex").n_unique())["sex"].max() == 1
    for rows in (frame, made):
        counts = rows.group_by("_entity").len()["len"].value_counts(normalize=True).sort("len")["proportion"]
        assert np.allclose(counts, 0.25, atol=0.04)
    steps = [
        rows.select((pl.col("pressure") - pl.col("pressure").shift(1).over("_entity")).alias("d"))["d"].drop_nulls()
        for rows in (frame, made)
    ]
    assert steps[1].mean() == pytest.approx(steps[0].mean(), abs=1)
    assert steps[1].std() < 3 * steps[0].std(), "a person's next row is near the one before"
    assert model.sample(0, seed=2).schema == made.schema
    chosen = model.sample(500, seed=3, where="sex = 'f'")
    assert chosen["_entity"].n_unique() == 500, "each row of a slice is a person of its own"
    assert set(chosen["sex"]) == {"f"} and chosen.height == 500


def test_ids_are_made_anew():
    frame = pl.DataFrame({"id": [f"P{number:05d}" for number in range(400)], "x": [0, 1] * 200})
    made = Trees().fit(frame, seed=1).sample(1_000, seed=2)
    assert made["id"].n_unique() == 1_000 and not set(made["id"]) & set(frame["id"])


def test_ids_of_rows_of_one_person_are_made_anew():
    visits = [f"V{number:05d}" for number in range(1_200)]
    frame = pl.DataFrame({"_entity": [number // 3 for number in range(1_200)], "id": visits, "x": [0, 1, 1] * 400})
    made = Trees().fit(frame, seed=1).sample(900, seed=2)
    assert made["id"].n_unique() == 900 and made["_entity"].n_unique() == 300


def test_pairs_of_rows_are_people_too():
    """Nobody has more than two rows: the numbers of rows are few."""
    frame = pl.DataFrame({"_entity": [n // 2 for n in range(800)] + list(range(1000, 1400)), "x": list(range(1200))})
    made = Trees().fit(frame, seed=1).sample(900, seed=2)
    counts = made.group_by("_entity").len()["len"]
    assert counts.max() == 2 and counts.mean() == pytest.approx(1.5, abs=0.1)


def test_a_person_with_more_rows_than_others_have_is_no_trouble():
    rng = np.random.default_rng(1)
    counts = np.append(rng.integers(1, 3, 600), [40])
    frame = pl.DataFrame({"_entity": np.repeat(np.arange(601), counts)}).with_columns(x=pl.int_range(pl.len()) % 7)
    made = Trees().fit(frame, seed=1).sample(2_000, seed=2)
    assert made.height == 2_000 and made.group_by("_entity").len()["len"].max() < 40


def test_what_hardly_any_next_row_has_is_no_trouble():
    """Among the next rows of half of the people a column may be constant."""
    first = pl.DataFrame({"_entity": range(600), "new": ["yes"] * 60 + ["no"] * 540, "x": [0, 1] * 300})
    later = first.with_columns(new=pl.Series(["yes"] + ["no"] * 599))
    made = Trees().fit(pl.concat([first, later]), seed=1).sample(1_000, seed=2)
    assert made.filter(pl.int_range(pl.len()).over("_entity") > 0)["new"].eq("no").mean() > 0.98
