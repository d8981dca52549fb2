"""`lineage`: what went into a release, what made a row, who used a person, and whether the log is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from supplychain.cli.context import split_version
from supplychain.cli.output import AsJson, complain, put_json, put_table, say, status
from supplychain.errors import DONE, FAILED, BadInput

if TYPE_CHECKING:
    from supplychain.ledger import Ledger

Named = Annotated[str, typer.Argument(help="PRODUCT or PRODUCT@VERSION.", metavar="PRODUCT[@VERSION]")]


class _OrProduct(TyperGroup):
    """A group whose first word may be a product: then `show` is meant."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  (a context of click)
        """Put `show` before what is no command."""
        named = next((word for word in args if not word.startswith("-")), None)
        if args and named not in self.commands and "--help" not in args[:1]:
            args = ["show", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_OrProduct,
    no_args_is_help=True,
    help="Ask the lineage. `lineage PRODUCT[@VERSION]` says what went into a release.",
)


def _ledger() -> Ledger:
    from supplychain.ledger import Ledger
    from supplychain.store import Store

    return Ledger(Store.open())


@app.command()
def show(
    product: Named,
    window: Annotated[str | None, typer.Option(help="Which releases hold this window?")] = None,
    batch: Annotated[str | None, typer.Option(help="What made the rows of this batch (a row's `_batch`)?")] = None,
    sql: Annotated[str | None, typer.Option(help="Any SELECT over lineage.duckdb; see docs/lineage.md.")] = None,
    json: AsJson = False,
) -> None:
    """Say what went into a release, which releases used a window, or what made a batch."""
    from supplychain.ledger import questions
    from supplychain.ledger.index import query

    name, version = split_version(product)
    ledger = _ledger()
    ledger.require(name)
    if sql:
        answer, title = query(ledger, sql), ""
    elif batch:
        answer, title = questions.made_row(ledger, name, batch), f"What made the rows of batch {batch}"
        if not answer.height:
            raise BadInput(
                f"there is no judged batch {batch!r}",
                where=f"product {name}",
                remedy="take it from a row's _batch",
            )
    elif window:
        ledger.release(name)
        answer, title = questions.releases_using(ledger, name, window), f"Releases that hold window {window}"
        if not answer.height:
            raise BadInput(
                f"no release holds window {window!r}",
                where=f"product {name}",
                remedy="see supplychain releases",
            )
    else:
        release = ledger.release(name, version).release
        assert release is not None
        answer = questions.went_into(ledger, name, release.version)
        title = f"What went into {name} {release.version}"
    if json:
        put_json(answer.to_dicts())
    else:
        put_table(answer.to_dicts(), title=title)


@app.command()
def sql(question: Annotated[str, typer.Argument(metavar="SQL", help="Any SELECT.")], json: AsJson = False) -> None:
    """Ask the lineage of all products of this store in SQL; docs/lineage.md lists tables and views."""
    from supplychain.ledger.index import query

    answer = query(_ledger(), question).to_dicts()
    if json:
        put_json(answer)
    else:
        put_table(answer)


@app.command()
def trace(
    product: Named,
    row: Annotated[str, typer.Option(metavar="BATCH:ROW", help="The row's `_batch` and `_row`.")],
    json: AsJson = False,
) -> None:
    """Say what made a published row: window, slice, model, whom it was trained on, seed, gates, plan and cost."""
    from supplychain.ledger.tracing import trace as trace_row

    name, version = split_version(product)
    batch, _, number = row.rpartition(":")
    if not batch or not number.isdigit():
        raise BadInput(f"{row!r} is no row", where="--row", remedy="write its _batch and _row as BATCH:ROW")
    ledger = _ledger()
    ledger.require(name)
    found = trace_row(ledger, name, version, batch, int(number))
    if json:
        put_json(found)
        return
    say(f"Row {number} of batch {batch} in {name} {found['version']}", style="bold")
    put_table({"what": key, "is": _word(value)} for key, value in found.items() if value is not None)
    say(f"Its verdicts, one by one: supplychain lineage {name} --batch {batch}", style="dim")


def _word(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


@app.command()
def impact(
    product: Annotated[str, typer.Argument(help="The product's name.")],
    entity: Annotated[str, typer.Option(metavar="ID", help="A value of the entity's column, or an `_entity` hash.")],
    json: AsJson = False,
) -> None:
    """Say which tables hold a person, and which models and releases have to do with them."""
    from dataclasses import asdict

    from supplychain.entities import hashes_of
    from supplychain.ledger.tracing import use_of
    from supplychain.project import find_product, project_root

    ledger = _ledger()
    ledger.require(product)
    spec = find_product(product, project_root())
    person = hashes_of(spec, [entity]).get(entity)
    found = use_of(ledger, product, person) if person else None
    if found is None or not found.tables:
        where, remedy = f"product {product}", "see entity.column of the product file, and that the rows have landed"
        if any(commit.erasure for commit in ledger.commits(product)):
            remedy += "; were they erased? `supplychain lineage proof` says so"
        raise BadInput("there is no such entity in any table", where=where, place="--entity", remedy=remedy)
    if json:
        put_json(asdict(found))
        return
    put_table(found.tables, title="Tables that hold this person")
    say()
    put_table(found.models, title="Models that were trained on this person")
    say()
    put_table(found.releases, title="Releases that have to do with this person")
    if found.copies:
        say()
        put_table(found.copies, title="Copies of these releases that were pulled")
    if not found.models:
        say("No model was trained on this person, and no release holds their rows.")


@app.command()
def proof(
    product: Annotated[str, typer.Argument(help="The product's name.")],
    entity: Annotated[str, typer.Option(metavar="ID", help="A value of the entity's column.")],
    json: AsJson = False,
) -> None:
    """Prove that a person was erased: the records that name them by their keyed hash. It needs the key."""
    from supplychain.chain import Chain
    from supplychain.erasure import records_of
    from supplychain.project import find_product, project_root

    root = project_root()
    found = records_of(Chain.open(find_product(product, root), root), entity)
    if not found:
        remedy = "they were not erased with this key, or never were in it"
        raise BadInput("no erasure names this entity", where=f"product {product}", place="--entity", remedy=remedy)
    if json:
        put_json(found)
    else:
        put_table(found, title="Erasures of this person")


@app.command()
def verify(
    product: Annotated[str | None, typer.Argument(help="The product; every one of the store where not given.")] = None,
    since: Annotated[str, typer.Option(metavar="HEAD", help="A head noted earlier: nothing up to it is lost.")] = "",
    json: AsJson = False,
) -> None:
    """Say whether the log is whole: which event is damaged, edited or missing; exit code 1 if any is."""
    from dataclasses import asdict

    from supplychain.ledger.checking import check_log

    ledger = _ledger()
    with status("reading the log", quiet=json):
        found = [check_log(ledger, name, since=since) for name in ([product] if product else ledger.products())]
    if json:
        put_json([asdict(one) for one in found])
    for one in found if not json else []:
        for fault in one.faults:
            complain(f"{ledger.store.path('events')}/{one.product}/{fault.event}: {fault.problem}")
        for note in one.notes:
            say(f"{one.product}: {note}", style="yellow")
        if not one.faults:
            say(
                f"{one.product}: {one.events:,} events, none damaged, edited or missing; head {one.head}", style="green"
            )
    raise typer.Exit(FAILED if any(one.faults for one in found) else DONE)


@app.command()
def export(
    product: Annotated[str, typer.Argument(help="The product's name.")],
    output: Annotated[str, typer.Option("--output", "-o", metavar="FOLDER", help="A new folder.")],
    json: AsJson = False,
) -> None:
    """Write a folder for a reviewer: what, from where, by which rule, decided by whom. No row of a person is in it."""
    from dataclasses import asdict
    from pathlib import Path

    from supplychain.audit import export as write_folder
    from supplychain.chain import Chain
    from supplychain.project import find_product, project_root

    root = project_root()
    chain = Chain.open(find_product(product, root), root)
    with status("asking the lineage", quiet=json):
        found = write_folder(chain, Path(output))
    if json:
        put_json(asdict(found))
        return
    say(f"{found.folder}: {found.files} files; begin with README.md", style="green")
    say(f"Something is unanswered in: {', '.join(found.unanswered) or 'nothing'}")
    if not found.whole:
        complain(f"the log is not whole: supplychain lineage verify {product}")
