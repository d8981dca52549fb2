"""What the pages of the desk show, as plain values."""

from __future__ import annotations

import time
import uuid
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from supplychain.review.agreement import Figure
    from supplychain.review.lot import Field, Item, Lot
    from supplychain.review.rates import Telling
    from supplychain.review.slicing import SliceFound
    from supplychain.review.standing import Standing
    from supplychain.review.verdict import Verdict

WIDTH = 100
"""Of the little scale beside a number; the typical range is its middle half."""


def card_context(lot: Lot, item: Item, base: str, csrf: str, *, marks: bool = True) -> dict[str, Any]:
    """One record: its fields in groups, each with its value, unit, typical range and place on a scale.

    `marks` puts a box beside each field, to say that it is wrong.
    """
    groups = [
        {"title": title, "rows": [_row(field, item.values.get(field.name)) for field in fields]}
        for title, fields in groupby(lot.fields, key=lambda field: field.group)
    ]
    return {
        "id": item.id,
        "lot": lot.content,
        "groups": groups,
        "reasons": list(lot.reasons.items()),
        "base": base,
        "csrf": csrf,
        "marks": marks,
        "key": uuid.uuid4().hex,
        "shown": f"{time.time():.2f}",
    }


def _row(field: Field, value: str | None) -> dict[str, Any]:
    place, words = None, ""
    if value is not None and field.low is not None and field.high is not None:
        number, width = float(value), (field.high - field.low) or 1.0
        place = round(min(max(WIDTH / 4 + (number - field.low) / width * WIDTH / 2, 3), WIDTH - 3), 1)
        words = "below typical" if number < field.low else "above typical" if number > field.high else ""
    return {"field": field, "value": value, "place": place, "words": words}


TOLD = {
    "alike": "people's answers are surely within {margin:.0f} points of a coin's",
    "told apart": "people are surely right more often than a coin",
    "not known": "too few answers to say whether people do better than a coin, or surely no better",
}


def told_words(told: Telling, margin: float) -> str:
    """The blind test's verdict on everybody's answers, in one line."""
    return f"{told.verdict.capitalize()}: {TOLD[told.verdict].format(margin=100 * margin)}."


def progress(standing: Standing, name: str) -> dict[str, Any]:
    """How far a person has come, and how long the rest takes at the pace so far."""
    done, left = standing.done(name), len(standing.queue(name))
    own = standing.reviewers.get(name)
    seconds = own.seconds if own else 0.0
    pace = seconds / done if done else 8.0
    return {"done": done, "left": left, "minutes": round(seconds / 60), "minutes_left": round(left * pace / 60)}


def verdict_context(lot: Lot, found: Verdict) -> list[tuple[str, str, str]]:
    """The verdict's figures as lines: what, the figure with its interval, and what it is held against."""
    limits = lot.limits
    return [
        (
            "Rows drawn by chance, rejected",
            f"{found.called.count} of {found.called.n}",
            f"at most {max(found.plan.c, 0)} accept",
        ),
        *(
            (f"Slice {each.name}, rejected", f"{each.called.count} of {each.called.n}", _slice_words(lot, found, each))
            for each in found.slices
        ),
        (
            "Defect rate, corrected for the reviewers' errors",
            _percent(found.rate),
            f"good up to {limits.aql:.1%}, bad from {limits.ltpd:.1%}",
        ),
        (
            "Planted defects found",
            f"{found.sensitivity.count} of {found.sensitivity.n}",
            f"at least {lot.settings['sensitivity']:.0%} of each reviewer",
        ),
        (
            "Good rows let pass",
            f"{found.specificity.count} of {found.specificity.n}",
            f"at least {lot.settings['specificity']:.0%} of each reviewer",
        ),
        ("Agreement of two reviewers, raw", _percent(found.agreement.raw), f"on {found.agreement.n} rows"),
        ("Agreement, AC1", _plain(found.agreement.ac1), "1 is perfect, 0 is chance"),
        ("Agreement, kappa", _plain(found.agreement.kappa), "low where nearly all rows are good"),
        ("Chance of so few in a bad window", f"{found.if_bad:.1%}", f"at most {limits.beta:.0%} accepts"),
        ("Median time for a record", _paces(found), f"at least {lot.settings.get('least_seconds', 0.0):g} s"),
        ("Time in all", f"{found.seconds / 60:.0f} minutes", ""),
    ]


def _slice_words(lot: Lot, found: Verdict, each: SliceFound) -> str:
    """What a slice's plan says, and what it cannot say, given what reviewers miss."""
    limits, good = lot.limits, lot.limits.good(each.plan.lot)
    words = "one rejects the window"
    if good:
        words += f": {good} defects among its {each.plan.lot:,} rows do so with a chance of {each.producers_risk:.0%}"
    if each.fails or each.called.n < each.plan.n:
        return words
    share = found.sensitivity.share
    words += f"; of a bad slice reviewers who find {share:.0%} of defects see none with a chance of {each.if_bad:.0%}"
    if each.if_bad > limits.beta and each.plan.n == each.plan.lot:
        words += ", and there is no other row to look at"
    return f"{words}; up to {each.possible:.1%} of defects are still possible, with a chance above {limits.beta:.0%}"


def flagged(lot: Lot, found: Verdict) -> list[dict[str, Any]]:
    """The records for which somebody asked for another look, each as it was shown."""
    notes: dict[str, list[str]] = {}
    for record in found.flags:
        notes.setdefault(record.item, []).append(f"{record.reviewer}{f': {record.note}' if record.note else ''}")
    rejected = {item.id for item, _ in found.rejected}
    return [
        {
            "card": card_context(lot, lot.by_id[name], "", "", marks=False),
            "by": "; ".join(dict.fromkeys(said)),
            "rejected": name in rejected,
        }
        for name, said in notes.items()
    ]


def _paces(found: Verdict) -> str:
    """Each reviewer's median time a record, and who is too fast to have read."""
    timed = [each for each in found.reviewers if each.pace is not None]
    return ", ".join(f"{each.name} {each.pace:.1f} s{' (too fast to read)' if each.hasty else ''}" for each in timed)


def _percent(figure: Figure) -> str:
    if figure.value is None:
        return "not known"
    return f"{figure.value:.1%} [{figure.low or 0:.1%}, {figure.high or 0:.1%}]"


def _plain(figure: Figure) -> str:
    if figure.value is None:
        return "not known"
    return f"{figure.value:.2f}" if figure.low is None else f"{figure.value:.2f} [{figure.low:.2f}, {figure.high:.2f}]"
