"""Utility: what a model trained on synthetic rows is worth on real people that nobody trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplychain.yardstick import Target, Yardstick

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from supplychain.schema import Schema

DRAWS = 200
"""Bootstrap draws of the gold rows."""


def tstr_and_trtr(
    real: pl.DataFrame,
    synthetic: pl.DataFrame,
    gold: pl.DataFrame,
    schema: Schema,
    outcome: str,
    *,
    seed: int,
) -> dict[str, tuple[float, float, float]]:
    """AUC on gold of a model trained on synthetic rows (TSTR), of one trained on real rows (TRTR), and their ratio.

    For a quantity the concordance index, which is the AUC of a flag. Both train on as many rows as the smaller table
    has, so that size does not decide (Esteban et al., 2017).

    Args:
        real: Real rows of role train.
        synthetic: Accepted rows.
        gold: Real rows of role gold.
        schema: The real rows' schema.
        outcome: The outcome's column.
        seed: Seed of models, samples and bootstrap.

    Returns:
        `tstr`, `trtr` and `ratio`, each with value and 95% percentile limits of a bootstrap of gold that is paired:
        both models are scored on the same drawn people.
    """
    import numpy as np

    rows = min(real.height, synthetic.height)
    target = Target.of(outcome, real, synthetic, gold)  # each may know a class that the others lack
    predictions = {}
    for name, frame in (("tstr", synthetic), ("trtr", real)):
        model = Yardstick.fit(frame.sample(rows, seed=seed % 2**63), schema, outcome, seed=seed, classes=target.classes)
        predictions[name] = model.probabilities(gold)
        truth = model.truth(gold)
    rng = np.random.default_rng(seed)
    draws = [rng.integers(0, len(truth), len(truth)) for _ in range(DRAWS)]
    scores = {name: np.array([target.auc(truth[i], table[i]) for i in draws]) for name, table in predictions.items()}
    values = {name: target.auc(truth, table) for name, table in predictions.items()}
    return {
        **{name: (values[name], *_limits(scores[name])) for name in predictions},
        "ratio": (values["tstr"] / values["trtr"], *_limits(scores["tstr"] / scores["trtr"])),
    }


def losses_of(
    training: pl.DataFrame, people: pl.DataFrame, schema: Schema, target: Target, *, seed: int
) -> NDArray[np.float64]:
    """Each person's loss by a yardstick that learnt from other rows: log loss in nats, or squared error over variance.

    Args:
        training: Rows to learn from, real or synthetic; those of an outcome that the target does not know are left out.
        people: Real rows that nobody trained on.
        schema: The real rows' schema.
        target: The outcome, as real rows know it.
        seed: Seed of the model.

    Raises:
        ValueError: The training rows have fewer than two outcomes: nothing can be learnt from them.
    """
    outcome = target.name
    known = training[outcome].is_not_null() if target.is_quantity else training[outcome].is_in(list(target.classes))
    rows = training.filter(known)
    if rows[outcome].n_unique() < 2:
        raise ValueError(f"its rows have fewer than two values of {outcome}, so that no model can learn from them")
    model = Yardstick.fit(rows, schema, outcome, seed=seed, classes=target.classes)
    return target.losses(target.truth(people), model.probabilities(people))


def _limits(draws: NDArray[np.float64]) -> tuple[float, float]:
    import numpy as np

    low, high = np.nanquantile(draws, [0.025, 0.975])
    return float(low), float(high)
