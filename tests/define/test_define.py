"""Landing, gaps and plan on real people."""

from __future__ import annotations

import gzip
import shutil

import duckdb
import polars as pl
import pytest

from supplychain.define import find_gaps, land, make_plan
from supplychain.errors import BadInput


def table(chain, noun, window="metro"):
    return chain.store.read_table(chain.ledger.current(chain.product.name, noun, window).table)


def test_the_same_rows_from_every_kind_of_source(project):
    """CSV, gzip, Parquet, DuckDB table and query, Python callable: the same content, hash for hash."""
    rows = pl.read_csv(project.root / "clinic.csv")
    rows.write_parquet(project.root / "clinic.parquet")
    with (
        (project.root / "clinic.csv").open("rb") as plain,
        gzip.open(project.root / "clinic.csv.gz", "wb") as packed,
    ):
        shutil.copyfileobj(plain, packed)
    with duckdb.connect(str(project.root / "clinic.duckdb")) as connection:
        connection.execute("create table people as select * from read_csv(?)", [str(project.root / "clinic.csv")])
    contents = set()
    for source in (
        "{file: clinic.csv}",
        "{file: clinic.csv.gz}",
        "{file: clinic.parquet}",
        "{duckdb: clinic.duckdb, table: people}",
        "{duckdb: clinic.duckdb, query: select * from people}",
    ):
        project.write(
            "assets/products/clinic/defs.yaml",
            (project.root / "assets/products/clinic/defs.yaml").read_text(),
        )
        text = (project.root / "assets/products/clinic/defs.yaml").read_text()
        line = next(line for line in text.splitlines() if "source:" in line)
        project.edit("assets/products/clinic/defs.yaml", line, f"  source: {source}")
        chain = project.chain()
        land(chain, "metro")
        contents.add(chain.ledger.current("clinic", "real", "metro").content)
    assert len(contents) == 1


def test_the_embedded_survey_lands_as_the_issue_says():
    """10,391 people; the outcome holds for 14.4%; 29 carry two health statuses."""
    from supplychain.define.land import prepare
    from supplychain.define.source import read_source
    from supplychain.project import find_product
    from tests.conftest import REPO

    product = find_product("drug-spend", REPO)
    rows = prepare(product, read_source(product, REPO), "meps")
    assert rows.height == 10_391
    assert rows["high_spend"].mean() == pytest.approx(0.144, abs=0.0005)
    assert (rows.select("vegood", "good", "fair", "poor").sum_horizontal() > 1).sum() == 29
    assert not {"drugexp", "age2", "ldrugexp", "linc", "vgh", "fph", "blhisp"} & set(rows.columns)


def test_landing_parts_people_and_counts_a_look_at_gold_only_where_it_looks(project):
    chain = project.chain()
    commit = land(chain, "metro")
    assert commit.gold_looks == 0
    heights = {noun: table(chain, noun).height for noun in ("real", "tune", "gold", "set_aside")}
    whole = pl.read_csv(project.root / "clinic.csv").filter(pl.col("msa") == 1).height
    assert sum(heights.values()) == whole
    assert "person" not in table(chain, "real").columns


def test_gaps_find_a_slice_whose_outcome_was_shuffled(project, people):
    """Planted: among the poor in health the outcome is replaced by a coin, so that no model can know it."""
    frame = people.sample(6_000, seed=3)
    coin = pl.Series(pl.Series(range(frame.height)).sample(frame.height, shuffle=True, seed=2) % 2 == 0)
    sick = (pl.col("fair") == 1) | (pl.col("poor") == 1)
    frame = frame.with_columns(
        pl.when(sick & coin).then(9_999).when(sick).then(1).otherwise("drugexp").alias("drugexp")
    )
    frame.write_csv(project.root / "clinic.csv")
    chain = project.chain()
    land(chain, "metro")
    find_gaps(chain, "metro")
    verdicts = dict(table(chain, "gaps").select("slice", "verdict").iter_rows())
    assert (verdicts["all"], verdicts["poor-health"]) == ("fine", "gap")


def test_a_slice_no_harder_than_the_rest_is_no_gap(project):
    """Whether a person's number is even says nothing about the outcome."""
    project.edit("assets/products/clinic/defs.yaml", "poor-health: fair = 1 OR poor = 1", "poor-health: educyr % 2 = 0")
    chain = project.chain()
    land(chain, "metro")
    find_gaps(chain, "metro")
    row = table(chain, "gaps").row(1, named=True)
    assert row["verdict"] == "fine"
    assert row["low"] < row["loss"] < row["high"]


def test_the_plan_asks_for_what_the_product_says(project):
    chain = project.chain()
    for step in (land, find_gaps, make_plan):
        step(chain, "metro")
    plan = table(chain, "plan")
    wanted = plan.filter(pl.col("rows") > 0)
    assert dict(wanted.select("slice", "rows").iter_rows()) == {"all": 400, "poor-health": 100}
    assert plan["why"].str.len_chars().min() > 0


def test_a_slice_without_a_real_row_in_the_window_gets_none(project):
    project.edit("assets/products/clinic/defs.yaml", "poor-health: fair = 1 OR poor = 1", "poor-health: msa = 0")
    chain = project.chain()
    for step in (land, find_gaps, make_plan):
        step(chain, "metro")
    line = table(chain, "plan").filter(pl.col("slice") == "poor-health").row(0, named=True)
    assert line["rows"] == 0
    assert "collect some first" in line["why"]


def test_a_step_out_of_order_says_what_to_run(project):
    with pytest.raises(BadInput, match=r"real of window metro has not been made yet; run `supplychain run clinic"):
        find_gaps(project.chain(), "metro")


def test_an_outcome_of_several_classes_is_measured(oulad):
    oulad.edit(
        "assets/products/oulad-outcome/defs.yaml",
        "outcome: {name: passed, where: final_result = 'Pass'}\n  drop: [final_result]",
        "outcome: {name: highest_education}",
    )
    chain = oulad.chain("oulad-outcome")
    land(chain, "2013J")
    find_gaps(chain, "2013J")
    assert table(chain, "gaps", "2013J")["auc"][0] > 0.5


def test_a_column_that_gives_the_outcome_away_is_refused(project):
    project.edit("assets/products/clinic/defs.yaml", "  drop: [drugexp]\n", "")
    with pytest.raises(BadInput, match=r"defs.yaml:\d+: outcome.where: reads 'drugexp'.*put drugexp under drop"):
        land(project.chain(), "metro")
