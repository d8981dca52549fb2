"""From what is known of a slice to what to do about it: one proposal, or none; the first reason that holds.

Harm comes first, since it is measured; then doubt, then drift, then gaps that rows close.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplychain.learning import CURED_BY_ROWS
from supplychain.rebalance import BRIER, FEWER, LOSS, MORE, RECALIBRATE, REFRESH, RELABEL, RETIRE

if TYPE_CHECKING:
    from supplychain.levers import Levers
    from supplychain.monitor.facts import Facts, Interval

HALF = 2
UNSTATED = "; what that gains is not known before it is done"


@dataclass(frozen=True)
class Proposal:
    """What to do about a slice.

    Attributes:
        slice: The slice.
        predicate: Its predicate.
        proposal: See `supplychain.rebalance`.
        rows: Rows that it is about.
        from_window: The window that real rows are to come from; empty else.
        gain: The fall of the loss or of the Brier score that is expected, with limits; None where nobody knows.
        gain_in: Which of the two.
        price: Money for it, with limits; None where no price is known.
        why: The reason, for a person.
    """

    slice: str
    predicate: str
    proposal: str
    rows: int
    from_window: str
    gain: Interval | None
    gain_in: str
    price: Interval | None
    why: str


def propose(facts: Facts, levers: Levers, window: str, *, released: bool) -> Proposal | None:
    """The proposal for a slice, or None where it is well.

    Args:
        facts: What is known of it.
        levers: The product's levers: how many synthetic rows the risk lever allows for each real one, and their lot.
        window: The window that is looked at.
        released: Whether the newest release holds the window's rows as they are now.
    """
    return _harm(facts) or _doubt(facts) or _drift(facts, window, released=released) or _rows(facts, levers)


def _harm(facts: Facts) -> Proposal | None:
    """Rows that surely made the loss on gold larger; rows that surely made a model surer than it is right."""
    released, trusted = "as they weigh in the release", "at the most that they may weigh"
    for fall, weighed in ((facts.fall, released), (facts.trusted, trusted)):
        if facts.planned and fall and fall[2] < 0:
            value, low, high = fall
            why = f"its synthetic rows, {weighed}, raised the loss on gold by {-value:.4f} ({-high:.4f} to {-low:.4f})"
            return _made(facts, RETIRE, 0, (-value, -high, -low), LOSS, (0.0, 0.0, 0.0), why)
    if facts.planned and facts.over_change and facts.over_change[1] > 0:
        value, low, high = facts.over_change
        why = f"its synthetic rows made the model surer than right on gold by {value:.3f} ({low:.3f} to {high:.3f})"
        return _made(facts, FEWER, facts.planned // HALF, None, BRIER, (0.0, 0.0, 0.0), why + UNSTATED)
    return None


def _doubt(facts: Facts) -> Proposal | None:
    """Overconfidence in the wild: fewer synthetic rows where it comes from their regions, else recalibration."""
    if facts.over is None or facts.over[1] <= 0:
        return None
    value, low, high = facts.over
    said = f"the model is surer than right in the wild by {value:.3f} ({low:.3f} to {high:.3f})"
    from_synthetic = facts.over_synthetic
    if facts.planned and from_synthetic and from_synthetic[1] > 0 and from_synthetic[0] > value / 2:
        why = f"{said}, {from_synthetic[0]:.3f} of it in regions trained mostly on synthetic rows"
        return _made(facts, FEWER, facts.planned // HALF, _squared(from_synthetic), BRIER, (0.0, 0.0, 0.0), why)
    return _made(facts, RECALIBRATE, 0, _squared(facts.over), BRIER, None, said)


def _drift(facts: Facts, window: str, *, released: bool) -> Proposal | None:
    """Other people, or another outcome at equal features: real rows of this window; or labels to look at anew."""
    if not facts.moved:
        return None
    gain = _squared(facts.concept) if facts.concept else None
    stated = "" if gain else UNSTATED
    if facts.concept and not facts.features_moved and facts.kind == "noisy":
        why = f"{facts.moved}; the people are as before and the outcome is noisy here: see whether its labels are right"
        return _made(facts, RELABEL, facts.real_rows, gain, BRIER, None, why)
    if not released and facts.real_rows:
        why = f"{facts.moved}; {facts.real_rows:,} real rows of window {window} are here and in no release{stated}"
        return _made(facts, REFRESH, facts.real_rows, gain, BRIER, (0.0, 0.0, 0.0), why, window)
    if facts.concept:
        why = f"{facts.moved}; the release holds this window: older windows tell another outcome, let them go"
        return _made(facts, RETIRE if facts.kind == "shifted" else RECALIBRATE, 0, gain, BRIER, None, why)
    return None


def _rows(facts: Facts, levers: Levers) -> Proposal | None:
    """A gap that rows close and that is still there: more synthetic rows where they helped, real ones where not."""
    if facts.kind not in CURED_BY_ROWS or not facts.fall:
        return None
    value, low, high = facts.fall
    if facts.planned and low > 0:
        most = int(levers.risk.synthetic_per_real * facts.real_rows)
        rows = min(2 * facts.planned, most)
        if rows > facts.planned:
            why = f"still a gap ({facts.kind}), and its synthetic rows lowered the loss on gold by {value:.4f} "
            why += f"({low:.4f} to {high:.4f})"
            more = rows - facts.planned
            price = None if facts.price is None else (facts.price * more,) * 3
            return _made(facts, MORE, rows, _of_more(facts, rows), LOSS, price, why)
    if facts.planned and low <= 0:
        rows = facts.measured_rows
        why = f"still a gap ({facts.kind}); its synthetic rows did not surely lower the loss on gold: {value:.4f} "
        why += f"({low:.4f} to {high:.4f})"
        money = facts.real_price
        price = None if money is None else (money[0] * rows, money[1] * rows, money[2] * rows)
        return _made(facts, REFRESH, rows, _of_real(facts, rows), LOSS, price, why)
    return None


def _of_more(facts: Facts, rows: int) -> Interval | None:
    """The further fall of the loss by the learning curve and what a synthetic row was worth; None where unmeasured."""
    if facts.curve is None or facts.exchange is None:
        return None
    value, low, high = (
        facts.curve.loss(facts.measured_rows + max(rate, 0.0) * facts.planned)
        - facts.curve.loss(facts.measured_rows + max(rate, 0.0) * rows)
        for rate in facts.exchange
    )
    return value, min(low, value), max(high, value)


def _of_real(facts: Facts, rows: int) -> Interval | None:
    """The fall of the loss by as many real rows again: of the curve, of which nothing or twice as much may be true."""
    if facts.curve is None:
        return None
    fall = facts.curve.loss(facts.measured_rows) - facts.curve.loss(facts.measured_rows + rows)
    return fall, 0.0, 2 * fall


def _squared(of: Interval) -> Interval:
    """What the Brier score falls by where a constant error of the probability is taken off: its square."""
    value, low, high = of
    return value**2, max(low, 0.0) ** 2, high**2


def _made(
    facts: Facts,
    proposal: str,
    rows: int,
    gain: Interval | None,
    gain_in: str,
    price: Interval | None,
    why: str,
    from_window: str = "",
) -> Proposal:
    return Proposal(facts.slice, facts.predicate, proposal, rows, from_window, gain, gain_in, price, why)
