"""What chance draws from a window's accepted rows: it is settled before anybody, or any look, chooses one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from supplychain import seeds
from supplychain.review.acceptance import Limits, single_plan
from supplychain.review.slicing import SliceDraw, of_slices, slice_draws

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from supplychain.chain import Chain
    from supplychain.review.acceptance import Plan
    from supplychain.reviewing import Review
    from supplychain.schema import Schema

LOOKED_AT = 20_000
"""Accepted rows that are looked through for suspects, drawn by chance where there are more."""


@dataclass(frozen=True)
class Draw:
    """The rows that chance draws, by their places among the accepted ones.

    Attributes:
        seed: The seed of every draw of the lot.
        rng: The stream, as it is after this draw.
        order: All places in the order in which rows enter a plan.
        limits: The risks that the plans keep.
        plan: The window's plan.
        slices: The draws from slices that must not fail.
    """

    seed: int
    rng: np.random.Generator
    order: NDArray[np.int64]
    limits: Limits
    plan: Plan
    slices: list[SliceDraw]

    @cached_property
    def of_slices(self) -> dict[int, tuple[str, ...]]:
        """The places that slices look at first, each with its slices."""
        return of_slices(self.slices)

    @property
    def chosen(self) -> set[int]:
        """The places that are shown by chance under the first plan."""
        return {*self.order[: self.plan.n].tolist(), *self.of_slices}

    @property
    def looked(self) -> NDArray[np.int64]:
        """The places that are looked through for suspects, in the table's order."""
        import numpy as np

        return np.sort(self.order[:LOOKED_AT])

    def targeted(self, wanted: int) -> int:
        """How many targeted rows there will be of those that are wanted: none is shown twice."""
        return min(wanted, len(set(self.looked.tolist()) - self.chosen))


def draw(chain: Chain, review: Review, window: str, accepted: pl.DataFrame, schema: Schema) -> Draw:
    """What chance draws from some accepted rows; the same from the same rows."""
    import numpy as np

    # The rows themselves are in the seed: who knows the product file does not know which rows will be drawn.
    purpose = f"review {accepted.select(schema.names).hash_rows(seed=0).sum()}"
    seed = seeds.integer(chain.seed(purpose, window=window))
    rng = np.random.default_rng(seed)
    limits = Limits(review.plan.aql, review.plan.ltpd, review.plan.alpha, review.plan.beta)
    order = rng.permutation(accepted.height)
    slices = slice_draws(chain.product, accepted, order.tolist(), limits)
    return Draw(seed, rng, order, limits, single_plan(accepted.height, limits), slices)
