"""Tests and limits: what the scores of members and of other people say, and what chance would.

Under the hypothesis that nothing leaks, who of the pooled people was a member is a coin that nobody threw yet: every
test here is exact in that, or asymptotic where it says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEAST_PEOPLE = 50
"""People of each side below which nothing is said."""
TOPS = (10, 30, 100)
"""How many of the surest people the exact test looks at, fixed before anything is seen: a few copies fill the first
alone, a leak of many only the last."""
MOST_TOP = 0.2
"""The share of all people that a top may be."""


@dataclass(frozen=True)
class Interval:
    """A figure with its 95% limits."""

    value: float
    low: float
    high: float


def tops_of(people: int) -> list[int]:
    """The tops that the exact test looks at among so many people."""
    return [top for top in TOPS if top <= MOST_TOP * people]


def top_test(members: NDArray[np.float32], others: NDArray[np.float32], seed: int) -> tuple[float, int, int]:
    """Two-sided exact tests of the members among the surest, corrected for one another by Bonferroni's bound.

    Returns:
        P, and of the largest top that was looked at how many are members and how many there are. Ties are broken by
        chance.
    """
    import numpy as np

    scores = np.concatenate([members, others])
    luck = np.random.default_rng(seed).random(len(scores))
    is_member = np.lexsort((luck, -scores)) < len(members)
    tops = tops_of(len(scores))
    ps = [top_p(int(is_member[:top].sum()), top, len(members), len(others)) for top in tops]
    return min(len(tops) * min(ps), 1.0), int(is_member[: tops[-1]].sum()), tops[-1]


def top_p(hits: int, top: int, members: int, others: int) -> float:
    """Two-sided p of so many members among a top, by the hypergeometric distribution."""
    from scipy.stats import hypergeom

    chance = hypergeom(members + others, members, top)
    return min(2 * min(float(chance.sf(hits - 1)), float(chance.cdf(hits))), 1.0)


def auc(members: NDArray[np.float32], others: NDArray[np.float32], level: float = 0.95) -> tuple[Interval, float]:
    """The chance that a member scores higher than another, with limits (DeLong et al., 1988), and p of the rank test.

    The test is Mann and Whitney's, two-sided, by the normal distribution with the correction for ties.
    """
    import numpy as np
    from scipy.stats import norm, rankdata

    m, n = len(members), len(others)
    ranks = rankdata(np.concatenate([members, others]))
    above = (ranks[:m] - rankdata(members)) / n
    below = 1 - (ranks[m:] - rankdata(others)) / m
    value = float(above.mean())
    margin = float(norm.isf((1 - level) / 2)) * float((above.var(ddof=1) / m + below.var(ddof=1) / n) ** 0.5)
    _, ties = np.unique(ranks, return_counts=True)
    whole = m + n
    tied = float((ties.astype(np.float64) ** 3 - ties).sum()) / (whole * (whole - 1))
    spread = (m * n / 12 * (whole + 1 - tied)) ** 0.5
    p = 1.0 if spread == 0 else 2 * float(norm.sf(abs(value - 0.5) * m * n / spread))
    return Interval(value, max(value - margin, 0.0), min(value + margin, 1.0)), min(p, 1.0)


def share_limits(count: int, n: int, level: float = 0.95) -> Interval:
    """A share with its exact limits (Clopper and Pearson, 1934)."""
    from scipy.stats import beta

    tail = (1 - level) / 2
    low = float(beta.ppf(tail, count, n - count + 1)) if count else 0.0
    high = float(beta.ppf(1 - tail, count + 1, n - count)) if count < n else 1.0
    return Interval(count / n, low, high)


def tpr(
    members: NDArray[np.float32], others: NDArray[np.float32], rate: float, seed: int, level: float = 0.95
) -> tuple[Interval, float]:
    """Members that are taken at a false positive rate, and the rate that was reached in expectation.

    The threshold of one random half of the other people is applied to the other half of the members, and the reverse:
    none is set on people who are scored by it. With so few people that the highest of a half is more frequent than
    the rate, that highest is the threshold, and the rate is what it is in expectation.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    inside, outside = rng.permutation(members), rng.permutation(others)
    caught, expected = 0, 0.0
    for half in (0, 1):
        seen, attacked = np.sort(outside[half::2])[::-1], inside[1 - half :: 2]
        place = max(int(rate * (len(seen) + 1)), 1)
        caught += int((attacked > seen[place - 1]).sum())
        expected += place / (len(seen) + 1) * len(attacked)
    return share_limits(caught, len(members), level), expected / len(members)


def epsilon_low(hits: int, k: int, prior: float, level: float = 0.95) -> float:
    """A lower limit on epsilon from one run: k people were called members, and so many were.

    With epsilon-DP a member is told with a chance of at most q e^eps / (1 - q + q e^eps), where q is the share of
    members among the people (Steinke, Nasr and Jagielski, Privacy Auditing with One (1) Training Run, NeurIPS 2023,
    for q = 1/2 and delta = 0). It is exact for people who were in or out by coins of their own, and close for a split.
    """
    from math import log

    from scipy.stats import beta

    least = float(beta.ppf(1 - level, hits, k - hits + 1)) if hits else 0.0
    if least <= prior:
        return 0.0
    return log(least / (1 - least)) - log(prior / (1 - prior))
