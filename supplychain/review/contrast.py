"""Real rows against the same rows with a few values put in from elsewhere: what a row looks more like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplychain.measures.codes import RARE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COPIES = 4
"""Times that each real row is changed."""
CHANGED = (0.5, 0.3, 0.2)
"""The chance that one, two or three of its values are."""
ANY = 0.5
"""The chance that any code of the column is put in, rare ones as often as common ones; else another person's."""
MOST_CODES = 254
"""Codes of a category that the classifier tells apart; it allows 255 and counts from nothing."""


def looks_changed(
    made: NDArray[np.int32], known: NDArray[np.int32], ordered: list[bool], *, seed: int
) -> NDArray[np.float64]:
    """How much each row looks like a real one in which values were changed, as the log odds of a boosted classifier.

    It sees what no pair of columns shows: values that each go with the next and do not go together. Density as a
    question of two classes is Hastie, Tibshirani and Friedman, The Elements of Statistical Learning (2nd ed.), 14.2.4.

    Args:
        made: Codes of the rows, rows x columns.
        known: Codes of the real rows.
        ordered: Of each column whether it is a number.
        seed: Seed of the changes.
    """
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    varied = [place for place in range(known.shape[1]) if np.ptp(known[:, place])]
    if not varied or len(known) < 2:
        return np.zeros(len(made))
    made, known = (_folded(codes, ordered)[:, varied] for codes in (made, known))
    changed = _changed(known, np.random.default_rng(seed))
    weight = np.concatenate([np.full(len(known), len(changed) / len(known)), np.ones(len(changed))])
    model = HistGradientBoostingClassifier(
        max_iter=200,
        early_stopping=False,
        random_state=0,
        categorical_features=[not ordered[place] for place in varied],
    )
    with threadpool_limits(1):  # on few cores several threads wait for one another
        model.fit(np.concatenate([known, changed]), np.arange(len(weight)) >= len(known), sample_weight=weight)
        odds: NDArray[np.float64] = model.decision_function(made)
    return odds


def _folded(codes: NDArray[np.int32], ordered: list[bool]) -> NDArray[np.int32]:
    """The codes, with categories beyond the commonest among the rare ones."""
    import numpy as np

    folded: NDArray[np.int32] = np.where((codes > MOST_CODES) & ~np.array(ordered), RARE, codes)
    return folded


def _changed(known: NDArray[np.int32], rng: np.random.Generator) -> NDArray[np.int32]:
    """Each row some times, with values changed; those whose change changed nothing are left out.

    A column is changed the more often, the more people differ in it: most changes of one that is nearly constant
    would change nothing.
    """
    import numpy as np

    n, columns = known.shape
    differ = np.array([1 - ((np.bincount(codes) / n) ** 2).sum() for codes in known.T])
    rows = np.tile(known, (COPIES, 1))
    order = np.argsort(-(0.5 * np.log(differ) + rng.gumbel(size=rows.shape)), axis=1)
    many = rng.choice(len(CHANGED), size=len(rows), p=CHANGED) + 1
    for place in range(min(len(CHANGED), columns)):
        for column in range(columns):
            where = np.flatnonzero((many > place) & (order[:, place] == column))
            codes = known[:, column]
            others, any_code = codes[rng.integers(n, size=len(where))], rng.choice(np.unique(codes), len(where))
            rows[where, column] = np.where(rng.random(len(where)) < ANY, any_code, others)
    changed: NDArray[np.int32] = rows[(rows != np.tile(known, (COPIES, 1))).any(1)]
    return changed
