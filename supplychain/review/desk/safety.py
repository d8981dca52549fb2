"""What keeps the desk safe: who comes in, which forms are believed, and what a page may load."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from supplychain.review.people import People, Person

COOKIE = "supplychain-desk"
MOST_BYTES = 1 << 20
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}


class SafeHeaders:
    """Puts the headers on every answer: nothing is loaded from elsewhere, framed, guessed or kept."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and put the headers on its answer."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message.get("headers", []), *extra]
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)


def entered(people: People, request: Request) -> Response:
    """Take the token of a link into a cookie, so that it leaves the address line.

    Raises:
        HTTPException: Nobody has this token, or it has ended.
    """
    token = request.query_params.get("token", "")
    person = people.by_token(token)
    if person is None:
        raise HTTPException(403, "This link is not valid any more. Ask whoever runs the desk for a new one.")
    _refuse_ended(person)
    response = RedirectResponse("/", status_code=303)
    response.set_cookie(COOKIE, token, httponly=True, samesite="lax", path="/", max_age=ceil(person.seconds_left))
    return response


def _refuse_ended(person: Person) -> None:
    if person.has_ended:
        raise HTTPException(
            403,
            f"{person.name}, your link ended ({person.end}). Ask whoever runs the desk for a new one: "
            f"`supplychain review serve` prints it. What you answered before counts, and what was not saved is sent "
            "when you come by the new link in this browser.",
        )


def known(people: People, request: Request, *roles: str) -> Person:
    """The person behind a request, who has to have one of the roles where some are named.

    Raises:
        HTTPException: Nobody is, the person's link has ended, or the person may not do that.
    """
    person = people.by_token(request.cookies.get(COOKIE, ""))
    if person is None:
        raise HTTPException(403, "Open the desk by your own link: `supplychain review serve` prints it.")
    _refuse_ended(person)
    if roles and not set(roles) & set(person.roles):
        raise HTTPException(403, f"This is for the role {' or '.join(roles)}; you are {', '.join(person.roles)}.")
    return person


def form_token(person: Person, request: Request) -> str:
    """What the person's forms carry."""
    return person.csrf(request.cookies.get(COOKIE, ""))


async def form(request: Request, person: Person) -> dict[str, Any]:
    """The fields of a form that the person's own page sent; `fields` is a list.

    Raises:
        HTTPException: Another page sent it, or it is too long.
    """
    body = await _body(request)
    given = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    believe(person, request, given.get("csrf", [""])[0])
    return {name: values if name == "fields" else values[-1] for name, values in given.items()}


def believe(person: Person, request: Request, token: str) -> None:
    """Refuse what carries no token of the person's own pages."""
    import hmac

    if not hmac.compare_digest(token, form_token(person, request)):
        raise HTTPException(403, "This form is not one of yours, or too old. Load the page again.")


async def _body(request: Request) -> bytes:
    if int(request.headers.get("content-length") or 0) > MOST_BYTES:
        raise HTTPException(413, "That is too long.")
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise HTTPException(413, "That is too long.")
    return body


async def json_body(request: Request, person: Person) -> Any:  # noqa: ANN401  (any JSON)
    """The JSON that the person's own page sent."""
    import json

    believe(person, request, request.headers.get("x-csrf", ""))
    try:
        return json.loads(await _body(request))
    except ValueError:
        raise HTTPException(400, "That is no JSON.") from None
