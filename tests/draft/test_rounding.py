"""Numbers that may be written down."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from supplychain.draft.rounding import NATURAL, cut, down, limits, step, written

VALUES = st.lists(st.floats(-1e9, 1e9).filter(lambda one: one == 0 or abs(one) > 1e-3), min_size=2, max_size=50)


@given(VALUES)
def test_limits_hold_all_values_and_are_nobodys_own(values):
    low, high = limits(min(values), max(values), low_rows=1, high_rows=1)
    assert low <= min(values) and max(values) <= high
    for end, own in ((low, min(values)), (high, max(values))):
        assert end != own or own in NATURAL
        assert written(end) != written(own) or own in NATURAL


@given(VALUES)
def test_limits_are_not_far_off(values):
    low, high = limits(min(values), max(values), low_rows=1, high_rows=1)
    length = max(max(values) - min(values), abs(max(values)) / 1e6, 1e-9)
    assert min(values) - low <= 0.5 * length + 1e-9 and high - max(values) <= 0.5 * length + 1e-9


def test_an_end_that_many_share_stands():
    assert limits(18, 80, low_rows=1, high_rows=500) == (10, 80)
    assert limits(18, 80, low_rows=1, high_rows=9) == (10, 90)
    assert limits(0, 100, low_rows=1, high_rows=1) == (0, 100)


@given(st.floats(1e-6, 1e12))
def test_steps_are_one_two_or_five(size):
    found = step(size)
    assert found >= size * (1 - 1e-6)
    assert round(found / 10 ** math.floor(math.log10(found) + 1e-9)) in (1, 2, 5, 10)


@given(st.integers(1, 10**9))
def test_down_is_never_more(size):
    assert size / 2.5 <= down(size) <= size
    assert str(down(size))[0] in "125" and not str(down(size))[1:].strip("0")


@given(st.floats(-1e6, 1e6), st.floats(1, 1e6))
def test_a_cut_is_near_its_value(value, length):
    assert abs(cut(value, value - length, value + length) - value) <= length / 2
