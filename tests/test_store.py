"""The store: whole files, on a disk or behind any URL."""

from __future__ import annotations

import polars as pl
import pytest

from supplychain.define import find_gaps, land, make_plan
from supplychain.errors import Busy, StoreFault
from supplychain.generate import fit_synthesizer, sample_candidates
from supplychain.ledger.questions import went_into
from supplychain.merge import blend
from supplychain.monitor import measure_drift
from supplychain.publish import load_release, publish, verify
from supplychain.store import Store
from supplychain.validate import judge_evidence, measure, screen

ALL_STEPS = (
    land, find_gaps, make_plan, fit_synthesizer, sample_candidates, screen, measure, judge_evidence, blend, publish,
    measure_drift,
)  # fmt: skip


def test_the_same_rows_are_one_file_once_they_are_in_the_log(project):
    chain, frame = project.chain(), pl.DataFrame({"x": [1, 2]})
    paths = []
    for _ in range(2):
        with chain.step("define", "metro") as step:
            step.write("real", frame)
        paths.append(step.done.output("real").path)
    assert paths[0] == paths[1]
    assert chain.store.read_table(step.done.output("real").table).equals(frame)


def test_a_step_that_fails_takes_back_its_own_files_and_no_others(project):
    """Two writers of the same rows: one commits while the other fails."""
    chain, frame = project.chain(), pl.DataFrame({"x": [1, 2]})
    with pytest.raises(RuntimeError), chain.step("define", "metro") as failing:
        failing.write("real", frame)
        with chain.step("define", "metro") as other:
            other.write("real", frame)
        raise RuntimeError
    assert chain.store.read_table(other.done.output("real").table).equals(frame)
    assert len(chain.store.names("tables/clinic/real/metro")) == 1


def test_an_edited_table_is_refused(project):
    chain = project.chain()
    with chain.step("define", "metro") as step:
        step.write("real", pl.DataFrame({"x": [1, 2]}))
    table = step.done.output("real").table
    pl.DataFrame({"x": [1, 3]}).write_parquet(project.home / table.path)
    with pytest.raises(StoreFault, match="is not what the lineage log says"):
        chain.store.read_table(table)


def test_a_lock_is_held_by_one(tmp_path):
    store = Store(str(tmp_path))
    with (
        store.lock("p", why="a run of p is under way"),
        pytest.raises(Busy, match=r"a run of p is under way \(process \d+\)"),
    ):
        with store.lock("p", why="a run of p is under way"):
            raise AssertionError("two hold it")
    with store.lock("p", why="free again", shared=True), store.lock("p", why="shared", shared=True):
        with pytest.raises(Busy), store.lock("p", why="alone"):
            raise AssertionError("one holds it alone while others share it")


def test_no_temporary_file_is_left_or_listed(tmp_path):
    store = Store(str(tmp_path))
    store.write("a/b", b"x")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]


@pytest.mark.parametrize("url", ["memory://chain", "file"])
def test_the_whole_chain_runs_on_a_url(project, url):
    """Not only on a path: everything goes through fsspec, and the release reads back."""
    project.home = f"file://{project.home}" if url == "file" else url
    chain = project.chain()
    for step in ALL_STEPS:
        step(chain, "metro")
    assert verify(chain.ledger, "clinic").rows == load_release(chain.ledger, "clinic").height
    assert went_into(chain.ledger, "clinic", "1.0.0").height > 5
