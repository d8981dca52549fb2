"""Nothing, real, synthetic and hybrid: money by month for each draw, all aiming at the same outcome."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from supplychain.roi.outcome import effective, to_make
from supplychain.roi.pipelines import (
    MONTH,
    RISK,
    VALUE,
    Bill,
    Drawn,
    attempts,
    raw_for,
    real_bill,
    synthetic_bill,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from supplychain.product import Product
    from supplychain.roi.outcome import Aim

NOTHING, REAL, SYNTHETIC, HYBRID = "nothing", "real", "synthetic", "hybrid"
STRATEGIES = (NOTHING, REAL, SYNTHETIC, HYBRID)


@dataclass(frozen=True)
class Setting:
    """What all draws share: the aims, the horizon and the levers that bound a strategy."""

    aims: tuple[Aim, ...]
    months: int
    discount: float
    attempts: int
    synthetic_per_real: float

    @classmethod
    def of(cls, product: Product, aims: list[Aim]) -> Setting:
        """The setting of a product."""
        roi = product.roi
        return cls(tuple(aims), roi.horizon_months, roi.discount, roi.attempts, product.levers.risk.synthetic_per_real)

    @property
    def weights(self) -> NDArray[np.float64]:
        """What money of each month counts: discounted from its middle."""
        return np.asarray((1 + self.discount) ** -((np.arange(self.months) + 0.5) / 12))


@dataclass(frozen=True)
class Course:
    """A strategy in every draw: money in the currency of the product, today's where it is discounted.

    Attributes:
        npv: Net present value.
        cost: Present value of all costs.
        risk: Present value of the expected losses.
        days: Days until the last rows are there.
        reach: Share of the wanted improvement that is reached.
        stages: Stage to the present value of its cost.
        by_month: Mean cash flow of each month, not discounted.
    """

    npv: NDArray[np.float64]
    cost: NDArray[np.float64]
    risk: NDArray[np.float64]
    days: NDArray[np.float64]
    reach: NDArray[np.float64]
    stages: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    by_month: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))


def courses(setting: Setting, draws: Mapping[str, NDArray[np.float64]], wanted: tuple[str, ...]) -> dict[str, Course]:
    """Each of the wanted strategies, in every draw."""
    x = Drawn(draws, len(next(iter(draws.values()))))
    make = {NOTHING: _nothing, REAL: _real, SYNTHETIC: _synthetic, HYBRID: _hybrid}
    return {name: make[name](setting, x) for name in wanted}


def _nothing(setting: Setting, x: Drawn) -> Course:
    zero = np.zeros(x.n)
    return Course(zero, zero, zero, zero, zero, {}, np.zeros(setting.months))


def _real(setting: Setting, x: Drawn) -> Course:
    wanted = [np.full(x.n, aim.more) for aim in setting.aims]
    bill = _buy(setting, x, wanted)
    return _course(setting, x, [(bill, wanted, "real")])


def _synthetic(setting: Setting, x: Drawn) -> Course:
    bill, worth = _make(setting, x)
    return _course(setting, x, [(bill, worth, "synthetic")])


def _hybrid(setting: Setting, x: Drawn) -> Course:
    """Synthetic rows first; permissions are asked for at once, and real rows bought for what is still short."""
    made, worth = _make(setting, x)
    short = [np.maximum(aim.more - gained, 0.0) for aim, gained in zip(setting.aims, worth, strict=True)]
    bought = _buy(setting, x, short)
    both = [gained + rest for gained, rest in zip(worth, short, strict=True)]
    later = Bill(bought.once, bought.yearly, np.maximum(bought.days, made.days))
    return _course(setting, x, [(made, worth, "synthetic"), (later, both, "real")])


def _buy(setting: Setting, x: Drawn, rows: list[NDArray[np.float64]]) -> Bill:
    """The bill for real rows: all are collected until the rarest slice has enough; only what is needed is labelled."""
    raw = [raw_for(x, wanted, aim.share) for wanted, aim in zip(rows, setting.aims, strict=True)]
    collected = np.max(raw, axis=0)
    labelled = np.minimum(np.sum(rows, axis=0), collected * x.of("raw_yield", 1.0))
    return real_bill(x, collected, labelled)


def _make(setting: Setting, x: Drawn) -> tuple[Bill, list[NDArray[np.float64]]]:
    """The bill for synthetic rows, and the real rows that they are worth per slice.

    They are made in rounds until the target is reached, the ceiling is near, or the risk lever says enough; a slice
    whose exchange rate is unknown gets none. Where the gates may refuse all attempts, the rows count by that chance.
    """
    chance = attempts(x, setting.attempts)[1]
    made, worth = np.zeros(x.n), []
    for aim in setting.aims:
        rate, ceiling = x.in_slice("exchange_rate", aim.slice), x.in_slice("ceiling", aim.slice)
        if rate is None or ceiling is None:
            worth.append(np.zeros(x.n))
            continue
        rows = to_make(aim.more, rate, ceiling, setting.synthetic_per_real * aim.rows)
        made = made + rows
        worth.append(np.minimum(effective(rows, rate, ceiling), aim.more) * chance)
    return synthetic_bill(x, made, setting.attempts), worth


def _course(setting: Setting, x: Drawn, parts: list[tuple[Bill, list[NDArray[np.float64]], str]]) -> Course:
    """Money over time of deliveries, one after another; each brings the effective rows that there are then.

    What is spent once is spent at the start; benefits, running costs and losses begin on delivery.
    """
    weights, value = setting.weights, x.amount(VALUE)
    benefit, risk, points = np.zeros(x.n), np.zeros(x.n), np.zeros(x.n)
    stages: dict[str, NDArray[np.float64]] = {}
    flow = np.zeros(setting.months)
    for bill, rows, pipeline in parts:
        there = delivered(bill.days, setting.months)
        annuity = there @ weights
        before, points = points, np.sum([aim.points(r) for aim, r in zip(setting.aims, rows, strict=True)], axis=0)
        gain, loss = (points - before) * value, x.amount(RISK[pipeline]) / 12
        running = np.sum(list(bill.yearly.values()), axis=0) / 12
        benefit, risk = benefit + gain * annuity, risk + loss * annuity
        for stage, money in bill.once.items():
            stages[stage] = stages.get(stage, np.zeros(x.n)) + money * weights[0]
        for stage, money in bill.yearly.items():
            stages[stage] = stages.get(stage, np.zeros(x.n)) + money / 12 * annuity
        flow += (gain - loss - running) @ there / x.n
        flow[0] -= float(np.sum(list(bill.once.values()), axis=0).mean())
    cost = np.sum(list(stages.values()), axis=0)
    full = sum(float(aim.points(aim.more)) for aim in setting.aims)
    return Course(benefit - cost - risk, cost, risk, parts[-1][0].days, points / full, stages, flow)


def delivered(days: NDArray[np.float64], months: int) -> NDArray[np.float64]:
    """The share of each month that lies after the delivery: draws by months."""
    return np.clip(np.arange(1, months + 1)[None, :] - days[:, None] / MONTH, 0.0, 1.0)
