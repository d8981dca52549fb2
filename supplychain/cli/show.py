"""`status`, `evidence`, `releases`, `verify`: what the store knows."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from supplychain.cli import tournament, verdicts
from supplychain.cli.context import project_or_none, split_version
from supplychain.cli.output import AsJson, put_json, put_table, say
from supplychain.ledger.costs import LOGGED
from supplychain.ledger.verdicts import PULLED, WAIVED, WITHDRAWN, excused, in_force

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supplychain.ledger import Commit, Evidence, GateResult, Ledger, Waiver

Named = Annotated[str, typer.Argument(help="PRODUCT or PRODUCT@VERSION.", metavar="PRODUCT[@VERSION]")]


def _ledger() -> Ledger:
    from supplychain.ledger import Ledger
    from supplychain.store import Store

    return Ledger(Store.open())


def status(
    product: Annotated[str | None, typer.Argument(help="The product's name; all of them where not given.")] = None,
    json: AsJson = False,
) -> None:
    """Show how far each window of each product is."""
    from supplychain.project import find_product, product_files

    ledger, root = _ledger(), project_or_none()
    known = list(product_files(root)) if root else ledger.products()
    if product:
        if root:
            find_product(product, root)
        known = [product]
    rows = [row for name in known for row in _windows(ledger, name)]
    if json:
        put_json(rows)
    elif rows:
        put_table(rows)
    else:
        say("nothing has been made yet; run `supplychain run PRODUCT`")


def _windows(ledger: Ledger, product: str) -> list[dict[str, Any]]:
    newest: dict[str, list[Commit]] = {}
    by_people = (LOGGED, WAIVED, WITHDRAWN, PULLED)
    for commit in (one for one in ledger.commits(product) if not one.refreshes and one.step not in by_people):
        newest.setdefault(commit.window, []).append(commit)
    return [_window(ledger, product, window, commits) for window, commits in newest.items()]


def _window(ledger: Ledger, product: str, window: str, commits: list[Commit]) -> dict[str, Any]:
    rows = {output.asset: output.rows for commit in commits for output in commit.outputs}
    withdrawn = ledger.withdrawn(product)
    held = [
        commit.release.version
        for commit in ledger.releases(product)
        if commit.release and window in commit.release.windows and commit.release.version not in withdrawn
    ]
    judged = verdicts.of_run(ledger, product, window, commits[-1].run)
    refused = [gate.rule for gate in judged if gate.blocks]
    return {
        "product": product,
        "window": window,
        "last_step": commits[-1].step,
        "at": commits[-1].recorded_at[:19],
        "real": rows.get("real", 0),
        "set_aside": rows.get("set_aside", 0),
        "accepted": rows.get("accepted", 0),
        "rejected": rows.get("rejected", 0),
        "gates": f"refused: {', '.join(refused)}" if refused else "passed" if judged else "",
        "in_release": held[-1] if held else "",
    }


def evidence(
    product: Named,
    window: Annotated[str | None, typer.Option(help="One window; all of them where not given.")] = None,
    json: AsJson = False,
) -> None:
    """Show the verdict, then what failed, every measurement, and the tournament where one chose the synthesizer."""
    from supplychain.errors import BadInput, nearest

    name, version = split_version(product)
    ledger = _ledger()
    measured = _measured(ledger, name, version if "@" in product else None)
    if not measured:
        raise BadInput("has no evidence yet", where=f"product {name}", remedy=f"run `supplychain run {name}`")
    if window and window not in measured:
        raise BadInput(
            f"has no evidence of window {window!r}", where=f"product {name}", remedy=nearest(window, measured)
        )
    shown = {window: measured[window]} if window else measured
    waivers = {key: _waivers(ledger, name, key, version if "@" in product else None) for key in shown}
    if json:
        put_json(
            {
                key: {
                    "verdict": verdicts.word(gates := excused(_gates_about(ledger, name, commit), waivers[key])),
                    "gates": [gate.to_dict() for gate in gates],
                    "waivers": [asdict(waiver) for waiver in waivers[key]],
                    "evidence": [asdict(row) for row in commit.evidence],
                    "tournament": tournament.behind(ledger, name, commit),
                }
                for key, commit in shown.items()
            }
        )
        return
    for key, commit in shown.items():
        gates = excused(_gates_about(ledger, name, commit), waivers[key])
        _put_evidence(key, gates, commit.evidence, waivers[key])
        held = tournament.behind(ledger, name, commit)
        if held:
            tournament.put(held)


def _measured(ledger: Ledger, product: str, version: str | None) -> dict[str, Commit]:
    """Window to the commit that measured it: the newest, or that of a release."""
    ledger.require(product)
    commits = ledger.commits(product)
    if version is None:
        chosen = {commit.window: commit for commit in commits if commit.evidence and commit.step == "validate"}
    else:
        released = ledger.release(product, version)
        blends = {item.content for item in released.inputs if item.asset == "blend"}
        judged = {
            item.content
            for commit in commits
            if any(output.asset == "blend" and output.content in blends for output in commit.outputs)
            for item in commit.inputs
            if item.asset == "evidence"
        }
        chosen = {
            commit.window: commit
            for commit in commits
            if any(output.asset == "evidence" and output.content in judged for output in commit.outputs)
        }
    return chosen


def _waivers(ledger: Ledger, product: str, window: str, version: str | None) -> list[Waiver]:
    """The waivers of a window that count today, or those that a release leans on."""
    if version is None:
        return in_force(ledger, product, window)
    blends = {item.content for item in ledger.release(product, version).inputs if item.asset == "blend"}
    made = [
        commit
        for commit in ledger.commits(product)
        if commit.window == window
        and any(output.asset == "blend" and output.content in blends for output in commit.outputs)
    ]
    return list(made[-1].waivers) if made else []


def _gates_about(ledger: Ledger, product: str, commit: Commit) -> list[GateResult]:
    """Verdicts on the contents that a measurement is about, and on the measurement."""
    contents = {item.asset: item.content for item in commit.inputs}
    return [
        *ledger.gates(product, "real", contents["real"]),
        *ledger.gates(product, "accepted", contents["accepted"]),
        *ledger.gates(product, "evidence", commit.output("evidence").content),
    ]


def _put_evidence(window: str, gates: list[GateResult], rows: Iterable[Evidence], waivers: list[Waiver]) -> None:
    word = verdicts.word(gates)
    say(f"\nWindow {window}: {verdicts.in_words(gates)}", style="bold red" if word == "refused" else "bold green")
    failed = list(verdicts.rows(gates, why=True))
    if failed:
        say()
        put_table(failed, title="What failed, or cannot be told")
    if waivers:
        say()
        put_table(
            ({name: told for name, told in asdict(w).items() if name != "revoked"} for w in waivers), title="Waived"
        )
    say()
    put_table(
        (_as_shown(row) for row in rows),
        title="Every measurement (reference: the same for real rows, or chance)",
    )


def _as_shown(row: Evidence) -> dict[str, Any]:
    interval = f"{row.low:.3f} to {row.high:.3f}" if row.low is not None and row.high is not None else ""
    return {
        "metric": row.metric,
        "scope": row.scope,
        "value": row.value,
        "95% interval": interval,
        "reference": row.reference,
        "n": row.n,
        "seconds": row.seconds,
    }
