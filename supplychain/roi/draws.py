"""Draws of the inputs: Latin hypercubes, one stream an input, and rank correlations between them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from supplychain.roi.inputs import matrix

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from supplychain.roi.distribution import Distribution
    from supplychain.roi.inputs import Correlation

Array = "NDArray[np.float64]"
Z90 = 1.2815515655446004
"""The 90th percentile of the standard normal."""
PRIOR_COUNT = 3.0
"""What a stated distribution weighs against measurements: as much as so many of them."""
ENOUGH = 5
"""From so many measurements on an input counts as measured."""
LEAST = 2
"""Measurements that make a distribution by themselves: one has no spread."""


@dataclass(frozen=True)
class Range:
    """P10, P50 and P90 of draws."""

    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, draws: NDArray[np.float64]) -> Range:
        """The range of an array of draws."""
        low, middle, high = np.quantile(draws, (0.1, 0.5, 0.9))
        return cls(float(low), float(middle), float(high))


@dataclass(frozen=True)
class Law:
    """A distribution that can be drawn from.

    Attributes:
        kind: fixed, triangular, pert, lognormal or beta.
        at: Its parameters: the value; low, mode, high; mean and deviation of the logarithm; the two shapes.
    """

    kind: str
    at: tuple[float, ...]

    def quantile(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Its values at the chances `u`, each between 0 and 1."""
        from scipy import special

        if self.kind == "fixed":
            return np.full(u.shape, self.at[0])
        if self.kind == "lognormal":
            return np.asarray(np.exp(self.at[0] + self.at[1] * special.ndtri(u)))
        if self.kind == "beta":
            return np.asarray(special.betaincinv(*self.at, u))
        low, mode, high = self.at
        width = high - low
        if self.kind == "pert":  # a beta on [low, high], its mode weighing four times (Malcolm et al., 1959)
            shapes = 1 + 4 * (mode - low) / width, 1 + 4 * (high - mode) / width
            return np.asarray(low + width * special.betaincinv(*shapes, u))
        turn = (mode - low) / width
        left = low + np.sqrt(u * width * (mode - low))
        right = high - np.sqrt((1 - u) * width * (high - mode))
        return np.where(u < turn, left, right)

    @property
    def range(self) -> Range:
        """P10, P50 and P90."""
        low, middle, high = self.quantile(np.array([0.1, 0.5, 0.9]))
        return Range(float(low), float(middle), float(high))


def law_of(given: Distribution) -> Law | None:
    """The law of a distribution of the product file; None for one that is only measured."""
    if given.dist == "fixed":
        return Law("fixed", (_known(given.value),))
    if given.dist in ("triangular", "pert"):
        return Law(given.dist, (_known(given.low), _known(given.mode), _known(given.high)))
    if given.dist == "lognormal":
        low, high = math.log(_known(given.p10)), math.log(_known(given.p90))
        return Law("lognormal", ((low + high) / 2, (high - low) / 2 / Z90))
    if given.dist == "beta":  # Jeffreys: half a pass and half a fail before anything was counted
        return Law("beta", (_known(given.passes) + 0.5, _known(given.fails) + 0.5))
    return None


def updated(prior: Law | None, values: tuple[float, ...]) -> Law | None:
    """A law after measurements, on the log scale; those that are not above 0 are left out.

    The prior weighs as much as `PRIOR_COUNT` measurements; the new variance is the pooled one, and what prior and
    measurements differ by (the normal-inverse-gamma update: Gelman et al., Bayesian Data Analysis, 2013, 3.3).
    Without a prior it takes `LEAST` of them.
    """
    logs = np.log([value for value in values if value > 0])
    n = len(logs)
    if prior is None:
        return Law("lognormal", (float(logs.mean()), float(logs.std(ddof=1)))) if n >= LEAST else None
    if not n:
        return prior
    stated = prior.quantile((np.arange(999) + 0.5) / 999)
    if not stated.max():  # said to be nothing, and measured to be something
        return updated(None, values) or prior
    stated = np.log(np.maximum(stated, 1e-6 * stated.max()))
    weight = PRIOR_COUNT + n
    mean = (PRIOR_COUNT * stated.mean() + logs.sum()) / weight
    apart = PRIOR_COUNT * n / weight * (logs.mean() - stated.mean()) ** 2
    variance = (PRIOR_COUNT * stated.var() + n * logs.var() + apart) / weight
    return Law("lognormal", (float(mean), float(variance**0.5)))


def counted(prior: Law | None, passes: int, fails: int) -> Law | None:
    """A law of a share after counts (beta-binomial): the prior weighs `PRIOR_COUNT`, one of counts as its counts."""
    if prior is None:
        return Law("beta", (passes + 0.5, fails + 0.5)) if passes + fails >= LEAST else None
    if not passes + fails:
        return prior
    if prior.kind == "beta":
        return Law("beta", (prior.at[0] + passes, prior.at[1] + fails))
    mean = float(prior.quantile((np.arange(999) + 0.5) / 999).mean())
    mean = min(max(mean, 1e-6), 1 - 1e-6)
    return Law("beta", (PRIOR_COUNT * mean + passes, PRIOR_COUNT * (1 - mean) + fails))


def draw(
    laws: Mapping[str, Law], n: int, seed: int, correlations: tuple[Correlation, ...] = ()
) -> dict[str, NDArray[np.float64]]:
    """`n` draws of each law: a Latin hypercube (McKay, Beckman and Conover, 1979).

    Each input has a stream of its own, from its name: one that is added changes no draw of the others.
    """
    chances = {name: _hypercube(name, n, seed) for name in laws}
    names, wanted = matrix(tuple(pair for pair in correlations if set(pair.between) <= chances.keys()))
    if names:
        mixed = _correlated(np.column_stack([chances[name] for name in names]), wanted)
        chances |= {name: mixed[:, number] for number, name in enumerate(names)}
    return {name: law.quantile(chances[name]) for name, law in laws.items()}


def _hypercube(name: str, n: int, seed: int) -> NDArray[np.float64]:
    """One draw from each of `n` equal parts of [0, 1], in random order."""
    from scipy.stats import qmc

    stream = np.random.default_rng([seed, *name.encode()])
    return np.asarray(np.clip(qmc.LatinHypercube(1, seed=stream).random(n)[:, 0], 1e-12, 1 - 1e-12))


def _correlated(chances: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same chances in each column, in an order that has the wanted correlation (Iman and Conover, 1982)."""
    from scipy import special

    scores = special.ndtri(chances)
    own = np.linalg.cholesky(np.corrcoef(scores, rowvar=False))
    mixed = scores @ np.linalg.inv(own).T @ np.linalg.cholesky(wanted).T
    ranks = mixed.argsort(axis=0).argsort(axis=0)
    return np.asarray(np.take_along_axis(np.sort(chances, axis=0), ranks, axis=0))


def _known(figure: float | None) -> float:
    assert figure is not None  # the product file's model refuses a distribution without it
    return figure
