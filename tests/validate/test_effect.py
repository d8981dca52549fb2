"""The effect of synthetic rows on the outcome model: planted harm, and none where nothing is added."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from supplychain.estimator import Estimator
from supplychain.schema import Schema
from supplychain.slices import ALL_ROWS, Slice
from supplychain.validate.arms import Bench, Training, budget_around
from supplychain.validate.effect import Effect, slices_of
from supplychain.yardstick import Target
from tests.validate.arms import POOR


def test_fresh_real_people_help_beyond_the_null(parts, fresh):
    fell = fresh.fall(ALL_ROWS)
    assert fell.low > 0 and fell.n == parts.gold.height
    assert fresh.between(ALL_ROWS, "real", "weighted")[1] > 0
    assert fresh.loss(ALL_ROWS, "real")[0] - fresh.loss(ALL_ROWS, "weighted")[0] == pytest.approx(
        fresh.between(ALL_ROWS, "real", "weighted")[0]
    )


def test_the_same_people_again_are_no_help_whatever_they_do_to_the_model(parts):
    """What the trap looks like: repeated rows move a model, and the null moves with them."""
    fell = parts.effect(parts.real.sample(4_000, with_replacement=True, seed=9)).fall(ALL_ROWS)
    assert not fell.low > 0
    assert fell.null != 0


def test_a_badly_set_model_is_tuned_before_anything_is_compared(parts):
    """Repeated rows regularise nothing that tuning would not; noise that hides overfitting must not look like worth."""
    wild = Estimator("", {"max_iter": 200, "max_leaf_nodes": 31, "learning_rate": 0.3, "min_samples_leaf": 5})
    few = parts.real.head(400)
    found = Effect.of(few, few, parts.gold, parts.tune, Schema.of(few), "high", weight=1.0, seed=1, estimator=wild)
    assert found.arms["real"].estimator.settings != wild.settings
    assert all(arm.estimator in budget_around(wild) for arm in found.arms.values())
    untuned = found.bench.losses(found.bench.model(Training.of(few, few.clear(), 1.0), wild), found.gold)
    assert found.loss(ALL_ROWS, "real")[0] < untuned.mean() - 0.05
    assert not found.fall(ALL_ROWS).low > 0


def test_settings_that_suit_a_thinned_draw_are_not_kept_for_all_rows(parts, monkeypatch):
    """An arm with more rows is thinned more: it must not end with a smaller model for that, and lose by it."""
    budget = budget_around(Estimator("", {"max_iter": 40, "max_leaf_nodes": 15, "learning_rate": 0.1}))
    schema = Schema.of(parts.real)
    bench = Bench(schema, Target.of("high", parts.real), parts.tune, parts.gold, budget, 1)
    rows = Training.of(parts.real, parts.fresh, 1.0)
    monkeypatch.setattr("supplychain.validate.arms.MOST_TUNED", 150)
    few = rows.thinned(150, bench.seed)
    by_draw, by_all = (
        [bench.losses(bench.model(some, estimator), bench.tune).mean() for estimator in budget] for some in (few, rows)
    )
    suits = int(np.argmin(by_draw))
    assert suits != 0 and by_all[suits] > by_all[0] + 0.001, "what the draw would choose is worse on all rows"
    arm = bench.arm(rows)
    assert arm.estimator == budget[0]
    assert bench.losses(arm.model, bench.tune).mean() == pytest.approx(by_all[0])


def test_a_flipped_outcome_in_one_slice_harms_that_slice(parts):
    inside = POOR.expression
    flipped = parts.fresh.with_columns(pl.when(inside).then(1 - pl.col("high")).otherwise(pl.col("high")).alias("high"))
    found = parts.effect(flipped)
    assert found.fall(POOR).high < -0.05
    assert found.fall(POOR).high < found.fall(Slice("well", "fair = 0 AND poor = 0")).low


def test_weight_next_to_nothing_changes_next_to_nothing(parts):
    wrong = parts.fresh.with_columns((1 - pl.col("high")).alias("high"))
    found = parts.effect(wrong, weight=1e-9)
    assert abs(found.fall(ALL_ROWS).value) < 0.01
    assert found.between(ALL_ROWS, "real", "plain")[2] < -0.1, "the other arm takes them at their word"
    assert found.weights.best <= 1e-9


def test_good_rows_are_wanted_at_a_high_weight_and_the_last_of_them_still_help(fresh):
    low, high = fresh.weights.near
    assert low <= fresh.weights.best <= high == 1.0
    value, low, high = fresh.last_half()
    assert low < value < high and value > -0.001


def test_quantities_classes_and_an_estimator_that_is_not_ours(parts):
    assert np.isfinite(parts.effect(parts.fresh, outcome="income").fall(ALL_ROWS).value)
    counts = [rows.with_columns(pl.col("totchr").clip(0, 2)) for rows in (parts.real, parts.fresh, parts.gold)]
    tune = parts.tune.with_columns(pl.col("totchr").clip(0, 2))
    found = parts.effect(counts[1], outcome="totchr", real=counts[0], gold=counts[2], tune=tune)
    assert found.arms["weighted"].predictions.shape[1] == 3 and found.fall(ALL_ROWS).value > 0
    other = Estimator("sklearn.linear_model:LogisticRegression", {"C": 0.1})
    assert budget_around(other) == (other,)


def test_rows_of_an_outcome_that_no_real_row_has_are_left_out(parts):
    odd = parts.fresh.head(500).with_columns(
        pl.when(pl.col("age") > 80).then(7).otherwise(pl.col("high")).alias("high")
    )
    found = parts.effect(odd)
    assert 0 < found.added.height < found.made == 500


def test_too_few_people_give_no_figure(fresh):
    assert np.isnan(fresh.fall(Slice("none", "age > 200")).value)
    assert np.isnan(fresh.loss(Slice("none", "age > 200"), "real")[0])


def test_rows_of_one_person_do_not_narrow_an_interval(parts):
    twice = pl.concat([parts.gold.head(400).with_row_index("_entity")] * 3).with_columns(pl.col("_entity").cast(str))
    once = parts.effect(parts.fresh.head(1_000), gold=parts.gold.head(400)).fall(ALL_ROWS)
    found = parts.effect(parts.fresh.head(1_000), gold=twice).fall(ALL_ROWS)
    assert found.value == pytest.approx(once.value)
    assert found.high - found.low == pytest.approx(once.high - once.low, rel=1e-6)


def test_more_rows_than_an_arm_takes_are_thinned_alike(parts):
    training = Training.of(parts.real, parts.fresh, 0.5)
    some = training.thinned(600, seed=3)
    assert some.frame.height == 600 == len(some.weights)
    assert abs((some.weights == 0.5).mean() - 2 / 3) < 0.1
    assert training.thinned(6_000, seed=3) is training
    held, rest = training.parted(0.2, seed=3)
    assert held.frame.height + rest.frame.height == 6_000


def test_slices_of_the_plan_are_looked_at_beside_the_declared_ones():
    plan = pl.DataFrame(
        {"slice": ["found", "poor-health", "bought"], "predicate": ["a = 1", "b = 1", "c"], "rows": [5, 1, 0]}
    )
    assert [slice_.name for slice_ in slices_of([ALL_ROWS, POOR], plan)] == ["all", "poor-health", "found"]
