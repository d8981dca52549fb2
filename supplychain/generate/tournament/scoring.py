"""What an entrant's rows are worth: every one is measured alike, against `train` and on `tune`, and never on `gold`."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, isfinite
from statistics import fmean
from typing import TYPE_CHECKING

import polars as pl

from supplychain.gates import judge
from supplychain.measures.copies import wilson
from supplychain.measures.fidelity import auc_margin, discriminator_auc, marginal_similarity, pair_similarity
from supplychain.measures.membership import attack_advantage
from supplychain.measures.utility import losses_of
from supplychain.schema import Schema
from supplychain.slices import ALL_ROWS
from supplychain.yardstick import Target

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supplychain.gates import Suite
    from supplychain.slices import Slice

MOST_ROWS = 20_000
"""Rows of each table that are measured at most; more cost time and tell little more."""
LEAST_PEOPLE = 30
"""Rows of `tune` in a slice, below which nothing is said of it."""
Z95 = 1.96


@dataclass(frozen=True)
class Figure:
    """A measured figure with its 95% interval, and how many rows it rests on."""

    value: float
    low: float
    high: float
    n: int

    def apart(self, other: Figure) -> bool:
        """Whether this one lies above another by more than chance.

        The limits of a difference of two figures are those of the two, squared and added (Newcombe, 1998).
        """
        return self.value - other.value > hypot(self.value - self.low, other.high - other.value)


UNKNOWN = Figure(0.0, -1.0, 1.0, 0)
"""An advantage of which too few people say nothing."""


@dataclass(frozen=True)
class Scores:
    """An entrant's figures.

    Attributes:
        losses: The loss of each row of `tune` by a model that learnt from the entrant's rows.
        utility: By how much that model loses less than one that learnt from as many real rows, per row where the plan
            puts rows: below 0 it loses more. Nats; for a quantity, squared error over the outcome's variance.
        slices: The same in each slice of the plan, and in `all`.
        fidelity: Mean similarity of the pairs of columns to `train`, 0 to 1.
        discriminator: AUC of a classifier that tells the rows from `train`.
        attack: The membership attack's advantage: `train` people against one half of `tune`, with the other as the
            attacker's reference.
        broken: Share of the rows that break a rule of the synthetic suite.
        refused: Critical rules that would stop the rows.
    """

    losses: NDArray[np.float64]
    utility: Figure
    slices: dict[str, Figure]
    fidelity: float
    discriminator: Figure
    attack: Figure
    broken: Figure
    refused: tuple[str, ...]


@dataclass(frozen=True)
class Referee:
    """What every entrant of one tournament is measured by.

    Attributes:
        real: Real rows of role train.
        tune: Real rows of role tune.
        schema: The real rows' schema.
        target: The outcome.
        suite: The synthetic suite.
        shares: Rows of the plan per slice.
        inside: Slices x rows of `tune`: which rows are in which slice; the last is `all`.
        losses: The loss of each row of `tune` by a model that learnt from real rows.
        fidelity: Mean similarity of the pairs of `tune` to `train`: the ceiling.
        discriminator: AUC of a classifier that tells `tune` from `train`.
        halves: Rows of `tune` that were not trained on, and the attacker's reference; nobody is in both.
        seed: Seed of samples and models.
    """

    real: pl.DataFrame
    tune: pl.DataFrame
    schema: Schema
    target: Target
    suite: Suite
    shares: dict[str, int]
    inside: dict[str, NDArray[np.bool_]]
    losses: NDArray[np.float64]
    fidelity: float
    discriminator: float
    halves: tuple[pl.DataFrame, pl.DataFrame]
    seed: int

    @classmethod
    def of(
        cls,
        real: pl.DataFrame,
        tune: pl.DataFrame,
        outcome: str,
        suite: Suite,
        planned: list[tuple[Slice, int]],
        *,
        seed: int,
    ) -> Referee:
        """Measure what real rows reach.

        Args:
            real: Real rows of role train, with `_entity`.
            tune: Real rows of role tune, with `_entity`.
            outcome: The outcome's column.
            suite: The synthetic suite.
            planned: Slices, and the rows that the plan puts there.
            seed: Seed of samples and models.

        Raises:
            ValueError: `train` has fewer than two outcomes.
        """
        schema = Schema.of(real)
        halves = _by_people(tune, seed)
        real, tune = (_at_most(frame.select(schema.names), MOST_ROWS, seed) for frame in (real, tune))
        inside = {slice_.name: slice_.mask(tune).to_numpy() for slice_ in (*(one for one, _ in planned), ALL_ROWS)}
        inside = {name: mask for name, mask in inside.items() if mask.sum() >= LEAST_PEOPLE or name == ALL_ROWS.name}
        shares = {slice_.name: rows for slice_, rows in planned if slice_.name in inside}
        target = Target.of(outcome, real, tune)
        return cls(
            real,
            tune,
            schema,
            target,
            suite,
            shares or {ALL_ROWS.name: 1},
            inside,
            losses_of(real, tune, schema, target, seed=seed),
            _similarity(real, tune, schema),
            discriminator_auc(real, tune, schema, seed=seed)[0],
            (halves[0].select(schema.names), halves[1].select(schema.names)),
            seed,
        )

    def score(self, made: pl.DataFrame) -> Scores:
        """Measure an entrant's rows.

        Raises:
            ValueError: The rows lack columns, or no model can learn from them.
        """
        lacking = [name for name in self.schema.names if name not in made.columns]
        if lacking or not made.height:
            raise ValueError(f"its rows lack {', '.join(lacking[:5])}" if lacking else "it made no row")
        made = made.select(self.schema.names)
        losses = losses_of(made, self.tune, self.schema, self.target, seed=self.seed)
        fell = self.losses - losses
        judgement = judge(made, self.suite) if self.suite.rules else None
        broken = judgement.split(made)[1].height if judgement else 0
        same = _at_most(made, self.tune.height, self.seed)  # a distance shrinks with the rows: as many as the ceiling's
        return Scores(
            losses,
            self._weighted(fell),
            {name: _mean(fell[mask]) for name, mask in self.inside.items()},
            _similarity(self.real, same, self.schema),
            self._discriminator(made),
            self._attack(made),
            Figure(broken / made.height, *wilson(broken, made.height), made.height),
            tuple(verdict.rule.id for verdict in judgement.verdicts if verdict.blocks) if judgement else (),
        )

    def usefulness(self, one: Scores, other: Scores) -> Figure:
        """By how much a model loses less with one entrant's rows than with another's: the same people, paired."""
        return self._weighted(other.losses - one.losses)

    def _weighted(self, fell: NDArray[np.float64]) -> Figure:
        """The mean over slices, each as much as rows are planned there, with its limits (people count as drawn)."""
        import numpy as np

        total, mean, own = sum(self.shares.values()), 0.0, np.zeros(len(fell))
        for name, rows in self.shares.items():
            mask = self.inside[name]
            here, share = float(fell[mask].mean()), rows / total
            mean += share * here
            own[mask] += share * (fell[mask] - here) / mask.sum()  # each person's part in the figure's error
        margin = Z95 * float(np.sqrt((own**2).sum()))
        people = np.any([self.inside[name] for name in self.shares], axis=0)
        return Figure(mean, mean - margin, mean + margin, int(people.sum()))

    def _discriminator(self, made: pl.DataFrame) -> Figure:
        value, n = discriminator_auc(self.real, made, self.schema, seed=self.seed)
        margin = auc_margin(value, n, n)
        return Figure(value, max(value - margin, 0.0), min(value + margin, 1.0), n)

    def _attack(self, made: pl.DataFrame) -> Figure:
        others, reference = self.halves
        found = Figure(*attack_advantage(made, self.real, others, reference, self.schema, seed=self.seed))
        return found if isfinite(found.value) else UNKNOWN


def _by_people(tune: pl.DataFrame, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Two halves of the rows, with nobody in both."""
    people = tune.select("_entity").unique().sort("_entity").sample(fraction=1, shuffle=True, seed=seed)
    half = people.head(people.height // 2)
    return tune.join(half, on="_entity", how="semi", maintain_order="left"), tune.join(
        half, on="_entity", how="anti", maintain_order="left"
    )


def _at_most(frame: pl.DataFrame, rows: int, seed: int) -> pl.DataFrame:
    return frame if frame.height <= rows else frame.sample(rows, seed=seed)


def _similarity(real: pl.DataFrame, other: pl.DataFrame, schema: Schema) -> float:
    """The mean over pairs of columns; over columns where there is only one."""
    if len(schema.columns) < 2:
        return marginal_similarity(real, other, schema.columns[0])
    return fmean(pair_similarity(real, other, schema).values())


def _mean(values: NDArray[np.float64]) -> Figure:
    mean = float(values.mean())
    margin = Z95 * float(values.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else float("inf")
    return Figure(mean, mean - margin, mean + margin, len(values))
