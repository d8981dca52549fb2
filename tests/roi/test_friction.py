"""Friction per slice: computed from prices where there are some, in words where there are none."""

from __future__ import annotations

import pytest

from supplychain.roi.friction import friction
from supplychain.roi.measured import Measured
from supplychain.roi.prices import real_price, synthetic_price
from tests.roi.cases import BASE, CHEAP_REAL, HARMFUL, TINY, WEAK, gap, gaps, given, product


def line(inputs=None, name="rural", **row):
    spec = product(inputs, flags={"rural": ["minors", "consent-pending"]})
    (found,) = friction(spec, gaps(gap(**row)), Measured(), 1).filter(slice=name).to_dicts()
    return found


@pytest.mark.parametrize(
    ("row", "verdict", "word"),
    [
        ({}, "either", "rows help here"),
        ({"verdict": "fine"}, "leave", "no gap"),
        ({"kind": "noisy"}, "leave", "do not lower the loss"),
        ({"curve_b": -0.2}, "leave", "do not lower the loss"),
        ({"kind": "overconfident"}, "leave", "recalibrate"),
        ({"kind": "shifted"}, "either", "rows help here"),
        ({"kind": "uncovered", "train_rows": 0}, "buy real", "nothing to lean on"),
        ({"train_rows": 29}, "buy real", "29 real rows"),
        ({"verdict": "too few", "train_rows": None, "rows": 12, "curve_a": None}, "buy real", "12 real rows"),
    ],
)
def test_without_a_price_the_kind_and_the_support_decide(row, verdict, word):
    found = line(None, **row)
    assert found["verdict"] == verdict and word in found["reason"]
    assert found["money"] is None and found["days"] is None and found["feasibility"] is None
    assert found["flags"] == "minors, consent-pending"


@pytest.mark.parametrize(
    ("inputs", "verdict"),
    [(BASE, "synthesise"), (BASE | WEAK | CHEAP_REAL, "buy real"), (BASE | WEAK, "either"), (BASE | TINY, "leave"),
     (BASE | HARMFUL, "leave")],
)  # fmt: skip
def test_with_prices_the_cheaper_one_wins_where_it_is_surely_cheaper(inputs, verdict):
    found = line(inputs)
    assert found["verdict"] == verdict, found["reason"]
    assert found["money_low"] < found["money"] < found["money_high"]
    assert found["feasibility_low"] < found["feasibility"] < found["feasibility_high"]
    assert found["risk_per_row"] > 0


def test_a_real_row_costs_what_collecting_over_prevalence_and_yield_labels_and_its_share_of_permission_cost():
    exact = given(
        raw_row_price=2, clean_price=1, raw_yield=0.5, label_price=3, label_votes=2, permission_fees=900, wage=10,
        permission_months=2, collect_rate=100, label_rate=50,
    )  # fmt: skip
    found = line(exact, share=0.1)
    rows = 300  # what reaches the aim: twice the rows in hand
    assert found["money"] == pytest.approx((2 + 1) / (0.1 * 0.5) + 3 * 2 + 900 / rows)
    assert found["days"] == pytest.approx(2 * 365.25 / 12 + 1 / (0.1 * 0.5) / 100 + 2 / 50)
    price = real_price(product(exact), gaps(gap(share=0.1)), Measured(), 1)["rural"]
    assert price.money_per_row.middle == pytest.approx(66) and price.money_fixed.middle == pytest.approx(900)
    assert price.days_fixed.middle == pytest.approx(2 * 365.25 / 12)


def test_a_synthetic_row_costs_its_share_of_all_attempts():
    exact = given(
        wage=50, define_hours=10, iterate_hours=4, gate_pass=0.5, compute_price=3.6, fit_hours=1, row_seconds=10,
        review_minutes=6, review_rows=20, reviewer_wage=40,
    )  # fmt: skip
    price = synthetic_price(product(exact, attempts=2), Measured(), 1)
    tries = 1.5  # two attempts at most, each passing half the time
    fixed = 10 * 50 + tries * (1 * 3.6 + 2 * 40) + (tries - 1) * 4 * 50
    assert price.money_fixed.middle == pytest.approx(fixed)
    assert price.money_per_row.middle == pytest.approx(tries * 10 / 3600 * 3.6)
    assert synthetic_price(product(given(wage=50)), Measured(), 1).money_fixed is None


def test_a_slice_has_a_rate_of_its_own():
    own = {"exchange_rate": BASE["exchange_rate"] | {"p10": 0.01, "p90": 0.02}}
    spec = product(BASE, slices={"old": own})
    table = friction(spec, gaps(gap(), gap("old")), Measured(), 1)
    rates = dict(table.select("slice", "feasibility").iter_rows())
    assert rates["old"] < 0.02 < 0.3 < rates["rural"]


def test_a_slice_of_less_than_a_hundredth_is_rare():
    assert line(share=0.005)["flags"] == "minors, consent-pending, rare"
    assert line(share=0.02)["flags"] == "minors, consent-pending"
