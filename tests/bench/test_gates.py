"""Planted faults: each is what it says, the counts are right, and the chain's own gates refuse the largest doses."""

from __future__ import annotations

import polars as pl
import pytest

from bench import gates
from bench.datasets import available
from bench.faults import FAULTS, GOOD
from bench.gates_page import page, summary
from bench.splits import split

BY_NAME = {fault.name: fault for fault in FAULTS}


@pytest.fixture(scope="module")
def small():
    with split("drug-spend", 0, people=1_500) as part:
        yield part


def planted(part, name, dose):
    return BY_NAME[name].plant(part, dose, 1)


def both(rows, others):
    """Rows of the first that stand in the second."""
    return rows.join(others.unique(), on=others.columns, how="semi", nulls_equal=True).height


def test_fresh_people_are_in_no_role(small):
    names = small.schema.names
    tune = small.table("tune").select(names)
    assert small.fresh.height == pytest.approx(450, abs=15)
    for known in (small.members, small.gold, tune):
        assert both(small.fresh, known.select(names)) == 0
    assert small.product.levers.coverage.rows == {"all": pytest.approx(0.7 * small.fresh.height, abs=2)}


def test_copies_are_members_and_leaked_rows_are_gold(small):
    for dose in (0.01, 0.05):
        assert both(planted(small, "verbatim copies", dose), small.members) == round(dose * small.fresh.height)
        assert both(planted(small, "leaked gold rows", dose), small.gold) == round(dose * small.fresh.height)
    near = planted(small, "near copies", 0.2)
    assert near.height == small.fresh.height and both(near, small.members) < 0.5 * 0.2 * near.height
    assert planted(small, "a memorising generator", 5).height == small.fresh.height


def test_outcomes_change_where_they_are_to_and_nowhere_else(small):
    fresh, outcome = small.fresh, small.outcome
    inside = small.slice_.mask(fresh)
    flipped = planted(small, "flipped outcome in a slice", 1.0)
    assert (flipped[outcome] != fresh[outcome]).equals(inside.alias(outcome))
    sure = planted(small, "an overconfident slice", 1.0)
    assert sure.filter(~inside).equals(fresh.filter(~inside)) and not sure.equals(fresh)
    biased = planted(small, "amplified bias", 1.0)
    changed = biased.filter(biased[outcome] != fresh[outcome])
    assert changed[outcome].unique().to_list() == [1]
    assert any(changed[name].n_unique() == 1 for name in small.product.sensitive)


def test_columns_change_as_they_are_to(small):
    fresh = small.fresh
    torn = planted(small, "broken correlation", 1.0)
    assert all(torn[name].sort().equals(fresh[name].sort()) for name in fresh.columns) and both(torn, fresh) < 5
    far = planted(small, "wrong units", 1.0)
    (moved,) = [name for name in fresh.columns if not far[name].equals(fresh[name])]
    assert far[moved].max() == 1_000 * fresh[moved].max()
    (moved,) = [n for n in fresh.columns if not planted(small, "a shifted marginal", 1.0)[n].equals(fresh[n])]
    gone = planted(small, "a missing category", 0.2)
    assert any(gone[name].n_unique() < fresh[name].n_unique() for name in fresh.columns)
    broken = planted(small, "a broken rule", 0.2).filter(pl.col("good") + pl.col("poor") == 2)
    assert broken.height == pytest.approx(0.2 * fresh.height, rel=0.4)
    few = planted(small, "mode collapse", 1.0)
    assert few.select(fresh.columns).n_unique() < few.height


def line(batch, dose, refused, data="drug-spend", seed=0):
    sizes = {"train": 900, "gold": 300, "rows": 450}
    return {"data": data, "seed": seed, "batch": batch, "dose": dose, "refused": refused, **sizes}


def test_batches_are_counted_once_a_gate_with_exact_limits():
    twice = [["privacy", "no-copies"], ["privacy", "copies-are-chance"], ["bias", "groups"]]
    lines = [line(GOOD[0], 0.0, [], seed=seed) for seed in range(20)] + [line("verbatim copies", 0.05, twice)]
    found = summary(lines)
    good = found[GOOD[0]]["0"]
    assert (good["n"], good["refused"], good["low"]) == (20, 0, 0.0)
    assert good["high"] == pytest.approx(1 - 0.025 ** (1 / 20), abs=1e-4)
    assert found["verbatim copies"]["0.05"]["gates"] == {"privacy": 1, "bias": 1}
    written = page(lines)
    assert "0 of 20 (0% to 17%)" in written and "1 of 1 (2% to 100%)" in written and "21 batches over 20" in written


def test_a_batch_that_was_measured_twice_counts_once(tmp_path):
    file = tmp_path / "gates.jsonl"
    file.write_text('{"data": "a", "seed": 0, "batch": "trees", "dose": 0.0, "cpu": 1}\n' * 2)
    assert len(gates.lines(file)) == 1 and gates.lines(tmp_path / "none") == []


@pytest.mark.long
@pytest.mark.parametrize("name", gates.DATA)
def test_good_batches_pass_and_the_largest_doses_are_refused(name, monkeypatch):
    if not available([name]):
        pytest.skip(f"{name} is not here: set SUPPLYCHAIN_TEST_DATA to a folder that has it")
    gates.share_work(monkeypatch.setattr)
    with split(name, 1, people=6_000) as part:
        asked = gates.batches(part, good_only=False, only=[], largest=True)
        found = {batch: gates.judged(part, make)[0]["refused"] for batch, _, make in asked}
    missed = [batch for batch, refused in found.items() if bool(refused) == (batch in GOOD)]
    assert not missed, {batch: found[batch] for batch in missed}
