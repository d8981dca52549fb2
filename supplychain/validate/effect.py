"""Effect: what adding the accepted rows to the real ones does to the outcome model, slice by slice and group by group.

Two models of the same settings, one trained on real rows, one on real and accepted rows as they will be blended, are
scored on the same gold people. Differences are paired: each person's losses are subtracted before they are averaged.
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
class Effect:
    """The two models' answers on gold.

    Attributes:
        target: What is predicted.
        gold: The gold rows.
        real_loss: Each row's loss by the model that was trained on real rows.
        blend_loss: Each row's loss by the model that was trained on the blend.
        real_score: Each row's expected outcome by the first: the last class's chance, or the quantity in its spread.
        blend_score: The same by the second.
    """

    target: Target
    gold: pl.DataFrame
    real_loss: NDArray[np.float64]
    blend_loss: NDArray[np.float64]
    real_score: NDArray[np.float64]
    blend_score: NDArray[np.float64]

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
    ) -> Effect:
        """Train both models and score them.

        Args:
            real: Real rows of role train.
            accepted: Accepted synthetic rows.
            gold: Real rows of role gold.
            schema: The real rows' schema.
            outcome: The outcome's column.
            weight: The weight of a synthetic row beside 1 for a real one.
            seed: Seed of both models.
        """
        import numpy as np

        target = Target.of(outcome, real)
        both = pl.concat([real.select(schema.names), accepted.select(schema.names)], how="vertical_relaxed")
        weights = np.concatenate([np.ones(real.height), np.full(accepted.height, weight)])
        truth = target.truth(gold)
        losses, scores = [], []
        for frame, given in ((real, None), (both, weights)):
            model = Yardstick.fit(frame, schema, outcome, seed=seed, classes=target.classes, weights=given)
            predictions = model.probabilities(gold)
            losses.append(target.losses(truth, predictions))
            scores.append(predictions[:, -1] / (target.scale**0.5 if target.is_quantity else 1.0))
        return cls(target, gold, losses[0], losses[1], scores[0], scores[1])

    def fall(self, slice_: Slice) -> tuple[float, float, float, int]:
        """By how much the loss falls in a slice, with its 95% limits and the people it rests on; NaN for too few."""
        inside = slice_.mask(self.gold).to_numpy()
        fell = (self.real_loss - self.blend_loss)[inside]
        if len(fell) < LEAST_PEOPLE:
            return float("nan"), float("nan"), float("nan"), len(fell)
        mean, margin = float(fell.mean()), Z95 * float(fell.std(ddof=1)) / len(fell) ** 0.5
        return mean, mean - margin, mean + margin, len(fell)

    def widening(self, column: str, *, seed: int) -> tuple[float, float, float, int]:
        """How far the gap between groups' expected outcomes widens, with 95% limits of a bootstrap of gold.

        The gap is the largest difference between two groups' mean scores (demographic parity; Dwork et al., 2012).
        NaN where fewer than two groups have people enough.
        """
        import numpy as np

        code, groups = _groups(self.gold[column])
        known = code >= 0
        if groups < 2:
            return float("nan"), float("nan"), float("nan"), int(known.sum())
        code, before, after = code[known], self.real_score[known], self.blend_score[known]
        rng = np.random.default_rng(seed)
        draws = []
        for _ in range(DRAWS):
            drawn = rng.integers(0, len(code), len(code))
            draws.append(_gap(code[drawn], after[drawn], groups) - _gap(code[drawn], before[drawn], groups))
        low, high = np.quantile(draws, [0.025, 0.975])
        value = _gap(code, after, groups) - _gap(code, before, groups)
        return value, float(low), float(high), len(code)


def _groups(values: pl.Series) -> tuple[NDArray[np.int64], int]:
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
