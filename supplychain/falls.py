"""By how much synthetic rows lowered the loss on gold: which rows of evidence say so, and of which weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supplychain.ledger import Evidence

TRUSTED = "slice.fall"
"""Each row at the most that the lever allows, beyond a null of the same weights: what rows do where one trusts them."""
RELEASED = "release.fall"
"""Each row at the weight that was measured for it, beyond a null of the same weights: what the release taught."""


def falls_of(evidence: Iterable[Evidence]) -> dict[str, Evidence]:
    """Slice to the fall by what was released; before it was measured, by rows at the lever's weight."""
    found: dict[str, Evidence] = {}
    for row in evidence:
        known = found.get(row.scope)
        if row.metric == RELEASED or (row.metric == TRUSTED and (known is None or known.metric == TRUSTED)):
            found[row.scope] = row
    return found
