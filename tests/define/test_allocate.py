"""Rows go where they are worth most, and no lever is overrun: properties."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from supplychain.define.allocate import Site, allocate
from supplychain.learning import Curve, Exchange

curves = st.builds(Curve, st.floats(0.1, 5), st.floats(0.05, 1.5), st.floats(0, 1))
exchanges = st.builds(Exchange, st.floats(0.01, 1.5), st.one_of(st.just(inf), st.floats(10, 5_000)))
places = st.builds(
    Site, st.just(""), st.floats(0.001, 0.5), st.integers(30, 5_000), curves, exchanges, st.integers(100, 20_000)
)
sites = st.lists(places, min_size=1, max_size=6).map(
    lambda found: [Site(f"s{i}", s.share, s.rows, s.curve, s.exchange, s.most) for i, s in enumerate(found)]
)


def total(sites, rows):
    return sum(site.fall(0, rows.get(site.name, 0)) for site in sites)


@given(sites, st.integers(0, 5_000), st.integers(1, 400))
def test_no_more_rows_than_are_there_and_no_slice_beyond_its_cap(sites, most, lot):
    given_ = allocate(sites, start={}, most_rows=most, lot=lot)
    assert sum(given_.rows.values()) <= most
    assert all(given_.rows[site.name] <= site.most for site in sites)
    assert given_.fall == pytest.approx(total(sites, given_.rows), abs=1e-9)


@given(sites, st.integers(100, 5_000), st.floats(0.01, 10), st.floats(1, 10_000))
def test_the_budget_is_never_overrun_and_says_so_where_it_binds(sites, most, price, money):
    free = allocate(sites, start={}, most_rows=most, lot=50)
    paid = allocate(sites, start={}, most_rows=most, lot=50, price=price, money=money)
    assert sum(paid.rows.values()) * price <= money * (1 + 1e-9)
    if sum(paid.rows.values()) < sum(free.rows.values()):
        assert "levers.cost.budget" in paid.bound_by


@given(sites, st.integers(4, 40))
def test_greedy_is_as_good_as_any_even_or_proportional_split(sites, lots):
    """Learning curves flatten, so that the next lot is never worth more than the last: greedy is optimal in lots."""
    sites = [replace(site, most=inf) for site in sites]
    best = allocate(sites, start={}, most_rows=lots * 100, lot=100)
    even = {site.name: lots * 100 // len(sites) // 100 * 100 for site in sites}
    whole = sum(site.rows for site in sites)
    proportional = {site.name: int(lots * site.rows / whole) * 100 for site in sites}
    for other in (even, proportional):
        assert best.fall >= total(sites, other) - 1e-9


@given(sites)
def test_more_rows_never_lower_the_fall(sites):
    falls = [allocate(sites, start={}, most_rows=most, lot=100).fall for most in (0, 500, 1_000, 4_000)]
    assert falls == sorted(falls)
    assert falls[0] == 0


def test_nothing_is_given_where_a_row_costs_more_than_it_is_worth():
    site = Site("s", 0.1, 100, Curve(2.0, 0.5, 0.1), Exchange(0.5))
    dear = allocate([site], start={}, most_rows=1_000, lot=100, price=1.0, worth=10.0)
    cheap = allocate([site], start={}, most_rows=1_000, lot=100, price=1e-6, worth=10.0)
    assert dear.rows == {"s": 0}
    assert cheap.rows == {"s": 1_000}


@given(curves, st.floats(10, 100_000))
def test_rows_for_a_loss_are_those_that_give_it(curve, rows):
    assert curve.loss(curve.rows_for(curve.loss(rows))) == pytest.approx(curve.loss(rows), rel=1e-6)


@given(curves)
def test_no_number_of_rows_reaches_what_lies_below_the_noise(curve):
    assert curve.rows_for(curve.c) == inf


@given(exchanges, st.floats(10, 1_000), st.floats(0, 10_000))
def test_synthetic_rows_never_teach_more_than_their_ceiling(exchange, real, synthetic):
    effective = exchange.effective(real, synthetic)
    assert real - 1e-9 <= effective <= real + min(exchange.ceiling, exchange.rate * synthetic) + 1e-6


@given(exchanges, st.floats(10, 1_000), st.floats(1, 500))
def test_synthetic_rows_that_are_needed_are_enough(exchange, real, more):
    assume(abs(more - exchange.ceiling) > 1e-6)
    needed = exchange.synthetic_for(real, real + more)
    if more >= exchange.ceiling:
        assert needed == inf
    else:
        assume(needed < 1e9)
        assert exchange.effective(real, needed) == pytest.approx(real + more, rel=1e-5)
