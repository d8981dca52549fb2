"""Feedback: taken in once, outcomes now or later, and whatever is wrong with it is one line and takes nothing."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from supplychain.errors import BadInput
from supplychain.monitor import observe
from supplychain.monitor.observe import REFUSED, WRITING

NOW = datetime(2024, 6, 1, tzinfo=UTC)


def send(project, frame, name="sent.csv", **options):
    file = project.root / name
    frame.write_parquet(file) if name.endswith(".parquet") else frame.write_csv(file)
    return observe(project.chain(), file, now=NOW, **options)[0]


def stored(project, noun, window="metro"):
    chain = project.chain()
    return chain.store.read_table(chain.ledger.current("clinic", noun, window).table)


def events(project):
    return sorted(path.name for path in (project.home / "events/clinic").iterdir())


def test_predictions_and_late_outcomes_meet_by_key_and_a_file_that_comes_again_changes_nothing(released, predictions):
    first = send(released, predictions.drop("high_spend"))
    assert (first.status, first.predictions, first.labels, first.windows) == ("taken", 1_200, 0, ("metro",))
    late = predictions.select("prediction", "high_spend")
    early = send(released, late.head(500), "late.csv")
    assert (early.labels, early.corrected, early.waiting, early.windows) == (500, 0, 0, ("metro",))
    before = events(released)
    for name, frame in (("sent.csv", predictions.drop("high_spend")), ("late.csv", late.head(500))):
        assert send(released, frame, name).status == "nothing new"
    assert send(released, predictions.drop("high_spend"), "again.parquet").status == "nothing new"
    assert events(released) == before
    rows = stored(released, "predictions").join(stored(released, "labels"), on="_key", how="left")
    assert rows["high_spend"].null_count() == 700
    held = rows.drop_nulls("high_spend").sort("_key").select(prediction="_key", high_spend="high_spend")
    assert held.equals(late.head(500).sort("prediction"))


def test_an_outcome_may_come_first_and_a_newer_one_replaces_it_for_good(released, predictions):
    late = predictions.select("prediction", "high_spend").head(200)
    assert send(released, late, "old.csv").waiting == 200
    turned = late.head(10).with_columns((1 - pl.col("high_spend")).alias("high_spend"))
    assert send(released, turned, "mended.csv").corrected == 10
    assert send(released, late, "old.csv").corrected == 0
    assert stored(released, "labels").filter(pl.col("_key") == "p0")["high_spend"][0] == turned["high_spend"][0]
    assert send(released, predictions.drop("high_spend").head(100), "predictions.csv").waiting == 100


def test_the_outcome_may_come_as_the_column_that_it_is_made_of(released, predictions):
    spent = predictions.select("prediction", drugexp=pl.lit(2_500.0) * pl.col("high_spend")).with_columns(
        pl.when(pl.col("prediction") == "p1").then(None).otherwise("drugexp").alias("drugexp")
    )
    assert send(released, spent).labels == 1_199
    assert (
        stored(released, "labels")["high_spend"].sum() == predictions["high_spend"].sum() - predictions["high_spend"][1]
    )


def test_lineage_says_which_file_it_was(released, predictions):
    from supplychain.store import sha256

    send(released, predictions)
    commit, _ = released.chain().ledger.find("clinic", "predictions", "metro")
    assert ("feedback-file", sha256((released.root / "sent.csv").read_bytes())) in {
        (item.asset, item.content) for item in commit.inputs
    }


def test_the_key_of_an_entity_brings_its_features(released, people):
    chain = released.chain()
    landed = chain.store.read_table(chain.ledger.current("clinic", "real", "metro").table)
    sample = people.sample(3_000, seed=1).filter(pl.col("msa") == 1)
    send(released, sample.select("person", score=pl.lit(0.3), drugexp="drugexp"), window="metro")
    from supplychain.monitor.observed import current_predictions

    with chain.step("monitor", "metro") as step:
        rows = current_predictions(chain, step, "metro")
    known = rows.filter("_known")
    assert landed.height < known.height < rows.height  # gold people stay unknown
    joined = known.join(landed, on="_entity", suffix="_real")
    assert joined.height == landed.height and (joined["age"] == joined["age_real"]).all()
    assert (joined["high_spend"] == joined["high_spend_real"]).all()


def test_a_table_of_a_database(released, predictions):
    file = released.root / "feed.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.register("given", predictions)
        connection.execute("create table sent as select * from given")
    assert observe(released.chain(), file, table="sent", now=NOW)[0].predictions == 1_200
    with pytest.raises(BadInput, match="has no table 'set'; did you mean 'sent'"):
        observe(released.chain(), file, table="set", now=NOW)


def first(column, value):
    return pl.when(pl.int_range(pl.len()) == 2).then(value).otherwise(column).alias(column)


BAD = {
    "an unknown column": (lambda f: f.rename({"score": "scroe"}), "unknown column 'scroe'.*did you mean 'score'"),
    "a score above 1": (lambda f: f.with_columns(first("score", 1.2)), "score: holds the score 1.2 in row 3"),
    "a score below 0": (lambda f: f.with_columns(first("score", -0.1)), "holds the score -0.1 in row 3"),
    "no score": (lambda f: f.with_columns(first("score", None)), "holds no score in row 3"),
    "an outcome never seen": (
        lambda f: f.with_columns(first("high_spend", 7)),
        "outcome .*7.* in row 3, which no real",
    ),
    "a time to come": (
        lambda f: f.with_columns(first("time", datetime(2030, 1, 1))),
        "time: holds 2030-01-01 00:00:00 in row 3, which is yet to come",
    ),
    "a key that stands twice": (
        lambda f: f.with_columns(first("prediction", pl.lit("p0"))),
        "names prediction 'p0' in 2 rows that differ",
    ),
    "no key": (lambda f: f.drop("prediction"), "does not say which prediction a row is about.*'prediction'"),
    "a key that is missing": (lambda f: f.with_columns(first("prediction", None)), "has no prediction in row 3"),
    "neither score nor outcome": (lambda f: f.drop("score", "high_spend"), "neither a score .* nor an outcome"),
    "no such window": (lambda f: f.with_columns(first("msa", 5)), "msa = 5, which is no window"),
    "no window": (lambda f: f.drop("msa"), "does not say which window its predictions are of"),
    "a text for a number": (
        lambda f: f.with_columns(pl.col("age").cast(pl.String)).with_columns(first("age", pl.lit("old"))),
        "column age: has values that are no integer",
    ),
}


@pytest.mark.parametrize("fault", BAD)
def test_bad_feedback_is_one_line_and_takes_nothing(released, predictions, fault):
    spoil, line = BAD[fault]
    before = events(released)
    with pytest.raises(BadInput, match=line) as error:
        send(released, spoil(predictions))
    assert "\n" not in str(error.value) and "sent.csv" in str(error.value)
    assert events(released) == before


def test_another_score_of_a_known_prediction_is_refused(released, predictions):
    send(released, predictions)
    with pytest.raises(BadInput, match=r"gives prediction 'p2' the score 0.9, and it was observed with"):
        send(released, predictions.with_columns(first("score", 0.9)), "other.csv")


@pytest.mark.parametrize(("name", "keep"), [("cut.parquet", 0.6), ("cut.csv", 0.503)])
def test_a_file_that_ends_in_the_middle_is_one_line(released, predictions, name, keep):
    whole = released.root / f"whole{Path(name).suffix}"
    predictions.write_parquet(whole) if name.endswith("parquet") else predictions.write_csv(whole)
    data = whole.read_bytes()
    (released.root / name).write_bytes(data[: int(len(data) * keep)])
    with pytest.raises(BadInput, match="or wait, if it is still being written"):
        observe(released.chain(), released.root / name, now=NOW)


def test_a_file_that_grows_is_waited_for(released, predictions):
    released.edit("assets/products/clinic/defs.yaml", "settle_seconds: 0.0", "settle_seconds: 0.3")
    file, data = released.root / "grows.csv", predictions.write_csv().encode()
    file.write_bytes(data[:5_000])

    def writer():
        for start in range(5_000, len(data), 40_000):
            time.sleep(0.05)
            with file.open("ab") as handle:
                handle.write(data[start : start + 40_000])

    thread = threading.Thread(target=writer)
    thread.start()
    (taken,) = observe(released.chain(), file, now=NOW)
    thread.join()
    assert taken.predictions == 1_200


def test_a_folder_is_taken_file_by_file_and_one_that_is_wrong_stops_no_other(released, predictions):
    folder = released.root / "inbox"
    folder.mkdir()
    predictions.head(400).write_csv(folder / "a.csv")
    predictions.slice(400, 400).with_columns(score=pl.lit(2.0)).write_csv(folder / "b.csv")
    predictions.tail(400).write_parquet(folder / "c.parquet")
    (folder / ".hidden.csv").write_text("x")
    (folder / "d.csv.part").write_text("x")
    found = {Path(one.file).name: one for one in observe(released.chain(), folder, now=NOW)}
    assert {name: one.status for name, one in found.items()} == {
        "a.csv": "taken",
        "b.csv": REFUSED,
        "c.parquet": "taken",
    }
    assert "holds the score 2 in row 1" in found["b.csv"].words
    released.edit("assets/products/clinic/defs.yaml", "settle_seconds: 0.0", "settle_seconds: 60.0")
    assert {one.status for one in observe(released.chain(), folder, now=NOW)} == {WRITING}


def test_a_source_that_is_away_loses_nothing(released, predictions):
    send(released, predictions)
    before = events(released)
    for away in ("gone.csv", "share/inbox", "gone.duckdb"):
        with pytest.raises(BadInput, match="is not there; nothing was taken, and what was observed before stays"):
            observe(released.chain(), released.root / away, now=NOW)
    assert events(released) == before
    assert stored(released, "predictions").height == 1_200


def test_feedback_that_shrinks_loses_nothing(released, predictions):
    send(released, predictions)
    assert send(released, predictions.head(300), "fewer.csv").status == "nothing new"
    assert stored(released, "predictions").height == 1_200


def test_before_any_rows_have_landed_nothing_can_be_read(project, predictions):
    with pytest.raises(BadInput, match="has no real rows yet; run `supplychain run clinic` first"):
        send(project, predictions)
