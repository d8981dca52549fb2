"""Whether rows that arrived are told from the reference, and whether the outcome follows from the features as before.

Both rest on the same two models, each fitted on one half of the people and asked about the other: which side a row is
of (the classifier two-sample test of Lopez-Paz and Oquab, ICLR 2017), and what its outcome is. Where the outcome hangs
on the features as before, what is left of the outcome has nothing to do with what is left of the side: the generalised
covariance measure (Shah and Peters, Annals of Statistics 2020), in each stratum by itself. The same residuals give how
far the outcome moved at equal features (Robinson, Econometrica 1988). Neither takes other people for another outcome.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from supplychain.measures.fidelity import auc_margin

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supplychain.measures.moved import Sides
    from supplychain.schema import Schema
    from supplychain.yardstick import Target

HALVES = 2
LEAST_OVERLAP = 20.0
"""Rows of either side, as much as they tell, that must not be told from the other side's: else nobody is alike."""
TREES: dict[str, Any] = {"max_iter": 60, "max_leaf_nodes": 15, "min_samples_leaf": 20, "early_stopping": False}


@dataclass(frozen=True)
class Told:
    """What the two models say of rows that they did not learn from.

    Attributes:
        side: How surely each row is taken for one that arrived.
        outcome: Expected outcome of each row, one column a class or the one of a quantity.
        half: The half that a row is of.
        matrix: Rows x features.
        names: The features.
        models: Of each half the model of the side that was asked about it.
    """

    side: NDArray[np.float64]
    outcome: NDArray[np.float64] | None
    half: NDArray[np.int64]
    matrix: NDArray[np.float64]
    names: tuple[str, ...]
    models: tuple[Any, ...]


@dataclass(frozen=True)
class Joint:
    """How well rows that arrived are told from the reference: an AUC with limits; 0.5 is not at all.

    Attributes:
        auc: The area under the ROC curve, the mean of the two halves.
        margin: Half the width of its interval at the level asked for.
    """

    auc: float
    margin: float


@dataclass(frozen=True)
class Concept:
    """How far the outcome moved at equal features, in a stratum.

    Attributes:
        stratum: Its name.
        change: The change, in probability of the outcome or in standard deviations of a quantity; None where the
            features alone tell the sides apart, so that nobody is alike.
        margin: Half the width of its interval at the level asked for.
        z: The test's statistic: normal where the outcome follows as before.
        n: Rows of the arrived side.
    """

    stratum: str
    change: float | None
    margin: float
    z: float
    n: int


def told(sides: Sides, schema: Schema, outcome: Target | None, *, seed: int) -> Told:
    """Fit both models on one half of the people and ask them about the other, both ways.

    Args:
        sides: The two tables, with the outcome where there is one.
        schema: The columns that count; the outcome is no feature of its own model, nor of the side's.
        outcome: What is predicted; None where nobody knows it yet.
        seed: Seed of the halves and the models.
    """
    import numpy as np
    from threadpoolctl import threadpool_limits

    from supplychain.yardstick import Features

    leave_out = (outcome.name,) if outcome else ()
    features = Features.of(sides.rows, schema, leave_out=leave_out)
    matrix = features.matrix(sides.rows)
    half = _halves(sides, seed)
    side, models = np.zeros(len(half)), []
    wanted = _wanted(sides, outcome)
    expected = np.zeros_like(wanted) if wanted is not None else None
    with threadpool_limits(1):
        for test in range(HALVES):
            here, there = half == test, half != test
            weights = sides.weights[there] if sides.weights.std() else None  # weighted bins take as long as all trees
            model = _classifier(features.categorical, seed).fit(matrix[there], sides.arrived[there], weights)
            side[here] = model.predict_proba(matrix[here])[:, 1]
            models.append(model)
            if wanted is not None and expected is not None:
                for column in range(wanted.shape[1]):
                    values = wanted[there, column]
                    fitted = _regressor(features.categorical, seed).fit(matrix[there], values, weights)
                    expected[here, column] = fitted.predict(matrix[here])
    return Told(side, expected, half, matrix, tuple(features.schema.names), tuple(models))


def joint(sides: Sides, said: Told, *, alpha: float) -> Joint:
    """The AUC over both halves, with limits at a level.

    The two halves share their people as teacher and taught, so that their errors are taken for one and the same.

    Args:
        sides: The two tables.
        said: What the models say of them.
        alpha: How often the interval may lie above 0.5 where the sides are alike (one-sided).
    """
    import numpy as np
    from scipy.stats import norm
    from sklearn.metrics import roc_auc_score

    values, variances = [], []
    for half in range(HALVES):
        here = said.half == half
        label, weights = sides.arrived[here], sides.weights[here]
        value = float(roc_auc_score(label, said.side[here], sample_weight=weights))
        counts = [_people(sides, here & (sides.arrived == side)) for side in (True, False)]
        values.append(value)
        variances.append((auc_margin(max(value, 0.5), counts[0], counts[1]) / 1.96) ** 2)
    return Joint(float(np.mean(values)), float(norm.isf(alpha)) * float(np.sqrt(np.mean(variances))))


def leaders(sides: Sides, said: Told, most: int = 3, *, seed: int) -> list[str]:
    """The columns by which arrived rows are told, the foremost first: what the AUC loses where one is shuffled.

    Permutation importance (Breiman, Machine Learning 2001) on the half that a model did not learn from.
    """
    import numpy as np
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(seed)
    here = said.half == 0
    matrix, label, weights = said.matrix[here], sides.arrived[here], sides.weights[here]
    whole = roc_auc_score(label, said.side[here], sample_weight=weights)
    lost = {}
    for place, name in enumerate(said.names):
        shuffled = matrix.copy()
        shuffled[:, place] = rng.permutation(shuffled[:, place])
        told_now = said.models[0].predict_proba(shuffled)[:, 1]
        lost[name] = whole - roc_auc_score(label, told_now, sample_weight=weights)
    return [name for name in sorted(lost, key=lambda name: -lost[name])[:most] if lost[name] > 0]


def concepts(
    sides: Sides, said: Told, outcome: Target, strata: dict[str, NDArray[np.bool_]], *, alpha: float
) -> list[Concept]:
    """How far the outcome moved at equal features, in each stratum.

    Args:
        sides: The two tables, with the outcome.
        said: What the models say of them.
        outcome: What is predicted.
        strata: Stratum to its rows.
        alpha: How often any stratum's interval may leave 0 out where the outcome follows as before (Bonferroni).
    """
    wanted = _wanted(sides, outcome)
    assert wanted is not None and said.outcome is not None
    left = (wanted - said.outcome)[:, -1]
    from_side = sides.arrived - _expected_side(sides, said)
    level = alpha / 2 / max(len(strata), 1)
    return [_concept(name, left, from_side, sides, inside, level) for name, inside in strata.items() if inside.any()]


def by_risk(said: Told, names: tuple[str, str, str]) -> dict[str, NDArray[np.bool_]]:
    """Thirds of the rows by their expected outcome: labels that are turned over move the ends towards each other."""
    import numpy as np

    assert said.outcome is not None
    expected = said.outcome[:, -1]
    low, high = np.quantile(expected, [1 / 3, 2 / 3])
    return {names[0]: expected <= low, names[1]: (expected > low) & (expected <= high), names[2]: expected > high}


def _concept(
    name: str,
    left: NDArray[np.float64],
    from_side: NDArray[np.float64],
    sides: Sides,
    inside: NDArray[np.bool_],
    level: float,
) -> Concept:
    """One stratum. Of a rare outcome few people carry the whole sum, and a normal limit would be too narrow: the limit
    is Student's, with as many degrees of freedom as people carry it, by the fourth moment of what each of them brings
    (Satterthwaite, Biometrics 1946).
    """
    import numpy as np
    from scipy.stats import t

    weights = sides.weights[inside]
    product = weights * left[inside] * from_side[inside]
    about = np.bincount(np.unique(sides.entity[inside], return_inverse=True)[1], weights=product)
    total, spread = float(product.sum()), float(np.sqrt((about**2).sum()))
    overlap = float((weights * from_side[inside] ** 2).sum())
    n = int((inside & sides.arrived).sum())
    if overlap < LEAST_OVERLAP or spread <= 0:
        return Concept(name, None, float("nan"), float("nan"), n)
    carried = float((about**2).sum() ** 2 / (about**4).sum())
    width = float(t.isf(level, max(carried - 1, 1.0)))
    return Concept(name, total / overlap, width * spread / overlap, total / spread, n)


def _expected_side(sides: Sides, said: Told) -> NDArray[np.float64]:
    """The chance that a row is one that arrived: the score, recalibrated on the halves.

    A logistic recalibration of the score takes out what the trees overdo; its error is of two parameters.
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    odds = np.log(np.clip(said.side, 1e-4, 1 - 1e-4) / np.clip(1 - said.side, 1e-4, 1))[:, None]
    found = np.zeros(len(odds))
    for half in range(HALVES):
        here, there = said.half == half, said.half != half
        model = LogisticRegression(C=1e3).fit(odds[there], sides.arrived[there], sides.weights[there])
        found[here] = model.predict_proba(odds[here])[:, 1]
    return found


def _wanted(sides: Sides, outcome: Target | None) -> NDArray[np.float64] | None:
    """The outcome as numbers: of the last class, or a quantity in standard deviations."""
    if outcome is None:
        return None
    wanted: NDArray[np.float64] = outcome.rate(outcome.truth(sides.rows)) / outcome.scale**0.5
    return wanted[:, None]


def _halves(sides: Sides, seed: int) -> NDArray[np.int64]:
    """People of each side parted in two halves."""
    import numpy as np

    rng = np.random.default_rng(seed)
    half = np.zeros(len(sides.arrived), dtype=np.int64)
    for side in (False, True):
        rows = np.flatnonzero(sides.arrived == side)
        people, code = np.unique(sides.entity[rows], return_inverse=True)
        half[rows] = rng.permutation(np.arange(len(people)) % HALVES)[code]
    return half


def _people(sides: Sides, inside: NDArray[np.bool_]) -> float:
    """People among some rows; weighted ones as many as tell as much."""
    import numpy as np

    from supplychain.measures.bins import effective

    code = np.unique(sides.entity[inside], return_inverse=True)[1]
    return effective(np.bincount(code, weights=sides.weights[inside]).astype(np.float64))


def _classifier(categorical: list[bool], seed: int) -> Any:  # noqa: ANN401
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        learning_rate=0.1, l2_regularization=1.0, categorical_features=categorical, random_state=seed % 2**32, **TREES
    )


def _regressor(categorical: list[bool], seed: int) -> Any:  # noqa: ANN401
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(
        learning_rate=0.1, l2_regularization=1.0, categorical_features=categorical, random_state=seed % 2**32, **TREES
    )
