"""A release of `clinic`, made once and copied for each test; and predictions of its people."""

from __future__ import annotations

import shutil

import polars as pl
import pytest

from tests.conftest import CLINIC, EVIDENCE, REAL, REPO, SYNTHETIC, Project
from tests.test_store import ALL_STEPS

SETTLED = "  monitor: {least_rows: 100, feedback: {settle_seconds: 0.0}}\n"


@pytest.fixture(scope="session")
def made_once(tmp_path_factory, people):
    folder = tmp_path_factory.mktemp("monitor")
    made = Project(folder / "project", folder / "home")
    made.write("assets/products/clinic/defs.yaml", CLINIC.rstrip() + "\n" + SETTLED)
    for name, text in (("real", REAL), ("synthetic", SYNTHETIC), ("evidence", EVIDENCE)):
        made.write(f"expectations/clinic/{name}.yaml", text)
    for name in ("workspace.yaml", "dagster.yaml"):
        shutil.copy(REPO / name, made.root / name)
    people.sample(3_000, seed=1).write_csv(made.root / "clinic.csv")
    chain = made.chain()
    for step in ALL_STEPS:
        step(chain, "metro")
    return made


@pytest.fixture
def released(made_once, tmp_path, monkeypatch) -> Project:
    """The project with the release 1.0.0 of `metro`."""
    shutil.copytree(made_once.root.parent, tmp_path / "copy")
    made = Project(tmp_path / "copy" / "project", tmp_path / "copy" / "home")
    monkeypatch.chdir(made.root)
    monkeypatch.setenv("SUPPLYCHAIN_HOME", str(made.home))
    return made


@pytest.fixture(scope="session")
def predictions(people) -> pl.DataFrame:
    """Predictions of 1,200 people of `metro`, by a model that was fitted on others; scores are as sure as right."""
    from sklearn.linear_model import LogisticRegression

    rows = people.with_columns(high_spend=(pl.col("drugexp") >= 2500).cast(pl.Int64)).filter(pl.col("msa") == 1)
    rows = rows.sample(fraction=1, shuffle=True, seed=3)  # the survey is sorted by the outcome
    features = ["age", "totchr", "priolist", "female", "income", "poor", "fair"]
    others, some = rows.tail(rows.height - 2_000), rows.head(1_200)
    model = LogisticRegression(max_iter=500).fit(others[features].to_numpy(), others["high_spend"].to_numpy())
    score = model.predict_proba(some[features].to_numpy())[:, 1]
    return some.drop("drugexp", "person").with_columns(
        prediction=pl.format("p{}", pl.int_range(pl.len())),
        score=pl.Series(score),
        time=pl.datetime(2024, 1, 15) + pl.duration(days=pl.int_range(pl.len()) % 60),
    )
