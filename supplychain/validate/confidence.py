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
    from supplychain.validate.subject import Subject

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


def confidence(subject: Subject, effect: Effect, slices: Iterable[Slice]) -> Iterator[Evidence]:
    """Calibration of the weighted arm in each slice with gold people enough, beside that of real rows alone."""
    large = [(s.name, inside) for s in slices if (inside := effect.inside(s)).sum() >= LEAST_PEOPLE]
    of_kind = _intervals if effect.bench.target.is_quantity else _classes
    yield from of_kind(subject, effect, large)


def _classes(subject: Subject, effect: Effect, large: list[tuple[str, NDArray[np.bool_]]]) -> Iterator[Evidence]:
    for scope, inside in large:
        real, blend = (
            Calibration.of(effect.truth, effect.arms[arm].predictions, effect.draws, inside, seed=effect.bench.seed)
            for arm in ("real", "weighted")
        )
        n = int(inside.sum())
        value, *ends = limits(blend.ece, mirrored=True)  # noise alone makes a sum of absolute values larger
        yield subject.row("confidence.ece", value, (max(ends[0], 0.0), ends[1]), blend.null, n, scope)
        yield subject.row("confidence.ece_p", blend.p, (None, None), real.p, n, scope)
        value, *ends = limits(blend.ece - real.ece)
        yield subject.row("confidence.ece_change", value, ends, 0.0, n, scope)
        for name, after, before in (("brier", blend.brier, real.brier), ("over", blend.over, real.over)):
            value, *ends = limits(after)
            yield subject.row(f"confidence.{name}", value, ends, float(before[0]), n, scope)
            value, *ends = limits(after - before)
            yield subject.row(f"confidence.{name}_change", value, ends, 0.0, n, scope)


def _intervals(subject: Subject, effect: Effect, large: list[tuple[str, NDArray[np.bool_]]]) -> Iterator[Evidence]:
    """Of a quantity: the share of gold people inside 90% intervals as wide as an arm's own rows say."""
    held = {arm: _held(effect, arm) for arm in ("real", "weighted")}
    for scope, inside in large:
        n = int(inside.sum())
        value, *ends = effect.draws.mean(held["weighted"], inside)
        yield subject.row("confidence.coverage", value, ends, float(held["real"][inside].mean()), n, scope)
        value, *ends = effect.draws.mean(held["weighted"] - held["real"], inside)
        yield subject.row("confidence.coverage_change", value, ends, 0.0, n, scope)


def _held(effect: Effect, name: str) -> NDArray[np.float64]:
    """1 for each gold person inside the interval, whose width follows from a fifth of the arm's rows, held out."""
    import numpy as np

    arm, bench = effect.arms[name], effect.bench
    out, rest = arm.rows.parted(HELD_OUT, bench.seed)
    model = bench.model(rest, arm.estimator)
    residuals = bench.target.truth(out.frame) - model.probabilities(out.frame)[:, 0]
    half = interval_half_width(residuals, out.weights, LEVEL)
    return (np.abs(effect.truth - model.probabilities(effect.gold)[:, 0]) <= half).astype(np.float64)
