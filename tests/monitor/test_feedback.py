"""How a model does in the wild: figures that hold what is true, and that say what they rest on."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from supplychain.monitor import measure_feedback, observe
from supplychain.monitor.performance import Scored, error, estimated, overconfidence_in
from supplychain.yardstick import Target

NOW = datetime(2024, 6, 1, tzinfo=UTC)
TWO = Target("y", (0, 1))


def feedback(project, frame, name="sent.csv"):
    frame.write_csv(project.root / name)
    observe(project.chain(), project.root / name, now=NOW)
    commit = measure_feedback(project.chain(), "metro")
    table = project.chain().store.read_table(commit.output("feedback").table)
    return commit, table, {row["slice"]: row for row in table.iter_rows(named=True) if row["period"] == "all"}


def surer(frame, power=3.0):
    odds = (pl.col("score") / (1 - pl.col("score"))) ** power
    return frame.with_columns(score=odds / (1 + odds))


def test_without_feedback_the_table_is_empty_and_says_so(released):
    commit = measure_feedback(released.chain(), "metro")
    assert commit.output("feedback").rows == 0
    assert "supplychain observe" in commit.output("feedback").notes["observed"]


def test_per_slice_and_month_with_intervals(released, predictions):
    commit, table, by_slice = feedback(released, predictions)
    line = by_slice["all"]
    wrong = ((predictions["score"] >= 0.5).cast(pl.Int64) != predictions["high_spend"]).mean()
    assert line["error"] == pytest.approx(wrong) and line["error_low"] < wrong < line["error_high"]
    brier = float(((predictions["score"] - predictions["high_spend"]) ** 2).mean())
    assert line["brier"] == pytest.approx(brier)
    assert line["over_low"] < 0 < line["over_high"] and line["verdict"] == "fine"
    assert line["ece_p"] > 0.01 and line["ece_null"] > 0
    assert line["outside_low"] < 0.08 and line["outside_high"] > 0.02
    assert set(table["period"]) == {"all", "2024-01-01", "2024-02-01", "2024-03-01"}
    months = table.filter(pl.col("slice") == "all", pl.col("period") != "all")
    assert months["rows"].sum() == line["rows"] == 1_200
    assert set(by_slice) == {"all", "poor-health"}
    scopes = {(row.metric, row.scope) for row in commit.evidence}
    assert {("feedback.error", "all"), ("feedback.over", "all"), ("feedback.ece", "poor-health")} <= scopes


def test_a_model_that_is_too_sure_is_named(released, predictions):
    _, _, by_slice = feedback(released, surer(predictions))
    line = by_slice["all"]
    assert line["verdict"] == "overconfident" and line["over_low"] > 0 and line["ece_p"] < 0.01
    assert abs(line["over_synthetic"]) <= line["over"] + 0.05 and 0 <= line["in_synthetic"] <= 1


def test_people_from_elsewhere_lie_outside_the_support(released, predictions):
    strangers = predictions.with_columns(age=pl.lit(110), income=pl.lit(400.0), totchr=pl.lit(20))
    _, _, by_slice = feedback(released, strangers)
    assert by_slice["all"]["outside_low"] > 0.9


def test_few_are_too_few_and_no_outcome_is_said(released, predictions):
    _, table, by_slice = feedback(released, predictions.head(150).drop("high_spend"))
    assert by_slice["all"]["verdict"] == "no outcomes yet" and by_slice["all"]["error"] is None
    assert by_slice["poor-health"]["verdict"] == "too few"
    assert set(table.filter(pl.col("rows") < 100)["verdict"]) == {"too few"}


def test_where_no_outcome_has_come_the_error_is_estimated_from_gold_and_says_so(released, predictions):
    _, _, by_slice = feedback(released, predictions.drop("high_spend"))
    line = by_slice["all"]
    wrong = ((predictions["score"] >= 0.5).cast(pl.Int64) != predictions["high_spend"]).mean()
    assert line["estimated_error_low"] < wrong < line["estimated_error_high"]
    assert "release's own model on" in line["basis"] and "gold rows" in line["basis"]


def test_outcomes_that_have_come_calibrate_the_estimate_of_the_rest(released, predictions):
    sure = surer(predictions)
    frame = sure.with_columns(pl.when(pl.int_range(pl.len()) < 600).then("high_spend").alias("high_spend"))
    _, _, by_slice = feedback(released, frame)
    line, rest = by_slice["all"], sure.tail(600)
    wrong = ((rest["score"] >= 0.5).cast(pl.Int64) != rest["high_spend"]).mean()
    naive = 1 - float(pl.select(pl.max_horizontal(rest["score"], 1 - rest["score"])).to_series().mean())
    assert line["estimated_error_low"] < wrong < line["estimated_error_high"]
    assert abs(line["estimated_error"] - wrong) < abs(naive - wrong) / 2
    assert line["basis"] == "recalibrated on 600 outcomes that have come"


def scored(score, outcome):
    frame = pl.DataFrame({"_score": score, "_predicted": None, "y": outcome}, schema_overrides={"y": pl.Int64})
    return Scored.of(frame, TWO)


def test_intervals_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(1)
    held, guessed = 0, 0
    for _ in range(60):
        score = rng.beta(2, 2, 400)
        some = scored(score, rng.random(400) < score)
        _, low, high = error(some)
        truth = float(np.mean(np.minimum(score, 1 - score)))
        held += low <= truth <= high
        come = np.arange(400) < 250
        late = Scored(some.confidence, some.loss, np.where(come, some.truth, -1), some.predictions, some.entity, False)
        guess = estimated(late, None, least=200, seed=1).error
        guessed += guess[1] <= float(some.loss[~come].mean()) <= guess[2]
    assert held >= 53 and guessed >= 53


def test_the_parts_of_overconfidence_add_up():
    rng = np.random.default_rng(2)
    some = scored(rng.beta(0.5, 0.5, 500), rng.random(500) < 0.5)
    region = rng.random(500) < 0.3
    parts = [overconfidence_in(some, inside)[0] for inside in (region, ~region, np.ones(500, dtype=bool))]
    assert parts[0] + parts[1] == pytest.approx(parts[2])


def test_several_classes_and_quantities():
    several = Target("y", ("a", "b", "c"))
    frame = pl.DataFrame({"_score": [0.8, 0.4, 0.9], "_predicted": ["a", "b", "c"], "y": ["a", "c", None]})
    some = Scored.of(frame, several)
    assert some.loss.tolist()[:2] == [0, 1] and np.isnan(some.loss[2]) and some.confidence.tolist() == [0.8, 0.4, 0.9]
    quantity = Target("y", (), 4.0)
    amounts = Scored.of(pl.DataFrame({"_score": [1.0, 3.0], "_predicted": None, "y": [3.0, 3.0]}), quantity)
    assert amounts.loss.tolist() == [1.0, 0.0]
    assert estimated(amounts, None, least=1, seed=0).error == (None, None, None)


def test_the_command_takes_it_in_measures_it_and_shows_it(released, predictions, supplychain):
    predictions.write_csv(released.root / "sent.csv")
    code, out, err = supplychain("observe", "clinic", "sent.csv")
    assert code == 0, err
    assert "1,200 new predictions, 1,200 new outcomes of metro" in out and "overconfidence" in out
    code, out, _ = supplychain("observe", "clinic", "sent.csv")
    assert code == 0 and "sent.csv: nothing new" in out
    code, _, err = supplychain("observe", "clinic", "nowhere.csv")
    assert code == 64 and err.count("\n") == 1 and "nowhere.csv: is not there" in err
