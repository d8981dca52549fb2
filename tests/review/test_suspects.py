"""Suspects: rows that are wrong in a way of their own come before ordinary ones, whichever look sees it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from supplychain.measures.codes import LEAST, MISSING, RARE, coded
from supplychain.review.contrast import looks_changed
from supplychain.review.suspects import suspects
from supplychain.schema import Schema


def world(n: int, seed: int) -> pl.DataFrame:
    """People whose ward goes with their sex and whose dose goes with their weight, beside columns of chance."""
    rng = np.random.default_rng(seed)
    sex, weight = rng.choice(["f", "m"], n), rng.normal(70, 12, n).round(1)
    ward = np.where(rng.random(n) < 0.2, np.where(sex == "f", "obstetrics", "urology"), rng.choice(["a", "b", "c"], n))
    a, b = rng.integers(0, 2, n), rng.integers(0, 2, n)
    return pl.DataFrame(
        {
            "sex": sex,
            "ward": ward,
            "weight": weight,
            "dose": (weight * 3 + rng.normal(0, 6, n)).round(1),
            "town": rng.choice(list("pqrstuvw"), n),
            **{"a": a, "b": b, "c": a ^ b},
        }
    )


PLANTS = {
    "a pair that never meets": {"sex": "m", "ward": "obstetrics"},
    "a quantity that does not go with another": {"weight": 92.0, "dose": 160.0},
    "three values that go two by two": {"a": 1, "b": 1, "c": 1},
}


@pytest.fixture(scope="module")
def found():
    real, others = world(4_000, 1), world(2_000, 2)
    planted = [others.head(8).with_columns(pl.lit(v).alias(k) for k, v in plant.items()) for plant in PLANTS.values()]
    rows = pl.concat([others, *planted], how="vertical_relaxed")
    return others.height, rows, real, suspects(rows, real, Schema.of(real), seed=3)


@pytest.mark.parametrize("kind", range(len(PLANTS)), ids=list(PLANTS))
def test_each_kind_of_plant_is_among_the_first_rows(found, kind):
    n, rows, _, suspicion = found
    place = np.argsort(np.argsort(-suspicion.score, kind="stable"), kind="stable")[n + 8 * kind :][:8]
    assert (place < 0.05 * rows.height).all()


def test_values_that_go_two_by_two_are_seen_by_the_changes_alone(found):
    n, rows, _, suspicion = found
    places = {
        look: np.argsort(np.argsort(-score, kind="stable"), kind="stable")[n + 16 :] / rows.height
        for look, score in suspicion.looks.items()
    }
    assert (places["changes"] < 0.05).all()
    assert np.median(places["pairs"]) > 0.05 and np.median(places["quantities"]) > 0.05


def test_the_columns_of_a_pair_are_named(found):
    n, _, _, suspicion = found
    assert {frozenset(columns) for columns in suspicion.columns[n : n + 8]} == {frozenset({"sex", "ward"})}


def test_a_doubt_counts_the_more_the_seldomer_it_is(found):
    _, rows, real, suspicion = found
    calm = np.argsort(suspicion.score, kind="stable")[:1_005]

    def first(doubted: dict[str, list[int]]) -> np.ndarray:
        score = suspects(rows, real, Schema.of(real), doubted=doubted, seed=3).score
        return np.argsort(np.argsort(-score, kind="stable"), kind="stable") < 0.05 * rows.height

    assert first({"seldom": calm[:5].tolist()})[calm[:5]].all()
    assert not first({"often": calm[5:].tolist()})[calm[5:]].any(), "who doubts half of the rows doubts nobody"


def test_a_doubt_adds_as_much_to_a_row_that_is_suspect_as_to_a_calm_one(found):
    n, rows, real, suspicion = found
    doubted = [n, int(suspicion.score.argmin())]
    more = suspects(rows, real, Schema.of(real), doubted={"some": doubted}, seed=3).score - suspicion.score
    assert np.allclose(more[doubted], np.log(rows.height / 2))
    assert np.allclose(np.delete(more, doubted), 0)


def test_the_same_rows_are_as_suspect_again(found):
    _, rows, real, suspicion = found
    again = suspects(rows, real, Schema.of(real), seed=3)
    assert np.array_equal(again.score, suspicion.score)


def test_what_is_below_nothing_is_not_coded_as_nothing():
    """Income of nothing is common; a loss is not, and goes with other things."""
    real = pl.DataFrame({"income": [0.0] * 400 + [-5.0] * 3 + list(np.linspace(1, 90, 600))})
    made, known = coded(pl.DataFrame({"income": [-5.0, 0.0, 0.5, None]}), real, Schema.of(real))
    loss, nothing, little, missing = made[:, 0].tolist()
    assert loss < nothing < little and missing == MISSING
    assert (known[:, 0] == nothing).sum() == 400


def test_categories_of_few_people_have_no_code_of_their_own():
    real = pl.DataFrame({"code": ["250"] * 30 + ["648"] * LEAST + ["183"] * (LEAST - 1)})
    made, _ = coded(pl.DataFrame({"code": ["250", "648", "183", "new", None]}), real, Schema.of(real))
    assert made[:, 0].tolist() == [2, 3, RARE, RARE, MISSING]


def test_a_table_in_which_nobody_differs_suspects_nobody():
    codes = np.full((50, 3), 2)
    assert not looks_changed(codes, codes, [True, False, False], seed=1).any()


def test_few_people_and_missing_values_are_no_error():
    real = pl.DataFrame({"a": [1.5, None, 3.0, 4.0, 5.5, 6.0], "b": ["x", "y", None, "x", "y", "x"]})
    suspicion = suspects(real, real, Schema.of(real), seed=1)
    assert len(suspicion.score) == real.height and np.isfinite(suspicion.score).all()
