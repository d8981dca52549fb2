"""`review plan` and `review status`: what will be judged, and how far that has come."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from supplychain.cli.output import AsJson, put_json, put_table, say
from supplychain.cli.review.windows import InWindow, Named, chain_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supplychain.review.files import Docket
    from supplychain.review.foreseen import Foreseen, ForeseenSlice
    from supplychain.review.verdict import Verdict

RATES = (0.0, 0.01, 0.02, 0.03, 0.05, 0.08)
PACE = 8.0
"""Seconds that a record takes, before any has been judged."""


def plan(product: Named, window: InWindow = None, json: AsJson = False) -> None:
    """Say how many rows will be judged, why so many, and which risks that keeps; nothing is frozen by it."""
    from supplychain.review.acceptance import operating_curve
    from supplychain.review.foreseen import foresee

    chain = chain_of(product)
    name = chain.product.check_window(window or chain.product.windows[0])
    will = foresee(chain, name)
    review = chain.product.review
    assert review is not None, "foresee refuses a product without a review"
    second = round(review.second * will.records) + will.beside  # rows of slices are judged by two
    seconds = (will.records + second + 2 * (review.defects + review.good)) * PACE
    curve = dict(zip(RATES, operating_curve(will.plan, list(RATES)), strict=True))
    if json:
        put_json(
            {
                **asdict(will.plan),
                **asdict(will.limits),
                "targeted": will.targeted,
                "beside": will.beside,
                "seeded": review.defects + review.good,
                "mode": review.plan.mode,
                "minutes": seconds / 60,
                "accepts": curve,
                "slices": [asdict(each) for each in will.slices],
                "accepted": will.is_known,
            }
        )
        return
    drawn, limits = will.plan, will.limits
    say(
        f"{product}, window {name}: {drawn.n} of {will.rows:,} rows, drawn by chance; accepted with up to {drawn.c} "
        "defects",
        style="bold",
    )
    if not will.is_known:
        say(f"  no row is accepted yet: the figures are those of {will.rows:,}", style="dim")
    say(f"  good up to {limits.aql:.1%} defects, bad from {limits.ltpd:.1%}; the size hardly depends on the window's")
    fewer = f" ({review.targeted} are wanted, no more are left)" if will.targeted < review.targeted else ""
    measured = review.defects + review.good
    say(f"  beside them {will.targeted} suspect rows{fewer}, and {measured} that measure each reviewer")
    for each in will.slices:
        for line in _slice_lines(each, will):
            say(line)
    say(f"  a second reviewer on {review.second:.0%}; about {seconds / 60:.0f} minutes in all, two reviewers together")
    put_table(
        {"defects in the window": f"{rate:.0%}", "chance to be accepted": f"{chance:.1%}"}
        for rate, chance in curve.items()
    )


def _slice_lines(each: ForeseenSlice, will: Foreseen) -> Iterator[str]:
    """What a slice's plan looks at, and what it cannot tell."""
    if will.is_known and each.plan is None:
        yield f"  slice {each.name}: no row of it is accepted, so that nobody looks at one and nothing is known of it"
        return
    if each.plan is None:
        yield f"  slice {each.name}: no defect among {each.wants} rows of it, or fewer where it is small"
    else:
        small = f"; {each.wants} of a large slice" if each.plan.n < each.wants else ""
        yield f"  slice {each.name}: no defect among {each.plan.n} of its {each.plan.lot:,} rows{small}"
    looked = each.plan.n if each.plan else each.wants
    if each.most > looked:
        yield f"    up to {each.most} where reviewers find fewer planted defects: {min(each.possible):.0%} at the least"
    if each.producers_risk:
        yield f"    with {will.limits.aql:.1%} of defects it is rejected with a chance of {each.producers_risk:.0%}"
    left = "; ".join(f"{rate:.1%} if they find {share:.0%} of defects" for share, rate in each.possible.items())
    yield f"    none rejected leaves defect rates possible (above {will.limits.beta:.0%}) up to: {left}"


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
