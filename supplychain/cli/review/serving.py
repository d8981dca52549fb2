"""`review serve` and `review people`: the desk, and who may come in."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from supplychain.cli.output import AsJson, put_json, put_table, say
from supplychain.cli.review.windows import Named, chain_of
from supplychain.errors import BadInput
from supplychain.review.people import ADJUDICATOR, APPROVER, DAYS, REAL_VIEWER, REVIEWER

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from supplychain.review.people import People, Person

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def serve(
    product: Named,
    reviewer: Annotated[list[str] | None, typer.Option(help="Who judges; may be given more than once.")] = None,
    adjudicator: Annotated[list[str] | None, typer.Option(help="Who decides where two differ.")] = None,
    approver: Annotated[list[str] | None, typer.Option(help="Who approves a release.")] = None,
    real_viewer: Annotated[list[str] | None, typer.Option(help="Who may see real rows, in the blind test.")] = None,
    valid: Annotated[int, typer.Option(metavar="DAYS", min=1, max=365, help="How long the new links are good.")] = DAYS,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes any that is free.")] = 8650,
    host: Annotated[
        str, typer.Option(help="The address to listen on; others than this machine's are reachable by others.")
    ] = "127.0.0.1",
) -> None:
    """Open the desk until Ctrl-C; a link for each person is printed, which nobody else is to have."""
    import uvicorn

    from supplychain.review.desk import desk
    from supplychain.review.files import people as people_of

    chain = chain_of(product)
    if chain.product.review is None:
        say(f"No window waits for people: {chain.product.file} has no section `review`.", style="yellow")
    roles = {REVIEWER: reviewer, ADJUDICATOR: adjudicator, APPROVER: approver, REAL_VIEWER: real_viewer}
    with _listening(host, port) as listener:
        base = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
        _invite(people_of(chain), {role: names or [] for role, names in roles.items()}, base, valid)
        if host not in LOOPBACK:
            say(
                "Others can reach this address, and what they send is not encrypted: put TLS before it.", style="yellow"
            )
        say("Ctrl-C stops it; every answer is on the disk when it is given")
        hosts = ["127.0.0.1", "localhost", "[::1]", host] if host != "0.0.0.0" else ["*"]  # noqa: S104  (asked for)
        config = uvicorn.Config(desk(chain, hosts), log_level="warning", access_log=False, server_header=False)
        uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    import socket

    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise BadInput(
                f"cannot listen on {host}:{port} ({error.strerror})", where="--port", remedy="name another"
            ) from None
        yield listener


def _invite(everybody: People, roles: dict[str, list[str]], base: str, days: int) -> None:
    """Print a new link for everybody who is named, or until when the links are good that people have."""
    import getpass

    wanted: dict[str, list[str]] = {}
    for role, names in roles.items():
        for name in names:
            wanted.setdefault(" ".join(name.split()), []).append(role)
    there = everybody.all()
    if not wanted and not there:
        wanted = {getpass.getuser(): [REVIEWER]}
    if "" in wanted:
        raise BadInput("is empty", where=f"--{wanted[''][0]}", remedy="name somebody")
    for name, given in wanted.items():
        token = everybody.invite(name, *given, days=days)
        roles_of = next(person.roles for person in everybody.all() if person.name == name)
        say(f"{name} ({', '.join(roles_of)}): {base}/enter?token={token}")
    if wanted:
        say(f"each link is good for {days} {'day' if days == 1 else 'days'}, or until its person is given another")
        return
    say(f"{base}/ by the links that people have; `--reviewer NAME` makes a new one")
    for person in there:
        say(f"  {person.name} ({', '.join(person.roles)}): {_state(person)}")


def people(
    product: Named,
    end: Annotated[str | None, typer.Option(metavar="NAME", help="End this person's link now.")] = None,
    role: Annotated[
        str | None, typer.Option(help="Beside --end: take only this role away; the link is good for the others.")
    ] = None,
    remove: Annotated[
        str | None, typer.Option(metavar="NAME", help="Take every role away from this person, and end the link.")
    ] = None,
    log: Annotated[bool, typer.Option("--log", help="Say what was given and taken, when and by whom.")] = False,
    json: AsJson = False,
) -> None:
    """Say who may come to the desk, as what and until when; or end a person's link, or take roles away."""
    from supplychain.review.files import people as people_of

    everybody = people_of(chain_of(product))
    if end is not None and remove is not None:
        raise BadInput("stands beside --end", where="--remove", remedy="give one of them")
    if role is not None and end is None:
        raise BadInput("says not whose", where="--role", remedy="name the person with --end NAME")
    if remove is not None:
        everybody.take_away(remove)
    elif end is not None and role is not None:
        everybody.take_away(end, role)
    elif end is not None:
        everybody.end(end)
    if log:
        _put_log(everybody, json=json)
        return
    there = everybody.all()
    if json:
        put_json([{"name": p.name, "roles": list(p.roles), "until": p.until, "has_ended": p.has_ended} for p in there])
    elif there:
        put_table({"person": p.name, "roles": ", ".join(p.roles) or None, "link": _state(p)} for p in there)
    else:
        say(f"Nobody yet; `supplychain review serve {product} --reviewer NAME` makes a link.")


def _put_log(everybody: People, *, json: bool) -> None:
    """Everything that was given and taken, the oldest first."""
    rows = [
        {"at": each.at, "what": each.type, "person": each.reviewer, "roles": each.role, "note": each.note}
        for each in everybody.log.read()
    ]
    if json:
        put_json(rows)
    elif rows:
        put_table({**row, "at": f"{row['at'][:16].replace('T', ' ')} UTC"} for row in rows)
    else:
        say("Nothing was given or taken yet.")


def _state(person: Person) -> str:
    return f"ended {person.end}" if person.has_ended else f"good until {person.end}"
