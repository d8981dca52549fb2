"""Gaps planted in real people are found, and named by what would help."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from supplychain.define import find_gaps, land
from supplychain.define.estimates import Mean
from supplychain.define.gap_lines import SCHEMA
from supplychain.define.kinds import Facts, Limits, judged
from supplychain.slices import Slice
from tests.bad_input import STEPS

DEFS = "assets/products/clinic/defs.yaml"
ROWS = "coverage: {rows: {all: 400, poor-health: 100}}"
OUTCOME = "outcome: {name: high_spend, where: drugexp >= 2500, settings: {max_iter: 20}}"
MODEL = "outcome: {name: high_spend, where: drugexp >= 2500, model: 'sklearn.linear_model:LogisticRegression'}"
MUCH, LITTLE = 9_999.0, 1.0


def searched(project, *windows):
    """The table of gaps of the last window, as a person reads it."""
    chain = project.chain()
    for window in windows or ("metro",):
        land(chain, window)
        find_gaps(chain, window)
    return chain.store.read_table(chain.ledger.current("clinic", "gaps", window).table)


def lines(table):
    return {row["slice"]: row for row in table.iter_rows(named=True)}


def without_uncovered(project):
    project.edit(DEFS, ROWS, ROWS.replace("100}}", "100}, ways: 0}"))


def plant(project, frame, where, outcome):
    """Among some people the outcome is what it is made to be; the file is written."""
    spent = pl.when(where).then(pl.when(outcome).then(MUCH).otherwise(LITTLE)).otherwise("drugexp")
    frame.with_columns(drugexp=spent.cast(pl.Float64)).write_csv(project.root / "clinic.csv")


def coin(frame, seed=1):
    return pl.Series(np.random.default_rng(seed).random(frame.height) < 0.5)


SICK = (pl.col("fair") == 1) | (pl.col("poor") == 1)


def test_the_table_has_its_columns_and_what_it_says_holds(project):
    table = searched(project)
    assert table.schema == pl.Schema(SCHEMA)
    assert table["slice"][0] == "all" and table["slice"].is_unique().all()
    chain = project.chain()
    known = pl.concat(
        [chain.store.read_table(chain.ledger.current("clinic", n, "metro").table) for n in ("real", "tune")]
    )
    for row in table.iter_rows(named=True):
        assert Slice(row["slice"], row["predicate"]).pick(known).height == row["rows"]
        assert (row["kind"] is not None) == (row["verdict"] == "gap")
        assert row["remedy"]
    notes = chain.ledger.current("clinic", "gaps", "metro").notes
    assert notes["gaps"] == (table["verdict"] == "gap").sum() and notes["found"] == table["found"].sum()


def test_the_same_rows_give_the_same_bytes(project):
    searched(project)
    first = project.chain().ledger.current("clinic", "gaps", "metro").content
    searched(project)
    assert project.chain().ledger.current("clinic", "gaps", "metro").content == first


def test_a_coin_is_noisy_and_found_without_being_declared(project, people):
    without_uncovered(project)
    plant(project, people, (pl.col("priolist") == 1) & (pl.col("age") < 68), coin(people))
    row = lines(searched(project))["age-below-68-and-priolist-1"]
    assert (row["verdict"], row["kind"]) == ("gap", "noisy")
    assert row["low"] < np.log(2) < row["high"] and row["q"] < 0.001 and row["noise"] > 0.9
    # Declared under a name of its own it is told once: the same rows under another name are no news.
    project.edit(DEFS, "poor-health: fair = 1 OR poor = 1", "young: priolist = 1 AND age < 68")
    project.edit(DEFS, "poor-health: 100", "young: 100")
    told = lines(searched(project))
    assert told["young"]["rows"] == row["rows"] and told["young"]["verdict"] == "gap"
    assert "age-below-68-and-priolist-1" not in told


def test_where_rows_are_few_and_tell_something_rows_are_missing(project, people):
    """A few people for whom the outcome is another thing, which more rows would teach: the model needs more of them."""
    without_uncovered(project)
    few = (pl.col("black") == 1) & (pl.col("age") >= 70)
    told = ((pl.col("totchr") < 2) != (pl.col("female") == 1)) != (pl.col("marry") == 1)
    project.edit(DEFS, "slices: {", "slices: {few: black = 1 AND age >= 70, ")
    plant(project, people, few, told)
    row = lines(searched(project))["few"]
    assert (row["verdict"], row["kind"]) == ("gap", "missing")
    assert row["gain_low"] > 0 and row["curve_a"] > 0


def test_next_to_no_rows_are_missing_rows(project):
    project.edit(DEFS, "slices: {", "slices: {rare: age >= 88 AND black = 1, ")
    row = lines(searched(project))["rare"]
    assert 0 < row["rows"] < 30
    assert (row["verdict"], row["kind"], row["gain"]) == ("gap", "missing", None)


def test_a_slice_that_earlier_windows_show_otherwise_has_shifted(project, people):
    without_uncovered(project)
    people = people.sample(4_000, seed=1)
    young = pl.col("age") < 75
    plant(project, people, pl.col("female") == 1, pl.when(pl.col("msa") == 1).then(young).otherwise(~young))
    rows = lines(searched(project, "metro", "rural"))
    assert rows["female-1"]["kind"] == "shifted"
    alone = lines(searched(project, "metro"))
    assert "shifted" not in {row["kind"] for row in alone.values()}


def test_a_model_that_is_too_sure_is_overconfident(project, people):
    """The chronic conditions tell the outcome, but not of the sick; a linear model without products cannot say so."""
    without_uncovered(project)
    project.edit(DEFS, OUTCOME, MODEL)
    told = pl.col("totchr") >= 3
    plant(project, people, pl.lit(value=True), pl.when(SICK).then(coin(people)).otherwise(told))
    rows = lines(searched(project))
    assert rows["poor-health"]["kind"] == rows["fair-1"]["kind"] == "overconfident"
    assert rows["poor-health"]["overconfidence_low"] > 0.1


def test_a_combination_that_was_taken_out_is_uncovered_unless_a_rule_forbids_it(project, people):
    people.filter(~((pl.col("educyr") == 12) & (pl.col("age") >= 80))).write_csv(project.root / "clinic.csv")
    found = {name: row for name, row in lines(searched(project)).items() if row["kind"] == "uncovered"}
    wanted = [row for name, row in found.items() if "educyr-12" in name and "age" in name]
    assert wanted and all(row["rows"] == 0 and row["expected_rows"] > 10 for row in wanted)
    assert not any(name in found for name in ("vegood-1-and-good-1", "good-1-and-fair-1")), "the suite forbids these"
    project.edit(
        "expectations/clinic/real.yaml",
        "expectations:",
        """expectations:
  - type: expect_rows_to_satisfy_sql
    kwargs: {rule: educyr <> 12 OR age < 80}
    meta: {id: none, why: There is none.}""",
    )
    assert not [name for name in lines(searched(project)) if "educyr-12" in name and "age" in name]


def test_a_world_without_a_gap_has_none(project, people):
    """Every person has the same chance: no slice is harder than another."""
    without_uncovered(project)
    for seed in range(3):
        chance = pl.Series(np.random.default_rng(seed).random(people.height) < 0.3)
        plant(project, people, pl.lit(value=True), chance)
        table = searched(project)
        assert table["verdict"].to_list() == ["fine", "fine"], table
        assert table["auc"][0] == pytest.approx(0.5, abs=0.03)


@pytest.mark.long
def test_of_forty_worlds_without_a_gap_few_raise_an_alarm(project, people):
    """At a false discovery rate of 5% and two declared slices: seven of forty would come up once in a hundred."""
    without_uncovered(project)
    alarms = 0
    for seed in range(40):
        frame = people.sample(4_000, seed=seed)
        chance = pl.Series(np.random.default_rng(seed).random(frame.height) < 0.3)
        plant(project, frame, pl.lit(value=True), chance)
        alarms += "gap" in searched(project)["verdict"].to_list()
    assert alarms < 7, f"{alarms} of 40"


def test_a_quantity_is_measured(project, people):
    without_uncovered(project)
    project.edit(DEFS, OUTCOME, "outcome: {name: drugexp}")
    project.edit(DEFS, "  drop: [drugexp]\n", "")
    rng = np.random.default_rng(1)
    spent = 500.0 * pl.col("totchr") + pl.Series(rng.normal(0, 100, people.height))
    wild = pl.Series(rng.normal(0, 2_000, people.height))
    people.with_columns(drugexp=pl.when(SICK).then(spent + wild).otherwise(spent)).write_csv(
        project.root / "clinic.csv"
    )
    rows = lines(searched(project))
    assert rows["poor-health"]["kind"] == "noisy"
    assert rows["poor-health"]["loss"] > 5 * rows["poor-health"]["loss_elsewhere"]
    assert rows["all"]["auc"] > 0.75 and rows["all"]["overconfidence"] is None
    assert 500 < rows["all"]["outcome_rate"] < 1_500


def test_a_slice_may_stand_on_a_column_with_any_name(project, people):
    without_uncovered(project)
    odd = "ill. or 'not' 😀"
    named = people.rename({"priolist": odd})
    plant(project, named, (pl.col(odd) == 1) & (pl.col("age") < 68), coin(named))
    row = lines(searched(project))["age-below-68-and-ill-or-not-1"]
    assert row["predicate"] == f'age < 68 AND "{odd}" = 1'


def mean(value, error=0.001):
    return Mean(value, error, 100)


@pytest.mark.parametrize(
    ("facts", "verdict", "kind"),
    [
        ({"worse": mean(0.0)}, "fine", None),
        ({"worse": mean(0.3, 0.3)}, "too few", None),
        ({"worse": mean(0.3)}, "gap", "noisy"),
        ({"worse": mean(0.3), "gain": mean(0.1)}, "gap", "missing"),
        ({"worse": mean(0.3), "gain": mean(0.1, 0.1)}, "gap", "noisy"),
        ({"worse": mean(0.3), "gain": mean(0.1), "shift": mean(0.2)}, "gap", "shifted"),
        ({"worse": mean(0.3), "overconfidence": mean(0.2), "mended": mean(0.2)}, "gap", "overconfident"),
        ({"worse": mean(0.3), "overconfidence": mean(0.2), "mended": mean(0.1), "gain": mean(0.2)}, "gap", "missing"),
        ({"worse": mean(0.0), "overconfidence": mean(0.2)}, "gap", "overconfident"),
        ({"worse": mean(0.0), "overconfidence": mean(0.2), "surer": mean(0.0)}, "fine", None),
        ({"rows": 7, "worse": mean(0.0)}, "gap", "missing"),
        ({"rows": 0}, "too few", None),
    ],
)
def test_the_kind_follows_from_what_would_help(facts, verdict, kind):
    finding = judged(Facts(**{"rows": 500, "loss": mean(0.6), **facts}), Limits(0.04, 0.1, 0.05))
    assert (finding.verdict, finding.kind) == (verdict, kind)


def test_a_quantity_goes_through_the_whole_chain(project):
    """From landing to a release; trained on synthetic rows, ranks are told by the concordance index."""
    project.edit(DEFS, OUTCOME, "outcome: {name: drugexp}")
    project.edit(DEFS, "  drop: [drugexp]\n", "")
    chain = project.chain()
    for step in STEPS:
        step(chain, "metro")
    evidence = chain.store.read_table(chain.ledger.current("clinic", "evidence", "metro").table)
    scores = dict(evidence.select("metric", "value").iter_rows())
    assert 0.4 < scores["tstr.auc"] < scores["trtr.auc"] < 0.8
    assert chain.ledger.release("clinic").release is not None
