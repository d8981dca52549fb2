"""The chain through the real webserver and daemon."""

from __future__ import annotations

import json
import re
import sys
from base64 import b64decode
from pathlib import Path
from xml.etree import ElementTree

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from servers import NODES, Webserver, ui

from supplychain.ledger import Ledger
from supplychain.publish import verify
from supplychain.store import Store
from tests.roi.cases import BASE

DEFS = "assets/products/clinic/defs.yaml"
TARGETED = "coverage: {rows: {all: 400, poor-health: 100}, targets: {poor-health: 0.45}}"
"""With it, the comparison has a slice to compare strategies on."""


def drawn(markdown: str) -> dict[str, str]:
    """Title to the words of each chart in a text; each is an image that holds itself."""
    charts = re.findall(r"!\[([^\]]+)\]\(data:image/svg\+xml;base64,([^)]+)\)", markdown)
    return {title: ElementTree.fromstring(b64decode(svg)).get("aria-label", "") for title, svg in charts}


def shown_in_words_charts_and_tables(server: Webserver) -> None:
    """`gaps`, `roi` and `plan` are understood on their own pages."""
    gaps, roi, plan = (server.shown("clinic", noun) for noun in ("gaps", "roi", "plan"))

    slices = {row["slice"]: row for row in gaps["table"]}
    assert set(slices) >= {"all", "poor-health"} and "curve_a" not in slices["all"]
    assert f"{sum(row['finding'].startswith('gap') for row in slices.values())} gap" in gaps["in_words"]
    loss = drawn(gaps["charts"])["Loss per slice"]
    assert f"poor-health {slices['poor-health']['loss']:.3g} (" in loss

    assert {row["strategy"] for row in roi["table"]} == {"nothing", "real", "synthetic", "hybrid"}
    assert "poor-health" in {row["slice"] for row in roi["friction"]}
    assert {"Net present value", "What the lead of the best over the second hangs on"} <= set(drawn(roi["charts"]))

    made = {row["slice"]: row["rows"] for row in plan["table"] if row["action"] == "synthesise"}
    assert made["all"] == 400
    assert f"Synthesise {sum(made.values()):,} rows in {len(made)} slices" in plan["in_words"]
    assert "all 400 rows to make" in next(iter(drawn(plan["charts"]).values()))


@pytest.mark.timeout(400)
def test_a_window_is_published_from_the_browser(project):
    project.edit(
        "expectations/clinic/evidence.yaml",
        "max_value: 0.8}\n    severity: warning",
        "max_value: 0.8}\n    severity: info",
    )
    project.edit(DEFS, "coverage: {rows: {all: 400, poor-health: 100}}", TARGETED)
    project.edit(
        DEFS, "  drop: [drugexp]\n", f"  drop: [drugexp]\n  roi: {json.dumps({'draws': 500, 'inputs': BASE})}\n"
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
        told = drawn(server.shown("clinic", "evidence")["charts"])
        assert any(title.startswith("Fidelity: likeness of columns") for title in told)
        assert checks["fidelity"]["evaluation"]["severity"] == "WARN"  # the discriminator tells marginals from real

        shown_in_words_charts_and_tables(server)

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
