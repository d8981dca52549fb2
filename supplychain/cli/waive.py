"""`waive`: a person lets a rule be broken for a while, and answers for it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from supplychain.cli.output import AsJson, put_json, say, status


def waive(
    name: Annotated[str, typer.Argument(metavar="GATE_OR_RULE", help="A rule's id, or a gate: its rules that refuse.")],
    reason: Annotated[str, typer.Option(help="Why the rule may be broken.")],
    by: Annotated[str, typer.Option(help="Who answers for it.")],
    until: Annotated[str, typer.Option(help="The last day on which it counts (UTC): YYYY-MM-DD.")],
    product: Annotated[str | None, typer.Option(help="The product; not needed where there is only one.")] = None,
    window: Annotated[str | None, typer.Option(help="The window; not needed where there is only one.")] = None,
    json: AsJson = False,
) -> None:
    """Waive a rule or a gate for a window until a day; rules that guard privacy cannot be waived."""
    from supplychain.chain import Chain
    from supplychain.gates import waive as waive_rules
    from supplychain.project import find_product, product_files, project_root
    from supplychain.validate import PRIVATE

    root = project_root()
    spec = find_product(product or _only(list(product_files(root)), "--product"), root)
    chain = Chain.open(spec, root)
    window = window or _only(list(chain.product.windows), "--window")
    with status("reading the suites", quiet=json):
        commit = waive_rules(chain, window, name, reason=reason, by=by, until=until, private=PRIVATE)
    if json:
        put_json({"commit": commit.id, "window": window, "waivers": [asdict(waiver) for waiver in commit.waivers]})
        return
    for waiver in commit.waivers:
        say(f"{spec.name}, window {window}: {waiver.rule} ({waiver.limit}) is waived until {waiver.until} by {by}")
    say(f"It takes effect with the next `supplychain run {spec.name} --window {window}`.", style="dim")


def _only(names: list[str], option: str) -> str:
    from supplychain.errors import BadInput

    if len(names) != 1:
        raise BadInput("is missing", where=option, remedy=f"name one of {', '.join(names) or 'none'}")
    return names[0]
