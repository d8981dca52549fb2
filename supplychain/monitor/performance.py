"""How a model does in the wild, on some rows: its error, its calibration, and an estimate where no outcome has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.measures.bootstrap import Z95, Resampled, limits
from supplychain.measures.calibration import Calibration
from supplychain.monitor.observed import ENTITY, PREDICTED, SCORE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supplychain.yardstick import Target

DRAWS = 200
NOTHING = (None, None, None)
Span = tuple[float | None, float | None, float | None]


@dataclass(frozen=True)
class Scored:
    """Feedback as numbers.

    Attributes:
        confidence: The probability of what was predicted: of the likelier class; NaN for a quantity.
        loss: 1 where the prediction was wrong, for a quantity the squared error over its variance; NaN where the
            outcome has not come.
        truth: Position of the outcome's class; -1 where it has not come.
        predictions: Rows x classes of probabilities; rows x 1 for a quantity.
        entity: Who a row is about.
        is_quantity: Whether the outcome is a quantity.
    """

    confidence: NDArray[np.float64]
    loss: NDArray[np.float64]
    truth: NDArray[np.int64]
    predictions: NDArray[np.float64]
    entity: NDArray[Any]
    is_quantity: bool

    @classmethod
    def of(cls, rows: pl.DataFrame, target: Target) -> Scored:
        """Feedback whose outcome is the product's, where it has come."""
        import numpy as np

        score = rows[SCORE].to_numpy()
        entity = rows[ENTITY].to_numpy() if ENTITY in rows.columns else np.arange(rows.height)
        come = rows[target.name].is_not_null().to_numpy()
        if target.is_quantity:
            wanted = rows[target.name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
            nothing = np.full(len(score), np.nan)
            where = np.where(come, 0, -1)
            return cls(nothing, (wanted - score) ** 2 / target.scale, where, score[:, None], entity, True)
        predictions = _probabilities(rows, score, target)
        codes = {value: code for code, value in enumerate(target.classes)}
        truth = rows[target.name].replace_strict(list(codes), list(codes.values()), default=-1, return_dtype=pl.Int64)
        known = truth.fill_null(-1).to_numpy()
        loss = np.where(come, predictions.argmax(axis=1) != known, np.nan)
        return cls(predictions.max(axis=1), loss, known, predictions, entity, False)

    @property
    def come(self) -> NDArray[np.bool_]:
        """Which outcomes have come."""
        return self.truth >= 0

    def within(self, inside: NDArray[np.bool_]) -> Scored:
        """Some of the rows."""
        parts = (self.confidence, self.loss, self.truth, self.predictions, self.entity)
        return Scored(*(part[inside] for part in parts), self.is_quantity)  # type: ignore[call-arg, arg-type]


def error(scored: Scored) -> Span:
    """The mean loss of the rows whose outcome has come, with 95% limits that count entities; None of fewer than two."""
    import numpy as np

    known = scored.within(scored.come)
    draws = Resampled(len(known.loss), known.entity, seed=0, draws=0)
    value, low, high = draws.mean(known.loss) if len(known.loss) else (np.nan, np.nan, np.nan)
    return (value, max(low, 0.0), high) if np.isfinite(value) else NOTHING


@dataclass(frozen=True)
class Calibrated:
    """Calibration of rows whose outcome has come: each a figure with its 95% limits."""

    ece: Span
    ece_null: float
    ece_p: float
    brier: Span
    over: Span

    @classmethod
    def of(cls, scored: Scored, seed: int) -> Calibrated:
        """Measure it: ECE and Brier score of the predicted class, and mean confidence less accuracy."""
        import numpy as np

        known = scored.within(scored.come)
        draws = Resampled(len(known.truth), known.entity, seed=seed, draws=DRAWS)
        everywhere = np.ones(len(known.truth), dtype=bool)
        found = Calibration.of(known.truth, known.predictions, draws, everywhere, seed=seed)
        value, low, high = limits(found.ece, mirrored=True)
        return cls((value, max(low, 0.0), high), found.null, found.p, limits(found.brier), limits(found.over))


def overconfidence_in(scored: Scored, region: NDArray[np.bool_]) -> Span:
    """The part of the overconfidence that comes from a region: the mean excess, counted as 0 outside of it."""
    import numpy as np

    known = scored.within(scored.come)
    if len(known.truth) < 2:
        return NOTHING
    excess = (known.confidence - (1 - known.loss)) * region[scored.come]
    value, low, high = Resampled(len(excess), known.entity, seed=0, draws=0).mean(excess)
    return (value, low, high) if np.isfinite(value) else NOTHING


@dataclass(frozen=True)
class Estimate:
    """The error to expect of rows whose outcome has not come, by the confidence of the model.

    Attributes:
        error: The share that is expected to be wrong, with 95% limits; None where no calibration is known.
        basis: On what the calibration rests, in words.
    """

    error: Span
    basis: str


def estimated(scored: Scored, gold: tuple[float, float, float, int] | None, *, least: int, seed: int) -> Estimate:
    """Confidence-based estimation: where confidence is calibrated, its mean is the share that is right.

    What is known of the calibration comes from outcomes of the same slice that have come, where they are enough: then
    the confidence is recalibrated on them (isotonic regression, the idea of CBPE). Else from gold: the overconfidence
    that was measured there is taken off, and its interval widens the estimate's. It sees a shift of the people, and not
    a change of what the outcome follows from: it is a warning, and no gate.

    Args:
        scored: Rows of feedback.
        gold: Overconfidence of the release's own model on gold with its limits, and the people it rests on.
        least: Outcomes that are enough.
        seed: Seed of the bootstrap.
    """
    import numpy as np

    known, rest = scored.within(scored.come), scored.within(~scored.come)
    if scored.is_quantity:
        return Estimate(NOTHING, "a quantity has no confidence to estimate by")
    if not len(rest.truth):
        return Estimate(NOTHING, "every outcome has come")
    if len(known.truth) >= least:
        right, spread = _recalibrated(known, rest, seed)
        basis = f"recalibrated on {len(known.truth):,} outcomes that have come"
    elif gold:
        right, spread = float(rest.confidence.mean()) - gold[0], (gold[2] - gold[1]) / 2 / Z95
        basis = f"as calibrated as the release's own model on {gold[3]:,} gold rows"
    else:
        return Estimate(NOTHING, "no calibration is known: neither outcomes enough nor gold evidence of a release")
    chance = float(np.sqrt(np.mean(rest.confidence * (1 - rest.confidence)) / len(rest.truth)))
    half = Z95 * float(np.hypot(spread, chance))
    wrong = float(np.clip(1 - right, 0.0, 1.0))
    return Estimate((wrong, max(wrong - half, 0.0), min(wrong + half, 1.0)), basis)


def _recalibrated(known: Scored, rest: Scored, seed: int) -> tuple[float, float]:
    """The share expected right, and its standard error over draws of the outcomes that have come."""
    import numpy as np
    from sklearn.isotonic import IsotonicRegression

    rng = np.random.default_rng(seed)
    right = 1 - known.loss
    everything = np.arange(len(right))
    found = []
    for draw in range(1 + DRAWS // 4):
        rows = rng.choice(everything, len(everything)) if draw else everything
        model = IsotonicRegression(out_of_bounds="clip").fit(known.confidence[rows], right[rows])
        found.append(float(model.predict(rest.confidence).mean()))
    return found[0], float(np.std(found[1:]))


def _probabilities(rows: pl.DataFrame, score: NDArray[np.float64], target: Target) -> NDArray[np.float64]:
    """Rows x classes: of two the score and its rest; of several what the predicted one leaves, in equal parts."""
    import numpy as np

    classes = len(target.classes)
    if classes <= 2:
        return np.column_stack([1 - score, score])
    names = [str(value) for value in target.classes]
    chosen = rows[PREDICTED].replace_strict(names, list(range(classes)), return_dtype=pl.Int64).to_numpy()
    found = np.repeat(((1 - score) / (classes - 1))[:, None], classes, axis=1)
    found[np.arange(len(score)), chosen] = score
    return found
