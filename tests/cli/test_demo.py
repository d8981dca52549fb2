"""The demo tells its story in two acts, on the real people of the embedded product."""

from __future__ import annotations

import json

import pytest

from supplychain.chain import Chain
from supplychain.cli.demo import effect
from supplychain.ledger import Ledger
from supplychain.project import find_product
from supplychain.publish import verify
from supplychain.refresh import History
from supplychain.store import Store
from tests.conftest import REPO


@pytest.mark.long
@pytest.mark.timeout(900)
def test_the_demo_in_two_acts(supplychain, tmp_path, monkeypatch):
    monkeypatch.chdir(REPO)
    monkeypatch.setenv("SUPPLYCHAIN_HOME", str(tmp_path))
    code, out, err = supplychain("demo")
    assert code == 0, err
    ledger = Ledger(Store.open(tmp_path))
    assert [commit.release.windows for commit in ledger.releases("drug-spend")] == [("metro",), ("metro", "rural")]
    assert verify(ledger, "drug-spend").version == "1.1.0"
    first, second = (tmp_path / f"releases/drug-spend/{version}/data/metro.parquet" for version in ("1.0.0", "1.1.0"))
    assert first.read_bytes() == second.read_bytes(), "the metro people are the same bytes"

    told = [
        "Act one.",
        "Act two.",
        "columns have surely moved",
        "Gaps that opened among rural people",
        "Refresh of drug-spend: rural (drift)",
        "rural is released; release 1.1.0 is in force",
        "The two releases",
        "On rural gold people",
    ]
    places = [out.index(words) for words in told]
    assert places == sorted(places), "in this order"

    chain = Chain.open(find_product("drug-spend", REPO), REPO, tmp_path)
    assert [event.action for _, event in History.of(chain).events] == ["started", "ended"]
    whole = next(row for row in effect(chain) if row["slice"] == "all")
    assert whole["low"] <= whole["fall"] <= whole["high"] and whole["n"] > 400
    assert f"{whole['fall']:.4g}" in out and f"{whole['low']:.4g}" in out, "with its interval, whatever it is"
    verdict = "They help" if whole["low"] > 0 else "They harm" if whole["high"] < 0 else "The interval holds zero"
    assert verdict in out

    code, again, _ = supplychain("demo", "--json")
    assert code == 0 and len(json.loads(again)["releases"]) == 2
    assert len(ledger.releases("drug-spend")) == 2, "a second time there is nothing to do"
