"""`refresh`: which windows are stale and why, what the sensor would do about them, and what came of it before."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from supplychain.cli.output import AsJson, put_json, put_table, say, status
from supplychain.errors import CHANGES, DONE

if TYPE_CHECKING:
    from supplychain.chain import Chain
    from supplychain.refresh import Decision, Incident, Look

SHOWN = 10


def refresh(
    product: Annotated[str, typer.Argument(help="The product's name.")],
    now: Annotated[bool, typer.Option("--now", help="Rebuild what is stale, in this process.")] = False,
    json: AsJson = False,
) -> None:
    """Show which windows are stale and why, and what is done about it. Exit code 2: something is stale."""
    from supplychain.chain import Chain
    from supplychain.cli.context import knowing_windows
    from supplychain.project import find_product, project_root
    from supplychain.refresh import COMMAND, SENSOR, decide, look
    from supplychain.store import Store

    root = project_root()
    store = Store.open()
    with status(f"looking at the source of {product}", quiet=json):
        chain = Chain.open(knowing_windows(find_product(product, root), root, store), root)
        found = look(chain)
    if now:
        decision = decide(chain, found, by=COMMAND)
        code = rebuild(chain, decision.incident, quiet=json) if decision.incident else DONE
    else:
        decision = decide(chain, found, by=SENSOR)
        code = CHANGES if found.causes else DONE
    if json:
        put_json(_as_json(chain, found, decision))
    elif not (now and decision.incident):
        _put(chain, found, decision)
    raise typer.Exit(code)


def rebuild(chain: Chain, incident: Incident, *, quiet: bool) -> int:
    """Rebuild the windows of an incident in this process, as the backfill does in the daemon; the exit code."""
    from supplychain.cli.run import run_window_shown
    from supplychain.refresh import COMMAND, History, finish, note
    from supplychain.refresh.history import BEING_DECIDED, STARTED, decision_lock

    with chain.store.lock(decision_lock(incident.product), why=BEING_DECIDED.format(incident.product), wait=True):
        note(chain, incident, STARTED, by=COMMAND, reason=incident.description)
        ends = [
            run_window_shown(chain.root, chain.store, incident.product, window, quiet=quiet, incident=incident)
            for window in incident.windows
        ]
        started = History.of(chain).open
        assert started is not None, "it was noted above, and nobody else decides meanwhile"
        ended = finish(chain, started, [end.run_id for end in ends])
    if not quiet:
        say(f"Refresh {ended.incident}: {ended.reason}", style="bold")
    return max(end.exit_code for end in ends)


def _put(chain: Chain, found: Look, decision: Decision) -> None:
    put_table({"window": cause.window, "stale": cause.kind, "because it": cause.why} for cause in found.causes)
    put_table({"window": cause.window, "waits": cause.kind, "because it": cause.why} for cause in found.held)
    name = chain.product.name
    if not found.causes:
        say(f"{name}: no window is stale")
    elif chain.product.refresh is None:
        say(f"{name} has no section refresh: nothing starts by itself; `supplychain refresh {name} --now` rebuilds")
    else:
        said = {"land": "lands it first", "start": "starts a backfill", "propose": "proposes it", "wait": "waits"}
        say(f"The sensor {said.get(decision.action, 'does nothing')}: {decision.words}")
    put_worth(chain, decision)
    put_table((_row(event) for event in _history(chain)[-SHOWN:]), title="\nRefreshes, the newest last")


def put_worth(chain: Chain, decision: Decision) -> None:
    """Price and gain of what is stale, where the product file's figures tell both."""
    from supplychain.refresh.worth import worth_of

    worth = worth_of(chain, decision.incident.causes) if decision.incident else None
    told = worth and worth.complaint and decision.words == worth.complaint
    if worth and not told and worth.price is not None and worth.gain is not None:
        money = f"{worth.price:,.2f} {worth.currency}, gain {worth.gain:,.2f} {worth.currency}"
        say(f"  Price {money} in {worth.months} months, by what was measured last on gold")


def _history(chain: Chain) -> list[dict[str, Any]]:
    from supplychain.refresh import History

    return [{"at": at, **asdict(event)} for at, event in History.of(chain).events]


def _row(event: dict[str, Any]) -> dict[str, Any]:
    return {
        "at": f"{event['at']:%Y-%m-%d %H:%M}",
        "incident": event["incident"],
        "by": event["by"],
        "": event["outcome"] or event["action"],
        "cpu s": event["cpu_seconds"] or None,
        "cost": f"{event['money']:.2f} {event['currency']}" if event["money"] is not None else None,
        "why": event["reason"],
    }


def _as_json(chain: Chain, found: Look, decision: Decision) -> dict[str, Any]:
    from supplychain.refresh.worth import worth_of

    causes = decision.incident.causes if decision.incident else ()
    return {
        "product": chain.product.name,
        "stale": [asdict(cause) for cause in found.causes],
        "held": [asdict(cause) for cause in found.held],
        "action": decision.action,
        "reason": decision.words,
        "worth": asdict(worth_of(chain, causes)) if causes else None,
        "history": _history(chain),
    }
