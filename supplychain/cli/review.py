"""`review`: people judge a sample of a window's rows; plan, desk, verdict, and what it teaches."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from supplychain.cli.output import AsJson, put_json, put_table, say
from supplychain.errors import DONE, REFUSED, BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supplychain.chain import Chain
    from supplychain.review.verdict import Verdict

app = typer.Typer(
    no_args_is_help=True, help="Review by people: plan, serve the desk, compute the verdict, learn rules from it."
)

Named = Annotated[str, typer.Argument(help="The product's name.")]
InWindow = Annotated[str | None, typer.Option(help="The window; the first that is under review, if not given.")]
RATES = (0.0, 0.01, 0.02, 0.03, 0.05, 0.08)
PACE = 8.0
"""Seconds that a record takes, before any has been judged."""


@app.command("plan")
def plan(product: Named, window: InWindow = None, json: AsJson = False) -> None:
    """Say how many rows will be judged, why so many, and which risks that keeps; nothing is frozen by it."""
    from supplychain.review.acceptance import Limits, operating_curve, single_plan

    chain = _chain(product)
    review, name = chain.product.review, window or chain.product.windows[0]
    if review is None:
        raise BadInput("asks for no review", where=chain.product.file, place="review", remedy="write `review: {}`")
    found = chain.ledger.find(product, "accepted", chain.product.check_window(name))
    rows = found[1].rows if found else sum(chain.product.levers.coverage.rows.values()) or 10_000
    limits = Limits(review.plan.aql, review.plan.ltpd, review.plan.alpha, review.plan.beta)
    drawn = single_plan(rows, limits)
    records = drawn.n + review.targeted
    seconds = (records * (1 + review.second) + 2 * (review.defects + review.good)) * PACE
    curve = dict(zip(RATES, operating_curve(drawn, list(RATES)), strict=True))
    if json:
        put_json(
            {
                **asdict(drawn),
                **asdict(limits),
                "targeted": review.targeted,
                "seeded": review.defects + review.good,
                "mode": review.plan.mode,
                "minutes": seconds / 60,
                "accepts": curve,
            }
        )
        return
    say(
        f"{product}, window {name}: {drawn.n} of {rows:,} rows, drawn by chance; accepted with up to {drawn.c} defects",
        style="bold",
    )
    say(f"  good up to {limits.aql:.1%} defects, bad from {limits.ltpd:.1%}; the size hardly depends on the window's")
    say(f"  beside them {review.targeted} suspect rows, and {review.defects + review.good} that measure each reviewer")
    say(f"  a second reviewer on {review.second:.0%}; about {seconds / 60:.0f} minutes in all, two reviewers together")
    put_table(
        {"defects in the window": f"{rate:.0%}", "chance to be accepted": f"{chance:.1%}"}
        for rate, chance in curve.items()
    )


@app.command("serve")
def serve(
    product: Named,
    reviewer: Annotated[list[str] | None, typer.Option(help="Who judges; may be given more than once.")] = None,
    adjudicator: Annotated[list[str] | None, typer.Option(help="Who decides where two differ.")] = None,
    approver: Annotated[list[str] | None, typer.Option(help="Who approves a release.")] = None,
    real_viewer: Annotated[list[str] | None, typer.Option(help="Who may see real rows, in the blind test.")] = None,
    port: Annotated[int, typer.Option(help="The port; 0 takes any that is free.")] = 8650,
    host: Annotated[
        str, typer.Option(help="The address to listen on; others than this machine's are reachable by others.")
    ] = "127.0.0.1",
) -> None:
    """Open the desk until Ctrl-C; a link for each person is printed, which nobody else is to have."""
    import getpass
    import socket

    import uvicorn

    from supplychain.review.desk import desk
    from supplychain.review.files import people
    from supplychain.review.people import ADJUDICATOR, APPROVER, REAL_VIEWER, REVIEWER

    chain = _chain(product)
    everybody = people(chain)
    roles = {REVIEWER: reviewer, ADJUDICATOR: adjudicator, APPROVER: approver, REAL_VIEWER: real_viewer}
    wanted: dict[str, list[str]] = {}
    for role, names in roles.items():
        for name in names or []:
            wanted.setdefault(name, []).append(role)
    if not wanted and not everybody.all():
        wanted = {getpass.getuser(): [REVIEWER]}
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise BadInput(
                f"cannot listen on {host}:{port} ({error.strerror})", where="--port", remedy="name another"
            ) from None
        base = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
        for name, given in wanted.items():
            say(f"{name} ({', '.join(given)}): {base}/enter?token={everybody.invite(name, *given)}")
        if not wanted:
            say(f"{base}/ for {', '.join(person.name for person in everybody.all())}, by the links they have")
        if host not in ("127.0.0.1", "localhost", "::1"):
            say(
                "Others can reach this address, and what they send is not encrypted: put TLS before it.", style="yellow"
            )
        say("Ctrl-C stops it; every answer is on the disk when it is given")
        hosts = ["127.0.0.1", "localhost", "[::1]", host] if host != "0.0.0.0" else ["*"]  # noqa: S104  (asked for)
        config = uvicorn.Config(desk(chain, hosts), log_level="warning", access_log=False, server_header=False)
        uvicorn.Server(config).run(sockets=[listener])


@app.command("status")
def status_(product: Named, json: AsJson = False) -> None:
    """Say of each window under review how far it has come."""
    from supplychain.review.files import docket, waiting
    from supplychain.review.verdict import verdict

    chain = _chain(product)
    rows = []
    for name in waiting(chain):
        under = docket(chain, name)
        found = verdict(under.lot, under.journal.read())
        rows.append(
            {
                "window": name,
                "outcome": found.outcome,
                "judged": found.judged,
                "of": found.wanted,
                "minutes": found.seconds / 60,
                "reviewers": ", ".join(each.name for each in found.reviewers),
                "waits for": "; ".join(found.missing),
                "lot": under.lot.content[:16],
            }
        )
    if json:
        put_json(rows)
    elif rows:
        put_table(rows)
    else:
        say(f"Nothing of {product} is under review; a run stops at its review gate and freezes a lot.")


@app.command("verdict")
def verdict_(
    product: Named,
    window: InWindow = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where the run stopped: blend, release and drift.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Compute the verdict, and take it and the desk's log into the lineage log."""
    from supplychain.review.files import docket
    from supplychain.review.gate import take_verdict
    from supplychain.review.verdict import advanced

    chain, name = _under_review(product, window)
    under = docket(chain, name)
    commit = take_verdict(chain, name)
    found = advanced(under.lot, under.journal)
    if json:
        put_json({"commit": commit.id, "lot": under.lot.content, **_plain(found)})
    else:
        say(f"{product}, window {name}: {found.words}", style="bold")
        put_table(
            {
                "reviewer": each.name,
                "judged": len(each.answers),
                "defects found": f"{each.sensitivity.count} of {each.sensitivity.n}",
                "good let pass": f"{each.specificity.count} of {each.specificity.n}",
                "void": each.void,
                "minutes": each.seconds / 60,
            }
            for each in found.reviewers
        )
    others = [other for other, is_taken in _taken(chain) if other != name and not is_taken]
    if others and not window and not json:
        say(f"also under review: {', '.join(others)}; name one with --window", style="dim")
    if found.releases and resume:
        raise typer.Exit(_go_on(chain, name, quiet=json))
    if found.releases and not json:
        say(
            f"`supplychain review verdict {product} --window {name} --resume` goes on; so does Dagster's sensor",
            style="dim",
        )
    raise typer.Exit(DONE if found.releases else REFUSED)


def _go_on(chain: Chain, window: str, *, quiet: bool) -> int:
    from supplychain.cli.run import run_window_shown

    only = ("lot", "blend", "release", "drift")
    return run_window_shown(chain.root, chain.store, chain.product.name, window, quiet=quiet, only=only).exit_code


@app.command("suggest")
def suggest(
    product: Named,
    window: InWindow = None,
    accept: Annotated[str | None, typer.Option(metavar="ID", help="Write this one into synthetic.yaml.")] = None,
    json: AsJson = False,
) -> None:
    """Suggest a rule for each reason that repeats; a person accepts it with --accept."""
    from supplychain.review.files import docket
    from supplychain.review.suggest import accept as write
    from supplychain.review.suggest import suggestions
    from supplychain.review.verdict import verdict

    chain, name = _under_review(product, window)
    under = docket(chain, name)
    made = suggestions(chain, name, verdict(under.lot, under.journal.read()))
    if accept:
        chosen = next((each for each in made if each.id == accept), None)
        if chosen is None:
            raise BadInput(
                "is not suggested",
                where="--accept",
                place=accept,
                remedy=f"suggested are: {', '.join(each.id for each in made) or 'none'}",
            )
        say(f"{write(chain, chosen)} has {chosen.id} now: {chosen.rule}")
        return
    if json:
        put_json([{**asdict(each), "yaml": each.as_yaml()} for each in made])
    elif not made:
        say("No reason was given three times with a pattern that real people do not have.")
    for each in made if not json else []:
        say(
            f"{each.id}: refuses {each.refused} of {each.of} rejected rows, {each.accepted} others, "
            f"{each.real:.2%} of real rows",
            style="bold",
        )
        say(each.as_yaml())


@app.command("export")
def export(
    product: Named,
    file: Annotated[Path, typer.Argument(help="Where the JSON lines go.")],
    by: Annotated[str, typer.Option(help="Who will judge them.")],
    window: InWindow = None,
) -> None:
    """Write the records that a person is to judge as JSON lines, for another labelling tool."""
    import json as text

    from supplychain.review.exchange import exported
    from supplychain.review.files import docket

    chain, name = _under_review(product, window)
    lines = [text.dumps(task) for task in exported(docket(chain, name), by)]
    try:
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise BadInput(f"cannot be written ({error.strerror})", where=file, remedy="name another file") from None
    say(f"{len(lines)} records for {by} are in {file}")


@app.command("import")
def import_(
    product: Named,
    file: Annotated[Path, typer.Argument(help="JSON lines with id, answer and reason.")],
    by: Annotated[str, typer.Option(help="Who judged, where the lines do not say it.")] = "",
    window: InWindow = None,
) -> None:
    """Take answers from another labelling tool into the desk's log; all of them, or none."""
    from supplychain.review.exchange import imported
    from supplychain.review.files import docket

    chain, name = _under_review(product, window)
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot be read ({error})", where=file, remedy="name a file with JSON lines") from None
    added = imported(docket(chain, name), lines, where=str(file), reviewer=by)
    say(f"{added} answers were new, of {len(lines)} lines")


def _chain(product: str) -> Chain:
    from supplychain.chain import Chain
    from supplychain.project import find_product, project_root

    root = project_root()
    return Chain.open(find_product(product, root), root)


def _under_review(product: str, window: str | None) -> tuple[Chain, str]:
    """The window that was asked for, or the first whose verdict the lineage log does not have yet."""
    chain = _chain(product)
    if window:
        return chain, chain.product.check_window(window)
    there = dict(_taken(chain))
    waits = [name for name, is_taken in there.items() if not is_taken]
    return chain, (waits or list(there) or list(chain.product.windows))[0]


def _taken(chain: Chain) -> Iterator[tuple[str, bool]]:
    """Each window with a lot, and whether the lineage log has its verdict on all that people answered."""
    from supplychain.review.gate import is_taken
    from supplychain.review.waiting import under_review

    for name, found in under_review(chain.product, chain.root, chain.store):
        yield name, is_taken(found)


def _plain(found: Verdict) -> dict[str, Any]:
    """The verdict for a program, without the answers."""
    document = asdict(found)
    document["reviewers"] = [
        {
            "name": each.name,
            "judged": len(each.answers),
            "sensitivity": asdict(each.sensitivity),
            "specificity": asdict(each.specificity),
            "void": each.void,
            "seconds": each.seconds,
        }
        for each in found.reviewers
    ]
    document["rejected"] = [
        {"id": item.id, "stratum": item.stratum, "reason": record.reason, "by": record.reviewer, "note": record.note}
        for item, record in found.rejected
    ]
    return {**document, "final": found.final, "releases": found.releases, "words": found.words}
