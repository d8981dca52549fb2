"""A project whose two windows are released: made once, copied for each test."""

from __future__ import annotations

import shutil

import pytest

from assets.driver import run_window
from supplychain.store import Store
from tests.conftest import CLINIC, EVIDENCE, REAL, REPO, SYNTHETIC, Project

HARMLESS = CLINIC.replace("{unmet: 0}", "{unmet: 0, synthetic_weight: 0.01}")
"""Rows of independent columns harm at a higher weight, and would be retired."""
REFRESHED = HARMLESS + "  refresh: {look_seconds: 5}\n  monitor: {act: rebuild}\n"


def write_clinic(project: Project, people, product: str = REFRESHED) -> None:
    project.write("assets/products/clinic/defs.yaml", product)
    for suite, text in (("real", REAL), ("synthetic", SYNTHETIC), ("evidence", EVIDENCE)):
        project.write(f"expectations/clinic/{suite}.yaml", text)
    for name in ("workspace.yaml", "dagster.yaml"):
        shutil.copy(REPO / name, project.root / name)
    people.sample(3_000, seed=1).write_csv(project.root / "clinic.csv")


@pytest.fixture(scope="session")
def both_released(tmp_path_factory: pytest.TempPathFactory, people) -> Project:
    base = tmp_path_factory.mktemp("released")
    made = Project(base / "project", base / "home")
    write_clinic(made, people)
    store = Store.open(made.home)
    for window in ("metro", "rural"):
        assert run_window(made.root, "clinic", window, store=store, watch=lambda _: None).exit_code == 0
    return made


@pytest.fixture
def released(both_released: Project, tmp_path, monkeypatch) -> Project:
    for name in ("project", "home"):
        shutil.copytree(both_released.root.parent / name, tmp_path / name)
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setenv("SUPPLYCHAIN_HOME", str(tmp_path / "home"))
    return Project(tmp_path / "project", tmp_path / "home")
