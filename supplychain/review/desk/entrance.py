"""The way in: a person's own link, and what there is to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool

from supplychain.review import files
from supplychain.review.desk.deciding import open_disputes
from supplychain.review.desk.safety import entered, known
from supplychain.review.standing import Standing
from supplychain.review.verdict import verdict

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from supplychain.review.desk.shared import Shared
    from supplychain.review.people import Person


class Entrance:
    """The first page, and the door before it."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    async def enter(self, request: Request) -> Response:
        """A link is followed."""
        return entered(self._shared.people, request)

    async def home(self, request: Request) -> Response:
        """What there is to do."""
        person = known(self._shared.people, request)
        lots = await run_in_threadpool(self._waiting, person)
        return self._shared.page("home.html", person=person, lots=lots)

    def _waiting(self, person: Person) -> list[dict[str, Any]]:
        chain = self._shared.chain
        return [self._of_window(window, person) for window in files.waiting(chain)]

    def _of_window(self, window: str, person: Person) -> dict[str, Any]:
        under = files.docket(self._shared.chain, window)
        standing = Standing(under.lot, under.journal.read())
        found = verdict(under.lot, standing.records)
        return {
            "window": window,
            "lot": under.lot,
            "outcome": files.SUPERSEDED if under.is_superseded else found.outcome,
            "left": len(standing.queue(person.name)),
            "done": standing.done(person.name),
            "disputed": len(open_disputes(standing, person.name)),
            "blind": under.blind is not None,
            "approvals": found.approvals,
            "approved": found.approved,
        }
