"""Who is in a table, as the index keeps it; and the two questions about rows and people."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.ledger import Ledger
from supplychain.ledger.contents import CHUNK, ranges
from supplychain.ledger.index import query, refresh
from supplychain.ledger.tracing import trace, use_of
from supplychain.store import Store
from tests.bad_input import put_release


def members(found) -> list[int]:
    """The numbers that ranges stand for."""
    return [
        number
        for first, last, bits in found
        for number in range(first, last + 1)
        if bits is None or bits[number - first] == "1"
    ]


@given(st.sets(st.integers(0, 5_000)))
def test_ranges_hold_exactly_the_numbers_that_were_put_in(numbers):
    ordered = np.array(sorted(numbers), dtype=np.int64)
    assert members(ranges(ordered)) == ordered.tolist()


def test_long_runs_are_one_range_and_gaps_cost_a_bit_each():
    run = np.arange(10 * CHUNK)
    assert list(ranges(run)) == [(0, 10 * CHUNK - 1, None)]
    holed = np.delete(run, [5, 3 * CHUNK])
    assert members(ranges(holed)) == holed.tolist()
    assert sum(len(bits or "") for _, _, bits in ranges(holed)) <= 2 * CHUNK


@pytest.fixture
def released(project):
    """Release 1.0.0 of window metro, and its rows."""
    put_release(project)
    ledger = Ledger(Store.open(project.home))
    return ledger, pl.read_parquet(next((project.home / "releases/clinic/1.0.0/data").glob("*.parquet")))


def test_a_published_row_leads_to_all_that_made_it(released):
    ledger, rows = released
    batch, number = rows.filter(pl.col("_origin") == "synthetic").select("_batch", "_row").row(7)
    found = trace(ledger, "clinic", "latest", batch, number)
    real = ledger.current("clinic", "real", "metro")
    assert found["real"] == real.content and found["trained_on"] == real.notes["entities"]
    assert found["model"] == ledger.current("clinic", "synthesizer", "metro").content
    assert found["plan"] == ledger.current("clinic", "plan", "metro").content
    assert (found["version"], found["window"], found["_row"], found["reviewer"]) == ("1.0.0", "metro", number, None)
    assert found["seed"].isdigit() and found["plan_action"] == "synthesise" and found["rules"] == 5
    assert found["cpu_seconds"] > 0


def test_every_batch_of_a_release_has_one_line(released):
    ledger, rows = released
    lines = query(ledger, "select _batch from row_lineage where product = 'clinic' and version = '1.0.0'")["_batch"]
    assert lines.n_unique() == len(lines) and set(rows["_batch"].drop_nulls()) <= set(lines)


def test_a_person_leads_to_tables_models_and_releases(released):
    ledger, _ = released
    for asset in ("real", "tune", "gold"):
        table = ledger.current("clinic", asset, "metro")
        for person in ledger.store.read_table(table.table)["_entity"][:2]:
            found = use_of(ledger, "clinic", person)
            assert [(row["asset"], row["content"]) for row in found.tables] == [(asset, table.content[:16])]
            assert (len(found.models), len(found.releases)) == ((1, 1) if asset == "real" else (0, 0))
    assert use_of(ledger, "clinic", "0" * 32).tables == []


def test_memberships_are_those_of_the_tables(released):
    ledger, _ = released
    for asset in ("real", "tune", "gold", "set_aside"):
        table = ledger.store.read_table(ledger.current("clinic", asset, "metro").table)
        told = query(ledger, "select entity from memberships where asset = $asset", asset=asset)["entity"]
        assert sorted(told) == sorted(int(person[:10], 16) for person in table["_entity"].unique())


def test_a_table_that_is_gone_is_counted_as_unknown(released):
    ledger, _ = released
    ledger.store.remove(ledger.current("clinic", "tune", "metro").path)
    refresh(ledger).unlink(missing_ok=True)
    told = dict(query(ledger, "select asset, entities from contents").rows())
    assert told["tune"] is None and told["real"] > 0


def test_the_command_traces_asks_and_refuses(released, supplychain):
    _, rows = released
    batch, number = rows.filter(pl.col("_origin") == "synthetic").select("_batch", "_row").row(0)
    code, out, _ = supplychain("lineage", "trace", "clinic@1.0.0", "--row", f"{batch}:{number}")
    assert code == 0 and f"Row {number} of batch {batch} in clinic 1.0.0" in out
    for row, problem in (
        (f"{batch}:999999", "has no row 999999"),
        ("beef:0", "there is no batch 'beef'"),
        ("beef", "'beef' is no row; write its _batch and _row as BATCH:ROW"),
    ):
        code, _, err = supplychain("lineage", "trace", "clinic", "--row", row)
        assert code == 64 and err.count("\n") == 1 and problem in err
    person = pl.read_csv("clinic.csv").filter(pl.col("msa") == 1)["person"][0]
    code, out, _ = supplychain("lineage", "impact", "clinic", "--entity", str(person))
    assert code == 0 and "Tables that hold this person" in out
    code, _, err = supplychain("lineage", "impact", "clinic", "--entity", "nobody")
    assert code == 64 and err.count("\n") == 1 and "there is no such entity in any table" in err
    code, out, _ = supplychain("lineage", "sql", "select product from products", "--json")
    assert code == 0 and '"clinic"' in out
    code, _, err = supplychain("lineage", "sql", "select nonsense")
    assert code == 64 and err.count("\n") == 1 and "DuckDB refuses" in err
    assert supplychain("lineage", "clinic", "--window", "metro")[0] == 0
    assert supplychain("lineage", "--batch", batch, "clinic")[0] == 0
