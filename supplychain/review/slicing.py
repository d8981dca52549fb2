"""Slices that must not fail: each has a plan of its own, on rows drawn by chance from it, that accepts no defect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplychain.review.acceptance import RESERVE, Plan, none_called, producers_risk, still_possible, zero_plan
from supplychain.review.lot import SlicePlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from supplychain.product import Product
    from supplychain.review.acceptance import Limits
    from supplychain.review.rates import Tally


@dataclass(frozen=True)
class SliceDraw:
    """What chance draws from a slice.

    Attributes:
        name: The slice.
        plan: The rows to look at first.
        places: Places among the accepted rows: those of the plan, and then those in reserve, in their order.
    """

    name: str
    plan: Plan
    places: tuple[int, ...]

    @property
    def first(self) -> tuple[int, ...]:
        """The places that are looked at first."""
        return self.places[: self.plan.n]

    @property
    def reserve(self) -> tuple[int, ...]:
        """The places for reviewers who do not find every defect."""
        return self.places[self.plan.n :]


def slice_draws(product: Product, accepted: pl.DataFrame, order: Sequence[int], limits: Limits) -> list[SliceDraw]:
    """The plans of the slices under `review.slices`, and the rows that they look at.

    The first rows of a slice in an order drawn by chance are a sample of it drawn by chance: those that the window's
    plan shows anyway count for both. In reserve are as many more as reviewers need who find just enough planted
    defects for their session to count, or twice as many again as the plan has where that is less.

    Args:
        product: The product.
        accepted: Accepted rows.
        order: Their places in the order in which they enter the window's plan.
        limits: Whose defect rate `ltpd` and risk `beta` each plan keeps.
    """
    draws = []
    for name in product.review.slices if product.review else ():
        assert product.review is not None, "there are slices"
        inside = product.slice_named(name).mask(accepted).to_numpy()
        places = [place for place in order if inside[place]]
        if places:
            plan = zero_plan(len(places), limits)
            most = min(zero_plan(len(places), limits, product.review.sensitivity).n, RESERVE * plan.n)
            draws.append(SliceDraw(name, plan, tuple(places[:most])))
    return draws


def of_slices(draws: Sequence[SliceDraw]) -> dict[int, tuple[str, ...]]:
    """The places that are looked at first, each with the slices that it counts for."""
    found: dict[int, tuple[str, ...]] = {}
    for each in draws:
        for place in each.first:
            found[place] = (*found.get(place, ()), each.name)
    return found


@dataclass(frozen=True)
class SliceFound:
    """What people found in a slice that must not fail.

    Attributes:
        name: The slice.
        plan: The rows that its plan looks at now; none may be rejected.
        called: Rows that were rejected, of those that were decided.
        producers_risk: The chance that a slice with as many defects as are still good is rejected.
        if_bad: The chance that none would have been rejected of a bad one, given what reviewers find; it is at most
            `beta` in the end, unless every row of the slice was looked at.
        possible: The largest defect rate that no rejected row leaves possible, likewise.
        wanted: Rows that the plan needs with these reviewers, of those that are frozen.
    """

    name: str
    plan: Plan
    called: Tally
    producers_risk: float
    if_bad: float
    possible: float
    wanted: int

    @property
    def fails(self) -> bool:
        """Whether it rejects the window."""
        return self.called.count > 0

    @property
    def is_short(self) -> bool:
        """Whether more rows have to be looked at before no rejected one says enough."""
        return not self.fails and self.wanted > self.plan.n

    @property
    def words(self) -> str:
        """In one line: what was found, and what that cannot tell."""
        found = f"slice {self.name}: {self.called.count} of {self.called.n} rejected, none may be"
        if self.fails:
            return f"{found} (so is one that is just good with a chance of {self.producers_risk:.0%})"
        return f"{found}; up to {self.possible:.1%} of defects are still possible"


def slice_found(each: SlicePlan, n: int, called: Tally, limits: Limits, sensitivity: float) -> SliceFound:
    """What the answers to the first `n` rows of a slice say, by reviewers who find such a share of defects."""
    lot = each.plan.lot
    plan, frozen = Plan(lot, n, 0), each.plan.n + len(each.reserve)
    return SliceFound(
        each.name,
        plan,
        called,
        producers_risk(plan, limits),
        none_called(lot, limits.bad(lot), n, sensitivity),
        still_possible(plan, limits, sensitivity),
        min(zero_plan(lot, limits, sensitivity).n, frozen),
    )
