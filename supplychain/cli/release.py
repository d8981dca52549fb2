"""`releases`, `verify`, `diff`, `pull`, `withdraw`: what is published, and how it is taken and taken back."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from supplychain.cli.context import split_version
from supplychain.cli.output import AsJson, complain, put_json, put_table, say, status

if TYPE_CHECKING:
    from supplychain.ledger import Ledger

Named = Annotated[str, typer.Argument(help="PRODUCT or PRODUCT@VERSION.", metavar="PRODUCT[@VERSION]")]
Key = Annotated[
    str | None, typer.Option("--key", metavar="FILE", help="The public key, in PEM, that must have signed.")
]
Audience = Annotated[str, typer.Option(help="internal or external.")]


class Form(StrEnum):
    """What a pulled release is read with."""

    parquet = "parquet"
    polars = "polars"
    pandas = "pandas"
    huggingface = "huggingface"


READ = {
    Form.parquet: "duckdb -c \"select count(*) from '{folder}/data/*.parquet'\"",
    Form.polars: "polars.read_parquet('{folder}/data/*.parquet')",
    Form.pandas: "pandas.read_parquet('{folder}/data')",
    Form.huggingface: "datasets.load_dataset('{folder}', split='train')",
}
"""One line that reads it."""

TO_BE_TOLD = "Who has pulled it, and must be told"


def _ledger() -> Ledger:
    from supplychain.ledger import Ledger
    from supplychain.store import Store

    return Ledger(Store.open())


def releases(
    product: Annotated[str, typer.Argument(help="The product's name.")],
    json: AsJson = False,
) -> None:
    """List the released versions of a product, and which are withdrawn."""
    from supplychain.errors import BadInput

    ledger = _ledger()
    ledger.require(product)
    withdrawn = ledger.withdrawn(product)
    rows = [
        {
            "version": commit.release.version,
            "at": commit.recorded_at[:19],
            "windows": ", ".join(commit.release.windows),
            "rows": commit.release.rows,
            "synthetic_rows": commit.release.synthetic_rows,
            "withdrawn": _withdrawal(withdrawn.get(commit.release.version)),
            "folder": ledger.store.path(commit.release.path),
        }
        for commit in ledger.releases(product)
        if commit.release
    ]
    if not rows:
        raise BadInput("has no release yet", where=f"product {product}", remedy=f"run `supplychain run {product}`")
    if json:
        put_json(rows)
    else:
        put_table(rows)


def _withdrawal(found: Any) -> str:  # noqa: ANN401  (a withdrawal, if there is one)
    return f"by {found.by}: {found.reason}" if found else ""


def verify(
    product: Annotated[
        str, typer.Argument(help="PRODUCT or PRODUCT@VERSION, or a folder.", metavar="PRODUCT[@VERSION]")
    ],
    key: Key = None,
    json: AsJson = False,
) -> None:
    """Recompute every hash of a release, or of a copy of one; name the first file that differs."""
    from pathlib import Path

    from supplychain.publish import verify as recompute
    from supplychain.publish import verify_copy

    copy = "/" in product or product == "."
    found = verify_copy(Path(product), key=key) if copy else recompute(_ledger(), *split_version(product), key=key)
    if json:
        put_json(asdict(found))
        return
    what = "what its manifest says" if copy else "what was published"
    say(f"{found.product} {found.version}: {found.files} files, {found.rows:,} rows are {what}", style="green")
    say(found.signature, style="dim")
    say(found.folder, style="dim")
    if found.withdrawn:
        complain(f"{found.product}: release {found.version} was withdrawn by {found.withdrawn}; do not use it")


def diff(
    product: Annotated[str, typer.Argument(help="The product's name.")],
    one: Annotated[str, typer.Argument(metavar="V1", help="The earlier version.")],
    other: Annotated[str, typer.Argument(metavar="V2", help="The later one, or latest.")] = "latest",
    audience: Audience = "internal",
    json: AsJson = False,
) -> None:
    """Show what is other between two versions: schema, distribution, gates, cost, and the reason for the number."""
    from supplychain.publish import diff as difference

    found = difference(_ledger(), product, one, other, audience=audience)
    if json:
        put_json(found)
    else:
        put_difference(found)


def put_difference(found: dict[str, Any]) -> None:
    """The difference between two versions, for a person."""
    say(f"{found['product']} {found['from']} to {found['to']}: {found['level']}", style="bold")
    if found["reasons"] != [f"{change['level']}: {change['reason']}" for change in found["changes"]]:
        say(f"{found['to']} itself is {'; '.join(found['reasons'])}", style="dim")
    for key, title in (
        ("changes", "What changed"),
        ("distribution", "How far the columns moved (0 to 1)"),
        ("gates", "Gates"),
        ("cost", "What the runs took"),
        ("made_by", "What made them"),
    ):
        say()
        put_table(found[key][:12], title=title) if found[key] else say(f"{title}: nothing")
        if len(found[key]) > 12:
            say(f"and {len(found[key]) - 12} more: see --json", style="dim")


def pull(
    product: Named,
    form: Annotated[
        Form, typer.Option("--as", help="What it will be read with; tells the line that does.")
    ] = Form.parquet,
    output: Annotated[
        str | None, typer.Option("-o", "--output", metavar="DIR", help="A new folder; PRODUCT-VERSION where not given.")
    ] = None,
    audience: Audience = "internal",
    key: Key = None,
    withdrawn: Annotated[bool, typer.Option("--withdrawn", help="Take it even if it was withdrawn.")] = False,
    by: Annotated[str, typer.Option(help="Who takes it, for the log; you where not given.")] = "",
    json: AsJson = False,
) -> None:
    """Copy a release to a folder of your own, and check every file of the copy; the log notes who has it."""
    from pathlib import Path

    from supplychain.publish import pull as copy

    ledger = _ledger()
    name, version = split_version(product)
    release = ledger.release(name, version).release
    assert release is not None
    suffix = "" if audience == "internal" else f"-{audience}"
    target = Path(output or f"{name}-{release.version}{suffix}")
    with status(f"copying {name} {release.version}", quiet=json):
        found = copy(ledger, name, release.version, target, audience=audience, key=key, withdrawn=withdrawn, by=by)
    line = READ[form].format(folder=target)
    if json:
        put_json({**asdict(found), "read": line})
        return
    say(f"{name} {found.version} ({audience}): {found.rows:,} rows, every file is what was published", style="green")
    say(found.signature, style="dim")
    say(f"Read it with:  {line}")
    if found.unlogged:
        complain(f"the log does not know of this copy, nobody will tell you of a withdrawal: {found.unlogged}")
    withdrawal = ledger.withdrawn(name).get(found.version)
    if withdrawal:
        complain(f"{name}: release {found.version} was withdrawn by {withdrawal.by}: {withdrawal.reason}")


def withdraw(
    product: Annotated[str, typer.Argument(metavar="PRODUCT@VERSION", help="The version that is not to be used.")],
    reason: Annotated[str, typer.Option(help="Why; every consumer is shown it.")],
    by: Annotated[str, typer.Option(help="Who answers for it.")],
    json: AsJson = False,
) -> None:
    """Say that a version is not to be used; `latest` falls back to the newest that is."""
    from supplychain.errors import BadInput
    from supplychain.publish import withdraw as take_back

    name, at, version = product.partition("@")
    if not at or not version:
        raise BadInput("names no version", where=product, remedy=f"write {name}@VERSION; see `supplychain releases`")
    ledger = _ledger()
    commit = take_back(ledger, name, version, reason=reason, by=by)
    (said,) = commit.withdrawals
    gone = ledger.withdrawn(name)
    kept = [one.release.version for one in ledger.releases(name) if one.release and one.release.version not in gone]
    copies = ledger.pulled(name, [said.version])
    if json:
        put_json({"product": name, **asdict(said), "latest": kept[-1] if kept else None, "copies": copies})
        return
    say(f"{name} {said.version} is withdrawn by {by}: {reason}")
    say(f"latest is {kept[-1]}" if kept else f"no release of {name} is in force now", style="dim")
    put_table(copies, title=TO_BE_TOLD)
