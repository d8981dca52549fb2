"""The chain through the real webserver and daemon."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from servers import NODES, ui

from supplychain.ledger import Ledger
from supplychain.publish import verify
from supplychain.store import Store


@pytest.mark.timeout(400)
def test_a_window_is_published_from_the_browser(project):
    project.edit(
        "expectations/clinic/evidence.yaml",
        "max_value: 0.8}\n    severity: warning",
        "max_value: 0.8}\n    severity: info",
    )
    with ui(project.root, project.home) as server:
        nodes = {node["assetKey"]["path"][-1]: node for node in server.ask(NODES)["assetNodes"]}
        assert {
            "source",
            "real",
            "tune",
            "gold",
            "set_aside",
            "gaps",
            "plan",
            "synthesizer",
            "candidates",
        } <= set(nodes)
        assert {"accepted", "rejected", "evidence", "blend", "release", "drift"} <= set(nodes)
        assert all(node["description"] and node["groupName"] == "clinic" and node["kinds"] for node in nodes.values())
        assert nodes["release"]["partitionKeys"] == ["metro", "rural"]
        assert nodes["real"]["owners"] == [{"team": "tests"}]

        assert server.wait(server.materialise("clinic", "metro")) == "SUCCESS"
        checks = server.checks("clinic", "evidence")
        assert checks["privacy"]["status"] == "SUCCEEDED"
        assert checks["fidelity"]["evaluation"]["severity"] == "WARN"  # the discriminator tells marginals from real

        # One asset alone, as the button on its page does.
        assert server.wait(server.materialise("clinic", "metro", ["gaps"])) == "SUCCESS"

        # A gate that is tightened refuses, and a later run of only what lies downstream is refused too.
        project.edit("expectations/clinic/evidence.yaml", "min_value: 0.8}", "min_value: 0.999}")
        assert server.wait(server.materialise("clinic", "rural")) == "FAILURE"
        assert server.checks("clinic", "evidence")["fidelity"]["evaluation"] == {
            "severity": "ERROR",
            "success": False,
        }
        assert server.wait(server.materialise("clinic", "rural", ["blend", "release"])) == "FAILURE"

    ledger = Ledger(Store.open(project.home))
    assert [commit.release.windows for commit in ledger.releases("clinic")] == [("metro",)]
    assert verify(ledger, "clinic").rows > 0
