"""`review plan` and `review status`: what will be judged, and how far that has come."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from supplychain.cli.output import AsJson, put_json, put_table, say
from supplychain.cli.review.windows import InWindow, Named, chain_of
from supplychain.errors import BadInput

if TYPE_CHECKING:
    from supplychain.review.files import Docket
    from supplychain.review.verdict import Verdict

RATES = (0.0, 0.01, 0.02, 0.03, 0.05, 0.08)
PACE = 8.0
"""Seconds that a record takes, before any has been judged."""


def plan(product: Named, window: InWindow = None, json: AsJson = False) -> None:
    """Say how many rows will be judged, why so many, and which risks that keeps; nothing is frozen by it."""
    from supplychain.review.acceptance import Limits, operating_curve, single_plan, zero_plan

    chain = chain_of(product)
    review, name = chain.product.review, window or chain.product.windows[0]
    if review is None:
        raise BadInput("asks for no review", where=chain.product.file, place="review", remedy="write `review: {}`")
    found = chain.ledger.find(product, "accepted", chain.product.check_window(name))
    rows = found[1].rows if found else sum(chain.product.levers.coverage.rows.values()) or 10_000
    limits = Limits(review.plan.aql, review.plan.ltpd, review.plan.alpha, review.plan.beta)
    drawn = single_plan(rows, limits)
    records = drawn.n + review.targeted
    seconds = (records * (1 + review.second) + 2 * (review.defects + review.good)) * PACE
    curve = dict(zip(RATES, operating_curve(drawn, list(RATES)), strict=True))
    if json:
        put_json(
            {
                **asdict(drawn),
                **asdict(limits),
                "targeted": review.targeted,
                "seeded": review.defects + review.good,
                "mode": review.plan.mode,
                "minutes": seconds / 60,
                "accepts": curve,
            }
        )
        return
    say(
        f"{product}, window {name}: {drawn.n} of {rows:,} rows, drawn by chance; accepted with up to {drawn.c} defects",
        style="bold",
    )
    say(f"  good up to {limits.aql:.1%} defects, bad from {limits.ltpd:.1%}; the size hardly depends on the window's")
    say(f"  beside them {review.targeted} suspect rows, and {review.defects + review.good} that measure each reviewer")
    for name in review.slices:
        say(f"  slice {name}: no defect among {zero_plan(10**6, limits).n} rows of it, or fewer where it is small")
    say(f"  a second reviewer on {review.second:.0%}; about {seconds / 60:.0f} minutes in all, two reviewers together")
    put_table(
        {"defects in the window": f"{rate:.0%}", "chance to be accepted": f"{chance:.1%}"}
        for rate, chance in curve.items()
    )


def status(product: Named, json: AsJson = False) -> None:
    """Say of each window under review how far it has come, and of older lots that they are superseded."""
    from supplychain.review.files import docket, set_aside, waiting

    chain = chain_of(product)
    rows = [_standing(name, docket(chain, name)) for name in waiting(chain)]
    older = {row["window"]: set_aside(chain, row["window"]) for row in rows}
    if json:
        put_json([{**row, "superseded": {lot[:16]: n for lot, n in older[row["window"]].items()}} for row in rows])
        return
    if not rows:
        say(f"Nothing of {product} is under review; a run stops at its review gate and freezes a lot.")
        return
    put_table(rows)
    for window, lots in older.items():
        for lot, answers in lots.items():
            say(f"window {window}: lot {lot[:16]} is superseded, its {answers} answers count for nothing", style="dim")


def _standing(window: str, under: Docket) -> dict[str, Any]:
    """How far the newest lot of a window has come; of one that is superseded, what has to come first."""
    from supplychain.review.files import SUPERSEDED
    from supplychain.review.verdict import verdict

    found = verdict(under.lot, under.journal.read())
    waits = "a run to its review gate, other rows were accepted since" if under.is_superseded else ""
    return {
        "window": window,
        "outcome": SUPERSEDED if under.is_superseded else found.outcome,
        "judged": found.judged,
        "of": found.wanted,
        "minutes": found.seconds / 60,
        "reviewers": ", ".join(each.name for each in found.reviewers),
        "seconds a record": paces(found),
        "flags": len({record.item for record in found.flags}),
        "waits for": waits or "; ".join(found.missing),
        "lot": under.lot.content[:16],
    }


def paces(found: Verdict) -> str:
    """Each reviewer's median seconds a record; an exclamation mark where nobody reads so fast."""
    timed = (each for each in found.reviewers if each.pace is not None)
    return ", ".join(f"{each.name} {each.pace:.1f}{'!' if each.hasty else ''}" for each in timed)
