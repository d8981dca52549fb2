"""The yardstick: losses, ranks, and any estimator by its import path."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from supplychain.errors import BadInput
from supplychain.estimator import Estimator
from supplychain.schema import Schema
from supplychain.yardstick import Target, Yardstick, concordance

SCORES = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6)), min_size=2, max_size=40)


@given(SCORES)
def test_concordance_is_the_share_of_pairs_in_order(pairs):
    truth, score = (np.array(part, dtype=float) for part in zip(*pairs, strict=True))
    told = [(t, s) for i, t in enumerate(truth) for j, s in enumerate(truth) if i < j and t != s]
    expected = [
        0.5 if score[i] == score[j] else float((score[i] < score[j]) == (truth[i] < truth[j]))
        for i in range(len(truth))
        for j in range(i)
        if truth[i] != truth[j]
    ]
    if told:
        assert concordance(truth, score) == pytest.approx(np.mean(expected))
    else:
        assert np.isnan(concordance(truth, score))


def test_concordance_of_a_flag_is_its_auc():
    rng = np.random.default_rng(1)
    truth, score = (rng.random(500) < 0.3).astype(float), rng.integers(0, 20, 500).astype(float)
    assert concordance(truth, score) == pytest.approx(roc_auc_score(truth, score))


@pytest.fixture
def patients(people):
    """With a category and missing values among the numbers."""
    return people.head(800).select(
        pl.when(pl.col("age") % 7 > 0).then("age").alias("age"),
        pl.when(pl.col("female") == 1).then(pl.lit("woman")).when(pl.col("age") > 70).then(pl.lit("man")).alias("who"),
        "totchr",
        (pl.col("drugexp") >= 2_500).cast(pl.Int64).alias("much"),
        pl.col("drugexp").cast(pl.Float64),
    )


@pytest.mark.parametrize(
    "path",
    [
        "",
        "sklearn.linear_model:LogisticRegression",
        "sklearn.ensemble:RandomForestClassifier",
        "sklearn.ensemble:HistGradientBoostingClassifier",
        "sklearn.naive_bayes:GaussianNB",
    ],
)
def test_any_classifier_reads_categories_and_missing_values(patients, path):
    frame = patients.drop("drugexp")
    models = [
        Yardstick.fit(frame, Schema.of(frame), "much", seed=1, classes=(0, 1), estimator=Estimator(path))
        for _ in range(2)
    ]
    first, second = (model.probabilities(frame) for model in models)
    assert (first == second).all(), "one seed, one model"
    assert first.sum(axis=1) == pytest.approx(np.ones(frame.height))
    assert models[0].target.auc(models[0].truth(frame), first) > 0.6


@pytest.mark.parametrize("path", ["", "sklearn.linear_model:Ridge"])
def test_a_quantity_is_predicted_by_a_regressor(patients, path):
    frame = patients.drop("much")
    target = Target.of("drugexp", frame)
    model = Yardstick.fit(frame, Schema.of(frame), "drugexp", seed=1, classes=(), estimator=Estimator(path))
    predicted = model.probabilities(frame)
    assert predicted.shape == (frame.height, 1)
    assert (
        target.losses(target.truth(frame), predicted).mean()
        < 1
        < target.losses(target.truth(frame), predicted * 0 - 9_999).mean()
    )
    assert target.auc(target.truth(frame), predicted) > 0.6


def test_rows_of_one_class_give_a_model_that_says_so(patients):
    frame = patients.drop("drugexp").filter(pl.col("much") == 0)
    model = Yardstick.fit(frame, Schema.of(frame), "much", seed=1, classes=(0, 1))
    assert (model.probabilities(frame) == [1, 0]).all()


@pytest.mark.parametrize(
    ("path", "settings", "quantity", "said"),
    [
        ("no.such.module:Model", {}, None, "cannot import 'no.such.module'"),
        ("sklearn.linear_model:NoSuch", {}, None, "has no scikit-learn estimator 'NoSuch'"),
        ("math:sqrt", {}, None, "has no scikit-learn estimator 'sqrt'"),
        ("sklearn.linear_model:LogisticRegression", {"colour": 1}, None, "refuses its settings .*colour"),
        ("sklearn.linear_model:LogisticRegression", {"C": -1.0}, None, "refuses its settings .*C"),
        ("", {"max_iter": -1}, None, "refuses its settings .*max_iter"),
        ("sklearn.svm:LinearSVC", {}, False, "gives no probabilities"),
        ("sklearn.linear_model:LogisticRegression", {}, True, "does not predict a quantity"),
    ],
)
def test_what_cannot_be_the_outcome_model_is_refused_before_any_fit(path, settings, quantity, said):
    with pytest.raises(BadInput, match=said):
        Estimator(path, settings).check(quantity=quantity)


@pytest.mark.parametrize("name", ["age", "ward"])
def test_a_column_that_is_missing_in_every_training_row_teaches_nothing(name):
    """A slice, or a handful of accepted rows, may lack what real rows have."""
    real = pl.DataFrame(
        {
            "age": [float(i % 37) for i in range(200)],
            "ward": ["abc"[i % 3] for i in range(200)],
            "dose": [float(i % 10) for i in range(200)],
            "back": [int(i % 10 > 5) for i in range(200)],
        }
    )
    schema = Schema.of(real)
    gone = real.with_columns(pl.lit(None, real.schema[name]).alias(name))
    model = Yardstick.fit(gone, schema, "back", seed=1, classes=(0, 1))
    assert (model.probabilities(real) == model.probabilities(gone)).all()
    assert roc_auc_score(real["back"], model.probabilities(real)[:, 1]) > 0.99, "the dose still tells"
    assert Yardstick.fit(gone.head(8), schema, "back", seed=1, classes=(0, 1)).probabilities(real).shape == (200, 2)
