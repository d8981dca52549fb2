"""Confidence evidence: whether a model that learned from the blend is surer than it is right, slice by slice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplychain.measures.bootstrap import limits
from supplychain.measures.calibration import Calibration, interval_half_width
from supplychain.measures.groups import LEAST_PEOPLE
from supplychain.validate.arms import HELD_OUT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.ledger import Evidence
    from supplychain.slices import Slice
    from supplychain.validate.effect import Effect
    from supplychain.validate.privacy.rows import Row

METRICS = (
    "confidence.ece",
    "confidence.ece_p",
    "confidence.ece_change",
    "confidence.brier",
    "confidence.brier_change",
    "confidence.over",
    "confidence.over_change",
    "confidence.coverage",
    "confidence.coverage_change",
)
LEVEL = 0.9
"""The share of people that a quantity's prediction interval is to hold."""


def confidence(row: Row, effect: Effect, slices: Iterable[Slice]) -> Iterator[Evidence]:
    """Calibration of the weighted arm in each slice with gold people enough, beside that of real rows alone.

    Args:
        row: Makes a row of evidence.
        effect: The arms.
        slices: The slices.
    """
    large = [(s.name, inside) for s in slices if (inside := effect.inside(s)).sum() >= LEAST_PEOPLE]
    of_kind = _intervals if effect.bench.target.is_quantity else _classes
    yield from of_kind(row, effect, large)


def _classes(row: Row, effect: Effect, large: list[tuple[str, NDArray[np.bool_]]]) -> Iterator[Evidence]:
    for scope, inside in large:
        real, blend = (
            Calibration.of(effect.truth, effect.arms[arm].predictions, effect.draws, inside, seed=effect.bench.seed)
            for arm in ("real", "weighted")
        )
        n = int(inside.sum())
        value, low, high = limits(blend.ece, mirrored=True)  # noise alone makes a sum of absolute values larger
        yield row("confidence.ece", value, (max(low, 0.0), high), blend.null, n, scope)
        yield row("confidence.ece_p", blend.p, (None, None), real.p, n, scope)
        value, low, high = limits(blend.ece - real.ece)
        yield row("confidence.ece_change", value, (low, high), 0.0, n, scope)
        for name, after, before in (("brier", blend.brier, real.brier), ("over", blend.over, real.over)):
            value, low, high = limits(after)
            yield row(f"confidence.{name}", value, (low, high), float(before[0]), n, scope)
            value, low, high = limits(after - before)
            yield row(f"confidence.{name}_change", value, (low, high), 0.0, n, scope)


def _intervals(row: Row, effect: Effect, large: list[tuple[str, NDArray[np.bool_]]]) -> Iterator[Evidence]:
    """Of a quantity: the share of gold people inside 90% intervals as wide as an arm's own rows say."""
    held = {arm: _held(effect, arm) for arm in ("real", "weighted")}
    for scope, inside in large:
        n = int(inside.sum())
        value, low, high = effect.draws.mean(held["weighted"], inside)
        yield row("confidence.coverage", value, (low, high), float(held["real"][inside].mean()), n, scope)
        value, low, high = effect.draws.mean(held["weighted"] - held["real"], inside)
        yield row("confidence.coverage_change", value, (low, high), 0.0, n, scope)


def _held(effect: Effect, name: str) -> NDArray[np.float64]:
    """1 for each gold person inside the interval, whose width follows from a fifth of the arm's rows, held out."""
    import numpy as np

    arm, bench = effect.arms[name], effect.bench
    out, rest = arm.rows.parted(HELD_OUT, bench.seed)
    model = bench.model(rest, arm.estimator)
    residuals = bench.target.truth(out.frame) - model.probabilities(out.frame)[:, 0]
    half = interval_half_width(residuals, out.weights, LEVEL)
    return (np.abs(effect.truth - model.probabilities(effect.gold)[:, 0]) <= half).astype(np.float64)
