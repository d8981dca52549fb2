"""Attempts are counted by batch, and what a differentially private generator spends adds up over refits."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import ClassVar

import numpy as np
import polars as pl
import pytest

import supplychain.generate.fit as fitting
from supplychain.define import find_gaps, land, make_plan
from supplychain.generate import fit_synthesizer, sample_candidates
from supplychain.merge import blend
from supplychain.publish import publish
from supplychain.validate import judge_evidence, measure, screen
from supplychain.validate.privacy.history import attempts, spent

SAMPLE = (sample_candidates, screen, measure)
RULE = """
  - type: expect_evidence_to_be_between
    kwargs: {metric: attempts, scope: fit, max_value: 1}
    severity: critical
    meta: {id: one-attempt, gate: privacy, why: One look is enough.}
"""


class Histogram:
    """A toy: marginals of values that are known beforehand, with Laplace noise; each person changes one count a column.

    Its epsilon is that of all columns together, for the addition or removal of one row.
    """

    epsilon: ClassVar[float] = 2.0
    delta: ClassVar[float] = 0.0

    def fit(self, frame: pl.DataFrame, *, seed: int) -> Histogram:
        rng, names = np.random.default_rng(seed), [name for name in frame.columns if not name.startswith("_")]
        self.tables = {}
        for name in names:
            counts = frame[name].drop_nulls().value_counts().sort(name)
            noise = rng.laplace(0, len(names) / self.epsilon, counts.height)
            share = np.maximum(counts["count"].to_numpy() + noise, 0.01)
            self.tables[name] = (counts[name], share / share.sum())
        return self

    def sample(self, n: int, *, seed: int, where=None) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        drawn = {name: rng.choice(len(v), n * 40, p=p) for name, (v, p) in self.tables.items()}
        rows = pl.DataFrame({name: self.tables[name][0][place] for name, place in drawn.items()})
        return rows.filter(where.mask(rows) if where is not None else pl.lit(value=True)).head(n)

    def save(self, path: Path) -> None:
        path.write_bytes(pickle.dumps(self.tables))

    @classmethod
    def load(cls, path: Path) -> Histogram:
        model = cls()
        model.tables = pickle.loads(path.read_bytes())
        return model


@pytest.fixture
def private(project, monkeypatch):
    """The chain with the toy generator, fitted."""
    monkeypatch.setattr(fitting, "synthesizer_class", lambda _: Histogram)
    monkeypatch.setattr(fitting, "synthesizer", lambda _, **__: Histogram())
    chain = project.chain()
    for step in (land, find_gaps, make_plan, fit_synthesizer):
        step(chain, "metro")
    return project, chain


def figures(commit, metric):
    return {row.scope: row.value for row in commit.evidence if row.metric == metric}


def accepted(chain):
    return chain.ledger.current("clinic", "accepted", "metro").content


def steps(chain, *which):
    for step in which:
        commit = step(chain, "metro")
    return commit


def one_attempt(verdict):
    (gate,) = [gate for gate in verdict.gates if gate.rule == "one-attempt"]
    return gate


def ask_for(project, rows, before=400):
    project.edit("assets/products/clinic/defs.yaml", f"{{all: {before},", f"{{all: {rows},")
    return project.chain()


def test_another_batch_of_the_same_fit_is_another_attempt_and_the_same_is_none(private):
    project, chain = private
    file = project.root / "expectations/clinic/evidence.yaml"
    file.write_text(file.read_text() + RULE)
    assert figures(steps(chain, *SAMPLE), "attempts") == {"fit": 1, "people": 1}
    assert one_attempt(steps(chain, judge_evidence)).passed
    first = accepted(chain)
    chain = ask_for(project, 300)
    assert figures(steps(chain, make_plan, *SAMPLE), "attempts") == {"fit": 2, "people": 2}
    assert one_attempt(steps(chain, judge_evidence)).blocks
    commits = chain.ledger.commits("clinic")
    assert attempts(commits, "metro", first, "synthesizer") == 1, "the first stays the first, however often"
    assert attempts(commits, "metro", accepted(chain), "real") == 2


def test_another_fit_counts_anew_and_the_same_people_go_on(private, monkeypatch):
    project, chain = private
    steps(chain, *SAMPLE)
    monkeypatch.setattr(Histogram, "epsilon", 3.0)
    project.edit(
        "assets/products/clinic/defs.yaml", "{synthesizer: marginals}", "{synthesizer: marginals, batch_rows: 999}"
    )
    chain = project.chain()
    assert figures(steps(chain, fit_synthesizer, *SAMPLE), "attempts") == {"fit": 1, "people": 2}


def test_epsilon_is_noted_and_adds_up_over_released_refits(private, monkeypatch):
    project, chain = private
    fitted = chain.ledger.current("clinic", "synthesizer", "metro")
    assert (fitted.notes["epsilon"], fitted.notes["delta"]) == (2.0, 0.0)
    assert figures(steps(chain, *SAMPLE), "dp.epsilon") == {"fit": 2.0, "composed": 2.0}
    file = project.root / "expectations/clinic/evidence.yaml"
    file.write_text("suite: evidence\nexpectations:" + RULE)
    steps(chain, judge_evidence, blend, publish)
    monkeypatch.setattr(Histogram, "epsilon", 3.0)
    project.edit(
        "assets/products/clinic/defs.yaml", "{synthesizer: marginals}", "{synthesizer: marginals, batch_rows: 999}"
    )
    chain = project.chain()
    measured = steps(chain, fit_synthesizer, *SAMPLE)
    assert figures(measured, "dp.epsilon") == {"fit": 3.0, "composed": 5.0}
    assert figures(measured, "dp.delta") == {"fit": 0.0, "composed": 0.0}


def test_without_a_claim_there_is_no_epsilon(project):
    chain = project.chain()
    measured = steps(chain, land, find_gaps, make_plan, fit_synthesizer, *SAMPLE)
    assert figures(measured, "dp.epsilon") == {}
    commits = chain.ledger.commits("clinic")
    assert spent(commits, "metro", accepted(chain)) == [None]
    assert attempts(commits, "metro", "a batch that nobody made", "synthesizer") == 1
