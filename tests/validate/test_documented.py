"""The example of docs/architecture.md measures, and docs/evidence.md names every metric."""

from __future__ import annotations

import re

import pytest

from supplychain.define import find_gaps, land, make_plan
from supplychain.generate import fit_synthesizer, sample_candidates
from supplychain.validate import METRICS, evidence, measure, screen
from tests.conftest import REPO

PAGE = (REPO / "docs/architecture.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("## Add a measurement")[2].partition("\n## ")[0]


def test_the_example_of_the_documentation_measures(project, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", SECTION, flags=re.DOTALL)
    names: dict = {}
    exec(compile(code, "outcome.py", "exec"), names)
    monkeypatch.setattr(evidence, "FAMILIES", (names["outcome"],))
    chain = project.chain()
    for step in (land, find_gaps, make_plan, fit_synthesizer, sample_candidates, screen):
        step(chain, "metro")
    (row,) = measure(chain, "metro").evidence
    assert row.metric in names["METRICS"]
    assert row.low < row.value < row.high and row.reference is not None


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_is_on_the_page(metric):
    page = (REPO / "docs/evidence.md").read_text(encoding="utf-8")
    family = metric.partition(".")[0]
    assert f"`{metric}`" in page or f"`{family}.*`" in page, f"docs/evidence.md does not say what {metric} is"
