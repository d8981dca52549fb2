"""Combinations of three columns that were taken out are found, and pairs beside them."""

from __future__ import annotations

import polars as pl
import pytest

from supplychain.define.cuts import binned
from supplychain.define.uncovered import find_uncovered
from supplychain.gates.suite import Suite

COLUMNS = ("female", "private", "marry", "priolist", "hi_empunion")
TRIPLE = (pl.col("female") == 1) & (pl.col("marry") == 0) & (pl.col("priolist") == 1)
PAIR = (pl.col("female") == 1) & (pl.col("priolist") == 0)


@pytest.fixture
def found(people, monkeypatch):
    """What is found in real people without some of them, by rules that forbid nothing."""
    monkeypatch.setattr("supplychain.gates.judge", lambda rows, suite: type("Judgement", (), {"failing": {}})())

    def find(without, ways):
        frame = people.select(COLUMNS).filter(~without)
        columns = [binned(frame[name]) for name in COLUMNS]
        lacking = find_uncovered(columns, frame, lambda: Suite("", "", "", ()), ways=ways, most=10, seed=1)
        return {" AND ".join(part.where for part in one.conjunction.bins(columns)) for one in lacking}

    return find


def test_three_columns_are_looked_through_only_where_three_are_asked_for(found):
    triple = "female = 1 AND marry = 0 AND priolist = 1"
    before = found(pl.lit(value=False), 3)
    assert triple not in before
    assert found(TRIPLE, 3) - before == {triple}
    assert triple not in found(TRIPLE, 2)


def test_a_missing_pair_is_told_once_and_not_by_every_triple_that_holds_it(found):
    before = found(pl.lit(value=False), 3)
    assert found(PAIR, 3) - before == {"female = 1 AND priolist = 0"}
