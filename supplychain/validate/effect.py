"""Effect: what adding the accepted rows to the real ones does to the outcome model, slice by slice and group by group.

The four arms of `supplychain.validate.arms` are scored on the same gold people. Rows help only if they beat the better
of real rows alone and the null: what more rows of any kind do to a model is not their merit. Differences are paired:
each person's losses are subtracted before they are averaged.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.estimator import Estimator
from supplychain.measures.bootstrap import Z95, Resampled
from supplychain.measures.groups import LEAST_PEOPLE
from supplychain.validate.arms import (
    MOST_SCORED,
    WEIGHTS,
    Arm,
    Bench,
    Training,
    budget_around,
    most_trained,
    most_tuned,
    usable,
)
from supplychain.yardstick import Target

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.schema import Schema
    from supplychain.slices import Slice

NOTHING = (float("nan"), float("nan"), float("nan"))


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
    """The arms, and gold as they were scored on it.

    Attributes:
        bench: What the arms share; its gold rows are those that were scored.
        real: The real rows that the arms learnt from.
        added: The synthetic rows that they learnt from, of which there were `made`.
        made: Accepted rows.
        weight: The weight of a synthetic row beside 1 for a real one.
        arms: By name: `real`, `null`, `plain`, `weighted`.
        draws: Draws of the gold people.
    """

    bench: Bench
    real: pl.DataFrame
    added: pl.DataFrame
    made: int
    weight: float
    arms: dict[str, Arm]
    draws: Resampled

    @classmethod
    def of(
        cls,
        real: pl.DataFrame,
        accepted: pl.DataFrame,
        gold: pl.DataFrame,
        tune: pl.DataFrame,
        schema: Schema,
        outcome: str,
        *,
        weight: float,
        seed: int,
        estimator: Estimator | None = None,
    ) -> Effect:
        """Tune and train the arms, and score them.

        Args:
            real: Real rows of role train.
            accepted: Accepted synthetic rows; those of an outcome that no real row has are left out.
            gold: Real rows of role gold, with `_entity` where a person has several.
            tune: Real rows of role tune.
            schema: The real rows' schema.
            outcome: The outcome's column.
            weight: The weight of a synthetic row beside 1 for a real one.
            seed: Seed of the models, of the null's rows and of the bootstrap.
            estimator: The outcome model that was tuned on real rows; the trees at their fixed settings without it.
        """
        gold, tune = (frame.sample(min(frame.height, MOST_SCORED), seed=seed) for frame in (gold, tune))
        entity = gold["_entity"].to_numpy() if "_entity" in gold.columns else None
        target = Target.of(outcome, real, tune, gold)
        bench = Bench(schema, target, tune, gold, budget_around(estimator or Estimator()), seed)
        real, added = real.select(schema.names), usable(accepted, target).select(schema.names)
        share = min(1.0, most_trained(target) / (real.height + added.height))
        real, added = (rows.sample(round(share * rows.height), seed=seed) for rows in (real, added))
        again = real.sample(added.height, with_replacement=True, seed=seed)
        arms = {
            "real": bench.arm(Training.of(real, real.clear(), 1.0)),
            "null": bench.arm(Training.of(real, again, weight)),
            "weighted": (weighted := bench.arm(Training.of(real, added, weight))),
            "plain": weighted if weight == 1 else bench.arm(Training.of(real, added, 1.0)),
        }
        draws = Resampled(gold.height, entity, seed=seed)
        return cls(bench, real, added, accepted.height, weight, arms, draws)

    @property
    def gold(self) -> pl.DataFrame:
        """The gold rows that were scored."""
        return self.bench.gold

    @cached_property
    def truth(self) -> NDArray[Any]:
        """Their outcomes: positions of classes, or a quantity."""
        return self.bench.target.truth(self.gold)

    def scores(self, arm: str) -> NDArray[np.float64]:
        """Each gold row's expected outcome by an arm: the last class's chance, or the quantity in its spread."""
        scale = self.bench.target.scale**0.5 if self.bench.target.is_quantity else 1.0
        found: NDArray[np.float64] = self.arms[arm].predictions[:, -1] / scale
        return found

    def inside(self, slice_: Slice) -> NDArray[np.bool_]:
        """Which gold rows lie in a slice."""
        return slice_.mask(self.gold).to_numpy()

    def loss(self, slice_: Slice, arm: str) -> tuple[float, float, float]:
        """An arm's mean loss in a slice, with 95% limits; NaN for too few people."""
        inside = self.inside(slice_)
        return self.draws.mean(self.arms[arm].losses, inside) if inside.sum() >= LEAST_PEOPLE else NOTHING

    def between(self, slice_: Slice, before: str, after: str) -> tuple[float, float, float]:
        """By how much the loss falls in a slice from one arm to another, with 95% limits; NaN for too few people."""
        inside, fell = self.inside(slice_), self.arms[before].losses - self.arms[after].losses
        return self.draws.mean(fell, inside) if inside.sum() >= LEAST_PEOPLE else NOTHING

    def fall(self, slice_: Slice) -> Fall:
        """By how much the loss falls in a slice, beyond what the better of real rows and the null reach."""
        n = int(self.inside(slice_).sum())
        null = self.between(slice_, "real", "null")[0]
        best = "null" if null > 0 else "real"
        return Fall(*self.between(slice_, best, "weighted"), n, null)

    def last_half(self) -> tuple[float, float, float]:
        """By how much the loss of all falls with the second half of the synthetic rows, with 95% limits."""
        some = self.added.sample(self.added.height // 2, seed=self.bench.seed)
        weighted = self.arms["weighted"]
        half = self.bench.model(Training.of(self.real, some, self.weight), weighted.estimator)
        return self.draws.mean(self.bench.losses(half, self.gold) - weighted.losses)

    def best_weight(self) -> tuple[float, float, float]:
        """The weight of a synthetic row with the least loss on `tune`, and the range that `tune` cannot tell from it.

        That range is of weights whose loss is not surely above the least: the 95% interval of the paired difference
        holds 0.
        """
        import numpy as np

        bench, estimator = self.bench, self.arms["weighted"].estimator
        losses = {}
        for weight in {*WEIGHTS, self.weight}:
            few = Training.of(self.real, self.added, weight).thinned(most_tuned(bench.target), bench.seed)
            losses[weight] = bench.losses(bench.model(few, estimator), bench.tune)
        best = min(losses, key=lambda weight: (round(float(losses[weight].mean()), 9), weight))
        more = {weight: loss - losses[best] for weight, loss in losses.items()}
        near = [w for w, d in more.items() if d.mean() <= Z95 * np.std(d, ddof=1) / len(d) ** 0.5]
        return best, min(near), max(near)


def slices_of(declared: Iterable[Slice], plan: pl.DataFrame) -> list[Slice]:
    """The declared slices, and those of the plan that were found."""
    from supplychain.plan import planned_slices

    known = {slice_.name: slice_ for slice_ in declared}
    return list((known | {slice_.name: slice_ for slice_ in planned_slices(plan)}).values())
