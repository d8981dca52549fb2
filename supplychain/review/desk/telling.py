"""The blind test: real or synthetic? Of role real-viewer alone, and no word on the answers before the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from supplychain.review.blind import REAL, SURE, SYNTHETIC, blind_results
from supplychain.review.desk.pages import card_context
from supplychain.review.desk.safety import form, form_token, known
from supplychain.review.desk.sent import number, since
from supplychain.review.journal import Record
from supplychain.review.people import REAL_VIEWER

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from supplychain.review.desk.shared import Shared
    from supplychain.review.files import Docket
    from supplychain.review.lot import Item
    from supplychain.review.people import Person


class Telling:
    """The page of somebody who says which records are real people's."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    async def blind(self, request: Request) -> Response:
        """The next record, or how it went when all are done. A record is in the log before it is shown."""
        person = known(self._shared.people, request, REAL_VIEWER)
        under, window = self._shared.docket(request)
        if under.blind is None:
            raise HTTPException(404, "This product does not allow the blind test: its file has no review.blind.")
        margin, items = under.blind
        if request.method == "POST":
            answer = _answer(under, person, items, await form(request, person))
            under.blind_journal.append([answer])
            return RedirectResponse(f"/w/{window}/blind", 303)
        records = under.blind_journal.read()
        told = {record.item for record in records if record.type == "told" and record.reviewer == person.name}
        left = [item for name, item in items.items() if name not in told]
        if left:
            under.blind_journal.append([_record(under, person, left[0], "opened")])
        card = card_context(under.lot, left[0], f"/w/{window}", form_token(person, request)) if left else None
        return self._shared.page(
            "blind.html",
            person=person,
            window=window,
            card=card,
            done=len(told),
            of=len(items),
            results={} if left else blind_results(items, records, margin),
            margin=margin,
        )


def _answer(under: Docket, person: Person, items: dict[str, Item], given: dict[str, Any]) -> Record:
    item, guess, sure = items.get(given.get("item", "")), given.get("answer"), int(number(given.get("confidence")))
    if item is None or guess not in (REAL, SYNTHETIC):
        raise HTTPException(400, "Say real or synthetic.")
    if sure not in SURE:
        raise HTTPException(400, "Say how sure you are, from 1 to 4.")
    return _record(under, person, item, "told", answer=guess, confidence=sure, seconds=since(given.get("shown")))


def _record(under: Docket, person: Person, item: Item, kind: str, **said: Any) -> Record:  # noqa: ANN401
    """What was shown to whom, or told by whom; each counts once, and names the row and what it was."""
    return Record(
        kind,
        under.lot.content,
        item.id,
        item.content,
        person.name,
        REAL_VIEWER,
        note=f"shown: {item.truth}",
        key=f"{kind} {person.name} {item.id}",
        **said,
    )
