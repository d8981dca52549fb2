"""`waive`: a person lets a rule be broken for a while, or takes that back, and answers for it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from supplychain.cli.output import AsJson, put_json, say, status

if TYPE_CHECKING:
    from supplychain.chain import Chain
    from supplychain.ledger import Commit


def waive(
    name: Annotated[str, typer.Argument(metavar="GATE_OR_RULE", help="A rule's id, or a gate: its rules that refuse.")],
    reason: Annotated[str, typer.Option(help="Why the rule may be broken, or no longer.")],
    by: Annotated[str, typer.Option(help="Who answers for it.")],
    until: Annotated[str | None, typer.Option(help="The last day on which it counts (UTC): YYYY-MM-DD.")] = None,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take back what is waived, from now on.")] = False,
    product: Annotated[str | None, typer.Option(help="The product; not needed where there is only one.")] = None,
    window: Annotated[str | None, typer.Option(help="The window; not needed where there is only one.")] = None,
    json: AsJson = False,
) -> None:
    """Waive a rule or a gate for a window until a day, or take that back; rules that guard privacy cannot be waived."""
    from supplychain.chain import Chain
    from supplychain.project import find_product, product_files, project_root

    root = project_root()
    spec = find_product(product or _only(list(product_files(root)), "--product"), root)
    chain = Chain.open(spec, root)
    window = window or _only(list(chain.product.windows), "--window")
    with status("reading the suites", quiet=json):
        commit = _written(chain, window, name, reason, by, until, revoked=revoke)
    if json:
        put_json({"commit": commit.id, "window": window, "waivers": [asdict(waiver) for waiver in commit.waivers]})
        return
    for waiver in commit.waivers:
        told = f"waived no more, says {by}" if revoke else f"waived until {waiver.until} by {by}"
        say(f"{spec.name}, window {window}: {waiver.rule} ({waiver.limit}) is {told}")
    say(f"It takes effect with the next `supplychain run {spec.name} --window {window}`.", style="dim")


def _written(chain: Chain, window: str, name: str, reason: str, by: str, until: str | None, *, revoked: bool) -> Commit:
    from supplychain.errors import BadInput
    from supplychain.gates import revoke, waive
    from supplychain.validate import PRIVATE

    if revoked and until:
        raise BadInput("goes not with --revoke", where="--until", remedy="what is taken back counts no more at once")
    if revoked:
        return revoke(chain, window, name, reason=reason, by=by)
    if not until:
        raise BadInput("is missing", where="--until", remedy="name the last day on which it counts: YYYY-MM-DD")
    return waive(chain, window, name, reason=reason, by=by, until=until, private=PRIVATE)


def _only(names: list[str], option: str) -> str:
    from supplychain.errors import BadInput

    if len(names) != 1:
        raise BadInput("is missing", where=option, remedy=f"name one of {', '.join(names) or 'none'}")
    return names[0]
