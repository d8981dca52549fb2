"""Weights of synthetic rows, as measured on tune: good rows count, wrong ones do not."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.slices import ALL_ROWS
from supplychain.validate.weighing import Weights, golden
from tests.validate.arms import POOR


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_the_golden_ratio_balances(real, made):
    weight = golden(real, made)
    assert 0 < weight <= 1
    share = real / (real + weight * made)  # w^2 + k w - k = 0, of the paper's w and k
    k = real / made
    assert share**2 + k * share - k == pytest.approx(0, abs=1e-6 * max(k, 1))
    assert golden(real, made + made) <= weight, "more synthetic rows count less each"


@given(
    st.floats(0.05, 0.95),
    st.integers(10, 10_000),
    st.lists(st.sampled_from(["all", "poor", "rare"]), min_size=1, max_size=200),
    st.dictionaries(st.sampled_from(["all", "poor"]), st.floats(0, 1), max_size=2),
    st.floats(0, 1),
)
def test_a_share_is_never_passed_and_proportions_stay(share, real, made_for, slices, joint):
    made_for, before = pl.Series(made_for), Weights(joint, slices, (0, 1), 1, 1, (0, 1))
    after = before.capped(share, real, made_for)
    weight = after.of(made_for).sum()
    assert weight / (real + weight) <= share + 1e-9
    assert np.allclose(after.of(made_for) * before.of(made_for).sum(), before.of(made_for) * weight)
    if before.of(made_for).sum() / (real + before.of(made_for).sum()) <= share:
        assert after == before


def test_fresh_real_people_weigh_something_and_the_release_gains_by_it(fresh):
    assert fresh.weights.joint > 0
    assert fresh.between(ALL_ROWS, "real", "blend")[1] > 0
    assert fresh.fall(ALL_ROWS, "blend").low > 0, "and beyond a null"


def test_what_a_release_gains_is_beyond_real_rows_again_at_the_same_weights(parts):
    few, some = parts.real.head(600), parts.fresh.head(2_000)
    found = parts.effect(some, real=few, made_for=pl.repeat("all", some.height, eager=True))
    null, blend = found.arms["blend_null"].rows, found.arms["blend"].rows
    assert found.weights.joint > 0 and sorted(null.weights) == sorted(blend.weights)
    assert null.frame.join(few, on=null.frame.columns, how="anti").is_empty()
    best = max(found.between(ALL_ROWS, "real", "blend_null")[0], 0.0)
    fell = found.fall(ALL_ROWS, "blend")
    assert fell.value == pytest.approx(found.between(ALL_ROWS, "real", "blend")[0] - best)


def test_wrong_rows_weigh_nothing_and_the_release_is_that_of_real_rows(parts):
    wrong = parts.fresh.with_columns((1 - pl.col("high")).alias("high"))
    found = parts.effect(wrong)
    assert found.weights.joint == 0 == found.weights.best
    assert found.arms["blend"] is found.arms["blend_null"] is found.arms["real"]
    fell, trusted = found.fall(ALL_ROWS, "blend"), found.fall(ALL_ROWS)
    assert (fell.value, fell.low, fell.high, fell.null) == (0, 0, 0, 0), "as they weigh they teach nothing"
    assert trusted.high < 0
    assert found.between(ALL_ROWS, "real", "weighted")[2] < 0, "the arm that trusts them tells of the harm"


def test_only_the_slice_whose_rows_are_wrong_is_silenced(parts):
    inside = POOR.mask(parts.fresh)
    flipped = parts.fresh.with_columns(pl.when(inside).then(1 - pl.col("high")).otherwise(pl.col("high")).alias("high"))
    made_for = pl.select(pl.when(inside).then(pl.lit("poor-health")).otherwise(pl.lit("well"))).to_series()
    found = parts.effect(flipped, made_for=made_for, real=parts.real.head(300))
    assert found.weights.slices["poor-health"] == 0 < found.weights.slices["well"]
    assert found.between(POOR, "real", "blend")[0] > found.between(POOR, "real", "weighted")[0] + 0.05
