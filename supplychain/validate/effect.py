"""Effect: what adding the accepted rows to the real ones does to the outcome model, slice by slice and group by group.

The arms of `supplychain.validate.arms` are scored on the same gold people. Rows help only if they beat the better
of real rows alone and the null of the same weights: what more rows of any kind do to a model is not their merit.
Differences are paired: each person's losses are subtracted before they are averaged.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.estimator import Estimator
from supplychain.measures.bootstrap import Resampled
from supplychain.measures.groups import LEAST_PEOPLE
from supplychain.validate.arms import (
    MOST_SCORED,
    Arm,
    Bench,
    Training,
    budget_around,
    most_trained,
    usable,
)
from supplychain.validate.weighing import Weights, weigh
from supplychain.yardstick import Target

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.schema import Schema
    from supplychain.slices import Slice

NOTHING = (float("nan"), float("nan"), float("nan"))
_MADE_FOR = "_made_for"
_NULLS = {"weighted": "null", "blend": "blend_null"}
"""Arm to its null: real rows again, as many and at the same weights."""


@dataclass(frozen=True)
class Fall:
    """A fall of the loss on gold, NaN for too few people.

    Attributes:
        value: Mean of the people's differences; above 0 the synthetic rows helped.
        low: Lower end of its 95% interval.
        high: Upper end of it.
        n: People.
        null: By how much the arm's null alone lowered the loss.
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
        weight: The most that a synthetic row weighs beside 1 for a real one.
        weights: What the rows of each slice weigh in a release, as measured on tune.
        arms: By name: `real`, `null`, `plain`, `weighted`, `blend`, `blend_null`.
        draws: Draws of the gold people.
    """

    bench: Bench
    real: pl.DataFrame
    added: pl.DataFrame
    made: int
    weight: float
    weights: Weights
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
        made_for: pl.Series | None = None,
        share: float = 1.0,
    ) -> Effect:
        """Tune and train the arms, and score them.

        Args:
            real: Real rows of role train.
            accepted: Accepted synthetic rows; those of an outcome that no real row has are left out.
            gold: Real rows of role gold, with `_entity` where a person has several.
            tune: Real rows of role tune.
            schema: The real rows' schema.
            outcome: The outcome's column.
            weight: The most that a synthetic row weighs beside 1 for a real one.
            seed: Seed of the models, of the null's rows and of the bootstrap.
            estimator: The outcome model that was tuned on real rows; the trees at their fixed settings without it.
            made_for: The slice that each accepted row was made for; all people without it.
            share: The most that synthetic rows weigh together in a release, of 1.
        """
        gold, tune = (frame.sample(min(frame.height, MOST_SCORED), seed=seed) for frame in (gold, tune))
        entity = gold["_entity"].to_numpy() if "_entity" in gold.columns else None
        target = Target.of(outcome, real, tune, gold)
        bench = Bench(schema, target, tune, gold, budget_around(estimator or Estimator()), seed)
        marks = pl.repeat("all", accepted.height, eager=True) if made_for is None else made_for
        real, added = real.select(schema.names), usable(accepted.with_columns(marks.alias(_MADE_FOR)), target)
        part = min(1.0, most_trained(target) / (real.height + added.height))
        real, added = (rows.sample(round(part * rows.height), seed=seed) for rows in (real, added))
        marks, added = added[_MADE_FOR], added.select(schema.names)
        again = real.sample(added.height, with_replacement=True, seed=seed)
        alone, weighted = (bench.arm(Training.of(real, rows, weight)) for rows in (real.clear(), added))
        tried = [alone.estimator, *([weighted.estimator] if weighted.estimator != alone.estimator else [])]
        weights = weigh(bench, real, added, marks, most=weight, estimators=tried).capped(share, real.height, marks)
        each = weights.of(marks)
        arms = {
            "real": alone,
            "null": bench.arm(Training.of(real, again, weight)),
            "weighted": weighted,
            "plain": weighted if weight == 1 else bench.arm(Training.of(real, added, 1.0)),
        }
        for name, rows, at_most in (("blend", added, weighted), ("blend_null", again, arms["null"])):
            if (each == weight).all():
                arms[name] = at_most
            else:
                arms[name] = bench.arm(Training.of(real, rows, each)) if each.any() else alone
        draws = Resampled(gold.height, entity, seed=seed)
        return cls(bench, real, added, accepted.height, weight, weights, arms, draws)

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

    def fall(self, slice_: Slice, arm: str = "weighted") -> Fall:
        """By how much the loss falls in a slice by an arm, beyond what the better of real rows and its null reach.

        Args:
            slice_: The slice.
            arm: `weighted`, rows at the most that they may weigh, or `blend`, as a release weighs them.
        """
        n = int(self.inside(slice_).sum())
        null = self.between(slice_, "real", _NULLS[arm])[0]
        best = _NULLS[arm] if null > 0 else "real"
        return Fall(*self.between(slice_, best, arm), n, null)

    def last_half(self) -> tuple[float, float, float]:
        """By how much the loss of all falls with the second half of the synthetic rows, with 95% limits."""
        some = self.added.sample(self.added.height // 2, seed=self.bench.seed)
        weighted = self.arms["weighted"]
        half = self.bench.model(Training.of(self.real, some, self.weight), weighted.estimator)
        return self.draws.mean(self.bench.losses(half, self.gold) - weighted.losses)


def slices_of(declared: Iterable[Slice], plan: pl.DataFrame) -> list[Slice]:
    """The declared slices, and those of the plan that were found."""
    from supplychain.plan import planned_slices

    known = {slice_.name: slice_ for slice_ in declared}
    return list((known | {slice_.name: slice_ for slice_ in planned_slices(plan)}).values())
