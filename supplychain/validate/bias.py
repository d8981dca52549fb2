"""Bias evidence: who is there, what their outcomes are, and what a model does to groups with and without the rows.

Rows that a slice was asked for on purpose are no distortion: what is there is held against real rows in the same
slices, in the parts in which they were made.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import polars as pl

from supplychain.measures.bootstrap import limits
from supplychain.measures.groups import LEAST_PEOPLE, Gaps, Grouping
from supplychain.measures.shares import outcome_shift, share_ratio
from supplychain.validate.arms import usable
from supplychain.yardstick import Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.ledger import Evidence
    from supplychain.slices import Slice
    from supplychain.validate.effect import Effect
    from supplychain.validate.privacy.rows import Row

GAPS = ("opportunity", "odds", "calibration")
METRICS = (
    "bias.gap",
    *(f"bias.{gap}" for gap in GAPS),
    *(f"bias.{gap}_change" for gap in GAPS),
    "bias.share",
    "bias.outcome",
    "bias.left_out",
)
MOST_PAIRS = 15
"""Pairs of sensitive columns that are looked at."""


def bias(row: Row, effect: Effect, made: Made, gold: pl.DataFrame, sensitive: Sequence[str]) -> Iterator[Evidence]:
    """Groups of each sensitive column, and of each pair of them.

    Args:
        row: Makes a row of evidence.
        effect: The arms.
        made: Accepted rows, and the real ones that they are held against.
        gold: Real rows of role gold.
        sensitive: The columns; those that real rows have not, and the outcome, are left out.
    """
    columns = [name for name in sensitive if name in made.real.columns and name != made.target.name]
    pairs = list(combinations(columns, 2))[:MOST_PAIRS]
    groupings = [Grouping.of(made.real, *names) for names in (*((name,) for name in columns), *pairs)]
    for grouping in groupings:
        yield from _gaps(row, effect, grouping, len(groupings))
    groups = sum(len(grouping.labels) for grouping in groupings)
    for grouping in groupings:
        yield from _presence(row, made, gold, grouping, groups)


def _gaps(row: Row, effect: Effect, grouping: Grouping, of: int) -> Iterator[Evidence]:
    """How far groups are apart in the scores and errors of the weighted arm, and how far it widens the real arm's.

    Limits of changes hold for all so many groupings at once: of twenty good ones one would surely be further apart
    otherwise.
    """
    code = grouping.code(effect.gold)
    real, blend = (_gaps_of(effect, arm, code) for arm in ("real", "weighted"))
    n = int((code >= 0).sum())
    yield row("bias.left_out", len(grouping.labels) - blend.told[0], (None, None), 0.0, n, grouping.name)
    if blend.told[0] < 2 and len(grouping.columns) > 1:
        return  # of a pair; that a declared column cannot be measured is said by its figure, which is none
    value, low, high = limits(blend.parity - real.parity)
    yield row("bias.gap", value, (low, high), 0.0, n, grouping.name)
    for gap in GAPS:
        after, before = getattr(blend, gap), getattr(real, gap)
        if blend.told[gap != "calibration"] < 2:
            continue  # fewer than two groups have cases enough
        value, low, high = limits(after, mirrored=True)  # noise alone sets groups apart
        yield row(f"bias.{gap}", value, (max(low, 0.0), high), float(before[0]), n, grouping.name)
        value, low, high = limits(after - before, of=of)
        yield row(f"bias.{gap}_change", value, (low, high), 0.0, n, grouping.name)


def _gaps_of(effect: Effect, arm: str, code: NDArray[np.int64]) -> Gaps:
    """Gaps of an arm; it chooses as many gold people as have the outcome, those of the highest scores.

    The outcome is the last class; of a quantity, to lie above the median of the real rows.
    """
    import numpy as np

    target, score = effect.bench.target, effect.scores(arm)
    rate = target.rate(effect.truth)
    has = rate == 1
    if target.is_quantity:
        has, rate = rate > np.median(target.truth(effect.real)), rate / target.scale**0.5
    # Ties at the threshold are broken by place, so that a constant score chooses as many people too.
    chosen = np.zeros(len(score), dtype=np.bool_)
    chosen[np.argsort(-score, kind="stable")[: int(has.sum())]] = True
    return Gaps.of(code, has, rate, score, chosen, effect.draws)


@dataclass(frozen=True)
class Made:
    """Accepted rows by the slice that they were made for, and the real rows of each.

    Attributes:
        rows: Accepted rows.
        slice_: Of each the position of its slice.
        real: Real rows.
        inside: Which real rows lie in each slice.
        target: The outcome.
    """

    rows: pl.DataFrame
    slice_: NDArray[np.int64]
    real: pl.DataFrame
    inside: list[NDArray[np.bool_]]
    target: Target

    @classmethod
    def of(
        cls, accepted: pl.DataFrame, made_for: pl.Series, real: pl.DataFrame, slices: Iterable[Slice], outcome: str
    ) -> Made:
        """The accepted rows of those slices that real rows lie in too.

        Args:
            accepted: Accepted rows.
            made_for: The name of the slice that each was made for.
            real: Real rows of role train.
            slices: The slices.
            outcome: The outcome's column.
        """
        target = Target.of(outcome, real)
        numbered = usable(accepted.with_columns(made_for.alias("_slice")), target)
        there = [one for one in slices if one.mask(real).any()]
        places = {one.name: place for place, one in enumerate(there)}
        rows = numbered.filter(pl.col("_slice").is_in(list(places)))
        slice_ = rows["_slice"].replace_strict(places, return_dtype=pl.Int64).to_numpy()
        return cls(rows.drop("_slice"), slice_, real, [one.mask(real).to_numpy() for one in there], target)

    def rates(self, frame: pl.DataFrame) -> NDArray[np.float64]:
        """Rows x classes: whether it is of the class; one column for two classes, or a quantity in its spread."""
        import numpy as np

        truth = self.target.truth(frame)
        if self.target.is_quantity:
            spread: NDArray[np.float64] = (truth / self.target.scale**0.5)[:, None]
            return spread
        classes = np.eye(len(self.target.classes))[truth]
        found: NDArray[np.float64] = classes[:, -1:] if classes.shape[1] <= 2 else classes
        return found


def _presence(row: Row, made: Made, gold: pl.DataFrame, grouping: Grouping, groups: int) -> Iterator[Evidence]:
    """Each group's share of the rows and its outcome's rate, against real rows of the same slices.

    Both have what gold shows against train as their reference. Limits of rates hold for all so many groups at once: of
    thirty good ones one would be surely raised otherwise.
    """
    import numpy as np

    gold = usable(gold, made.target)
    code, real, known = (grouping.code(frame) for frame in (made.rows, made.real, gold))
    rates, real_rates, gold_rates = (made.rates(frame) for frame in (made.rows, made.real, gold))
    everyone, nobody = [np.ones(len(real), dtype=np.bool_)], np.zeros(len(known), dtype=np.int64)
    for place, label in enumerate(grouping.labels):
        here, among, at = code == place, real == place, known == place
        if among.sum() < LEAST_PEOPLE or at.sum() < LEAST_PEOPLE:
            continue
        value, low, high = share_ratio(here, made.slice_, among, made.inside)
        reference = share_ratio(at, nobody, among, everyone)[0]
        yield row("bias.share", value, (low, high), reference, len(here), label)
        if here.sum() >= LEAST_PEOPLE:
            each, whole = _each(made.inside, among), _each(everyone, among)
            value, low, high = outcome_shift(rates[here], made.slice_[here], real_rates[among], each, of=groups)
            reference = outcome_shift(gold_rates[at], nobody[at], real_rates[among], whole)[0]
            yield row("bias.outcome", value, (low, high), reference, int(here.sum()), label)


def _each(inside: list[NDArray[np.bool_]], among: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    return [mask[among] for mask in inside]
