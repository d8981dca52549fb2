"""What each measurement is, in words for somebody who has never seen one; and the verdicts in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from supplychain.ledger.verdicts import FAIL, INCONCLUSIVE

if TYPE_CHECKING:
    from supplychain.ledger import GateResult

GATES = {
    "plausibility": "Could these rows be?",
    "coverage": "Is everybody there who should be?",
    "fidelity": "Do they look like the real ones?",
    "utility": "Do they teach what real rows teach?",
    "confidence": "Is the model as sure as it is right?",
    "bias": "Are groups treated as before?",
    "privacy": "Do they give anybody away?",
    "drift": "Is it still the same population?",
    "review": "Did people find that such rows could be?",
}
"""What each group of rules asks."""

REVIEWED = {
    "verdict": "rows drawn by chance that people rejected, held against the defects that they find",
    "pace": "how long each reviewer looked at a record",
    "approvals": "people who approved the verdict",
}
"""What the rules of a review by people look at."""

MEASURES = {
    "rows.of_plan": "accepted rows over planned rows",
    "cells.covered": "share of real values and combinations that are there",
    "cells.worst": "the pair of columns whose combinations are missed most",
    "support.unseen": "share of rows with a value or pair that no real row has",
    "support.excess": "how much more such rows there are than among other real people",
    "density.far": "share of rows that lie far from every real one",
    "novelty.plausible": "share of rows that are new and plausible",
    "novelty.excess": "how many more new and plausible rows than among other real people",
    "plausibility.detectable": "the smallest excess that would have been seen",
    "coverage.detectable": "the smallest share of people whose absence would show",
    "fidelity.detectable": "the smallest difference that would have been seen",
    "structure.detectable": "the smallest loss of structure that would have been seen",
    "shape.detectable": "the smallest shift that would have been seen",
    "marginal.similarity": "likeness of one column to the real one",
    "marginal.mean": "likeness of the columns, one by one",
    "pair.mean": "likeness of the pairs of columns",
    "pair.worst": "the pair that falls behind most",
    "triple.mean": "likeness of the triples of columns",
    "triple.kept": "share of what holds between three columns that is kept",
    "association.kept": "share of the columns' relations that is kept",
    "association.shift": "mean change of the relations between columns",
    "tail.shift": "change beyond the real 1% and 99% quantiles",
    "mass.shift": "change of the share of a value that many have",
    "missing.similarity": "likeness of what is missing",
    "calendar.similarity": "likeness of months, weekdays and hours",
    "discriminator.auc": "how well a classifier tells synthetic from real rows (0.5 is not at all)",
    "tstr.auc": "AUC on gold of a model that learnt from synthetic rows alone",
    "trtr.auc": "AUC on gold of a model that learnt from real rows",
    "tstr.ratio": "AUC of a model of synthetic rows over that of a model of real rows",
    "slice.fall": "by how much the loss on gold falls with the rows at the most that they may weigh, beyond a null",
    "release.fall": "by how much the loss on gold falls with the rows as they are released, beyond a null",
    "loss.real": "loss on gold of a tuned model of real rows alone",
    "fall.weighted": "by how much the loss on gold falls with the rows at the most that they may weigh",
    "fall.blend": "by how much the loss on gold falls with the rows as they are released",
    "confidence.over": "how much surer the model is than it is right",
    "confidence.over_change": "how much surer the rows make it",
    "confidence.ece": "calibration error",
    "confidence.ece_change": "how much the rows add to the calibration error",
    "confidence.brier": "Brier score",
    "confidence.brier_change": "how much the rows add to the Brier score",
    "confidence.coverage_change": "how the rows change the coverage of intervals",
    "bias.gap": "by how much the gap between groups widens",
    "bias.opportunity_change": "by how much groups drift apart in being found when they should be",
    "bias.odds_change": "by how much groups drift apart in errors of both kinds",
    "bias.calibration_change": "by how much groups drift apart in what a probability means",
    "bias.share": "share of a group over its share among real people of the same slices",
    "bias.outcome": "how much commoner the outcome is in a group than among real people",
    "copies.share": "share of candidates that equal a real row",
    "copies.excess": "how many more copies of real rows than other real people would give",
    "copies.near": "near copies of members beyond those of other people",
    "copies.p": "chance of so many copies, were members no likelier than others",
    "copies.detectable": "the smallest share of copies that would have been seen",
    "attack.advantage": "what one attacker gains at guessing who was in the data (0 is nothing)",
    "membership.auc": "how well five attacks together tell members from others (0.5 is not at all)",
    "membership.p_top": "chance of so many members among those taken for members first",
    "membership.p_rank": "chance of such a ranking, were members ranked like others",
    "membership.epsilon": "a lower bound of what the attacks prove about privacy loss",
    "membership.tpr_at_1pct": "members found while one in 100 others is taken for one",
    "membership.tpr_at_01pct": "members found while one in 1,000 others is taken for one",
    "membership.attack": "how well one attack tells members from others",
    "membership.detectable": "the smallest leak that would have been seen",
    "values.fewest_people": "the fewest people behind a value",
    "ends.fewest_people": "the fewest people behind an end of a range",
    "values.p": "chance of so many values that only one person has",
    "risk.singling_out": "guesses that single out one member, beyond a control",
    "risk.linkability": "halves of a person that are linked, beyond a control",
    "risk.inference": "secrets of members that are guessed, beyond a control",
    "attempts": "how often a verdict was asked for on the same fit or people",
    "dp.epsilon": "epsilon that the synthesizer claims",
    "dp.delta": "delta that the synthesizer claims",
    "drift.distance": "how far a column moved",
}


def measure(metric: str) -> str:
    """A measurement in words; its own name where there are none."""
    return MEASURES.get(metric, metric)


def verdict(gate: GateResult) -> str:
    """A verdict in a word or two."""
    if gate.waiver:
        return "waived"
    return {FAIL: "failed", INCONCLUSIVE: "cannot be told"}.get(gate.outcome, "held")


BOUNDS = {"value": "", "low": "lower end ", "high": "upper end ", "surely": "surely "}
"""What of an interval a limit is held against."""


def limit(gate: GateResult, metric: str) -> str:
    """A limit without the metric's name: `surely at least 0.97`."""
    if not metric:
        return gate.limit
    bound, _, rest = gate.limit.removeprefix(f"{metric} ").partition(" ")
    return f"{BOUNDS.get(bound, f'{bound} ')}{rest}"


def change(value: float | None) -> str:
    """A change with its sign and four decimals.

    Example:
        >>> change(-0.000971), change(7e-6)
        ('-0.0010', '+0.0000')
    """
    return number(value) if value is None or math.isnan(value) else f"{value:+.4f}"


def number(value: float | None) -> str:
    """A figure in three digits; a dash where there is none.

    Example:
        >>> number(0.35476), number(8776), number(None)
        ('0.355', '8,776', '–')
    """
    if value is None or math.isnan(value):
        return "–"
    rounded = float(f"{value:.3g}")
    if rounded == 0:
        return "0"
    return f"{value:,.0f}" if abs(rounded) >= 1000 else f"{rounded:.3g}" if abs(rounded) >= 1e-4 else f"{rounded:.1e}"


def span(value: float | None, low: float | None, high: float | None) -> str:
    """A figure with its interval."""
    if low is None or high is None or low == high:
        return number(value)
    return f"{number(value)} ({number(low)} to {number(high)})"


def counted(count: int, noun: str) -> str:
    """A count with its noun.

    Example:
        >>> counted(1, "warning"), counted(2, "warning")
        ('1 warning', '2 warnings')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
