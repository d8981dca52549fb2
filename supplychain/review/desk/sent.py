"""What pages send, as records of the log."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException

from supplychain.review.journal import Record
from supplychain.review.people import REVIEWER
from supplychain.review.standing import ANSWERS, REJECT, SKIP

if TYPE_CHECKING:
    from supplychain.review.files import Docket
    from supplychain.review.people import Person

MOST_SECONDS = 600.0
"""Whoever looks longer at one record is having coffee."""
MOST_TEXT = 500


SUPERSEDED = (
    "This is about a lot that is superseded: other rows have been made since, and this was not taken. "
    "Go back to the desk: it shows what waits now."
)


def require_lot(under: Docket, given: dict[str, Any]) -> None:
    """Refuse what a page of another lot sent: records of all lots have the same names.

    Raises:
        HTTPException: It names another lot, or none.
    """
    if given.get("lot") != under.lot.content:
        raise HTTPException(410, SUPERSEDED)


def record_of(under: Docket, person: Person, event: dict[str, Any], role: str = REVIEWER) -> Record:
    """An event that a page sent, as a record of the log.

    Raises:
        HTTPException: It is about another lot, about no record of this one, or no answer.
    """
    require_lot(under, event)
    kind = str(event.get("type") or "decision")
    item = under.lot.by_id.get(str(event.get("item")))
    answer, reason = str(event.get("answer") or ""), str(event.get("reason") or "")
    if item is None or kind not in ("decision", "undo", "flag", "adjudicate"):
        raise HTTPException(400, "There is no such record in this lot. Load the page again.")
    if kind in ("decision", "adjudicate") and (answer not in ANSWERS or (answer == SKIP and kind == "adjudicate")):
        raise HTTPException(400, "An answer is accept, reject or skip.")
    if answer == REJECT and reason not in under.lot.reasons:
        raise HTTPException(400, "A record is rejected with one of the reasons.")
    given = event.get("fields")
    marked = given if isinstance(given, list) else []
    names = {each.name for each in under.lot.fields}
    return Record(
        kind,
        under.lot.content,
        item.id,
        item.content,
        person.name,
        role,
        answer if kind != "flag" else "",
        reason if answer == REJECT else "",
        " ".join(str(event.get("note") or "").split())[:MOST_TEXT],
        tuple(str(name) for name in marked if name in names),
        seconds=within(number(event.get("seconds"))),
        key=f"{person.name} {event['key']}" if event.get("key") else "",
    )


def since(shown: object) -> float:
    """Seconds since a form was shown, by the time that it carries; 0 where it carries none."""
    begun = number(shown)
    return within(time.time() - begun) if begun else 0.0


def within(seconds: float) -> float:
    """A time to look at one record, as it is believed."""
    return round(min(max(seconds, 0.0), MOST_SECONDS), 2)


def number(value: object) -> float:
    """The number in a text; 0 where there is none."""
    try:
        found = float(str(value))
    except ValueError:
        return 0.0
    return found if found == found else 0.0  # noqa: PLR0124  (NaN is not itself)
