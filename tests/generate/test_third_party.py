"""A synthesizer of a stranger: the example of docs/architecture.md, installed beside us and run by the chain."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from supplychain.define import find_gaps, land, make_plan
from supplychain.generate import fit_synthesizer
from tests.conftest import REPO

DEFS = "assets/products/clinic/defs.yaml"
PAGE = (REPO / "docs/architecture.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("## Add a synthesizer")[2].partition("\n## ")[0]


def block(language: str) -> str:
    """The section's one block of code in a language."""
    (text,) = re.findall(rf"```{language}\n(.*?)```", SECTION, flags=re.DOTALL)
    return text


def install(folder: Path) -> Path:
    """The package as an installer lays it down: its module, and what its pyproject declares as metadata."""
    project = tomllib.loads(block("toml"))["project"]
    name, number = project["name"].replace("-", "_"), project["version"]
    info = folder / f"{name}-{number}.dist-info"
    info.mkdir(parents=True)
    (folder / f"{name}.py").write_text(block("python"), encoding="utf-8")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {number}\n")
    groups = project["entry-points"].items()
    lines = [line for group, entries in groups for line in (f"[{group}]", *(f"{k} = {v}" for k, v in entries.items()))]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return folder


@pytest.mark.long
def test_the_example_of_the_documentation_runs_a_product(project, tmp_path):
    project.edit(DEFS, "  generate: {synthesizer: marginals}\n", block("yaml"))
    path = os.pathsep.join([str(install(tmp_path / "site")), str(REPO)])
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    code = "from supplychain.cli.main import main; main(['run', 'clinic', '--window', 'metro', '--json'])"
    program = [sys.executable, "-c", code]
    done = subprocess.run(program, capture_output=True, text=True, env=environment, check=False, timeout=280)
    assert done.returncode == 0, done.stderr
    chain = project.chain()
    model = chain.ledger.current("clinic", "synthesizer", "metro")
    made = chain.store.read_table(chain.ledger.current("clinic", "candidates", "metro").table)
    assert model.notes["synthesizer"] == "within-groups"
    line = (project.home / model.path).read_bytes().partition(b"\n")[0]
    assert json.loads(line)["kind"] == "within-groups"
    assert made.height >= 500
    assert chain.ledger.current("clinic", "blend", "metro").rows > 0


@pytest.fixture
def installed_beside(project, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(install(tmp_path / "site")))
    yield project
    sys.modules.pop("within_groups", None)


@pytest.mark.parametrize(("settings", "column"), [("{}", "high_spend"), ("{by: female}", "female")])
def test_it_is_given_the_hints_that_it_takes_and_can_tell_how_far_it_is(installed_beside, settings, column):
    """Without `by`, it parts people by the last column that the chain names: the outcome."""
    words = f"synthesizer: within-groups, settings: {settings}"
    installed_beside.edit(DEFS, "synthesizer: marginals", words)
    said = []
    chain = replace(installed_beside.chain(), progress=said.append)
    for step in (land, find_gaps, make_plan, fit_synthesizer):
        step(chain, "metro")
    assert f"2 values of {column}" in said


def test_the_doctor_lists_it(installed_beside, supplychain):
    found = {row["what"]: row for row in json.loads(supplychain("doctor", "--json")[1])}
    assert "within-groups" in found["synthesizers"]["found"]


def test_what_it_does_not_take_is_said_in_one_line(installed_beside, supplychain):
    words = "synthesizer: within-groups, settings: {per: female}"
    installed_beside.edit(DEFS, "synthesizer: marginals", words)
    code, _, err = supplychain("check", "clinic")
    assert code == 64
    assert "generate.settings: within-groups does not take these settings (" in err and "'per'" in err
    assert err.count("\n") == 1
