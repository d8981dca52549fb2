"""Gaps: the slices where a model of the outcome, trained on today's real rows, falls short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain import seeds
from supplychain.schema import Schema
from supplychain.yardstick import Yardstick, auc, classes_of, log_loss

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supplychain.chain import Chain
    from supplychain.ledger import Commit
    from supplychain.product import Product

FOLDS = 5
Z95 = 1.96
TOO_FEW = 30
"""Rows below which a slice's error is not told from chance."""


def find_gaps(chain: Chain, window: str) -> Commit:
    """Measure the outcome model's error per declared slice, out of fold, on roles train and tune.

    Writes `gaps`: slice, predicate, rows, share, outcome rate, log loss with a 95% interval, the loss of all other
    rows, AUC, and a verdict: `gap` where the whole interval of the difference lies above 0, `fine`, or `too few`.
    """
    product = chain.product
    with chain.step("define", window) as step:
        known = pl.concat([step.read("real"), step.read("tune")])
        chain.progress(f"cross-fitting the outcome model on {known.height:,} rows")
        probabilities, truth = _out_of_fold(chain, known, window)
        table = pl.DataFrame(_rows(product, known, truth, probabilities))
        step.write("gaps", table, gaps=int((table["verdict"] == "gap").sum()), auc=float(table["auc"][0]))
    return step.done


def _out_of_fold(chain: Chain, frame: pl.DataFrame, window: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Predictions by models that saw no row of the same entity."""
    import numpy as np

    product = chain.product
    schema, classes = Schema.of(frame), classes_of(frame, product.outcome.name)
    fold = np.array([int(value[16:], 16) % FOLDS for value in frame["_entity"]])
    probabilities = np.zeros((frame.height, len(classes)))
    truth = np.zeros(frame.height, dtype=np.int64)
    for number in range(FOLDS):
        held_out = fold == number
        if not held_out.any():
            continue
        seed = seeds.integer(chain.seed("gaps", window=window, attempt=number))
        rest = frame.filter(pl.Series(~held_out))
        model = Yardstick.fit(rest, schema, product.outcome.name, seed=seed, classes=classes)
        rows = frame.filter(pl.Series(held_out))
        probabilities[held_out] = model.probabilities(rows)
        truth[held_out] = model.truth(rows)
    return probabilities, truth


def _rows(
    product: Product, frame: pl.DataFrame, truth: NDArray[np.int64], probabilities: NDArray[np.float64]
) -> list[dict[str, Any]]:
    loss = log_loss(truth, probabilities)
    rows = []
    for slice_ in product.all_slices:
        inside = slice_.mask(frame).to_numpy()
        n = int(inside.sum())
        mean, margin = _mean_and_margin(loss[inside])
        rest, rest_margin = _mean_and_margin(loss[~inside])
        rows.append(
            {
                "slice": slice_.name,
                "predicate": slice_.where,
                "rows": n,
                "share": n / frame.height,
                "outcome_rate": float((truth[inside] == probabilities.shape[1] - 1).mean()) if n else None,
                "log_loss": mean,
                "low": mean - margin if mean is not None else None,
                "high": mean + margin if mean is not None else None,
                "log_loss_elsewhere": rest,
                "auc": _number(auc(truth[inside], probabilities[inside])) if n else None,
                "verdict": _verdict(n, mean, margin, rest, rest_margin),
            }
        )
    return rows


def _mean_and_margin(loss: NDArray[np.float64]) -> tuple[float | None, float]:
    if not len(loss):
        return None, 0.0
    spread = float(loss.std(ddof=1)) if len(loss) > 1 else 0.0
    return float(loss.mean()), Z95 * spread / len(loss) ** 0.5


def _verdict(n: int, mean: float | None, margin: float, rest: float | None, rest_margin: float) -> str:
    if n < TOO_FEW or mean is None:
        return "too few"
    if rest is None:
        return "fine"
    # Rows inside and outside are different people: the variances of the two means add.
    return "gap" if mean - rest > (margin**2 + rest_margin**2) ** 0.5 else "fine"


def _number(value: float) -> float | None:
    return None if value != value else value  # noqa: PLR0124  (NaN)
