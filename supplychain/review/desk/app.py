"""The pages of the desk, and what they send."""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from supplychain.errors import BadInput, SupplyChainError
from supplychain.review import files
from supplychain.review.blind import REAL, SYNTHETIC, blind_results
from supplychain.review.desk.pages import card_context, progress, verdict_context
from supplychain.review.desk.rounds import AHEAD, Table
from supplychain.review.desk.safety import SafeHeaders, entered, form, form_token, json_body, known
from supplychain.review.journal import Record
from supplychain.review.people import ADJUDICATOR, APPROVER, REAL_VIEWER, REVIEWER, Person
from supplychain.review.standing import ACCEPT, ANSWERS, REJECT, SKIP, Standing
from supplychain.review.verdict import advanced, verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from supplychain.chain import Chain
    from supplychain.review.files import Docket

HERE = Path(__file__).parent
MOST_SECONDS = 600.0
"""Whoever looks longer at one record is having coffee."""
MOST_TEXT = 500


def desk(chain: Chain, hosts: Sequence[str] = ("127.0.0.1", "localhost", "[::1]")) -> Starlette:
    """The desk of a product as an ASGI application; nothing that it serves or asks for leaves the machine."""
    pages = _Desk(chain)
    window = "/w/{window}"
    routes = [
        Route("/", pages.home),
        Route("/enter", pages.enter),
        Route(f"{window}/review", pages.review),
        Route(f"{window}/cards", pages.cards),
        Route(f"{window}/answer", pages.answer, methods=["POST"]),
        Route(f"{window}/undo", pages.undo, methods=["POST"]),
        Route(f"{window}/events", pages.events, methods=["POST"]),
        Route(f"{window}/adjudicate", pages.adjudicate, methods=["GET", "POST"]),
        Route(f"{window}/verdict", pages.verdict, methods=["GET", "POST"]),
        Route(f"{window}/blind", pages.blind, methods=["GET", "POST"]),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(SafeHeaders), Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))],
        exception_handlers={HTTPException: pages.refused, SupplyChainError: pages.failed},
    )


class _Desk:
    def __init__(self, chain: Chain) -> None:
        self._chain, self._people, self._table = chain, files.people(chain), Table()
        loader = FileSystemLoader(HERE / "templates")
        self._templates = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)

    def _page(self, name: str, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401  (what pages show)
        shown = {"product": self._chain.product, "person": None, **values}
        return HTMLResponse(self._templates.get_template(name).render(shown), status)

    async def refused(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if request.url.path.endswith(("/events", "/cards")):
            return JSONResponse({"error": error.detail}, error.status_code)
        return self._page("message.html", error.status_code, title="That did not work", text=error.detail)

    async def failed(self, request: Request, error: Exception) -> Response:
        return await self.refused(request, HTTPException(409, str(error)))

    def _docket(self, request: Request) -> Docket:
        try:
            return files.docket(self._chain, self._chain.product.check_window(request.path_params["window"]))
        except BadInput as error:
            raise HTTPException(404, str(error)) from None

    async def enter(self, request: Request) -> Response:
        return entered(self._people, request)

    async def home(self, request: Request) -> Response:
        """What there is to do."""
        person = known(self._people, request)
        lots = await run_in_threadpool(self._waiting, person)
        return self._page("home.html", person=person, lots=lots)

    def _waiting(self, person: Person) -> list[dict[str, Any]]:
        lots = []
        for window in files.waiting(self._chain):
            under = files.docket(self._chain, window)
            standing = Standing(under.lot, under.journal.read())
            found = verdict(under.lot, standing.records)
            lots.append(
                {
                    "window": window,
                    "lot": under.lot,
                    "outcome": found.outcome,
                    "left": len(standing.queue(person.name)),
                    "done": standing.done(person.name),
                    "disputed": len(_open_disputes(standing, person.name)),
                    "blind": under.blind is not None,
                    "approvals": found.approvals,
                    "approved": found.approved,
                }
            )
        return lots

    async def review(self, request: Request) -> Response:
        """One record, as a form that works without script."""
        person = known(self._people, request, REVIEWER)
        under, window = self._docket(request), request.path_params["window"]
        standing = Standing(under.lot, under.journal.read())
        wanted = request.query_params.get("item")
        items = self._table.take(standing, person.name, (), AHEAD)
        item = under.lot.by_id.get(wanted or "") or (items[0] if items else None)
        if item is not None and item not in standing.items:
            item = None
        shown = {"person": person, "window": window, "csrf": form_token(person, request), "lot": under.lot}
        shown["progress"] = progress(standing, person.name)
        card = card_context(under.lot, item, f"/w/{window}", shown["csrf"]) if item else None
        return self._page("review.html", **shown, card=card)

    async def cards(self, request: Request) -> Response:
        """The next records, ready to show; those that the page has already are not sent again."""
        person = known(self._people, request, REVIEWER)
        under, window = self._docket(request), request.path_params["window"]
        standing = Standing(under.lot, under.journal.read())
        have = set(request.query_params.get("have", "").split(","))
        items = self._table.take(standing, person.name, have, AHEAD)
        template, csrf = self._templates.get_template("card.html"), form_token(person, request)
        cards = [
            {"id": item.id, "html": template.render(card=card_context(under.lot, item, f"/w/{window}", csrf))}
            for item in items
        ]
        return JSONResponse({"cards": cards, **progress(standing, person.name)})

    async def answer(self, request: Request) -> Response:
        """An answer from a form."""
        person = known(self._people, request, REVIEWER)
        given, under, window = await form(request, person), self._docket(request), request.path_params["window"]
        shown = _number(given.get("shown"))
        event = {**given, "seconds": time.time() - shown if shown else 0.0}
        if given.get("answer") == "flag":
            event["type"] = "flag"
        elif given.get("reason"):
            event["answer"] = REJECT
        self._put(under, person, [event])
        again = f"?item={given.get('item', '')}" if event.get("type") == "flag" else ""
        return RedirectResponse(f"/w/{window}/review{again}", 303)

    async def undo(self, request: Request) -> Response:
        """Take back the person's last answer that stands, and show its record again."""
        person = known(self._people, request, REVIEWER)
        await form(request, person)
        under, window = self._docket(request), request.path_params["window"]
        last = _last_decision(under, person.name)
        if last is None:
            return RedirectResponse(f"/w/{window}/review", 303)
        self._put(under, person, [{"type": "undo", "item": last, "key": uuid.uuid4().hex}])
        return RedirectResponse(f"/w/{window}/review?item={last}", 303)

    async def events(self, request: Request) -> Response:
        """Answers and undos of a page with script, in order. What comes twice counts once."""
        person = known(self._people, request, REVIEWER)
        given, under = await json_body(request, person), self._docket(request)
        if not isinstance(given, list) or not all(isinstance(each, dict) and each.get("key") for each in given):
            raise HTTPException(400, "A list of events, each with a key, is wanted.")
        self._put(under, person, given)
        standing = Standing(under.lot, under.journal.read())
        return JSONResponse({"keys": [each["key"] for each in given], **progress(standing, person.name)})

    def _put(self, under: Docket, person: Person, events: Sequence[dict[str, Any]]) -> None:
        under.journal.append([_record(under, person, event) for event in events])
        advanced(under.lot, under.journal)

    async def adjudicate(self, request: Request) -> Response:
        """Two answers differ: a third person decides, who gave neither."""
        person = known(self._people, request, ADJUDICATOR)
        under, window = self._docket(request), request.path_params["window"]
        standing = Standing(under.lot, under.journal.read())
        if request.method == "POST":
            given = await form(request, person)
            if given.get("item") not in _open_disputes(standing, person.name):
                raise HTTPException(409, "This record is decided already, or one of the answers is yours.")
            answer = REJECT if given.get("reason") else ACCEPT
            event = {**given, "answer": answer, "seconds": time.time() - (_number(given.get("shown")) or time.time())}
            record = _record(under, person, {**event, "type": "adjudicate"}, role=ADJUDICATOR)
            under.journal.append([record])
            advanced(under.lot, under.journal)
            return RedirectResponse(f"/w/{window}/adjudicate", 303)
        disputes = _open_disputes(standing, person.name)
        item = under.lot.by_id[disputes[0]] if disputes else None
        csrf = form_token(person, request)
        card = card_context(under.lot, item, f"/w/{window}", csrf) if item else None
        answers = standing.given[item.id] if item else []
        return self._page(
            "adjudicate.html",
            person=person,
            window=window,
            lot=under.lot,
            card=card,
            answers=answers,
            left=len(disputes),
        )

    async def verdict(self, request: Request) -> Response:
        """The verdict as it is computed, and its approval."""
        person = known(self._people, request)
        under, window = self._docket(request), request.path_params["window"]
        found = advanced(under.lot, under.journal)
        if request.method == "POST":
            known(self._people, request, APPROVER)
            await form(request, person)
            if found.outcome != ACCEPT:
                raise HTTPException(409, "There is nothing to approve: the verdict is not to accept.")
            under.journal.append(
                [Record("approve", under.lot.content, reviewer=person.name, role=APPROVER, answer=ACCEPT)]
            )
            return RedirectResponse(f"/w/{window}/verdict", 303)
        shown = verdict_context(under.lot, found)
        return self._page(
            "verdict.html",
            person=person,
            window=window,
            lot=under.lot,
            found=found,
            shown=shown,
            csrf=form_token(person, request),
            may_approve=APPROVER in person.roles and person.name not in found.approved,
        )

    async def blind(self, request: Request) -> Response:
        """Real or synthetic? Of role real-viewer alone, and no word on the answers before the end."""
        person = known(self._people, request, REAL_VIEWER)
        under, window = self._docket(request), request.path_params["window"]
        if under.blind is None:
            raise HTTPException(404, "This product does not allow the blind test: its file has no review.blind.")
        margin, items = under.blind
        records = under.blind_journal.read()
        told = {record.item for record in records if record.type == "told" and record.reviewer == person.name}
        if request.method == "POST":
            given = await form(request, person)
            item, guess = items.get(given.get("item", "")), given.get("answer")
            if item is None or guess not in (REAL, SYNTHETIC):
                raise HTTPException(400, "Say real or synthetic.")
            seconds = min(max(time.time() - (_number(given.get("shown")) or time.time()), 0.0), MOST_SECONDS)
            confidence = min(max(int(_number(given.get("confidence")) or 1), 1), 4)
            under.blind_journal.append(
                [
                    Record(
                        "told",
                        under.lot.content,
                        item.id,
                        item.content,
                        person.name,
                        REAL_VIEWER,
                        guess,
                        confidence=confidence,
                        note=f"shown: {item.truth}",
                        seconds=round(seconds, 2),
                        key=f"{person.name} {item.id}",
                    )
                ]
            )
            return RedirectResponse(f"/w/{window}/blind", 303)
        left = [item for name, item in items.items() if name not in told]
        csrf = form_token(person, request)
        card = card_context(under.lot, left[0], f"/w/{window}", csrf) if left else None
        results = blind_results(items, records, margin) if not left else {}
        return self._page(
            "blind.html",
            person=person,
            window=window,
            card=card,
            left=len(left),
            of=len(items),
            results=results,
            margin=margin,
        )


def _record(under: Docket, person: Person, event: dict[str, Any], role: str = REVIEWER) -> Record:
    """An event that a page sent, as a record of the log.

    Raises:
        HTTPException: It is about no record of the lot, or no answer.
    """
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
        seconds=round(min(max(_number(event.get("seconds")), 0.0), MOST_SECONDS), 2),
        key=f"{person.name} {event['key']}" if event.get("key") else "",
    )


def _number(value: object) -> float:
    try:
        number = float(str(value))
    except ValueError:
        return 0.0
    return number if number == number else 0.0  # noqa: PLR0124  (NaN is not itself)


def _last_decision(under: Docket, name: str) -> str | None:
    """The item of the person's last decision that stands."""
    stack: list[str] = []
    for record in under.journal.read():
        if record.reviewer == name and record.lot == under.lot.content:
            if record.type == "decision":
                stack.append(record.item)
            elif record.type == "undo" and record.item in stack:
                stack.reverse()
                stack.remove(record.item)
                stack.reverse()
    return stack[-1] if stack else None


def _open_disputes(standing: Standing, name: str) -> list[str]:
    """Disputed items on which the person has not spoken."""
    return [item for item in standing.disputed if name not in {record.reviewer for record in standing.given[item]}]


def is_loopback(url: str) -> bool:
    """Whether an address is this machine's own."""
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
