"""What a person has withdrawn is not made again: a run that can only end there says so before it works."""

from __future__ import annotations

import json
from dataclasses import replace

import polars as pl
import pytest

from supplychain.define import land
from supplychain.ledger.verdicts import Waiver
from supplychain.publish import withdraw
from supplychain.refresh import never_again

DEFS = "assets/products/clinic/defs.yaml"


@pytest.fixture
def withdrawn(released):
    """Both windows are in release 1.1.0, which is not to be used; 1.0.0 has `metro` alone."""
    withdraw(released.chain().ledger, "clinic", "1.1.0", reason="wrong unit", by="ann")
    return released


def test_a_run_says_at_once_that_nothing_differs(withdrawn, supplychain):
    before = len(withdrawn.chain().ledger.commits("clinic"))
    said = "nothing differs from release 1.1.0, which ann withdrew (wrong unit); nothing is published"
    code, out, err = supplychain("run", "clinic", "--window", "rural")
    assert (code, err) == (3, f"supplychain: product clinic: {said}\n")
    assert "real rows, by role" not in out
    code, out, _ = supplychain("run", "clinic", "--window", "rural", "--json")
    (told,) = json.loads(out)
    assert code == told["exit_code"] == 3 and told["errors"] == [f"product clinic: {said}"] and told["run"] is None
    assert len(withdrawn.chain().ledger.commits("clinic")) == before


def test_what_was_done_again_in_vain_is_nothing_new(withdrawn):
    land(replace(withdrawn.chain(), run="again"), "rural")
    assert list(never_again(withdrawn.chain(), ["metro", "rural"])) == ["rural"], "1.1.0 was not of metro alone"


def test_before_a_withdrawal_every_run_works(released):
    assert never_again(released.chain(), ["metro", "rural"]) == {}


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (DEFS, "few enough for a test", "many"),
        ("expectations/clinic/evidence.yaml", "value: 0.8}", "value: 0.9}"),
    ],
)
def test_a_run_works_where_a_word_is_edited(withdrawn, file, old, new):
    withdrawn.edit(file, old, new)
    assert never_again(withdrawn.chain(), ["rural"]) == {}


@pytest.mark.parametrize(("msa", "refused"), [(0, []), (1, ["rural"])])
def test_a_run_works_where_a_row_of_its_window_is_gone(withdrawn, msa, refused):
    rows = pl.read_csv(withdrawn.root / "clinic.csv")
    gone = rows.filter(pl.col("msa") == msa)["person"][0]
    rows.filter(pl.col("person") != gone).write_csv(withdrawn.root / "clinic.csv")
    assert list(never_again(withdrawn.chain(), ["rural"])) == refused, "the other window is taken over as it is"


def test_a_run_works_after_a_waiver_and_with_other_code(withdrawn, monkeypatch):
    chain = withdrawn.chain()
    with monkeypatch.context() as patched:
        patched.setattr("supplychain.publish.manifest.code_hash", lambda: "other")
        assert never_again(chain, ["rural"]) == {}
    assert list(never_again(chain, ["rural"])) == ["rural"]
    with chain.step("waive", "rural") as step:
        step.waivers.append(
            Waiver("evidence", "fidelity", "discriminator", "at most 0.8", "a pilot", "ann", "2999-01-01")
        )
    assert never_again(withdrawn.chain(), ["rural"]) == {}
