"""`erase`: people, or windows that were kept long enough, are taken out of the store."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from supplychain.cli.output import AsJson, console, put_json, put_table, say, status
from supplychain.errors import CHANGES, DONE, BadInput

if TYPE_CHECKING:
    from supplychain.chain import Chain
    from supplychain.erasure import Found

BEYOND = (
    "What is not in this store is not touched: the source, copies of releases, and backups.",
    "Leave them out of the source too; landing keeps them out as long as the key is there.",
)


def erase(
    product: Annotated[str, typer.Argument(help="The product's name.")],
    entity: Annotated[list[str] | None, typer.Option(metavar="ID", help="A person: a value of entity.column.")] = None,
    entities: Annotated[str | None, typer.Option(metavar="FILE", help="A file with one such value a line.")] = None,
    expired: Annotated[bool, typer.Option("--expired", help="The windows that `retention` lets go.")] = False,
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    by: Annotated[str, typer.Option(help="Who answers for it; you where not given.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Erase; without it the impact is shown.")] = False,
    json: AsJson = False,
) -> None:
    """Erase people from tables, models and releases; without `--yes` only say what that would touch."""
    from supplychain.chain import Chain
    from supplychain.erasure import clear_removed, erase_expired, expired_windows, find_people, find_window
    from supplychain.erasure import erase as erase_people
    from supplychain.project import find_product, project_root

    root = project_root()
    chain = Chain.open(find_product(product, root), root)
    chain.ledger.require(product)
    _refuse_unclear(entity, entities, expired)
    by, reason = by or getpass.getuser(), reason or ("kept long enough" if expired else "on request")
    with status("looking into every table of people", quiet=json):
        if yes:
            clear_removed(chain.ledger, product)  # of an erasure that was killed
        windows = expired_windows(chain) if expired else []
        found = [find_window(chain, window) for window in windows]
        if not expired:
            asked = _names(entity or [], entities)
            found = [find_people(chain, _asked(chain, asked))]
            if not found[0].people:
                raise _nobody(chain)
    if not json:
        if not expired:
            say(f"{len(found[0].people):,} of {len(set(asked)):,} people are in the store.", style="bold")
        _show(found, windows, _copies(chain, found))
    if expired and not windows:
        if json:
            put_json([])
        return
    if not (yes or _agreed(json)):
        if json:
            put_json([asdict(one) | {"people": len(one.people), "copies": _copies(chain, [one])} for one in found])
        else:
            say("Nothing was erased: run again with --yes.", style="bold")
        raise typer.Exit(CHANGES)
    with status("erasing", quiet=json):
        if expired:
            done = erase_expired(chain, windows, reason=reason, by=by)
        else:
            done = erase_people(chain, found[0], reason=reason, by=by)
    _tell(chain, asdict(done), _copies(chain, found), json=json)
    raise typer.Exit(DONE)


def _refuse_unclear(entity: list[str] | None, entities: str | None, expired: bool) -> None:
    if sum((bool(entity), bool(entities), expired)) != 1:
        remedy = "name people with --entity or --entities, or give --expired"
        raise BadInput("does not say whom to erase", where="erase", remedy=remedy)


def _names(given: list[str], file: str | None) -> list[str]:
    if file is None:
        return given
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        problem = f"cannot be read ({getattr(error, 'strerror', None) or 'it is not UTF-8'})"
        raise BadInput(problem, where=file, place="--entities", remedy="name a text file, one person a line") from None
    names = [line.strip() for line in lines if line.strip()]
    if not names:
        raise BadInput("names nobody", where=file, place="--entities", remedy="write one person a line")
    return names


def _asked(chain: Chain, names: list[str]) -> frozenset[str]:
    from supplychain.entities import hashes_of

    return frozenset(hashes_of(chain.product, names).values())


def _nobody(chain: Chain) -> BadInput:
    """Nobody who was asked for is in a table: they never were, or were erased before."""
    where = f"product {chain.product.name}"
    if any(commit.erasure for commit in chain.ledger.commits(chain.product.name)):
        remedy = "were they erased before? `supplychain lineage proof` says so; else see entity.column"
    else:
        remedy = "see entity.column of the product file, and that the rows have landed"
    return BadInput("there is no such entity in any table", where=where, remedy=remedy)


def _copies(chain: Chain, found: list[Found]) -> list[dict[str, str]]:
    """The copies that were pulled of the releases which have to do with them, as far as the log knows."""
    return chain.ledger.pulled(chain.product.name, {used.version for one in found for used in one.releases})


def _show(found: list[Found], windows: list[str], copies: list[dict[str, str]]) -> None:
    """What an erasure touches."""
    for one in found:
        put_table((_row(table) for table in one.tables), title="Tables to be written anew" if one.people else "Tables")
        put_table((_row(blend) for blend in one.blends), title="Blends of their rows")
        put_table(({"window": m.window, "model": m.content} for m in one.models), title="Models trained on them")
        put_table((_use(asdict(used)) for used in one.releases), title="Releases, and every copy of them")
    put_table(copies, title="Copies of these releases that were pulled: not touched")
    if windows:
        say(f"Windows that were kept long enough: {', '.join(windows)}", style="bold")
    elif not any(one.people for one in found):
        say("No window has been kept long enough yet, or the product file has no `retention`.")
    for line in BEYOND if found else ():
        say(line, style="dim")


def _row(table: Any) -> dict[str, Any]:  # noqa: ANN401  (a table)
    return {
        "asset": table.asset,
        "window": table.window,
        "content": table.content[:16],
        "rows": table.rows or None,
        "current": table.current,
    }


def _use(used: dict[str, Any]) -> dict[str, Any]:
    what = "holds their rows: withdrawn, data removed" if used["holds"] else "made by a model of them: to be rebuilt"
    return {
        "version": used["version"],
        "window": used["window"],
        "what": "withdrawn already" if used["withdrawn"] else what,
    }


def _agreed(json: bool) -> bool:
    """Whether a person at a terminal says yes; nobody is asked elsewhere."""
    return not json and console.is_terminal and typer.confirm("Erase them?")


def _tell(chain: Chain, done: dict[str, Any], copies: list[dict[str, str]], *, json: bool) -> None:
    from supplychain.erasure import stale_windows

    stale = stale_windows(chain)
    if json:
        put_json({**done, "stale": [asdict(one) for one in stale], "copies": copies})
        return
    what = f"{done['people']:,} people" if done["people"] else f"windows {', '.join(done['windows'])}"
    say(f"\nErased: {what}; {done['rows']:,} rows of tables, {done['models']} models.", style="bold green")
    if done["withdrawn"]:
        say(f"Withdrawn: {', '.join(done['withdrawn'])}")
    put_table(copies, title="Who has pulled a copy, and must be told")
    for one in stale:
        say(f"To be made again: supplychain run {chain.product.name} --window {one.window} ({one.reason})")
    say(f"The record: {', '.join(done['events'])}", style="dim")
