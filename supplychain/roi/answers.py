"""Answers from the draws: who is best and how surely, what it hangs on, and what knowing more would be worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from supplychain.roi.strategies import courses

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from supplychain.roi.measured import Known
    from supplychain.roi.strategies import Setting

SAMPLE = 1_000
"""Draws in which the others are kept as they are while one input is moved."""
REACH = 10.0
"""How far beyond its P10 and P90 an input is looked for a break-even, as a factor."""
STEPS = 17


@dataclass(frozen=True)
class Bar:
    """One bar of a tornado: the mean difference of two strategies where an input is at its P10 and at its P90."""

    name: str
    low: float
    high: float
    at_low: float
    at_high: float
    source: str
    unit: str

    @property
    def swing(self) -> float:
        """How far the input moves the difference."""
        return abs(self.at_high - self.at_low)


@dataclass(frozen=True)
class BreakEven:
    """The value of an input at which another strategy becomes the best."""

    name: str
    value: float
    above: bool
    other: str
    low: float
    high: float
    unit: str


def best_shares(npv: Mapping[str, NDArray[np.float64]]) -> dict[str, float]:
    """How often each strategy has the largest net present value; draws with equals are shared among them."""
    table = np.stack(list(npv.values()))
    top = table == table.max(axis=0)
    shares = (top / top.sum(axis=0)).mean(axis=1)
    return {name: float(share) for name, share in zip(npv, shares, strict=True)}


def ranking(npv: Mapping[str, NDArray[np.float64]]) -> list[str]:
    """The strategies by their expected net present value, the largest first; of equals the simpler one."""
    return sorted(npv, key=lambda name: -round(float(npv[name].mean()), 9))


def perfect_information(npv: Mapping[str, NDArray[np.float64]]) -> float:
    """What it would be worth to know every input before choosing (EVPI): E[max] - max E."""
    table = np.stack(list(npv.values()))
    return max(float(table.max(axis=0).mean() - table.mean(axis=1).max()), 0.0)


def partial_information(npv: Mapping[str, NDArray[np.float64]], known: list[NDArray[np.float64]]) -> float:
    """What it would be worth to know some inputs before choosing (EVPPI), by regression.

    The source is Strong, Oakley and Brennan, Medical Decision Making 34 (2014). The regression is a cubic in the
    inputs' normal scores, with their products; in long tails it can overshoot, and to know a part is never worth more
    than to know all.
    """
    fitted = np.stack([_given(values, known) for values in npv.values()])
    worth = max(float(fitted.max(axis=0).mean() - fitted.mean(axis=1).max()), 0.0)
    return min(worth, perfect_information(npv))


def first_order(values: NDArray[np.float64], draws: Mapping[str, NDArray[np.float64]]) -> dict[str, float]:
    """The variance of `values` that each input explains by itself, as a share of it; 0 for what is fixed."""
    total = float(values.var())
    if not total:
        return dict.fromkeys(draws, 0.0)
    noise = 3 / len(values)  # what three columns of chance explain
    return {
        name: max(float(_given(values, [draw]).var()) / total - noise, 0.0) if np.ptp(draw) else 0.0
        for name, draw in draws.items()
    }


def tornados(
    setting: Setting,
    draws: Mapping[str, NDArray[np.float64]],
    known: Mapping[str, Known],
    best: str,
    compared: tuple[str, ...],
) -> dict[str, list[Bar]]:
    """What each input does to the mean lead of the best over each other one, the widest first; others as drawn."""
    few = {name: values[:SAMPLE] for name, values in draws.items()}
    bars: dict[str, list[Bar]] = {other: [] for other in compared if other != best}
    for name, one in known.items():
        low, high = one.used.low, one.used.high
        if low == high:
            continue
        at_low, at_high = (_means(setting, _with(few, name, value), compared) for value in (low, high))
        for other, found in bars.items():
            ends = at_low[best] - at_low[other], at_high[best] - at_high[other]
            found.append(Bar(name, low, high, *ends, one.source, one.unit))
    return {
        other: sorted((bar for bar in found if bar.swing > 0), key=lambda bar: (-bar.swing, bar.name))
        for other, found in bars.items()
    }


def break_evens(
    setting: Setting,
    draws: Mapping[str, NDArray[np.float64]],
    known: Mapping[str, Known],
    best: str,
    compared: tuple[str, ...],
    names: list[str],
) -> list[BreakEven]:
    """Where, along some inputs, another strategy becomes the best on average; the nearest such value of each."""
    few = {name: values[:SAMPLE] for name, values in draws.items()}
    found = []
    for name in names:
        one = known[name]
        top = one.used.high * REACH if one.unit != "share" else 1.0
        grid = np.geomspace(max(one.used.low / REACH, 1e-9), max(top, 1e-9), STEPS)

        def lead(value: float, name: str = name) -> tuple[float, str]:
            means = _means(setting, _with(few, name, value), compared)
            others = {strategy: mean for strategy, mean in means.items() if strategy != best}
            other = max(others, key=lambda strategy: others[strategy])
            return means[best] - others[other], other

        crossing = _crossing(lead, grid, one.used.middle)
        if crossing:
            value, above, other = crossing
            found.append(BreakEven(name, value, above, other, one.used.low, one.used.high, one.unit))
    return found


def _crossing(
    lead: Callable[[float], tuple[float, str]], grid: NDArray[np.float64], middle: float
) -> tuple[float, bool, str] | None:
    """The value nearest to the middle at which the lead is lost, which way, and to whom."""
    leads = [lead(float(value))[0] for value in grid]
    start = int(np.abs(np.log(np.maximum(grid, 1e-12) / max(middle, 1e-12))).argmin())
    if leads[start] < 0:
        return None  # the best over all draws is not the best in the middle of this one: there is no one side to lose
    lost = [index for index, value in enumerate(leads) if value < 0]
    if not lost:
        return None
    nearest = min(lost, key=lambda index: abs(index - start))
    above = nearest > start
    inner, outer = float(grid[nearest + (-1 if above else 1)]), float(grid[nearest])
    for _ in range(12):
        half = (inner * outer) ** 0.5
        inner, outer = (half, outer) if lead(half)[0] >= 0 else (inner, half)
    return outer, above, lead(outer)[1]


def _with(draws: Mapping[str, NDArray[np.float64]], name: str, value: float) -> dict[str, NDArray[np.float64]]:
    return {**draws, name: np.full(len(draws[name]), value)}


def _means(setting: Setting, draws: Mapping[str, NDArray[np.float64]], wanted: tuple[str, ...]) -> dict[str, float]:
    return {name: float(course.npv.mean()) for name, course in courses(setting, draws, wanted).items()}


def _given(values: NDArray[np.float64], known: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """The mean of `values` given some inputs: a cubic in their normal scores, with products of two."""
    scores = [_scores(draw) for draw in known if np.ptp(draw)]
    columns = [np.ones(len(values))]
    for number, score in enumerate(scores):
        columns += [score, score**2, score**3]
        columns += [score * other for other in scores[:number]]
    design = np.column_stack(columns)
    # Normal equations: the columns are few and of one scale, and this is many times quicker than a decomposition.
    return np.asarray(design @ np.linalg.solve(design.T @ design, design.T @ values))


def _scores(draw: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy import special

    ranks = np.empty(len(draw))
    ranks[np.argsort(draw, kind="stable")] = np.arange(len(draw)) + 0.5
    return np.asarray(special.ndtri(ranks / len(draw)))
