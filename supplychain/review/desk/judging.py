"""Judging: one record at a time, answers and undos, by forms or by a page with script."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse

from supplychain.review.desk.pages import card_context, progress
from supplychain.review.desk.rounds import AHEAD
from supplychain.review.desk.safety import form, form_token, json_body, known
from supplychain.review.desk.sent import record_of, require_lot, since
from supplychain.review.people import ADJUDICATOR, REVIEWER
from supplychain.review.standing import REJECT, Standing
from supplychain.review.verdict import advanced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from supplychain.review.desk.shared import Shared
    from supplychain.review.files import Docket
    from supplychain.review.people import Person


class Judging:
    """The pages of a reviewer."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    def _known(self, request: Request) -> Person:
        return known(self._shared.people, request, REVIEWER)

    async def review(self, request: Request) -> Response:
        """One record, as a form that works without script."""
        person = self._known(request)
        under, window = self._shared.docket(request)
        standing = Standing(under.lot, under.journal.read())
        wanted = request.query_params.get("item")
        items = self._shared.table.take(standing, person.name, (), AHEAD)
        item = under.lot.by_id.get(wanted or "") or (items[0] if items else None)
        if item is not None and item not in standing.items:
            item = None
        csrf = form_token(person, request)
        return self._shared.page(
            "review.html",
            person=person,
            window=window,
            csrf=csrf,
            lot=under.lot,
            progress=progress(standing, person.name),
            card=card_context(under.lot, item, f"/w/{window}", csrf) if item else None,
        )

    async def cards(self, request: Request) -> Response:
        """The next records, ready to show; those that the page has already are not sent again."""
        person = self._known(request)
        under, window = self._shared.docket(request)
        standing = Standing(under.lot, under.journal.read())
        have = set(request.query_params.get("have", "").split(","))
        items = self._shared.table.take(standing, person.name, have, AHEAD)
        template, csrf = self._shared.template("card.html"), form_token(person, request)
        cards = [
            {"id": item.id, "html": template.render(card=card_context(under.lot, item, f"/w/{window}", csrf))}
            for item in items
        ]
        return JSONResponse({"lot": under.lot.content, "cards": cards, **progress(standing, person.name)})

    async def awaited(self, request: Request) -> Response:
        """The lot that is awaited: a page that shows another one need not be worked on."""
        self._known(request)
        under, _ = self._shared.docket(request)
        return JSONResponse({"lot": under.lot.content})

    async def answer(self, request: Request) -> Response:
        """An answer from a form."""
        person = self._known(request)
        given = await form(request, person)
        under, window = self._shared.docket(request)
        event = {**given, "seconds": since(given.get("shown"))}
        if given.get("answer") == "flag":
            event["type"] = "flag"
        elif given.get("reason"):
            event["answer"] = REJECT
        put(under, person, [event])
        again = f"?item={given.get('item', '')}" if event.get("type") == "flag" else ""
        return RedirectResponse(f"/w/{window}/review{again}", 303)

    async def undo(self, request: Request) -> Response:
        """Take back the person's last answer that stands, and show its record again."""
        person = self._known(request)
        given = await form(request, person)
        under, window = self._shared.docket(request)
        require_lot(under, given)
        last = last_decision(under, person.name)
        if last is None:
            return RedirectResponse(f"/w/{window}/review", 303)
        put(under, person, [{**given, "type": "undo", "item": last, "key": uuid.uuid4().hex}])
        return RedirectResponse(f"/w/{window}/review?item={last}", 303)

    async def events(self, request: Request) -> Response:
        """Answers and undos of a page with script, in order. What comes twice counts once."""
        person = self._known(request)
        given = await json_body(request, person)
        under, _ = self._shared.docket(request)
        if not isinstance(given, list) or not all(isinstance(each, dict) and each.get("key") for each in given):
            raise HTTPException(400, "A list of events, each with a key, is wanted.")
        put(under, person, given)
        standing = Standing(under.lot, under.journal.read())
        return JSONResponse({"keys": [each["key"] for each in given], **progress(standing, person.name)})


def put(under: Docket, person: Person, events: Sequence[dict[str, Any]]) -> None:
    """Append what a person sent, and the next larger plan where it leaves a doubt."""
    under.journal.append([record_of(under, person, event) for event in events])
    advanced(under.lot, under.journal)


def last_decision(under: Docket, name: str) -> str | None:
    """The item of the person's last decision that stands."""
    stack: list[str] = []
    for record in under.journal.read():
        if record.reviewer == name and record.lot == under.lot.content and record.role != ADJUDICATOR:
            if record.type == "decision":
                stack.append(record.item)
            elif record.type == "undo" and record.item in stack:
                stack.reverse()
                stack.remove(record.item)
                stack.reverse()
    return stack[-1] if stack else None
