"""What a review will ask for, before a lot is frozen: the same draw, of the same rows, says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplychain.errors import BadInput
from supplychain.review.acceptance import RESERVE, Limits, Plan, producers_risk, single_plan, still_possible, zero_plan
from supplychain.review.drawing import draw
from supplychain.schema import Schema

if TYPE_CHECKING:
    from supplychain.chain import Chain
    from supplychain.review.slicing import SliceDraw
    from supplychain.reviewing import Review

MANY = 10**6
"""Rows of a slice that is large: its plan asks for no more, however large it is."""


@dataclass(frozen=True)
class ForeseenSlice:
    """A slice that must not fail.

    Attributes:
        name: The slice.
        plan: Its plan; None where no row of it was accepted, or nothing was accepted yet.
        wants: Rows that the plan of a large slice looks at.
        producers_risk: The chance that a slice with `aql` defects is rejected.
        most: Rows that it looks at where reviewers find just enough planted defects for their session to count.
        possible: Sensitivity to the largest defect rate that no rejected row leaves possible in the end.
    """

    name: str
    plan: Plan | None
    wants: int
    producers_risk: float
    most: int
    possible: dict[float, float]


@dataclass(frozen=True)
class Foreseen:
    """What will be judged.

    Attributes:
        rows: Accepted rows; those that are wanted where none was accepted yet.
        is_known: Whether they have been accepted.
        plan: The window's plan.
        limits: The risks that it keeps.
        beside: Rows of slices that the window's plan does not show anyway.
        targeted: Targeted rows.
        slices: The slices with plans of their own.
    """

    rows: int
    is_known: bool
    plan: Plan
    limits: Limits
    beside: int
    targeted: int
    slices: tuple[ForeseenSlice, ...]

    @property
    def records(self) -> int:
        """Records that are judged, without the seeded ones."""
        return self.plan.n + self.beside + self.targeted


def foresee(chain: Chain, window: str) -> Foreseen:
    """What a lot of the window's rows will hold: exactly, where rows have been accepted.

    Raises:
        BadInput: The product asks for no review.
    """
    product, review = chain.product, chain.product.review
    if review is None:
        raise BadInput("asks for no review", where=product.file, place="review", remedy="write `review: {}`")
    limits = Limits(review.plan.aql, review.plan.ltpd, review.plan.alpha, review.plan.beta)
    found = [chain.ledger.find(product.name, asset, window) for asset in ("accepted", "real")]
    if not all(found):
        rows = sum(product.levers.coverage.rows.values()) or 10_000
        plan = single_plan(rows, limits)
        slices = tuple(_slice(name, None, limits, review) for name in review.slices)
        return Foreseen(rows, False, plan, limits, 0, min(review.targeted, rows - plan.n), slices)
    accepted, real = (chain.store.read_table(each[1].table) for each in found if each)
    drawn = draw(chain, review, window, accepted, Schema.of(real))
    draws = {each.name: each for each in drawn.slices}
    return Foreseen(
        accepted.height,
        True,
        drawn.plan,
        limits,
        len(drawn.chosen) - drawn.plan.n,
        drawn.targeted(review.targeted),
        tuple(_slice(name, draws.get(name), limits, review) for name in review.slices),
    )


def _slice(name: str, drawn: SliceDraw | None, limits: Limits, review: Review) -> ForeseenSlice:
    large, least = zero_plan(MANY, limits), review.sensitivity
    own = drawn.plan if drawn else large
    most = len(drawn.places) if drawn else min(zero_plan(MANY, limits, least).n, RESERVE * large.n)
    in_the_end = {1.0: own, least: Plan(own.lot, most, 0)}
    possible = {share: still_possible(plan, limits, share) for share, plan in in_the_end.items()}
    return ForeseenSlice(name, drawn.plan if drawn else None, large.n, producers_risk(own, limits), most, possible)
