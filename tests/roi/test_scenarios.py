"""Six situations: the comparison answers real, synthetic, hybrid and nothing, each where it should."""

from __future__ import annotations

import numpy as np
import pytest

from supplychain.roi.answers import best_shares
from tests.roi.cases import BASE, SCENARIOS, compared, gap, gaps, given, product

WINNERS = {
    "real is slow and dear, the generator is good": ("synthetic", 0.95, 1.0),
    "a strong generator": ("synthetic", 0.95, 1.0),
    "a weak generator": ("synthetic", 0.3, 0.6),
    "a weak generator, and cheap real rows": ("real", 0.85, 1.0),
    "harm in the wild is costly": ("nothing", 0.6, 0.9),
    "a tiny benefit": ("nothing", 0.99, 1.0),
}


@pytest.fixture(scope="module")
def found():
    return {name: compared(inputs) for name, inputs in SCENARIOS.items()}


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_right_strategy_is_best_as_surely_as_the_situation_is_clear(found, name):
    best, least, most = WINNERS[name]
    assert found[name].best == best
    assert least <= found[name].strategy(best).best <= most


def test_where_nothing_is_clear_the_comparison_says_so(found):
    weak = found["a weak generator"]
    assert weak.strategy("nothing").best > 0.25 and weak.strategy("real").best > 0.1
    assert weak.evpi > 10 * found["a tiny benefit"].evpi
    assert weak.strategy("synthetic").reach < 0.5 < weak.strategy("hybrid").reach
    assert any("synthetic gets" in line and "partial credit" in line for line in weak.sentences)


def test_hybrid_wins_where_synthetic_is_quick_and_short_of_the_target_and_real_is_slow_and_worth_it():
    worth = BASE | given(value_per_point=(60_000.0, 180_000.0), ceiling=(100.0, 160.0))
    answer = compared(worth)
    assert answer.best == "hybrid" and answer.strategy("hybrid").best > 0.9
    assert answer.strategy("synthetic").reach < 0.95 and answer.strategy("hybrid").reach == pytest.approx(1)


def test_the_chances_of_being_best_sum_to_one(found):
    for answer in found.values():
        assert sum(one.best for one in answer.strategies) == pytest.approx(1)
    draws = np.array([1.0, 2.0, 3.0])
    assert best_shares({"one": draws, "same": draws, "less": draws - 1}) == {"one": 0.5, "same": 0.5, "less": 0.0}


def test_no_information_is_worth_less_than_nothing_and_no_part_more_than_all(found):
    for answer in found.values():
        assert answer.evpi >= 0
        assert all(0 <= worth <= answer.evpi for worth in answer.evppi.values())


def test_a_pilot_pays_where_what_it_tells_decides_and_not_where_all_is_clear(found):
    assert found["a tiny benefit"].pilot.startswith("A pilot would not pay")
    unsure = BASE | given(ceiling=(2.0, 900.0), value_per_point=(20_000.0, 40_000.0), define_hours=(4, 6, 9))
    assert compared(unsure).pilot.startswith("A pilot would pay")
    told = {name: one | {"source": "measured"} for name, one in BASE.items()}
    assert compared(told).pilot == "What a pilot would tell is measured already, or given as one figure."


def test_break_even_is_where_the_leader_changes(found):
    """Moving the input past the value that is named makes the other one best."""
    cheap = SCENARIOS["a weak generator, and cheap real rows"]
    lines = found["a weak generator, and cheap real rows"].break_even
    line = next(line for line in lines if "value per point" in line)
    assert "real stops being best where value per point is below" in line and "then nothing is" in line
    value = float(line.split("below ")[1].split(" ")[0].replace(",", ""))
    assert compared(cheap | given(value_per_point=value * 1.3)).best == "real"
    assert compared(cheap | given(value_per_point=value * 0.7)).best == "nothing"


def test_all_strategies_aim_at_the_same_outcome_and_no_rows_reach_what_is_below_the_curve():
    answer = compared(BASE, gap(), levers={"coverage": {"targets": {"rural": 0.3}}})
    (aim,) = answer.aims
    assert aim.asked == 0.3 < aim.c < aim.target, "0.3 is below what the curve ever reaches"
    assert aim.more == pytest.approx(3 * 300), "the curve is followed up to four times the rows in hand"
    assert any("out of reach" in line for line in answer.sentences)
    near = compared(BASE, gap(), levers={"coverage": {"targets": {"rural": 0.54}}})
    assert near.aims[0].target == 0.54 and near.aims[0].more < aim.more


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"verdict": "fine"}, "no gap"),
        ({"verdict": "too few"}, "too few rows to tell"),
        ({"kind": "noisy"}, "noisy: more rows do not close it"),
        ({"kind": "uncovered"}, "uncovered: no row is there, so what more would bring is not known"),
        ({"curve_a": None}, "has no learning curve"),
        ({"curve_b": -0.1}, "its learning curve is flat: more rows do not help"),
    ],
)
def test_a_slice_that_rows_do_not_help_takes_no_part(row, why):
    answer = compared(BASE, gap(**row))
    assert answer.left["rural"] == why and answer.best is None
    assert answer.verdict.startswith("Nothing to compare")


def test_a_rarer_slice_makes_real_rows_dearer_and_leaves_synthetic_ones_as_they_are():
    common, rare = (compared(BASE, gap(share=share)) for share in (0.2, 0.01))
    dear = {name: rare.strategy(name).cost.middle / common.strategy(name).cost.middle for name in ("real", "synthetic")}
    assert dear["real"] > 1.5 and dear["synthetic"] == pytest.approx(1)


def test_two_slices_are_collected_in_one_stream():
    """The rows that are collected for the rarer slice hold enough of the commoner one."""
    one = compared(BASE, gap(share=0.05)).strategy("real").stages
    both = compared(BASE, gap(share=0.05), gap("old", share=0.2)).strategy("real").stages
    assert both["collect"] == one["collect"]
    assert both["label"].middle == pytest.approx(2 * one["label"].middle, rel=1e-6)


def test_a_table_of_gaps_without_the_newer_columns_is_read(project):
    from supplychain.define import find_gaps, land
    from supplychain.roi.compare import compare
    from supplychain.roi.friction import friction
    from supplychain.roi.measured import Measured

    chain = project.chain()
    land(chain, "metro")
    find_gaps(chain, "metro")
    table = chain.store.read_table(chain.ledger.current("clinic", "gaps", "metro").table)
    answer = compare(product(BASE), table.rename({}), Measured(), 1)
    assert {one.name for one in answer.strategies} == {"nothing", "real", "synthetic", "hybrid"}
    assert friction(product(BASE), table, Measured(), 1).height == table.height
    older = gaps().drop("curve_a", "curve_b", "curve_c", "train_rows")
    assert compare(product(BASE), older, Measured(), 1).left["rural"] == "has no learning curve"


def test_what_one_input_decides_alone_is_worth_as_much_as_knowing_all():
    """Only the value is uncertain, and it decides: to know it is to know everything."""
    alone = given(
        wage=50, define_hours=100, raw_row_price=1e6, permission_months=1, exchange_rate=1.0, ceiling=1e6,
        value_per_point=(50.0, 1_000.0),
    )  # fmt: skip
    answer = compared(alone)
    assert answer.evpi > 100
    assert answer.evppi["value_per_point"] == pytest.approx(answer.evpi, rel=0.1)
    assert [bar.name for bar in answer.tornado] == ["value_per_point"]
