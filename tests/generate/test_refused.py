"""What no rule forbids is refused, named, and made up for: copies, repeats, what nobody is, and what few are."""

from __future__ import annotations

import polars as pl
import pytest

from supplychain.define import make_plan
from supplychain.errors import SupplyChainError
from supplychain.slices import Slice
from supplychain.unmet import NEVER_MET, Unmet
from supplychain.validate import screen
from tests.generate.making import SICK, add_rule, candidates, quota, table, with_columns

DOUBT = """
  - type: expect_rows_to_satisfy_sql
    kwargs: {rule: poverty = 0 OR income <= 12}
    severity: info
    meta: {id: poor-on-much, why: Above the line for two people.}
"""


def test_what_nobody_is_is_refused_with_the_two_values_and_made_up_for(planned):
    """Columns drawn by themselves make people that nobody is."""
    planned.edit("assets/products/clinic/defs.yaml", "unmet: 0", "unmet: 10")
    chain, _ = candidates(planned)
    done = screen(chain, "metro")
    accepted, rejected, real = (
        chain.store.read_table(chain.ledger.current("clinic", name, "metro").table)
        for name in ("accepted", "rejected", "real")
    )
    told = rejected.filter(pl.col("_rules").list.contains(NEVER_MET))
    assert told.height == done.output("rejected").notes["never_met"] > 5
    assert told["_values"].list.first().str.count_matches(" = ").eq(2).all()
    assert Unmet(real, 10).pairs(accepted).is_null().all()
    assert (
        accepted.height == chain.store.read_table(chain.ledger.current("clinic", "plan", "metro").table)["rows"].sum()
    )


def test_what_is_doubted_oftener_than_people_is_refused_and_made_up_for(planned):
    """Columns drawn by themselves make one in ten poor on an income that few of the poor have."""
    add_rule(planned, DOUBT)
    planned.edit("assets/products/clinic/defs.yaml", "{all: 400, poor-health: 100}", "{all: 1000, poor-health: 100}")
    chain, made = candidates(planned)
    done = screen(chain, "metro")
    accepted, rejected, real = (table(chain, name) for name in ("accepted", "rejected", "real"))
    told = rejected.filter(pl.col("_rules").list.contains("poor-on-much"))
    assert told.height == done.output("rejected").notes["doubted"] > 50
    assert told["_values"].list.first().str.contains(r"^(income|poverty) = .*, (income|poverty) = ").all()
    doubted = (pl.col("poverty") == 1) & (pl.col("income") > 12)
    of_people, of_accepted, of_made = (
        rows.filter(doubted).height / rows.height for rows in (real, accepted, table(chain, "candidates"))
    )
    assert of_people <= of_accepted < of_people + 0.02 and of_made > 0.05
    assert made.output("candidates").notes["good"] == accepted.height == table(chain, "plan")["rows"].sum()
    planned.edit("assets/products/clinic/defs.yaml", "unmet: 0", "unmet: 0, doubted: null")
    chain, _ = candidates(planned)
    assert screen(chain, "metro").output("rejected").notes["doubted"] == 0


def test_where_all_is_doubted_one_line_says_so(planned):
    add_rule(planned, DOUBT.replace("poverty = 0 OR income <= 12", "age < 60 OR income > 5000"))
    planned.edit("assets/products/clinic/defs.yaml", "unmet: 0", "unmet: 0, doubted: 0")
    chain, made = candidates(planned)
    assert made.output("candidates").notes["good"] == 0
    with pytest.raises(SupplyChainError, match=r"were refused, most of them doubted .*; raise levers.risk.doubted"):
        screen(chain, "metro")
    assert not chain.store.names("tables/clinic/accepted/metro")


def test_a_doubt_that_is_an_equation_repairs_nobody(planned):
    with_columns(planned, (pl.col("fair") + pl.col("poor")).alias("sick"))
    add_rule(planned, SICK.replace("meta:", "severity: info\n    meta:"))
    planned.edit("assets/products/clinic/defs.yaml", "unmet: 0", "unmet: 0, doubted: null")
    chain, commit = candidates(planned)
    assert table(chain, "candidates")["_repaired"].null_count() == commit.output("candidates").rows


def test_a_slice_that_the_plan_asks_no_more_rows_of_is_surplus(planned):
    add_rule(planned, DOUBT)
    chain, _ = candidates(planned)
    planned.edit("assets/products/clinic/defs.yaml", "{all: 400, poor-health: 100}", "{all: 400}")
    chain = planned.chain()
    make_plan(chain, "metro")
    assert table(chain, "plan").filter(pl.col("slice") == "poor-health")["rows"].to_list() == [0]
    done = screen(chain, "metro")
    assert done.output("accepted").rows == 400 and set(table(chain, "accepted")["_slice"]) == {"all"}
    assert done.output("rejected").notes["surplus"] >= 100


def test_ten_visits_of_a_person_are_one_person(planned):
    """Both steps that refuse what nobody is count people: by visits, ten times as many should have each pair."""
    planned.edit("assets/products/clinic/defs.yaml", "unmet: 0", "unmet: 10")
    planned.edit("assets/products/clinic/defs.yaml", "{column: person}", "{column: person, rows: many}")
    people = pl.read_csv(planned.root / "clinic.csv").head(600)
    pl.concat([people] * 10).write_csv(planned.root / "clinic.csv")
    chain, made = candidates(planned)
    done = screen(chain, "metro")
    real, every, plan = table(chain, "real"), table(chain, "candidates"), table(chain, "plan")
    rejected = table(chain, "rejected").filter(pl.col("_rules").list.contains(NEVER_MET)).height
    slices = [Slice(*line) for line in plan.filter(pl.col("rows") > 0).select("slice", "predicate").iter_rows()]
    by_people, by_visits = (
        Unmet(rows, 10, slices).pairs(every).is_not_null().sum() for rows in (real.unique(maintain_order=True), real)
    )
    assert by_people < by_visits / 1.5
    assert rejected <= by_people
    assert made.output("candidates").notes["good"] == done.output("accepted").rows == plan["rows"].sum()


def test_no_accepted_row_copies_a_person_or_repeats_another(planned):
    """A synthesizer that hands out real rows: all are told, named and kept out."""
    chain, _, _ = quota(planned, keep=65, per_row=4)
    real = chain.store.read_table(chain.ledger.current("clinic", "real", "metro").table)
    rejected = chain.store.read_table(chain.ledger.current("clinic", "rejected", "metro").table)
    accepted = chain.store.read_table(chain.ledger.current("clinic", "accepted", "metro").table)
    names = [name for name in real.columns if not name.startswith("_")]
    made = pl.concat([real.select(names).head(300), accepted.select(names).head(100), accepted.select(names).head(100)])
    labels = accepted.select("_batch", "_slice", "_row").head(1)
    planted = made.join(labels, how="cross")
    with chain.step("generate", "metro") as step:
        step.write("candidates", planted)
    screen(chain, "metro")
    now = chain.store.read_table(chain.ledger.current("clinic", "accepted", "metro").table)
    rejected = chain.store.read_table(chain.ledger.current("clinic", "rejected", "metro").table)
    reasons = rejected.explode("_rules")["_rules"].value_counts()
    told = dict(reasons.iter_rows())
    assert now.height == 100
    assert told["copies-a-real-row"] + told["repeats-a-row"] + told.get("one-health-status", 0) == 400


def test_a_synthesizer_that_hands_out_real_people_alone_is_refused_in_one_line(planned):
    chain, _ = candidates(planned)
    labels = table(chain, "candidates").select("_batch", "_slice", "_row").head(1)
    with chain.step("generate", "metro") as step:
        step.write("candidates", table(chain, "real").drop("_entity").head(300).join(labels, how="cross"))
    with pytest.raises(SupplyChainError, match=r"all 300 candidates were refused, most of them copy a real row"):
        screen(chain, "metro")
    assert not chain.store.names("tables/clinic/accepted/metro")
