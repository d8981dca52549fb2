"""What the gap search cannot use is said in one line, by `check` where that can know it, else by the run."""

from __future__ import annotations

import polars as pl
import pytest

from supplychain.define import find_gaps, land
from supplychain.errors import BadInput
from tests.bad_input import DEFS, refuser

OUTCOME = "outcome: {name: high_spend, where: drugexp >= 2500, settings: {max_iter: 20}}"


@pytest.fixture
def refused(project, supplychain):
    return refuser(project, supplychain)


def declare(project, more):
    project.edit(DEFS, OUTCOME, f"outcome: {{name: high_spend, where: drugexp >= 2500, {more}}}")


MODELS = {
    "no such module": ("model: 'no.such:Model'", "outcome.model: cannot import 'no.such' ("),
    "no such class": (
        "model: 'sklearn.linear_model:Logistic'",
        "outcome.model: sklearn.linear_model has no scikit-learn estimator 'Logistic'; write module:Class",
    ),
    "no estimator": ("model: 'math:sqrt'", "outcome.model: math has no scikit-learn estimator 'sqrt'; write"),
    "no probabilities": ("model: 'sklearn.svm:LinearSVC'", "outcome.model: LinearSVC gives no probabilities"),
    "an unknown setting": (
        "model: 'sklearn.linear_model:LogisticRegression', settings: {colour: red}",
        "outcome.settings: LogisticRegression refuses its settings (TypeError: ",
    ),
    "a setting that cannot be": (
        "model: 'sklearn.linear_model:LogisticRegression', settings: {C: -1.0}",
        "outcome.settings: LogisticRegression refuses its settings (InvalidParameterError: ",
    ),
    "a setting of the trees": ("settings: {max_iter: 0}", "outcome.settings: gradient-boosted trees refuses its"),
}


@pytest.mark.parametrize("name", MODELS)
def test_an_outcome_model_that_cannot_be(project, refused, name):
    more, said = MODELS[name]
    declare(project, more)
    for command in (("check", "clinic"), ("run", "clinic", "--window", "metro")):
        line = refused(*command)
        assert line.startswith(f"{DEFS}:") and f": {said}" in line and "; " in line


def test_an_outcome_model_that_fails_to_fit_is_said_by_the_run(project):
    declare(project, "model: 'sklearn.neighbors:KNeighborsClassifier', settings: {n_neighbors: 100000}")
    land(project.chain(), "metro")
    with pytest.raises(
        BadInput, match=rf"^{DEFS}:\d+: outcome.model: KNeighborsClassifier fails to predict \("
    ) as said:
        find_gaps(project.chain(), "metro")
    assert "choose another estimator" in str(said.value)


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("agee", "'agee' is no column of the real rows; did you mean 'age'?"),
        ("high_spend", "'high_spend' is the outcome"),
    ],
)
def test_a_column_that_can_define_no_slice(project, refused, column, said):
    project.edit(DEFS, "  levers:", f"  gaps: {{columns: [age, {column}]}}\n  levers:")
    line = refused("check", "clinic")
    assert line.startswith(f"{DEFS}:") and f": gaps.columns: {said}" in line


def test_fewer_people_than_the_folds_need(project, people):
    """Many rows of few people: the roles have rows enough, the folds have not."""
    project.edit(DEFS, "entity: {column: person}", "entity: {column: person, rows: many}")
    frame = pl.read_csv(project.root / "clinic.csv").with_columns(pl.col("person") % 8)
    frame.write_csv(project.root / "clinic.csv")
    chain = project.chain()
    land(chain, "metro")
    with pytest.raises(
        BadInput, match=r"have \d entities; the outcome model is cross-fitted on 5 parts of them; bring"
    ):
        find_gaps(chain, "metro")


def test_a_date_or_a_name_with_many_values_is_no_outcome(project):
    frame = pl.read_csv(project.root / "clinic.csv")
    project.edit(DEFS, OUTCOME, "outcome: {name: what}")
    for values, said in (
        (
            "n" + frame["person"].cast(pl.String),
            r"outcome what: has [\d,]+ classes; the outcome model predicts numbers",
        ),
        (
            pl.date_range(pl.date(2000, 1, 1), pl.date(2020, 1, 1), eager=True).head(frame.height),
            "outcome what: is a date",
        ),
    ):
        frame.with_columns(values.alias("what")).write_csv(project.root / "clinic.csv")
        with pytest.raises(BadInput, match=said):
            land(project.chain(), "metro")
