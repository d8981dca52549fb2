"""What a person reads of gaps and plans: sentences and charts that say what the tables say."""

from __future__ import annotations

from xml.etree import ElementTree

import polars as pl
import pytest

from supplychain.define import find_gaps, land, make_plan
from supplychain.define import gaps as gaps_module
from supplychain.define.pictures import (
    SHOWN,
    gap_pictures,
    gap_table,
    gap_words,
    plan_pictures,
    plan_table,
    plan_words,
)
from supplychain.plan import SCHEMA as PLAN


def told(svg: str) -> str:
    return ElementTree.fromstring(svg).get("aria-label")


def gap(name, loss=None, verdict="fine", kind=None, **more):
    interval = {} if loss is None else {"low": loss - 0.1, "high": loss + 0.1, "loss_elsewhere": 0.3}
    return {"slice": name, "predicate": f"{name} = 1", "verdict": verdict, "kind": kind, "loss": loss, "rows": 100,
            "remedy": f"Look at {name}.", **interval, **more}  # fmt: skip


def gaps(*rows):
    return pl.DataFrame(list(rows), schema=gaps_module.SCHEMA)


def line(name, **more):
    return {"slice": name, "predicate": f"{name} = 1", "action": "leave", "real_rows": 50, "rows": 0, "buy_rows": 0,
            "flags": "", "why": "no gap was found", **more}  # fmt: skip


def plan(*rows):
    return pl.DataFrame(list(rows), schema=PLAN)


FOUND = gaps(
    gap("all", 0.35, predicate="TRUE", loss_elsewhere=None, auc=0.75),
    gap("young", 0.31, "too few"),
    gap("old", 0.5, "gap", "missing"),
    gap("sick", 0.6, "gap", "noisy"),
    gap("rich", None, "gap", "uncovered", expected_rows=40.0, rows=0),
)


def test_gaps_are_counted_by_kind_and_the_worst_is_named():
    words = gap_words(FOUND)
    assert words.startswith("3 gaps: 1 missing, 1 noisy, 1 uncovered.")
    assert "1 slice with too few rows" in words and "AUC 0.750" in words
    assert "The worst is sick with 0.600 beside 0.300 elsewhere. Look at sick." in words
    assert "No row has `rich = 1`, where about 40 were" in words
    assert gap_words(FOUND.head(1)).startswith("No gap was found.")


def test_the_chart_sorts_slices_by_loss_and_marks_gaps():
    loss, lacking = gap_pictures(FOUND).values()
    places = [told(loss).index(part) for part in ("sick 0.6", "old 0.5", "all 0.35", "young 0.31")]
    assert places == sorted(places)
    assert "sick 0.6 (0.5 to 0.7) beside 0.3 loss noisy" in told(loss) and "young 0.31 (0.21 to 0.41)" in told(loss)
    assert "rich 40" in told(lacking)


def test_of_many_slices_the_gaps_are_kept():
    many = [gap(f"fine{n}", 0.9 + n / 100) for n in range(2 * SHOWN)]
    (title, svg), *rest = gap_pictures(gaps(*many, gap("old", 0.4, "gap", "missing"))).items()
    assert not rest and title.endswith(f"{SHOWN} of {2 * SHOWN + 1}")
    assert "old 0.4" in told(svg) and told(svg).count(" to ") == SHOWN


@pytest.mark.parametrize("end", [float("inf"), float("nan"), None])
def test_a_slice_without_an_interval_is_in_the_table_and_not_in_the_chart(end):
    found = gaps(gap("lone", 0.4, "gap", "missing", low=end, high=end), gap("old", 0.5))
    (svg,) = gap_pictures(found).values()
    assert "lone" not in told(svg) and "inf" not in svg and "nan" not in svg
    assert gap_table(found).row(0, named=True)["95% interval"] is None
    assert gap_words(found).startswith("1 gap: 1 missing.")


def test_the_table_of_gaps_has_the_worst_first_and_no_column_that_says_nothing():
    shown = gap_table(FOUND)
    assert shown["slice"].to_list() == ["all", "sick", "old", "rich", "young"]
    assert shown["finding"].to_list() == ["fine", "gap: noisy", "gap: missing", "gap: uncovered", "too few"]
    assert shown["95% interval"][1] == "0.5 to 0.7" and "q" not in shown.columns
    assert "loss elsewhere" not in gap_table(FOUND.filter(slice="rich")).columns


def test_a_plan_says_what_it_makes_proposes_and_leaves():
    now = {"loss": 0.5, "low": 0.4, "high": 0.6}
    made = plan(
        line("all", action="synthesise", rows=3_000, **now, best_case=0.45),
        line("old", action="synthesise", rows=600, **now, best_case=0.3, expected=0.4, cost=12.0),
        line("rich", action="buy real", buy_rows=50, kind="uncovered"),
        line("sick", kind="noisy"),
    )
    words = plan_words(made)
    assert "Synthesise 3,600 rows in 2 slices (3,000 in all, 600 in old)." in words
    assert "buy 50 rows in 1 slice (50 in rich); nothing is bought" in words and "Leave (noisy): sick." in words
    assert "best case" in words and "best case" not in plan_words(made.filter(pl.col("slice") != "all"))
    rows, loss = plan_pictures(made).values()
    assert told(rows).endswith("all 3,000 rows to make; old 600 rows to make; rich 50 rows to buy")
    assert "all 0.5 (0.4 to 0.6) beside 0.45 loss to 0.450 at best" in told(loss)
    assert "beside 0.4 loss to 0.400 expected" in told(loss), "what is expected goes before the best case"
    shown = plan_table(made, "EUR")
    assert shown["rows"].to_list() == [3_000, 600, 50, None]
    assert shown["cost (EUR)"].to_list() == [None, 12.0, None, None] and "days" not in shown.columns


def test_an_empty_plan_says_so_and_draws_nothing():
    for nothing in (plan(), plan().clear()):
        assert plan_words(nothing).startswith("Nothing to do") and plan_pictures(nothing) == {}
        assert plan_table(nothing, "EUR").height == 0


def test_real_gaps_and_their_plan_are_drawn_the_same_each_time(project):
    chain = project.chain()
    land(chain, "metro")
    found, made = (
        chain.store.read_table(step(chain, "metro").output(name).table)
        for step, name in ((find_gaps, "gaps"), (make_plan, "plan"))
    )
    assert gap_pictures(found) == gap_pictures(found) and gap_pictures(found)
    drawn = plan_pictures(made)
    assert "all 400 rows to make; poor-health 100 rows to make" in told(next(iter(drawn.values())))
    assert gap_table(found).height == found.height and plan_table(made, "EUR").height == made.height
