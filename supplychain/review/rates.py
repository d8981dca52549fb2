"""Rates that reviewers who err leave behind: the corrected defect rate, and whether two kinds can be told apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplychain.review.agreement import NOT_KNOWN, Figure, wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

DRAWS = 20_000
ENOUGH = 20
"""Draws by which a quantile is taken; fewer say nothing."""


@dataclass(frozen=True)
class Tally:
    """Of `n` rows so many were called what they are, or were called defects."""

    count: int
    n: int

    @property
    def share(self) -> float:
        """The share; 1 where nothing was counted."""
        return self.count / self.n if self.n else 1.0

    @property
    def figure(self) -> Figure:
        """The share with its 95% interval."""
        return wilson(self.count, self.n)


def corrected(called: Tally, sensitivity: Tally, specificity: Tally, *, seed: int) -> Figure:
    """The defect rate behind the share that was called defects (Rogan and Gladen, Estimating prevalence, 1978).

    `(called + specificity - 1) / (sensitivity + specificity - 1)`, between 0 and 1. The interval is of draws from
    Jeffreys' posterior of each of the three shares: none of them is known exactly. Its upper end is not below that of
    the draws in which the three can be true together, the rate between 0 and 1 by itself: where fewer rows are called
    defects than false alarms would explain, cutting at 0 alone would call a window surely good that nobody can know
    to be so. Not known where the reviewers do no better than a coin.

    Args:
        called: Rows that were called defects, of all that were drawn by chance.
        sensitivity: Planted defects that were found.
        specificity: Good rows that were let pass.
        seed: Of the draws.
    """
    import numpy as np

    if not called.n or sensitivity.share + specificity.share <= 1:
        return NOT_KNOWN
    value = _rogan_gladen(called.share, sensitivity.share, specificity.share)
    rng = np.random.default_rng(seed)
    p, se, sp = (
        rng.beta(tally.count + 0.5, tally.n - tally.count + 0.5, DRAWS) if tally.n else np.ones(DRAWS)
        for tally in (called, sensitivity, specificity)
    )
    better = se + sp > 1
    draws = (p + sp - 1)[better] / (se + sp - 1)[better]
    together = draws[(draws >= 0) & (draws <= 1)]
    low, high = np.quantile(np.clip(draws, 0, 1), [0.025, 0.975])
    if together.size >= ENOUGH:
        high = max(high, np.quantile(together, 0.975))
    return Figure(value, min(float(low), value), max(float(high), value))


def _rogan_gladen(called: float, sensitivity: float, specificity: float) -> float:
    return min(max((called + specificity - 1) / (sensitivity + specificity - 1), 0.0), 1.0)


@dataclass(frozen=True)
class Telling:
    """Whether people tell real from synthetic rows.

    Attributes:
        n: Rows that were judged.
        accuracy: The share that was told right, with its 95% interval; 0.5 is a coin.
        auc: Area under the ROC curve of answer and confidence.
        verdict: `alike` where the accuracy is surely within the margin of a coin (two one-sided tests at 5%), `told
            apart` where its 95% interval lies above a coin, else `not known`.
    """

    n: int
    accuracy: Figure
    auc: float | None
    verdict: str


def telling(answers: Sequence[tuple[bool, bool, int]], margin: float) -> Telling:
    """Whether real and synthetic rows can be told apart, as an equivalence test: no difference found is not equality.

    Args:
        answers: For each row whether it is real, whether it was called real, and how sure the person was, 1 to 4.
        margin: How far from a coin still counts as alike.
    """
    n = len(answers)
    right = sum(real == called for real, called, _ in answers)
    accuracy = wilson(right, n)
    scores = [(real, confidence if called else -confidence) for real, called, confidence in answers]
    if not n:
        return Telling(0, accuracy, None, "not known")
    if _alike(right, n, margin):
        verdict = "alike"
    else:
        verdict = "told apart" if accuracy.low is not None and accuracy.low > 0.5 else "not known"
    return Telling(n, accuracy, _auc(scores), verdict)


def _alike(right: int, n: int, margin: float) -> bool:
    """Two one-sided exact tests at 5% (Schuirmann, 1987): surely less than `margin` from a coin on both sides."""
    from scipy.stats import binom

    above = float(binom.sf(right - 1, n, 0.5 - margin))
    below = float(binom.cdf(right, n, 0.5 + margin))
    return max(above, below) <= 0.05


def _auc(scores: Sequence[tuple[bool, int]]) -> float | None:
    real = [score for is_real, score in scores if is_real]
    other = [score for is_real, score in scores if not is_real]
    if not real or not other:
        return None
    wins = sum((a > b) + 0.5 * (a == b) for a in real for b in other)
    return float(wins / (len(real) * len(other)))
