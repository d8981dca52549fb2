"""Long tables: the same bytes however the rows come, whole or not at all, and read back piece by piece."""

from __future__ import annotations

import datetime as dt
import tempfile
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain import tables
from supplychain.errors import StoreFault
from supplychain.store import Store, sha256
from supplychain.tables import TableWriter, scan_table

SCHEMA = {
    "whole": pl.Int64,
    "number": pl.Float64,
    'a text, "quoted" 🙂': pl.String,
    "day": pl.Date,
    "named": pl.List(pl.String),
}
ROWS = st.lists(
    st.tuples(
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.floats(allow_nan=False),
        st.none() | st.text(max_size=3),
        st.none() | st.dates(dt.date(1700, 1, 1)),
        st.none() | st.lists(st.sampled_from(["a", "b"]), max_size=2),
    ),
    max_size=40,
)


def frame(rows):
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def written(pieces, folder, group):
    """The bytes of a table written in pieces."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "GROUP", group)
        with TableWriter(folder / "table") as writer:
            for piece in pieces:
                writer.write(piece)
            writer.close()
            data = writer.file.read_bytes()
            assert (sha256(data), len(data)) == (writer.content, writer.bytes)
            assert not data or writer.rows == sum(piece.height for piece in pieces)
    return data


@settings(max_examples=30)
@given(ROWS, st.lists(st.integers(0, 40), max_size=5), st.integers(1, 20))
def test_the_bytes_follow_from_the_rows_however_they_come(rows, cuts, group):
    whole = frame(rows)
    ends = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    pieces = [whole[start:end] for start, end in pairwise(ends)]
    with tempfile.TemporaryDirectory() as folder:
        data = written(pieces, Path(folder), group)
        assert data == written([whole], Path(folder), group)
        store = Store(folder)
        store.write("t.parquet", data)
        scan = scan_table(store, tables_entry(data, len(rows)))
        assert pl.concat([whole.clear(), *scan.pieces()]).equals(whole)
        assert scan.schema == whole.schema
        assert pl.read_parquet(Path(folder) / "t.parquet").equals(whole)


def tables_entry(data, rows):
    from supplychain.store import StoredTable

    return StoredTable("t.parquet", sha256(data), rows, len(data))


def test_a_step_that_fails_leaves_no_table_and_no_unfinished_file(project):
    chain = project.chain()
    with pytest.raises(RuntimeError), chain.step("define", "metro") as step, step.open_table("real") as table:
        table.write(pl.DataFrame({"x": [1, 2]}))
        raise RuntimeError
    assert [path for path in project.home.rglob("*") if path.is_file()] == []


def test_a_table_that_grew_is_in_the_log_and_its_scratch_is_gone(project):
    chain = project.chain()
    with chain.step("define", "metro") as step, step.open_table("real") as table:
        table.write(pl.DataFrame({"x": [1, 2]}))
        table.write(pl.DataFrame({"x": [3]}))
        table.notes["why"] = "for a test"
    output = step.done.output("real")
    assert (output.rows, output.columns, output.notes) == (3, {"x": "Int64"}, {"why": "for a test"})
    assert chain.store.read_table(output.table)["x"].to_list() == [1, 2, 3]
    assert chain.store.names("parts/clinic/metro") == []


def test_rows_of_other_columns_are_refused(tmp_path):
    with TableWriter(tmp_path / "t") as table:
        table.write(pl.DataFrame({"x": [1]}))
        with pytest.raises(StoreFault, match=r"'x': 'String'.* do not fit .*'x': 'Int64'"):
            table.write(pl.DataFrame({"x": ["a"]}))


def test_an_edited_table_is_not_scanned(project):
    chain = project.chain()
    with chain.step("define", "metro") as step:
        step.write("real", pl.DataFrame({"x": [1, 2]}))
    table = step.done.output("real").table
    pl.DataFrame({"x": [1, 3]}).write_parquet(project.home / table.path)
    with pytest.raises(StoreFault, match="is not what the lineage log says"):
        scan_table(chain.store, table)


def test_a_sample_is_seeded_in_order_and_as_large_as_said(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "GROUP", 64)
    data = written([pl.DataFrame({"x": range(1_000), "y": ["a"] * 1_000})], tmp_path, 64)
    store = Store(str(tmp_path))
    store.write("t.parquet", data)
    scan = scan_table(store, tables_entry(data, 1_000))
    drawn = scan.sample(100, seed=3)
    assert drawn.height == 100 and drawn["x"].is_sorted() and drawn["x"].n_unique() == 100
    assert drawn.equals(scan.sample(100, seed=3)) and not drawn.equals(scan.sample(100, seed=4))
    assert scan.sample(1_000, seed=3)["x"].to_list() == list(range(1_000))
    assert scan.select(["x"]).columns == ["x"]
