"""What a slice lacks, because the remedy differs: rows, signal, recent rows, or doubt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from supplychain.define.estimates import Mean

TOO_FEW = 30
"""Rows below which a slice's error is not told from chance."""
MENDED = 0.25
"""Recalibration names a gap where it removes this share of the excess loss: doubt that comes of noise alone gives
less."""


@dataclass(frozen=True)
class Facts:
    """What is known of a slice.

    Attributes:
        rows: Rows of train and tune in it.
        loss: The loss in it.
        worse: Its loss less that of all other rows; None where there are none.
        overconfidence: Mean highest probability less accuracy; None for a quantity.
        surer: That, less the same of all other rows.
        shift: The fall of loss that this window's own rows bring over rows of earlier windows; None without those.
        gain: The expected fall of loss when the rows double.
        mended: The fall of loss that recalibration brings; None where that cannot be told.
        confirmed: Whether the finder confirmed it as a gap.
    """

    rows: int
    loss: Mean
    worse: Mean | None = None
    overconfidence: Mean | None = None
    surer: Mean | None = None
    shift: Mean | None = None
    gain: Mean | None = None
    mended: Mean | None = None
    confirmed: bool = False


@dataclass(frozen=True)
class Limits:
    """What matters: an excess loss, in the units of the loss, its share of the overall loss, and an overconfidence."""

    loss: float
    share: float
    overconfidence: float


@dataclass(frozen=True)
class Finding:
    """What is said of a slice: `gap`, `fine` or `too few`; a gap's kind; and what to do, in words."""

    verdict: str
    kind: str | None
    remedy: str


def judged(facts: Facts, limits: Limits) -> Finding:
    """The verdict on a slice, the kind of its gap and the remedy.

    Kinds, first come first named: no rows to speak of are missing; where earlier rows mislead, it shifted; then the
    remedy that takes more off the loss, recalibration or rows; and where neither helps, it is noisy.
    """
    if facts.rows < TOO_FEW:
        return _thin(facts.rows)
    worse = _matters(facts.worse, limits.loss)
    shifted = _matters(facts.shift, limits.loss)
    too_sure = _matters(facts.overconfidence, limits.overconfidence) and (
        facts.surer is None or facts.surer.surely_positive
    )
    if not (worse or shifted or too_sure or facts.confirmed):
        return _no_gap(facts, limits)
    if shifted:
        return Finding("gap", "shifted", "Earlier windows mislead here: train on rows of this window, let old ones go.")
    excess = max(facts.worse.value if facts.worse else 0.0, limits.loss)
    rows_take = facts.gain.value if _matters(facts.gain, limits.share * excess) and facts.gain else 0.0
    doubt_takes = facts.mended.value if _matters(facts.mended, MENDED * excess) and facts.mended else 0.0
    if too_sure and (doubt_takes > rows_take or not (worse or rows_take)):
        assert facts.overconfidence is not None
        return Finding(
            "gap",
            "overconfident",
            f"The model is surer than right by {facts.overconfidence.value:.2f}: recalibrate it here.",
        )
    if rows_take:
        return Finding(
            "gap",
            "missing",
            f"Rows help: twice as many are expected to take {rows_take:.2g} off a loss of {facts.loss.value:.2g}.",
        )
    return Finding("gap", "noisy", _of_noise(facts, limits.share * excess, doubt_takes))


def _of_noise(facts: Facts, worth: float, doubt_takes: float) -> str:
    """What is left to do where rows are not seen to help."""
    if doubt_takes:
        return f"More rows will not help; recalibration here takes {doubt_takes:.2g} off, another model may take more."
    most = facts.gain.limits[1] if facts.gain else None
    if most is None or most >= worth:
        return "More rows are not seen to help, but these are too few to be sure: measure something more of them."
    return "More rows of the same will not help: measure something more of these rows, or accept the error."


def _matters(mean: Mean | None, least: float) -> bool:
    """Whether something is surely above 0, and large enough."""
    return mean is not None and mean.surely_positive and mean.value >= least


def _thin(rows: int) -> Finding:
    """A slice with next to no rows lacks rows, whatever its loss."""
    if not rows:
        return Finding("too few", None, "No row of this window lies here: collect some, if it can have any.")
    return Finding("gap", "missing", f"Too few rows to measure ({rows}): collect at least {TOO_FEW}.")


def _no_gap(facts: Facts, limits: Limits) -> Finding:
    if facts.worse is not None and facts.worse.value >= limits.loss:
        return Finding("too few", None, "It looks worse than elsewhere, and may be so by chance: more rows would tell.")
    return Finding("fine", None, "Nothing to do.")
