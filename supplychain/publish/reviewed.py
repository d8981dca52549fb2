"""Whether people have reviewed what a release holds: what they said of a window, and of which nobody was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplychain.errors import GateRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from supplychain.ledger import Commit, GateResult
    from supplychain.product import Product

SUITE, VERDICT = "review", "verdict"
"""The suite and the rule under which people's verdict stands in the log."""


def said_by_people(
    product: Product, commits: Sequence[Commit], window: str, accepted: str, *, carried: bool
) -> list[GateResult]:
    """What people said of a window's accepted rows; nothing where the product asks nobody.

    Of a window that is carried over from the last release the newest verdict that is final counts: what people are
    asked anew, after another setting of `review`, does not take back what they said.

    Raises:
        GateRefused: Nobody has said anything, of the window that is published, or where `levers.risk` asks for it.
    """
    if product.review is None:  # a verdict of a time when it had a review says nothing now
        return []
    for commit in reversed(commits):
        said = [gate for gate in commit.gates if gate.suite == SUITE and gate.content == accepted]
        if said and not (carried and not commit.output("review").notes.get("final", True)):
            return said
    if carried and not product.requires_review:
        return []
    why = "levers.risk wants every window reviewed" if carried else "its rows were blended before"
    raise GateRefused(
        f"product {product.name}: window {window}: people have not reviewed its rows, and {why}; nothing is published: "
        f"run `supplychain run {product.name} --window {window}`, and have it reviewed"
    )


def is_reviewed(gates: Sequence[GateResult]) -> bool:
    """Whether people have accepted the rows that these verdicts are about."""
    return any(gate.suite == SUITE and gate.rule == VERDICT and gate.passed for gate in gates)


def words(gates: Sequence[GateResult], *, external: bool) -> str:
    """One sentence on a window, for a product that asks people."""
    said = next((gate for gate in gates if gate.suite == SUITE and gate.rule == VERDICT), None)
    if said is None:
        return "Not reviewed by people: it was released before the product asked for a review, and is carried over."
    return "Reviewed by people." if external else f"Reviewed by people: {said.observed}."
