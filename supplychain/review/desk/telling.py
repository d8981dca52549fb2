"""The blind test: real or synthetic? Of role real-viewer alone, and no word on the answers before the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from supplychain.review.blind import REAL, SURE, SYNTHETIC, blind_results
from supplychain.review.desk.pages import card_context, told_words
from supplychain.review.desk.safety import form, form_token, known
from supplychain.review.desk.sent import SUPERSEDED, number, since
from supplychain.review.journal import Record
from supplychain.review.people import REAL_VIEWER

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from supplychain.review.blind import BlindTest
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
        test = under.blind
        if request.method == "POST":
            given = await form(request, person)
            if given.get("test") != test.content:
                raise HTTPException(410, SUPERSEDED)
            under.blind_journal.append([_answer(under, test, person, given)])
            return RedirectResponse(f"/w/{window}/blind", 303)
        records = under.blind_journal.read()
        told = {record.item for record in records if record.type == "told" and record.reviewer == person.name}
        left = next((name for name in test.rows if name not in told), None)
        item = test.item(left) if left else None
        if item:
            under.blind_journal.append([_record(under, person, item, "opened")])
        csrf = form_token(person, request)
        results = {} if item else blind_results(test, records)
        return self._shared.page(
            "blind.html",
            person=person,
            window=window,
            card=card_context(under.lot, item, f"/w/{window}", csrf, marks=False) if item else None,
            done=len(told),
            of=len(test.rows),
            results=results,
            words=told_words(results["all"], test.margin) if results else "",
            margin=test.margin,
            test=test.content,
        )


def _answer(under: Docket, test: BlindTest, person: Person, given: dict[str, Any]) -> Record:
    name, guess, sure = given.get("item"), given.get("answer"), int(number(given.get("confidence")))
    if name not in test.rows or guess not in (REAL, SYNTHETIC):
        raise HTTPException(400, "Say real or synthetic.")
    if sure not in SURE:
        raise HTTPException(400, "Say how sure you are, from 1 to 4.")
    return _record(
        under, person, test.item(name), "told", answer=guess, confidence=sure, seconds=since(given.get("shown"))
    )


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
