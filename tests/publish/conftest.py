"""A chain that was run once: each test gets a copy of its store, as it was after the blend or after publishing."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from supplychain.chain import Chain
from supplychain.project import find_product
from supplychain.publish import publish
from tests.conftest import CLINIC, EVIDENCE, REAL, REPO, SYNTHETIC, Project
from tests.test_store import ALL_STEPS

TERMS = "  publish: {audiences: [internal, external], licence: CC-BY-4.0, not_for: [Deciding on a person's cover.]}\n"


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory, people: pl.DataFrame) -> dict[str, Path]:
    """Stores of the product `clinic` with both audiences: `blended` and `released`."""
    place = tmp_path_factory.mktemp("published")
    made = Project(place / "project", place / "home")
    made.write("assets/products/clinic/defs.yaml", CLINIC + TERMS)
    for name, text in (("real", REAL), ("synthetic", SYNTHETIC), ("evidence", EVIDENCE)):
        made.write(f"expectations/clinic/{name}.yaml", text)
    for name in ("workspace.yaml", "dagster.yaml"):
        shutil.copy(REPO / name, made.root / name)
    people.sample(3_000, seed=1).write_csv(made.root / "clinic.csv")
    chain = Chain.open(find_product("clinic", made.root), made.root, made.home)
    for step in ALL_STEPS[:-2]:
        step(chain, "metro")
    shutil.copytree(made.home, place / "blended")
    publish(chain, "metro")
    return {"blended": place / "blended", "released": made.home}


def _with(project: Project, store: Path) -> Project:
    project.edit("assets/products/clinic/defs.yaml", CLINIC.strip(), (CLINIC + TERMS).strip())
    shutil.copytree(store, project.home, dirs_exist_ok=True)
    return project


@pytest.fixture
def blended(project: Project, stores: dict[str, Path]) -> Project:
    """The project as it is before anything is published."""
    return _with(project, stores["blended"])


@pytest.fixture
def released(project: Project, stores: dict[str, Path]) -> Project:
    """The project with release 1.0.0."""
    return _with(project, stores["released"])
