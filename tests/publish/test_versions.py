"""The number of a version follows from what changed, and says why."""

from __future__ import annotations

import copy

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.publish.columns import MOST_VALUES, distance, spread
from supplychain.publish.version import changes, key_of, number

GATE = {
    "suite": "evidence", "rule": "close", "gate": "fidelity", "type": "expect_evidence_to_be_between",
    "severity": "critical", "limit": "x surely at most 0.1", "kwargs": {"metric": "x", "max_value": 0.1},
    "strict": False,
}  # fmt: skip
BEFORE = {
    "version": "3.4.5",
    "rows": 100,
    "columns": [
        {"name": "a", "type": "Int64", "kind": "integer", "allowed": {"min": 0, "max": 9},
         "spread": {"missing": 0.0, "values": {"1": 0.5, "2": 0.5}}},
        {"name": "b", "type": "String", "kind": "category", "spread": {"missing": 0.0, "values": {"x": 0.7, "y": 0.3}}},
    ],
    "terms": {"licence": "CC0-1.0", "population": {"origin": "here"}, "outcome": {"name": "b", "where": ""}},
    "gates": [GATE],
    "windows": [{"window": "w", "gates": [{"rule": "close", "outcome": "pass"}]}],
    "slices": {"old": "a > 5"},
}  # fmt: skip


def after(change):
    made = copy.deepcopy(BEFORE)
    change(made)
    return made


def set_at(made, *path, value):
    for key in path[:-1]:
        made = made[key]
    made[path[-1]] = value


NEW_COLUMN = {"name": "c", "type": "Int64", "kind": "integer"}


@pytest.mark.parametrize(
    ("change", "version", "reason"),
    [
        (lambda m: None, "3.4.6", None),
        (lambda m: m["columns"].pop(), "4.0.0", "column b is gone"),
        (lambda m: set_at(m, "columns", 0, "type", value="Float64"), "4.0.0", "column a was Int64 and is Float64"),
        (lambda m: set_at(m, "columns", 0, "allowed", "max", value=8), "4.0.0", "must be at most 8, was 9"),
        (lambda m: set_at(m, "columns", 0, "allowed", "max", value=10), "3.4.6", None),
        (lambda m: set_at(m, "columns", 1, "allowed", value={"required": True}), "4.0.0", "must not be missing"),
        (lambda m: set_at(m, "columns", 1, "spread", "values", value={"x": 1.0}), "4.0.0", "no longer takes y"),
        (lambda m: set_at(m, "columns", 1, "spread", "values", "x", value=0.5), "3.5.0", "column b lies 0.1"),
        (lambda m: set_at(m, "columns", 1, "spread", "values", "x", value=0.69), "3.4.6", None),
        (lambda m: m["columns"].append(NEW_COLUMN), "3.5.0", "column c is new"),
        (lambda m: set_at(m, "terms", "licence", value="MIT"), "4.0.0", "licence was 'CC0-1.0' and is 'MIT'"),
        (lambda m: set_at(m, "terms", "population", "origin", value="there"), "4.0.0", "population was"),
        (lambda m: m["gates"].clear(), "4.0.0", "gate evidence/close is gone"),
        (lambda m: set_at(m, "gates", 0, "severity", value="warning"), "4.0.0", "was critical and is warning"),
        (lambda m: set_at(m, "gates", 0, "kwargs", "max_value", value=0.2), "4.0.0", "is weaker"),
        (lambda m: set_at(m, "gates", 0, "kwargs", "max_value", value=0.05), "3.4.6", None),
        (lambda m: set_at(m, "gates", 0, "kwargs", "metric", value="y"), "4.0.0", "asks for something else"),
        (lambda m: set_at(m, "windows", 0, "gates", 0, "waived", value={}), "4.0.0", "was waived"),
        (lambda m: m["windows"].append({"window": "x", "gates": []}), "3.5.0", "window x is new"),
        (lambda m: set_at(m, "windows", value=[{"window": "x", "gates": []}]), "4.0.0", "window w is gone"),
        (lambda m: set_at(m, "rows", value=101), "3.5.0", "101 rows, 100 before"),
        (lambda m: set_at(m, "rows", value=99), "3.4.6", "99 rows, 100 before"),
        (lambda m: set_at(m, "slices", "young", value="a < 2"), "3.5.0", "slice young is new"),
    ],
)
def test_the_next_version_follows_from_what_changed(change, version, reason):
    found = changes(BEFORE, after(change), same=0.05)
    assert number(BEFORE, found) == version
    assert reason is None or any(reason in one.reason for one in found)


def test_the_gravest_change_decides_and_comes_first():
    def change(made):
        made["rows"] = 1_000
        made["terms"]["licence"] = "MIT"

    found = changes(BEFORE, after(change), same=0.05)
    assert [one.level for one in found] == ["major", "minor"]


def test_a_rule_that_must_hold_for_fewer_rows_is_weaker():
    old = after(lambda m: set_at(m, "gates", 0, "kwargs", value={"column": "a"}))
    new = after(lambda m: set_at(m, "gates", 0, "kwargs", value={"column": "a", "mostly": 0.9}))
    assert changes(old, new, same=0.05)[0].level == "major"
    assert changes(new, old, same=0.05) == []


@given(st.lists(st.sampled_from(["major", "minor", "patch"])))
def test_a_new_version_is_always_larger(levels):
    from supplychain.publish.version import Change

    assert key_of(number(BEFORE, [Change(level, "x", "y") for level in levels])) > key_of(BEFORE["version"])


VALUES = st.lists(st.integers(-1_000_000, 1_000_000), min_size=55, max_size=80)


@settings(max_examples=15)
@given(VALUES, VALUES)
def test_a_distance_is_symmetric_within_0_and_1_and_none_to_oneself(one, other):
    first, second = (spread(pl.Series("x", values)) for values in (one, other))
    assert distance(first, first) == 0
    assert 0 <= distance(first, second) <= 1
    assert distance(first, second) == pytest.approx(distance(second, first))


def test_the_distance_of_quantiles_is_near_that_of_kolmogorov_and_smirnov():
    import numpy as np
    from scipy.stats import ks_2samp

    rng = np.random.default_rng(1)
    one, other = rng.normal(0, 1, 20_000), rng.normal(0.3, 1, 20_000)
    told = distance(spread(pl.Series("x", one)), spread(pl.Series("x", other)))
    assert told == pytest.approx(ks_2samp(one, other).statistic, abs=0.01)


def test_a_value_more_than_are_told_one_by_one_moves_nothing_far():
    import numpy as np

    few = np.repeat(np.arange(MOST_VALUES), 100)
    spreads = [spread(pl.Series("x", values)) for values in (few, np.append(few, MOST_VALUES), few + MOST_VALUES)]
    assert ["values" in one for one in spreads] == [True, False, True]
    assert distance(spreads[0], spreads[1]) == distance(spreads[1], spreads[0]) < 0.03
    assert distance(spreads[1], spreads[2]) > 0.9
