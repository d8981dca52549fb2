"""Nothing, real, synthetic and hybrid compared at equal outcome."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np

from supplychain.roi import answers, words
from supplychain.roi.draws import Range, draw
from supplychain.roi.inputs import given_in
from supplychain.roi.measured import Measured, known_inputs
from supplychain.roi.outcome import Aim, aims
from supplychain.roi.pipelines import left_out, missing
from supplychain.roi.strategies import HYBRID, NOTHING, REAL, STRATEGIES, SYNTHETIC, Setting, courses

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl
    from numpy.typing import NDArray

    from supplychain.product import Product
    from supplychain.roi.answers import Bar
    from supplychain.roi.measured import Known
    from supplychain.roi.strategies import Course

PILOTED = ("exchange_rate", "ceiling", "gate_pass")
"""What one attempt through the chain would tell."""
DECIDED = ("label_votes", "review_rows")
"""What one decides oneself: given as one figure, it hides nothing."""
MOST_SHOWN = 8
FULL = 0.995
"""A reach that is as good as all of it."""


@dataclass(frozen=True)
class Strategy:
    """One strategy's figures; None where its inputs are not known.

    Attributes:
        name: nothing, real, synthetic or hybrid.
        cost: Present value of its costs.
        days: Days until the last rows are there.
        risk: Present value of its expected losses.
        npv: Net present value.
        expected: The mean of the same.
        best: In what share of the draws it has the largest one.
        payback_month: The first month by whose end the mean cash flow is earned back.
        reach: Share of the wanted improvement, on average.
        stages: Stage to present value of its cost.
    """

    name: str
    cost: Range | None = None
    days: Range | None = None
    risk: Range | None = None
    npv: Range | None = None
    expected: float | None = None
    best: float | None = None
    payback_month: int | None = None
    reach: float | None = None
    stages: dict[str, Range] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """The four strategies at equal outcome, and what the choice hangs on.

    Attributes:
        currency: Of all money.
        aims: What is wanted in each slice that takes part.
        left: Slices that do not take part, and why.
        strategies: In the order nothing, real, synthetic, hybrid.
        best: The one of the largest expected net present value; None where that cannot be computed.
        verdict: What to do, in a sentence.
        headline: `headline`, `illustrative`, or `no price` where nothing can be compared.
        evidence_share: Share of first-order variance that rests on measured or quoted inputs.
        evpi: Expected value of perfect information; None where nothing can be compared.
        evppi: Input to the value of knowing it alone, the most valuable first.
        pilot: Whether finding out before choosing would pay, in a sentence.
        tornado: What moves the lead of the best over the second.
        break_even: Where another one becomes the best, in sentences.
        inputs: Every input as it was used.
        lacks: What a pipeline, or the value, still needs.
        sentences: All that a reader has to know beside the figures.
    """

    currency: str
    aims: tuple[Aim, ...] = ()
    left: dict[str, str] = field(default_factory=dict)
    strategies: tuple[Strategy, ...] = ()
    best: str | None = None
    verdict: str = words.NO_PRICE
    headline: str = "no price"
    evidence_share: float | None = None
    evpi: float | None = None
    evppi: dict[str, float] = field(default_factory=dict)
    pilot: str = ""
    tornado: tuple[Bar, ...] = ()
    break_even: tuple[str, ...] = ()
    inputs: dict[str, Known] = field(default_factory=dict)
    lacks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    sentences: tuple[str, ...] = ()

    def strategy(self, name: str) -> Strategy:
        """The strategy of that name."""
        return next(one for one in self.strategies if one.name == name)


def compare(product: Product, gaps: pl.DataFrame, measured: Measured, seed: int) -> Comparison:
    """Compare the four strategies; what cannot be computed is None, and named.

    Args:
        product: The declared product.
        gaps: The table `gaps` of a window.
        measured: What the log says of the inputs (`supplychain.roi.measured.measurements`).
        seed: Of the draws; the same seed and inputs give the same comparison.
    """
    currency = product.levers.cost.currency
    known = known_inputs(product, measured)
    wanted, left = aims(product, gaps)
    if not known:
        return _without_prices(currency, wanted, left)
    if not wanted:
        return Comparison(
            currency,
            left=left,
            strategies=_unknown(STRATEGIES),
            verdict="Nothing to compare: no slice is a gap that more rows are known to close.",
            inputs=known,
            sentences=tuple(f"{name}: {reason}." for name, reason in left.items()),
        )
    lacks = missing(set(known), tuple(product.roi.slices))
    setting, draws = Setting.of(product, wanted), draws_of(product, known, seed)
    found = courses(setting, draws, _computable(lacks))
    strategies = tuple(_strategy(name, found.get(name), "value" in lacks) for name in STRATEGIES)
    base = Comparison(currency, tuple(wanted), left, strategies, inputs=known, lacks=lacks)
    if "value" in lacks or len(found) == 1:
        return _without_choice(base, found)
    return _with_choice(product, base, setting, draws, found)


def draws_of(product: Product, known: Mapping[str, Known], seed: int) -> dict[str, NDArray[np.float64]]:
    """Draws of the inputs; a share is at most 1."""
    laws = {name: one.law for name, one in known.items()}
    drawn = draw(laws, product.roi.draws, seed, product.roi.correlations)
    return {name: np.minimum(values, 1.0) if known[name].unit == "share" else values for name, values in drawn.items()}


def _without_prices(currency: str, wanted: list[Aim], left: dict[str, str]) -> Comparison:
    lines = ("To compare real with synthetic rows, give first:", *words.what_to_fill())
    return Comparison(currency, tuple(wanted), left, _unknown(STRATEGIES), sentences=lines)


def _unknown(names: tuple[str, ...]) -> tuple[Strategy, ...]:
    return tuple(Strategy(name) for name in names)


def _computable(lacks: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    found = [NOTHING]
    found += [REAL] if "real" not in lacks else []
    found += [SYNTHETIC] if "synthetic" not in lacks else []
    found += [HYBRID] if not {"real", "synthetic"} & lacks.keys() else []
    return tuple(found)


def _strategy(name: str, course: Course | None, no_value: bool) -> Strategy:
    if course is None:
        return Strategy(name)
    return Strategy(
        name,
        cost=Range.of(course.cost),
        days=Range.of(course.days) if name != NOTHING else None,
        risk=Range.of(course.risk),
        npv=None if no_value else Range.of(course.npv),
        expected=None if no_value else float(course.npv.mean()),
        payback_month=None if no_value or name == NOTHING else _payback(course),
        reach=float(course.reach.mean()),
        stages={stage: Range.of(money) for stage, money in course.stages.items() if money.any()},
    )


def _payback(course: Course) -> int | None:
    earned = np.flatnonzero(np.cumsum(course.by_month) >= 0)
    return int(earned[0]) + 1 if len(earned) else None


def _without_choice(base: Comparison, found: Mapping[str, Course]) -> Comparison:
    """Costs and days alone: which is dear and slow can be said, which is worth it cannot."""
    lacking = [name for names in base.lacks.values() for name in names]
    priced = [one for one in base.strategies if one.cost and one.name != NOTHING]
    lines = [f"{one.name} costs {words.span(one.cost, base.currency)}." for one in priced if one.cost]
    verdict = "Too few inputs are known to choose." + (f" At equal outcome {' '.join(lines)}" if lines else "")
    return replace(
        base,
        verdict=verdict,
        headline="no price" if not priced else "illustrative",
        sentences=("Give next:", *words.what_to_fill(lacking), *_notes(base, found)),
    )


def _with_choice(
    product: Product,
    base: Comparison,
    setting: Setting,
    draws: dict[str, NDArray[np.float64]],
    found: dict[str, Course],
) -> Comparison:
    npv = {name: course.npv for name, course in found.items()}
    order, shares = answers.ranking(npv), answers.best_shares(npv)
    best, other = order[:2]
    lead = npv[best] - npv[other]
    explained = answers.first_order(lead, draws)
    share, hidden = _evidence(product, base.inputs, explained)
    unpriced = [name for name in STRATEGIES if name not in found]
    solid = not unpriced and not hidden and share >= product.roi.headline_needs
    bars = answers.tornados(setting, draws, base.inputs, best, tuple(found))
    names = list(dict.fromkeys(bar.name for line in zip_longest(*bars.values()) for bar in line if bar))[:MOST_SHOWN]
    edges = answers.break_evens(setting, draws, base.inputs, best, tuple(found), names)
    worth = {name: answers.partial_information(npv, [draws[name]]) for name in names}
    return replace(
        base,
        strategies=tuple(replace(one, best=shares.get(one.name)) for one in base.strategies),
        best=best,
        verdict=words.verdict(best, shares, float(lead.mean()), other, base.currency),
        headline="headline" if solid else "illustrative",
        evidence_share=share,
        evpi=answers.perfect_information(npv),
        evppi=dict(sorted(worth.items(), key=lambda item: -item[1])),
        pilot=_pilot(base, npv, draws, found),
        tornado=tuple(bars[other]),
        break_even=tuple(words.break_even(best, edge) for edge in edges) or (words.no_break_even(best, names),),
        sentences=(
            words.evidence(share, product.roi.headline_needs, hidden, unpriced),
            *_notes(base, found),
        ),
    )


def _evidence(product: Product, known: Mapping[str, Known], explained: Mapping[str, float]) -> tuple[float, list[str]]:
    """The share of first-order variance on measured or quoted inputs; and assumptions that hide theirs."""
    total = sum(explained.values())
    rests = sum(share for name, share in explained.items() if known[name].rests)
    fixed = [name for name, one in given_in(product.roi.inputs) if one.dist == "fixed" and name not in DECIDED]
    hidden = [name for name in fixed if known[name].source == "assumed" and known[name].law.kind == "fixed"]
    if total:
        return rests / total, hidden
    return float(all(one.rests for one in known.values())), hidden


def _pilot(
    base: Comparison,
    npv: Mapping[str, NDArray[np.float64]],
    draws: Mapping[str, NDArray[np.float64]],
    found: Mapping[str, Course],
) -> str:
    """Whether one attempt through the chain, made only to find out, would pay."""
    if SYNTHETIC not in found:
        return ""
    told = [name for name in draws if name.partition(".")[0] in PILOTED]
    open_ = [name for name in told if base.inputs[name].source != "measured" and np.ptp(draws[name])]
    if not open_:
        return "What a pilot would tell is measured already, or given as one figure."
    stages = found[SYNTHETIC].stages
    cost = float(np.median(np.sum([stages[stage] for stage in ("define", "generate", "validate")], axis=0)))
    worth = answers.partial_information(npv, [draws[name] for name in open_])
    return words.pilot(worth, cost, open_, base.currency)


def _notes(base: Comparison, found: Mapping[str, Course]) -> tuple[str, ...]:
    """What is partial, out of reach, or not counted."""
    partial = [
        words.reach(name, float(course.reach.mean()))
        for name, course in found.items()
        if name != NOTHING and course.reach.mean() < FULL
    ]
    far = [words.out_of_reach(aim) for aim in base.aims if not aim.within_reach]
    return (*far, *partial, *words.not_counted(left_out(set(base.inputs))))
