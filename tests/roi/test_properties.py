"""What holds for any inputs: scale, nothing, sameness, delay, and the direction of each bar."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given as draws_of
from hypothesis import settings
from hypothesis import strategies as st

from supplychain.roi.outcome import effective, to_make
from supplychain.roi.strategies import Setting, courses
from tests.roi.cases import BASE, SCENARIOS, compared, gap, gaps, given, one, product

MONEY = ("value", "low", "mode", "high", "p10", "p90")
FEW = {"draws": 1_000}


def times(inputs, factor):
    """The same inputs with all money in a smaller coin."""
    return {
        name: {
            key: figure * factor if key in MONEY and "EUR" in part["unit"] else figure for key, figure in part.items()
        }
        for name, part in inputs.items()
    }


@pytest.mark.parametrize("name", SCENARIOS)
def test_ten_times_the_money_is_ten_times_the_value_and_the_same_choice(name):
    small, large = (compared(times(SCENARIOS[name], factor), **FEW) for factor in (1, 10))
    assert small.best == large.best
    for a, b in zip(small.strategies, large.strategies, strict=True):
        assert b.npv.middle == pytest.approx(10 * a.npv.middle) and b.cost.high == pytest.approx(10 * a.cost.high)
        assert b.days == a.days and b.best == pytest.approx(a.best)
    assert large.evpi == pytest.approx(10 * small.evpi)


def test_a_generator_that_is_worth_nothing_costs_what_it_costs():
    """K towards 0: synthetic is nothing, less its cost and its losses; hybrid is real, less the same."""
    answer = compared(BASE | given(ceiling=0), **FEW)
    synthetic = answer.strategy("synthetic")
    assert synthetic.reach == pytest.approx(0, abs=1e-9) and synthetic.best == 0
    only_cost = {name: BASE[name] for name in BASE if not name.startswith(("attack", "leak", "harm"))}
    answer = compared(only_cost | given(ceiling=0), **FEW)
    assert answer.strategy("synthetic").npv.low == pytest.approx(-answer.strategy("synthetic").cost.high, rel=1e-6)
    assert answer.strategy("synthetic").expected < 0 == answer.strategy("nothing").expected


def test_equal_pipelines_differ_by_nothing():
    """A synthetic row is worth a real one, and both pipelines take the same hours of the same person."""
    equal = given(
        wage=(50, 70, 90), locate_hours=80, define_hours=80, permission_months=0, raw_row_price=0,
        exchange_rate=1.0, ceiling=1e9, value_per_point=(5_000.0, 20_000.0),
    )  # fmt: skip
    answer = compared(equal, **FEW)
    real, synthetic = answer.strategy("real"), answer.strategy("synthetic")
    assert real.npv.middle == pytest.approx(synthetic.npv.middle, rel=1e-6)
    assert real.days == synthetic.days and real.cost == synthetic.cost


def test_the_same_seed_gives_the_same_bytes_and_another_one_others():
    def text(seed):
        return json.dumps(asdict(compared(BASE, seed=seed)), default=str)

    assert text(1) == text(1)
    assert text(1) != text(2)


def test_an_input_that_is_added_changes_no_draw_of_the_others():
    from supplychain.roi.compare import draws_of as draw_inputs
    from supplychain.roi.measured import Measured, known_inputs

    def drawn(inputs):
        spec = product(inputs, **FEW)
        return draw_inputs(spec, known_inputs(spec, Measured()), 1)

    less = drawn({name: part for name, part in BASE.items() if name != "wage"})
    more = drawn(BASE)
    assert all(np.array_equal(less[name], more[name]) for name in less)


@pytest.mark.parametrize("name", ["a weak generator", "a weak generator, and cheap real rows"])
def test_a_bar_points_where_the_difference_goes(name):
    """The tornado's sign is that of the same comparison with the input fixed at its P10 and at its P90."""
    inputs = SCENARIOS[name]
    answer = compared(inputs)
    order = sorted(answer.strategies, key=lambda one: -one.expected)[:2]
    for bar in answer.tornado[:3]:
        ends = []
        for value in (bar.low, bar.high):
            fixed = compared(inputs | {bar.name: one(bar.name, value)}, draws=3_000)
            ends.append(fixed.strategy(order[0].name).expected - fixed.strategy(order[1].name).expected)
        assert np.sign(ends[1] - ends[0]) == np.sign(bar.at_high - bar.at_low), bar


@settings(max_examples=25)
@draws_of(
    months=st.floats(0, 30), later=st.floats(0.1, 30), rate=st.floats(0.01, 2), ceiling=st.floats(1, 5_000),
    value=st.floats(0, 1e5), price=st.floats(0, 100),
)  # fmt: skip
def test_more_delay_never_raises_the_value(months, later, rate, ceiling, value, price):
    """What runs from delivery on is worth having here: without losses and running costs."""
    fixed = {"exchange_rate": rate, "ceiling": ceiling, "value_per_point": value, "raw_row_price": price}
    fixed |= {"wage": 50.0, "define_hours": 10.0}

    def values(wait):
        from supplychain.roi.outcome import aims

        spec = product()
        setting = Setting.of(spec, aims(spec, gaps(gap()))[0])
        drawn = {name: np.array([figure]) for name, figure in (fixed | {"permission_months": wait}).items()}
        found = courses(setting, drawn, ("nothing", "real", "synthetic", "hybrid"))
        return {name: float(course.npv[0]) for name, course in found.items()}

    early, late = values(months), values(months + later)
    for name, before in early.items():
        assert late[name] <= before + 1e-6 * max(abs(before), 1.0), name


@draws_of(
    wanted=st.floats(1, 1e5), rate=st.floats(1e-4, 5), ceiling=st.floats(1e-3, 1e6), most=st.floats(1, 1e7)
)  # fmt: skip
def test_synthetic_rows_are_worth_what_is_wanted_or_as_much_as_is_allowed(wanted, rate, ceiling, most):
    r, k = np.array([rate]), np.array([ceiling])
    made = to_make(wanted, r, k, most)
    worth = effective(made, r, k)
    assert made <= most * (1 + 1e-9) and worth <= min(ceiling, rate * float(made[0])) * (1 + 1e-9)
    if made < most * 0.999 and wanted < 0.94 * ceiling:
        assert worth[0] == pytest.approx(wanted, rel=1e-6)
    assert effective(made * 2, r, k) >= worth


@settings(max_examples=30)
@draws_of(a=st.floats(0.1, 50), b=st.floats(0.05, 1.5), c=st.floats(0, 1), rows=st.integers(30, 10_000))
def test_the_rows_that_are_wanted_reach_the_target(a, b, c, rows):
    from supplychain.roi.outcome import aims

    spec = product()
    wanted, _ = aims(spec, gaps(gap(curve_a=a, curve_b=b, curve_c=c, rows=rows, train_rows=rows * 3 // 4)))
    for aim in wanted:
        assert aim.loss(aim.more) == pytest.approx(aim.target, rel=1e-5)
        assert aim.more == pytest.approx(rows, rel=1e-3), "without a target the aim is what twice its rows give"
        assert aim.points(aim.more * 3) == pytest.approx(float(aim.points(aim.more)), rel=1e-6), "no credit beyond"


def test_money_later_counts_less_and_the_horizon_ends():
    now, later = (compared(BASE, discount=rate, **FEW).strategy("synthetic").npv.middle for rate in (0.0, 0.3))
    assert later < now
    short, long = (compared(BASE, horizon_months=months, **FEW).strategy("synthetic").npv.middle for months in (3, 36))
    assert short < long
    never = compared(BASE | given(permission_months=60), horizon_months=12, **FEW).strategy("real")
    assert never.payback_month is None and never.npv.high == pytest.approx(-never.cost.low, rel=0.3)


def test_rows_that_the_gates_may_refuse_count_by_the_chance_that_they_pass():
    """One attempt that passes half the time: half of the effective rows, and real ones for the rest in hybrid."""
    sure = given(
        wage=50, define_hours=1, raw_row_price=1, permission_months=1, exchange_rate=1.0, ceiling=1e9,
        value_per_point=1_000.0,
    )  # fmt: skip
    straight = gap(curve_b=1.0)
    half = compared(sure | given(gate_pass=0.5), straight, attempts=1, draws=500)
    (aim,) = half.aims
    assert half.strategy("synthetic").reach == pytest.approx(float(aim.points(aim.more / 2) / aim.points(aim.more)))
    assert half.strategy("hybrid").reach == pytest.approx(1)
    assert compared(sure, straight, draws=500).strategy("synthetic").reach == pytest.approx(1, abs=1e-3)
