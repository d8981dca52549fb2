"""What the rooms of the desk have in common: the product, the people, who has which record, and how a page is made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse

from supplychain.errors import BadInput, GateRefused
from supplychain.review import files
from supplychain.review.desk.rounds import Table

if TYPE_CHECKING:
    from jinja2 import Template
    from starlette.requests import Request

    from supplychain.chain import Chain
    from supplychain.review.files import Docket

HERE = Path(__file__).parent


class Shared:
    """What every room of a product's desk works with."""

    def __init__(self, chain: Chain) -> None:
        self.chain, self.people, self.table = chain, files.people(chain), Table()
        loader = FileSystemLoader(HERE / "templates")
        self._templates = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)

    def template(self, name: str) -> Template:
        """A page, or a part of one."""
        return self._templates.get_template(name)

    def page(self, name: str, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401  (what pages show)
        """A page as it is sent."""
        shown = {"product": self.chain.product, "person": None, **values}
        return HTMLResponse(self.template(name).render(shown), status)

    def docket(self, request: Request) -> tuple[Docket, str]:
        """The lot that is awaited in the window of a request, with its log, and the window.

        Raises:
            HTTPException: There is no such window, or no lot of it (404), or it is superseded (410).
        """
        window = request.path_params["window"]
        try:
            return files.awaited(self.chain, files.known_now(self.chain).check_window(window)), window
        except BadInput as error:
            raise HTTPException(404, str(error)) from None
        except GateRefused as error:
            raise HTTPException(410, str(error)) from None
