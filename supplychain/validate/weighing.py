"""Weighing: what a synthetic row counts in training beside a real one, slice by slice, as measured on `tune`.

No weight is right by habit: it depends on how much real rows know already and on how far the synthetic ones are from
them. So a few weights are tried, first of all rows alike, with the settings of the model that suit each, then of the
rows of each large slice while the others keep theirs. The smallest weight whose loss is within one standard error of
the least is taken (the one-standard-error rule of Breiman et al. 1984, section 3.4.3): what tune cannot tell from
leaving the rows out, is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from supplychain.measures.bootstrap import Z95, Resampled
from supplychain.validate.arms import Training, most_tuned

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from supplychain.estimator import Estimator
    from supplychain.validate.arms import Bench

CANDIDATES = (0.0, 0.1, 0.25, 0.5, 1.0)
"""Weights that are tried, beside the prior and the most that the lever allows."""
MOST_SLICES = 4
"""Slices whose rows get a weight of their own, the largest; the others keep the one of all rows."""


@dataclass(frozen=True)
class Weights:
    """What was chosen.

    Attributes:
        joint: The weight of all rows alike; slices without one of their own have it.
        slices: Slice that rows were made for to the weight of its rows.
        near: The least and the greatest weight of all rows alike that tune cannot tell from the best.
        best: The weight of all rows alike with the least loss on tune.
        prior: What the closed form says.
        within: The weights of all rows alike that are within one standard error of the best.
    """

    joint: float
    slices: dict[str, float]
    near: tuple[float, float]
    best: float
    prior: float
    within: tuple[float, ...]

    def of(self, made_for: pl.Series) -> NDArray[np.float64]:
        """A weight for each row, by the slice that it was made for."""
        import polars as pl

        weights = made_for.replace_strict(self.slices, default=self.joint, return_dtype=pl.Float64)
        found: NDArray[np.float64] = weights.to_numpy()
        return found

    def capped(self, share: float, real: float, made_for: pl.Series) -> Weights:
        """The same, all smaller by one factor where synthetic rows would weigh more than a share of everything.

        Args:
            share: The most that they may weigh together, of 1.
            real: What the real rows weigh together.
            made_for: The slice that each synthetic row was made for.
        """
        together = float(self.of(made_for).sum())
        if share >= 1 or together <= real * share / (1 - share):
            return self
        factor = real * share / (1 - share) / together
        slices = {name: weight * factor for name, weight in self.slices.items()}
        return replace(self, joint=self.joint * factor, slices=slices)


def golden(real: int, made: int) -> float:
    """The weight of a row that balances bias and variance where synthetic rows are refitted on real ones.

    Real rows get the share w = (sqrt(k^2 + 4k) - k) / 2 of everything, k real rows to one synthetic (0.618 for as many
    of each: He, Xu and Cheng 2025, "Golden ratio weighting prevents model collapse", arXiv 2502.18049).

    Example:
        >>> round(golden(100, 100), 3), round(golden(100, 1_000_000), 4), round(golden(1_000_000, 100), 3)
        (0.618, 0.0099, 1.0)
    """
    if not real or not made:
        return 1.0
    k = real / made
    share = ((k * k + 4 * k) ** 0.5 - k) / 2
    return float(min(1.0, k * (1 - share) / share))


def weigh(
    bench: Bench,
    real: pl.DataFrame,
    added: pl.DataFrame,
    made_for: pl.Series,
    *,
    most: float,
    estimators: Iterable[Estimator],
) -> Weights:
    """Choose the weights of synthetic rows on `tune`.

    Args:
        bench: What every arm shares; its `tune` decides, with `_entity` where a person has several rows.
        real: Real rows.
        added: Synthetic rows.
        made_for: The slice that each was made for.
        most: The most that a synthetic row may weigh.
        estimators: Settings of the model that all rows alike are tried with.
    """
    prior = round(golden(real.height, added.height), 4)
    candidates = sorted({*(weight for weight in (*CANDIDATES, prior) if weight < most), most})
    trials = [_Trial.of(bench, real, added, made_for, estimator) for estimator in estimators]
    tried = [{weight: trial.losses({}, weight) for weight in candidates} for trial in trials]
    found = min(range(len(trials)), key=lambda k: (round(min(loss.mean() for loss in tried[k].values()), 9), k))
    trial, losses = trials[found], tried[found]
    joint, slices = trial.smallest(losses), dict[str, float]()
    names = _large(made_for)
    for name in names:
        others = {w: losses[w] if len(names) == 1 else trial.losses({**slices, name: w}, joint) for w in candidates}
        slices[name] = trial.smallest(others)
    return Weights(joint, slices, trial.near(losses), _least(losses), prior, tuple(trial.within(losses, 1.0)))


@dataclass(frozen=True)
class _Trial:
    """Models of real and synthetic rows at one setting, scored on tune."""

    bench: Bench
    rows: pl.DataFrame
    made_for: pl.Series
    estimator: Estimator
    draws: Resampled

    @classmethod
    def of(
        cls, bench: Bench, real: pl.DataFrame, added: pl.DataFrame, made_for: pl.Series, estimator: Estimator
    ) -> _Trial:
        """Rows thinned as those that an arm is tuned on; a real row is marked by no slice."""
        import polars as pl

        marks = pl.concat([pl.repeat(None, real.height, dtype=pl.String, eager=True), made_for.cast(pl.String)])
        marked = pl.concat([real, added.select(real.columns)], how="vertical_relaxed").with_columns(marks.alias(_MARK))
        most = most_tuned(bench.target)
        marked = marked.sample(most, seed=bench.seed) if marked.height > most else marked
        people = bench.tune["_entity"].to_numpy() if "_entity" in bench.tune.columns else None
        draws = Resampled(bench.tune.height, people, seed=bench.seed, draws=0)
        return cls(bench, marked.drop(_MARK), marked[_MARK], estimator, draws)

    def losses(self, slices: dict[str, float], joint: float) -> NDArray[np.float64]:
        """Each tune row's loss where synthetic rows weigh so much; a row that weighs nothing is not there."""
        import polars as pl

        weights = self.made_for.replace_strict({**slices, None: 1.0}, default=joint, return_dtype=pl.Float64)
        there = weights > 0
        rows = Training(self.rows.filter(there), weights.filter(there).to_numpy())
        return self.bench.losses(self.bench.model(rows, self.estimator), self.bench.tune)

    def smallest(self, losses: dict[float, NDArray[np.float64]]) -> float:
        """The smallest weight whose loss is within a standard error of the least."""
        return min(self.within(losses, 1.0))

    def near(self, losses: dict[float, NDArray[np.float64]]) -> tuple[float, float]:
        """The weights whose loss is not surely above the least."""
        within = self.within(losses, Z95)
        return min(within), max(within)

    def within(self, losses: dict[float, NDArray[np.float64]], errors: float) -> list[float]:
        """The weights whose loss lies no more standard errors than that above the least."""
        best = losses[_least(losses)]
        found = []
        for weight, loss in losses.items():
            more, _, high = self.draws.mean(loss - best)
            if loss is best or more <= errors * (high - more) / Z95:
                found.append(weight)
        return found


_MARK = "_made_for"


def _least(losses: dict[float, NDArray[np.float64]]) -> float:
    return min(losses, key=lambda weight: (round(float(losses[weight].mean()), 9), weight))


def _large(made_for: pl.Series) -> list[str]:
    """The slices that most rows were made for, the largest first."""
    counts = made_for.value_counts().sort("count", made_for.name, descending=[True, False])
    return [str(name) for name in counts[made_for.name].head(MOST_SLICES)]
