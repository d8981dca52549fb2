"""What is measured of every known row, and from that of every slice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from supplychain.define.crossfit import CrossFit, Rows, bounded
from supplychain.define.estimates import Mean
from supplychain.learning import Curve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np
    from numpy.typing import NDArray

SHARES = (0.125, 0.25, 0.5)
"""Shares of the training entities for the learning curve, beside all of them."""
DRAWS = {0.125: 1, 0.25: 1, 0.5: 3}
"""Draws of each share. From half to all tells what rows are worth, so its chance is measured too."""
MOST_JUDGED = 20_000
"""Rows of a slice that the learning curve is judged on."""


@dataclass(frozen=True)
class Measured:
    """Figures of every row, by models that saw no row of its entity.

    Attributes:
        rows: The rows.
        predictions: Rows x classes, or rows x 1 for a quantity.
        loss: The loss of each.
        confidence: The highest probability less 1 where it was right; None for a quantity.
        shift: The loss of a model of earlier windows less that of one of this window; None without earlier rows.
        people: The entity of each row as a whole number; None where each row is its own.
    """

    fit: CrossFit
    rows: Rows
    predictions: NDArray[np.float64]
    loss: NDArray[np.float64]
    confidence: NDArray[np.float64] | None
    shift: NDArray[np.float64] | None
    people: NDArray[np.int64] | None

    @classmethod
    def of(cls, fit: CrossFit, rows: Rows, before: Rows | None, progress: Callable[[str], None]) -> Measured:
        """Cross-fit on the rows, and with those of earlier windows if there are any."""
        import numpy as np

        progress(f"cross-fitting the outcome model on {len(rows):,} rows")
        predictions = fit.predict(rows, rows)
        loss = fit.target.losses(rows.truth, predictions)
        shift = None
        if before is not None:
            progress(f"cross-fitting a model of {len(before):,} rows of earlier windows")
            shift = _shift(fit, rows, before, loss)
        known, people = np.unique(rows.entity, return_inverse=True)
        return cls(
            fit,
            rows,
            predictions,
            loss,
            fit.target.excess_confidence(rows.truth, predictions),
            shift,
            people.astype(np.int64) if len(known) < len(rows) else None,
        )

    def mean(self, values: NDArray[np.float64], chosen: NDArray[np.bool_]) -> Mean:
        """The mean of a figure over some rows, its error by entity."""
        return Mean.of(values[chosen], self.people[chosen] if self.people is not None else None)

    def auc(self, chosen: NDArray[np.bool_]) -> float | None:
        """How well predictions rank some rows; None where they have one outcome."""
        value = self.fit.target.auc(self.rows.truth[chosen], self.predictions[chosen]) if chosen.any() else float("nan")
        return None if value != value else value  # noqa: PLR0124  (NaN)

    def recalibrated(self, inside: NDArray[np.bool_], judging: NDArray[np.bool_]) -> Mean | None:
        """By how much the loss of the judging rows falls when predictions are recalibrated inside a slice.

        A logistic regression on the log probabilities (Platt, 1999) is fitted on one half of the slice's entities and
        judged on the other. None for a quantity, and where a half has one class.
        """
        import numpy as np

        if self.fit.target.is_quantity:
            return None
        falls = np.zeros(len(self.rows))
        for half in (True, False):
            learn, judge = inside & (self.rows.confirms == half), judging & (self.rows.confirms != half)
            if not judge.any():
                continue
            if len(np.unique(self.rows.truth[learn])) < 2:
                return None
            mended = _recalibrated(self.predictions[learn], self.rows.truth[learn], self.predictions[judge])
            falls[judge] = self.loss[judge] - self.fit.target.losses(self.rows.truth[judge], mended)
        return self.mean(falls, judging)


def _shift(fit: CrossFit, rows: Rows, before: Rows, loss: NDArray[np.float64]) -> NDArray[np.float64]:
    """Old model's loss less the new one's, both trained on as many rows."""
    sizes = [len(part) * bounded(len(part)) for part in (rows, before)]
    size = min(sizes)
    old = fit.target.losses(rows.truth, fit.predict(before, rows, share=size / sizes[1], attempt=100))
    if size < 0.9 * sizes[0]:
        loss = fit.target.losses(rows.truth, fit.predict(rows, rows, share=size / sizes[0], attempt=101))
    difference: NDArray[np.float64] = old - loss
    return difference


def _recalibrated(
    predictions: NDArray[np.float64], truth: NDArray[Any], others: NDArray[np.float64]
) -> NDArray[np.float64]:
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    def scores(given: NDArray[np.float64]) -> NDArray[np.float64]:
        logs = np.log(np.clip(given, 1e-6, 1))
        return logs[:, 1:] - logs[:, :1]

    model = LogisticRegression(C=1.0, max_iter=500).fit(scores(predictions), truth)
    full = np.zeros_like(others)
    full[:, model.classes_.astype(int)] = model.predict_proba(scores(others))
    return full


@dataclass(frozen=True)
class Learning:
    """How the loss falls with training rows: per share of them, the mean loss of each judged row.

    Attributes:
        measured: The rows.
        losses: Share of the training entities to draws x rows; NaN where a row was not judged.
    """

    measured: Measured
    losses: dict[float, NDArray[np.float64]]

    @classmethod
    def of(cls, measured: Measured, slices: Iterable[NDArray[np.bool_]], progress: Callable[[str], None]) -> Learning:
        """Cross-fit on an eighth, a quarter and half of the entities, for the rows of these slices."""
        import numpy as np

        rows, fit = measured.rows, measured.fit
        judged = np.zeros(len(rows), dtype=np.bool_)
        for inside in slices:
            judged |= inside & _judged(rows, inside, fit.seed)
        some, losses = rows.pick(judged), {}
        for share in SHARES:
            progress(f"learning curve: {share:.3g} of the training rows")
            drawn = np.full((DRAWS[share], len(rows)), np.nan)
            for draw in range(DRAWS[share]):
                predictions = fit.predict(rows, some, share=share, attempt=1 + draw)
                drawn[draw, judged] = fit.target.losses(some.truth, predictions)
            losses[share] = drawn
        return cls(measured, losses)

    def of_slice(self, inside: NDArray[np.bool_]) -> tuple[Mean, Curve] | None:
        """What doubling the training rows is expected to take off the slice's loss, and the slice's learning curve.

        The fall from half to all of the rows is measured on the same people; the curve's exponent carries it on to
        twice the rows. Rows of every slice grow alike in this.

        Returns:
            The fall, with its error, and the curve by rows of the slice; None where no row was judged.
        """

        measured, n = self.measured, int(inside.sum())
        chosen = inside & _judged(measured.rows, inside, measured.fit.seed)
        if chosen.sum() < 2:
            return None
        full = float(measured.loss[chosen].mean())
        # What models trained on, counted as rows of the slice.
        used = n * bounded(len(measured.rows))
        points = [float(self.losses[share][:, chosen].mean()) for share in SHARES]
        curve = Curve.fit([used * share for share in (*SHARES, 1.0)], [*points, full])
        half = self.losses[0.5][:, chosen]
        fall = measured.mean(self.losses[0.5].mean(axis=0) - measured.loss, chosen)
        by_draw = half.mean(axis=1)
        error = (fall.error**2 + float(by_draw.var(ddof=1)) / len(by_draw)) ** 0.5
        onward = (used / n) ** curve.b * 2.0**-curve.b
        return Mean(fall.value * onward, error * onward, fall.freedom), curve


def _judged(rows: Rows, inside: NDArray[np.bool_], seed: int) -> NDArray[np.bool_]:
    """A draw of entities that bounds the rows of a slice."""
    return rows.drawn(MOST_JUDGED / max(int(inside.sum()), 1), seed + 99)
