"""Regularity evidence: whether outcomes are as sure, and as unsure, as real people's are.

Outcomes that a generator takes for likeliest make every model that learns from them too sure; flipped ones teach the
wrong thing. Training arms show either only where it is strong. Here the outcomes themselves are looked at, slice by
slice: each accepted row is one trial, and each real one that no model has seen is its control.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.measures.bootstrap import Z95
from supplychain.measures.groups import LEAST_PEOPLE
from supplychain.measures.surprise import Agreement, apart, surprise, told
from supplychain.schema import Schema
from supplychain.validate.arms import usable
from supplychain.validate.effect import slices_of
from supplychain.validate.privacy.encoding import points
from supplychain.yardstick import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.ledger import Evidence
    from supplychain.slices import Slice
    from supplychain.validate.effect import Effect
    from supplychain.validate.privacy.rows import Row
    from supplychain.validate.subject import Subject

METRICS = ("outcome.agreement",)
OF_ARMS = ("outcome.surprise", "outcome.kept")
"""What is measured with the arms."""
LEAST_WORTH = 0.1
"""The least that columns are taken to tell of an outcome, in nats: where they tell less, little is there to be lost."""
ROWS = 4_000
"""Rows of each side whose neighbours are looked for."""


def surprises(row: Row, effect: Effect, slices: Iterable[Slice]) -> Iterator[Evidence]:
    """How odd accepted outcomes are to the model of real rows alone, beyond those of real rows it did not learn from.

    Args:
        row: Makes a row of evidence.
        effect: The arms.
        slices: The slices.
    """
    names = effect.added.columns
    unseen = pl.concat([effect.gold.select(names), effect.bench.tune.select(names)], how="vertical_relaxed")
    made, _ = _seen_by_real(effect, effect.added)
    real, worth_of = _seen_by_real(effect, unseen)
    large = []
    for slice_ in slices:
        here, there = (slice_.mask(rows).to_numpy() for rows in (effect.added, unseen))
        if min(here.sum(), there.sum()) >= LEAST_PEOPLE:
            large.append((slice_.name, here, there))
    for scope, here, there in large:
        n = int(here.sum())
        value, low, high = apart(*_mean(made[here]), *_mean(real[there]), of=len(large))
        yield row("outcome.surprise", value, (low, high), 0.0, n, scope)
        # What little the columns may tell is taken at its upper limit: in doubt, much of it is kept.
        worth = max(sum(_mean(worth_of(there))), LEAST_WORTH)
        yield row("outcome.kept", 1 - value / worth, (1 - high / worth, 1 - low / worth), 1.0, n, scope)


def _seen_by_real(
    effect: Effect, rows: pl.DataFrame
) -> tuple[NDArray[np.float64], Callable[[NDArray[np.bool_]], NDArray[np.float64]]]:
    """How odd each row's outcome is to the model of real rows, and what its columns tell, among some of the rows."""
    model, target = effect.arms["real"].model, effect.bench.target
    predictions, truth = model.probabilities(rows), target.truth(rows)
    losses = target.losses(truth, predictions)
    unit = target.scale**0.5 if target.is_quantity else 1

    def worth(inside: NDArray[np.bool_]) -> NDArray[np.float64]:
        return told(
            truth[inside] / unit if target.is_quantity else truth[inside], predictions[inside] / unit, losses[inside]
        )

    return surprise(losses, predictions), worth


def regularity(subject: Subject) -> Iterator[Evidence]:
    """How often neighbours agree on the outcome among accepted rows, beyond how often they do among as many real ones.

    No model is asked, so that outcomes are found too regular whatever rule made them so. A quantity is halved at the
    real rows' median.
    """
    import numpy as np

    target = Target.of(subject.outcome, subject.tables["real"])
    sides = [usable(rows, target).select(subject.schema.names) for rows in subject.named("accepted", "real")]
    size = min(ROWS, *(rows.height for rows in sides))
    if size < LEAST_PEOPLE or len(subject.schema.names) < 2:
        return
    subject.chain.progress("looking for outcomes that are too regular")
    rng = np.random.default_rng(subject.seed("regularity"))
    made = sides[0][np.sort(rng.permutation(sides[0].height)[:size])]
    asked = subject.as_asked(sides[1])
    asked = asked if (asked > 0).sum() >= size else np.ones(len(asked))
    real = sides[1][np.sort(rng.choice(len(asked), size, replace=False, p=asked / asked.sum()))]
    others = Schema.of(real.drop(subject.outcome))
    (here, there), _ = points([made, real], others, (1,))
    found = [Agreement.of(here, _classes(target, made, real)), Agreement.of(there, _classes(target, real, real))]
    large = []
    for slice_ in slices_of(subject.chain.product.all_slices, subject.plan):
        inside = [slice_.mask(rows).to_numpy() for rows in (made, real)]
        if min(mask.sum() for mask in inside) >= LEAST_PEOPLE:
            large.append((slice_.name, inside))
    for scope, inside in large:
        (some, margin), (control, other) = (one.share(mask) for one, mask in zip(found, inside, strict=True))
        value, low, high = apart(some, margin, control, other, of=len(large))
        yield subject.row("outcome.agreement", value, (low, high), 0.0, int(inside[0].sum()), scope)


def _classes(target: Target, rows: pl.DataFrame, real: pl.DataFrame) -> NDArray[Any]:
    import numpy as np

    truth = target.truth(rows)
    return truth > np.median(target.truth(real)) if target.is_quantity else truth


def _mean(values: NDArray[np.float64]) -> tuple[float, float]:
    """A mean, and half the width of its 95% limits."""
    return float(values.mean()), float(Z95 * values.std(ddof=1) / len(values) ** 0.5)
