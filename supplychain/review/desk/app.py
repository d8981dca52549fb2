"""The desk as an application: which page is where, what goes before each, and how an error is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from supplychain.errors import SupplyChainError
from supplychain.review.desk.deciding import Deciding
from supplychain.review.desk.entrance import Entrance
from supplychain.review.desk.judging import Judging
from supplychain.review.desk.safety import SafeHeaders
from supplychain.review.desk.shared import HERE, Shared
from supplychain.review.desk.telling import Telling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from supplychain.chain import Chain

WINDOW = "/w/{window}"


def desk(chain: Chain, hosts: Sequence[str] = ("127.0.0.1", "localhost", "[::1]")) -> Starlette:
    """The desk of a product as an ASGI application; nothing that it serves or asks for leaves the machine."""
    shared = Shared(chain)
    errors = _Errors(shared)
    return Starlette(
        routes=_routes(shared),
        middleware=[Middleware(SafeHeaders), Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))],
        exception_handlers={HTTPException: errors.refused, SupplyChainError: errors.failed},
    )


def _routes(shared: Shared) -> list[Route | Mount]:
    entrance, judging, deciding, telling = Entrance(shared), Judging(shared), Deciding(shared), Telling(shared)
    return [
        Route("/", entrance.home),
        Route("/enter", entrance.enter),
        Route(f"{WINDOW}/review", judging.review),
        Route(f"{WINDOW}/cards", judging.cards),
        Route(f"{WINDOW}/awaited", judging.awaited),
        Route(f"{WINDOW}/answer", judging.answer, methods=["POST"]),
        Route(f"{WINDOW}/undo", judging.undo, methods=["POST"]),
        Route(f"{WINDOW}/events", judging.events, methods=["POST"]),
        Route(f"{WINDOW}/adjudicate", deciding.adjudicate, methods=["GET", "POST"]),
        Route(f"{WINDOW}/verdict", deciding.verdict, methods=["GET", "POST"]),
        Route(f"{WINDOW}/blind", telling.blind, methods=["GET", "POST"]),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]


class _Errors:
    """An error is one clear line: on a page of its own, or as JSON where a script asked."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    async def refused(self, request: Request, error: Exception) -> Response:
        """What a page may not have, or did not ask for rightly."""
        assert isinstance(error, HTTPException)
        if request.url.path.endswith(("/events", "/cards", "/awaited")):
            return JSONResponse({"error": error.detail}, error.status_code)
        title = "This lot is superseded" if error.status_code == 410 else "That did not work"
        return self._shared.page("message.html", error.status_code, title=title, text=error.detail)

    async def failed(self, request: Request, error: Exception) -> Response:
        """What the chain says no to."""
        return await self.refused(request, HTTPException(409, str(error)))
