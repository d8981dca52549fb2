"""Effect: what adding the accepted rows to the real ones does to the outcome model, slice by slice and group by group.

Three models of the same settings, those that were tuned on real rows, are scored on the same gold people: one trained
on real rows, one on the null (real rows and as many drawn from them again, at the synthetic weight), one on the blend.
Rows help only if they beat the better of the first two: what more rows of any kind do to a model is not their merit.
Differences are paired: each person's losses are subtracted before they are averaged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from supplychain.yardstick import Target, Yardstick

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.estimator import Estimator
    from supplychain.schema import Schema
    from supplychain.slices import Slice

DRAWS = 200
"""Bootstrap draws of the gold rows."""
LEAST_PEOPLE = 30
"""Gold rows of a group, or of a slice, below which nothing is said of it."""
MOST_GROUPS = 12
"""Values of a column that are groups; a number with more is parted at its quartiles."""
Z95 = 1.96


@dataclass(frozen=True)
class Fall:
    """A fall of the loss on gold, NaN for too few people.

    Attributes:
        value: Mean of the people's differences; above 0 the synthetic rows helped.
        low: Lower end of its 95% interval.
        high: Upper end of it.
        n: People.
        null: By how much the null alone lowered the loss.
    """

    value: float
    low: float
    high: float
    n: int
    null: float


@dataclass(frozen=True)
class Effect:
    """The models' answers on gold.

    Attributes:
        gold: The gold rows.
        losses: Each row's loss by the model that was trained on `real`, on `null` and on `blend`.
        scores: Each row's expected outcome by each: the last class's chance, or the quantity in its spread.
    """

    gold: pl.DataFrame
    losses: dict[str, NDArray[np.float64]]
    scores: dict[str, NDArray[np.float64]]

    @classmethod
    def of(
        cls,
        real: pl.DataFrame,
        accepted: pl.DataFrame,
        gold: pl.DataFrame,
        schema: Schema,
        outcome: str,
        *,
        weight: float,
        seed: int,
        estimator: Estimator | None = None,
    ) -> Effect:
        """Train the models and score them.

        Args:
            real: Real rows of role train.
            accepted: Accepted synthetic rows.
            gold: Real rows of role gold.
            schema: The real rows' schema.
            outcome: The outcome's column.
            weight: The weight of a synthetic row beside 1 for a real one.
            seed: Seed of the models and of the null's rows.
            estimator: The outcome model that was tuned on real rows; the trees at their fixed settings without it.
        """
        import numpy as np

        target, truth = Target.of(outcome, real), Target.of(outcome, real).truth(gold)
        real = real.select(schema.names)
        added = {
            "real": real.clear(),
            "null": real.sample(accepted.height, with_replacement=True, seed=seed),
            "blend": accepted.select(schema.names),
        }
        losses, scores = {}, {}
        for name, more in added.items():
            frame = pl.concat([real, more], how="vertical_relaxed")
            weights = np.concatenate([np.ones(real.height), np.full(more.height, weight)])
            model = Yardstick.fit(
                frame, schema, outcome, seed=seed, classes=target.classes, weights=weights, estimator=estimator
            )
            predictions = model.probabilities(gold)
            losses[name] = target.losses(truth, predictions)
            scores[name] = predictions[:, -1] / (target.scale**0.5 if target.is_quantity else 1.0)
        return cls(gold, losses, scores)

    def fall(self, slice_: Slice) -> Fall:
        """By how much the loss falls in a slice, beyond what the better of real rows and the null reach."""
        inside = slice_.mask(self.gold).to_numpy()
        n = int(inside.sum())
        if n < LEAST_PEOPLE:
            return Fall(float("nan"), float("nan"), float("nan"), n, float("nan"))
        means = {name: float(loss[inside].mean()) for name, loss in self.losses.items()}
        best = min(("real", "null"), key=lambda name: means[name])
        fell = (self.losses[best] - self.losses["blend"])[inside]
        mean, margin = float(fell.mean()), Z95 * float(fell.std(ddof=1)) / n**0.5
        return Fall(mean, mean - margin, mean + margin, n, means["real"] - means["null"])

    def widening(self, column: str, *, seed: int) -> tuple[float, float, float, int]:
        """How far the gap between groups' expected outcomes widens, with 95% limits of a bootstrap of gold.

        The gap is the largest difference between two groups' mean scores (demographic parity; Dwork et al., 2012).
        NaN where fewer than two groups have people enough.
        """
        import numpy as np

        code, groups = grouped(self.gold[column])
        known = code >= 0
        if groups < 2:
            return float("nan"), float("nan"), float("nan"), int(known.sum())
        code, before, after = code[known], self.scores["real"][known], self.scores["blend"][known]
        rng = np.random.default_rng(seed)
        draws = []
        for _ in range(DRAWS):
            drawn = rng.integers(0, len(code), len(code))
            draws.append(_gap(code[drawn], after[drawn], groups) - _gap(code[drawn], before[drawn], groups))
        low, high = np.quantile(draws, [0.025, 0.975])
        value = _gap(code, after, groups) - _gap(code, before, groups)
        return value, float(low), float(high), len(code)


def grouped(values: pl.Series) -> tuple[NDArray[np.int64], int]:
    """Each row's group from 0 on, -1 where it is in none, and how many groups have people enough."""
    import numpy as np

    if values.dtype.is_numeric() and values.n_unique() > MOST_GROUPS:
        cuts = np.unique(np.nanquantile(values.cast(pl.Float64).fill_null(float("nan")).to_numpy(), [0.25, 0.5, 0.75]))
        values = values.cut([float(cut) for cut in cuts]).cast(pl.String)
    counts = values.drop_nulls().value_counts().filter(pl.col("count") >= LEAST_PEOPLE).sort(values.name)
    large = counts[values.name].to_list()[:MOST_GROUPS]
    codes = values.replace_strict(large, list(range(len(large))), default=-1, return_dtype=pl.Int64)
    return codes.fill_null(-1).to_numpy(), len(large)


def _gap(code: NDArray[np.int64], score: NDArray[np.float64], groups: int) -> float:
    import numpy as np

    people = np.bincount(code, minlength=groups)
    means = np.bincount(code, weights=score, minlength=groups) / np.maximum(people, 1)
    return float(np.ptp(means[people > 0]))


def slices_of(declared: Iterable[Slice], plan: pl.DataFrame) -> list[Slice]:
    """The declared slices, and those of the plan that were found."""
    from supplychain.plan import planned_slices

    known = {slice_.name: slice_ for slice_ in declared}
    return list((known | {slice_.name: slice_ for slice_ in planned_slices(plan)}).values())
