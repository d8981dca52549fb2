"""Deciding: a third person's word where two answers differ, the verdict, and its approval."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from supplychain.review.desk.pages import card_context, flagged, verdict_context
from supplychain.review.desk.safety import form, form_token, known
from supplychain.review.desk.sent import record_of, require_lot, since
from supplychain.review.journal import Record
from supplychain.review.people import ADJUDICATOR, APPROVER
from supplychain.review.standing import ACCEPT, REJECT, SKIP, Standing
from supplychain.review.verdict import advanced

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from supplychain.review.desk.shared import Shared
    from supplychain.review.files import Docket
    from supplychain.review.people import Person


class Deciding:
    """The pages of those who decide, and of those who only want to know."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    async def adjudicate(self, request: Request) -> Response:
        """Two answers differ: a third person decides, who gave neither."""
        person = known(self._shared.people, request, ADJUDICATOR)
        under, window = self._shared.docket(request)
        standing = Standing(under.lot, under.journal.read())
        if request.method == "POST":
            shown = await self._decide(request, person, under, standing)
            return RedirectResponse(f"/w/{window}/adjudicate{f'?item={shown}' if shown else ''}", 303)
        disputes, wanted = open_disputes(standing, person.name), request.query_params.get("item")
        item = under.lot.by_id[wanted if wanted in disputes else disputes[0]] if disputes else None
        csrf = form_token(person, request)
        return self._shared.page(
            "adjudicate.html",
            person=person,
            window=window,
            lot=under.lot,
            csrf=csrf,
            card=card_context(under.lot, item, f"/w/{window}", csrf) if item else None,
            answers=standing.given[item.id] if item else [],
            left=len(disputes),
            said=standing.last_word(person.name),
            key=uuid.uuid4().hex,
        )

    async def _decide(self, request: Request, person: Person, under: Docket, standing: Standing) -> str | None:
        """Take a person's word; the record that is shown next is returned, where it is not just the first."""
        given = await form(request, person)
        require_lot(under, given)
        if given.get("key") and any(record.key == f"{person.name} {given['key']}" for record in standing.records):
            return None  # sent again, since the answer to it was lost
        if given.get("answer") == "undo":
            return self._take_back(person, under, standing, given)
        disputes, item = open_disputes(standing, person.name), given.get("item")
        if item not in disputes:
            raise HTTPException(409, "This record is decided already, or one of the answers is yours.")
        if given.get("answer") != SKIP or given.get("reason"):  # one that is put off stays in dispute: nothing was said
            answer = REJECT if given.get("reason") else ACCEPT
            event = {**given, "type": "adjudicate", "answer": answer, "seconds": since(given.get("shown"))}
            under.journal.append([record_of(under, person, event, role=ADJUDICATOR)])
            advanced(under.lot, under.journal)
        return disputes[(disputes.index(item) + 1) % len(disputes)]

    def _take_back(self, person: Person, under: Docket, standing: Standing, given: dict[str, Any]) -> str | None:
        """Take back a person's last word, where there is one; the record is disputed again."""
        last = standing.last_word(person.name)
        if last:
            event = {**given, "type": "undo", "item": last, "answer": ""}
            under.journal.append([record_of(under, person, event, role=ADJUDICATOR)])
            advanced(under.lot, under.journal)
        return last

    async def verdict(self, request: Request) -> Response:
        """The verdict as it is computed, and its approval."""
        person = known(self._shared.people, request)
        under, window = self._shared.docket(request)
        found = advanced(under.lot, under.journal)
        if request.method == "POST":
            known(self._shared.people, request, APPROVER)
            require_lot(under, await form(request, person))
            if found.outcome != ACCEPT:
                raise HTTPException(409, "There is nothing to approve: the verdict is not to accept.")
            if person.name in found.approved:
                raise HTTPException(409, f"You approved this, {person.name}; each approval is another person's.")
            approval = Record("approve", under.lot.content, reviewer=person.name, role=APPROVER, answer=ACCEPT)
            under.journal.append([approval])
            return RedirectResponse(f"/w/{window}/verdict", 303)
        return self._shared.page(
            "verdict.html",
            person=person,
            window=window,
            lot=under.lot,
            found=found,
            shown=verdict_context(under.lot, found),
            flagged=flagged(under.lot, found),
            csrf=form_token(person, request),
            may_approve=APPROVER in person.roles and person.name not in found.approved,
        )


def open_disputes(standing: Standing, name: str) -> list[str]:
    """Disputed items on which the person has not spoken."""
    return [item for item in standing.disputed if name not in {record.reviewer for record in standing.given[item]}]
