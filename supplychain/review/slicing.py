"""Slices that must not fail: each has a plan of its own, on rows drawn by chance from it, that accepts no defect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplychain.review.acceptance import zero_plan
from supplychain.review.lot import SlicePlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from supplychain.product import Product
    from supplychain.review.acceptance import Limits


def slice_plans(
    product: Product, accepted: pl.DataFrame, order: Sequence[int], limits: Limits
) -> tuple[tuple[SlicePlan, ...], dict[int, tuple[str, ...]]]:
    """The plans of the slices under `review.slices`, and the rows that they look at, each with its slices.

    The first rows of a slice in an order drawn by chance are a sample of it drawn by chance: those that the window's
    plan shows anyway count for both.

    Args:
        product: The product.
        accepted: Accepted rows.
        order: Their places in the order in which they enter the window's plan.
        limits: Whose defect rate `ltpd` and risk `beta` each plan keeps.
    """
    plans, chosen = list[SlicePlan](), dict[int, tuple[str, ...]]()
    for name in product.review.slices if product.review else ():
        inside = product.slice_named(name).mask(accepted).to_numpy()
        places = [place for place in order if inside[place]]
        if places:
            plan = zero_plan(len(places), limits)
            plans.append(SlicePlan(name, plan))
            for place in places[: plan.n]:
                chosen[place] = (*chosen.get(place, ()), name)
    return tuple(plans), chosen
