"""Acceptance sampling: how many rows of a lot to look at, and what their count of defects says of the lot.

A window's rows are an isolated lot, so that plans are held to a producer's and a consumer's risk at two defect rates
(Schilling and Neubauer, Acceptance Sampling in Quality Control, 2017, chapter 5) and not to a scheme with switching
rules. Rows are drawn without replacement: all figures are of the hypergeometric distribution, none is looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from math import ceil, floor, log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

ACCEPT, REJECT, GO_ON = "accept", "reject", "go on"
RESERVE = 3
"""Rows that are frozen for larger plans: at most so many times those of the first."""


@dataclass(frozen=True)
class Limits:
    """What a plan guards against.

    Attributes:
        aql: The share of defects that is still good: a lot that has no more is rejected with a chance of `alpha`.
        ltpd: The share that is bad: a lot that has as many is accepted with a chance of `beta`.
        alpha: The producer's risk.
        beta: The consumer's risk.
    """

    aql: float = 0.01
    ltpd: float = 0.05
    alpha: float = 0.05
    beta: float = 0.10

    def bad(self, lot: int) -> int:
        """The least number of defects in a lot of so many rows that makes it bad."""
        return min(max(ceil(self.ltpd * lot - 1e-9), 1), lot)

    def good(self, lot: int) -> int:
        """The greatest number that is still good."""
        return min(floor(self.aql * lot + 1e-9), self.bad(lot) - 1)


@dataclass(frozen=True)
class Plan:
    """Look at `n` rows of the lot, and accept it with at most `c` defects among them."""

    lot: int
    n: int
    c: int


def single_plan(lot: int, limits: Limits) -> Plan:
    """The plan with the fewest rows that keeps both risks; all rows where no sample does.

    Args:
        lot: Rows in the lot, at least 1.
        limits: The two defect rates and their risks.

    Example:
        >>> single_plan(10_000, Limits())
        Plan(lot=10000, n=132, c=3)
    """
    bad, good = limits.bad(lot), limits.good(lot)
    for c in range(bad):
        n = _first(partial(_tells_a_bad_one, c, lot, bad, limits.beta), lot)
        if at_most(c, lot, good, n) >= 1 - limits.alpha:
            return Plan(lot, n, c)
    return Plan(lot, lot, good)


def zero_plan(lot: int, limits: Limits, sensitivity: float = 1.0) -> Plan:
    """The plan with the fewest rows that accepts no defect and keeps the consumer's risk alone; all where none does.

    Args:
        lot: Rows in the lot, at least 1.
        limits: Of which `ltpd` and `beta` matter.
        sensitivity: The share of defects that reviewers find: who misses some has to look at more rows.

    Example:
        >>> zero_plan(10_000, Limits())
        Plan(lot=10000, n=45, c=0)
        >>> zero_plan(10_000, Limits(), 0.7)
        Plan(lot=10000, n=65, c=0)
    """
    bad = limits.bad(lot)
    if sensitivity >= 1:
        return Plan(lot, _first(partial(_tells_a_bad_one, 0, lot, bad, limits.beta), lot), 0)
    return Plan(lot, _first(lambda n: none_called(lot, bad, n, sensitivity) <= limits.beta, lot), 0)


def _tells_a_bad_one(c: int, lot: int, bad: int, beta: float, n: int) -> bool:
    return at_most(c, lot, bad, n) <= beta


def _first(holds: Callable[[int], bool], most: int) -> int:
    """The least number from 0 to `most` from which on a condition holds; `most` where it never does."""
    low, high = 0, most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def at_most(c: int, lot: int, defects: int, n: int) -> float:
    """The chance of at most `c` defects among `n` rows of a lot that holds so many."""
    from scipy.stats import hypergeom

    return float(hypergeom.cdf(c, lot, defects, n))


@lru_cache(maxsize=4096)
def none_called(lot: int, defects: int, n: int, sensitivity: float = 1.0) -> float:
    """The chance that none of `n` rows of a lot with so many defects is called one, by reviewers who miss some.

    Of k defects among the rows all are missed with a chance of (1 - sensitivity)^k; k is hypergeometric.
    """
    import numpy as np
    from scipy.stats import hypergeom

    there = np.arange(max(0, n - (lot - defects)), min(defects, n) + 1)
    return float((hypergeom.pmf(there, lot, defects, n) * (1 - sensitivity) ** there).sum())


def still_possible(plan: Plan, limits: Limits, sensitivity: float = 1.0) -> float:
    """The largest defect rate with which none of a plan's rows is called a defect with a chance above `beta`.

    That is the upper end of a one-sided exact interval for the rate after no row was rejected, at 1 - `beta`
    (Clopper and Pearson, Biometrika 26, 1934, with hypergeometric counts), given how many defects reviewers find.
    """

    def unlikely(defects: int) -> bool:
        return none_called(plan.lot, defects, plan.n, sensitivity) <= limits.beta

    first = _first(unlikely, plan.lot)
    return (first - 1 if unlikely(first) else plan.lot) / plan.lot


def producers_risk(plan: Plan, limits: Limits) -> float:
    """The chance that a lot is rejected that is just still good, by reviewers who never err."""
    return 1 - at_most(plan.c, plan.lot, limits.good(plan.lot), plan.n)


@lru_cache(maxsize=256)
def _called_defects(lot: int, defects: int, n: int, sensitivity: float, specificity: float) -> NDArray[np.float64]:
    """The chance of each number, 0 to n, of rows that a reviewer who errs calls defects."""
    import numpy as np
    from scipy.stats import binom, hypergeom

    low, high = max(0, n - (lot - defects)), min(defects, n)
    there = np.arange(low, high + 1)
    weights = hypergeom.pmf(there, lot, defects, n)
    chances = np.zeros(n + 1)
    for k, weight in zip(there.tolist(), weights, strict=True):
        if weight > 1e-15:
            right = binom.pmf(np.arange(k + 1), k, sensitivity)
            wrong = binom.pmf(np.arange(n - k + 1), n - k, 1 - specificity)
            chances += weight * np.convolve(right, wrong)
    return chances


def few_if_bad(called: int, plan: Plan, limits: Limits, sensitivity: float = 1.0) -> float:
    """The chance that so few rows, or fewer, are called defects in a lot that is bad.

    Nobody calls a good row a defect here: what a reviewer rejects counts as a defect until somebody says otherwise.
    """
    return float(_called_defects(plan.lot, limits.bad(plan.lot), plan.n, sensitivity, 1.0)[: called + 1].sum())


def many_if_good(called: int, plan: Plan, limits: Limits, sensitivity: float = 1.0, specificity: float = 1.0) -> float:
    """The chance that so many rows, or more, are called defects in a lot that is good."""
    chances = _called_defects(plan.lot, limits.good(plan.lot), plan.n, sensitivity, specificity)
    return float(chances[called:].sum())


def decide(
    called: int, plan: Plan, limits: Limits, *, most: int, sensitivity: float = 1.0, specificity: float = 1.0
) -> str:
    """Accept, reject, or go on with a larger plan, from the number of rows of a plan that were called defects.

    The lot is accepted where a bad one would show so few with a chance of at most `beta`, given how many defects the
    reviewers find; it is rejected where a good one would show so many with a chance of at most `alpha`, given how
    often they call a good row a defect. With reviewers who never err one of the two holds: that is the plan's `c`.
    A lot that is still in doubt after `most` rows is rejected: nobody has shown that it is good.
    """
    if few_if_bad(called, plan, limits, sensitivity) <= limits.beta:
        return ACCEPT
    if many_if_good(called, plan, limits, sensitivity, specificity) <= limits.alpha or plan.n >= most:
        return REJECT
    return GO_ON


def next_plan(plan: Plan, limits: Limits, *, most: int, sensitivity: float, specificity: float) -> Plan:
    """The next larger plan that leaves no doubt with such reviewers; that of `most` rows where none does.

    The rows that were looked at stay in it. Each look keeps both risks by itself: those of two looks together are at
    most twice as large.
    """
    n = plan.n
    while n < most:
        n = min(most, n + max(1, n // 16))
        larger = Plan(plan.lot, n, acceptance(plan.lot, n, limits, sensitivity))
        if many_if_good(larger.c + 1, larger, limits, sensitivity, specificity) <= limits.alpha:
            return larger
    return Plan(plan.lot, most, acceptance(plan.lot, most, limits, sensitivity))


def acceptance(lot: int, n: int, limits: Limits, sensitivity: float = 1.0) -> int:
    """The most rows called defects with which a plan of `n` rows accepts; -1 where it never does."""
    import numpy as np

    reached = np.cumsum(_called_defects(lot, limits.bad(lot), n, sensitivity, 1.0))
    return int(np.searchsorted(reached, limits.beta, side="right")) - 1


def operating_curve(plan: Plan, rates: list[float]) -> list[float]:
    """The chance that a lot is accepted, for each defect rate it may have, with reviewers who do not err."""
    return [at_most(plan.c, plan.lot, round(rate * plan.lot), plan.n) for rate in rates]


@dataclass(frozen=True)
class Sequential:
    """Wald's sequential probability ratio test (Sequential Analysis, 1947): a verdict as soon as there is one.

    Attributes:
        limits: The two rates and their risks.
        most: Rows after which there is no verdict but rejection.
    """

    limits: Limits
    most: int

    @property
    def boundaries(self) -> tuple[float, float]:
        """The log likelihood ratio (bad over good) at which a lot is accepted, and at which it is rejected."""
        alpha, beta = self.limits.alpha, self.limits.beta
        return log(beta / (1 - alpha)), log((1 - beta) / alpha)

    def decide(self, called: list[bool], *, sensitivity: float = 1.0) -> str:
        """The verdict on rows in their frozen order, each called a defect or not."""
        good, bad = (rate * sensitivity for rate in (self.limits.aql, self.limits.ltpd))
        low, high = self.boundaries
        ratio = 0.0
        for defect in called:
            ratio += log(bad / good) if defect else log((1 - bad) / (1 - good))
            if ratio <= low:
                return ACCEPT
            if ratio >= high:
                return REJECT
        return REJECT if len(called) >= self.most else GO_ON
