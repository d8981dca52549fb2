"""`demo`: the story of a release in two acts, on real people: it is made, other people come, it is renewed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import typer

from supplychain.cli.output import AsJson, put_json, put_table, say, status
from supplychain.errors import DONE

if TYPE_CHECKING:
    from supplychain.chain import Chain
    from supplychain.ledger import Commit
    from supplychain.refresh import Decision

PRODUCT, WINDOW, ARRIVAL = "drug-spend", "metro", "rural"
LANDING = ("real", "tune", "gold", "set_aside", "gaps", "drift")
"""What is made of people who have just come: nothing is released yet."""
SHOWN_GAPS = 6


def demo(json: AsJson = False) -> None:
    """Release a first population; see a second one come, drift and open gaps; rebuild, and compare the two releases."""
    from supplychain.chain import Chain
    from supplychain.cli.check import check_product
    from supplychain.project import find_product, project_root

    root, started = project_root(), time.perf_counter()
    spec = find_product(PRODUCT, root)
    with status("reading the product and its suites (Great Expectations takes a while to import)", quiet=json):
        check_product(spec, root)
    chain = Chain.open(spec, root)
    code = _first_act(chain, quiet=json) or _second_act(chain, quiet=json)
    if json:
        put_json({**_as_json(chain), "exit_code": code})
    elif code == DONE:
        say(f"\nBoth acts took {time.perf_counter() - started:.0f} s.", style="dim")
        _what_next()
    raise typer.Exit(code)


def _first_act(chain: Chain, *, quiet: bool) -> int:
    """The people of the first window are released."""
    from supplychain.cli.run import run_window_shown

    if not quiet:
        say(f"\nAct one. The {WINDOW} people become a release.\n", style="bold")
    return run_window_shown(chain.root, chain.store, PRODUCT, WINDOW, quiet=quiet).exit_code


def _second_act(chain: Chain, *, quiet: bool) -> int:
    """Other people come: they are landed and compared, and what is stale is rebuilt."""
    from supplychain.cli.refresh import rebuild
    from supplychain.cli.run import run_window_shown

    if not quiet:
        say(f"\nAct two. The {ARRIVAL} people come. Are they those that the release was made from?\n", style="bold")
    end = run_window_shown(chain.root, chain.store, PRODUCT, ARRIVAL, quiet=quiet, only=LANDING)
    if end.exit_code:
        return end.exit_code
    decision = _decided(chain)
    if not quiet:
        _put_drift(chain)
        _put_gaps(chain)
        _put_decision(decision)
    if decision.incident is None:
        return DONE
    code = rebuild(chain, decision.incident, quiet=quiet)
    if not quiet and code == DONE:
        _put_difference(chain)
        _put_effect(chain)
    return code


def _decided(chain: Chain) -> Decision:
    """What the sensor would do about the people who have come; in the daemon it starts a backfill of the same runs."""
    from supplychain.refresh import SENSOR, Look, decide, look

    found = look(chain)
    causes = tuple(cause for cause in found.causes if cause.window == ARRIVAL and cause.kind != "new")
    return decide(chain, Look(causes, found.held), by=SENSOR)


def _put_drift(chain: Chain) -> None:
    """How far each column has moved, the furthest first."""
    table = chain.store.read_table(chain.ledger.current(PRODUCT, "drift", ARRIVAL).table)
    moved = table.filter(table["low"] > 0).sort("low", descending=True)
    say(f"\n{moved.height} of {table.height} columns have surely moved (95%, all columns together)", style="bold")
    put_table(
        {"column": row["scope"], "distance": row["value"], "at least": row["low"], "at most": row["high"]}
        for row in moved.iter_rows(named=True)
    )


def _put_gaps(chain: Chain) -> None:
    """The gaps of the outcome model among the people who have come."""
    from supplychain.define.pictures import gap_table

    gaps = gap_table(chain.store.read_table(chain.ledger.current(PRODUCT, "gaps", ARRIVAL).table))
    opened = gaps.filter(gaps["finding"].str.starts_with("gap"))
    say(f"\nGaps that opened among {ARRIVAL} people: {opened.height}", style="bold")
    put_table(opened.drop("where", strict=False).head(SHOWN_GAPS).iter_rows(named=True))


def _put_decision(decision: Decision) -> None:
    if decision.incident is None:
        say(f"\nNothing is rebuilt: {decision.words}", style="bold")
        return
    say(f"\n{decision.incident.title}", style="bold")
    say(decision.incident.description)
    does = "starts this" if decision.action == "start" else f"proposes this ({decision.words}), and a person starts it"
    say(f"In Dagster the sensor {does} as a backfill; here it runs in this process, the same steps and gates.\n")


def _put_difference(chain: Chain) -> None:
    """What the second release has that the first has not, as `supplychain diff` says it."""
    from supplychain.cli.release import put_difference
    from supplychain.publish import diff

    before, after = (commit.release for commit in _last_two(chain))
    assert before is not None and after is not None
    say("\nThe two releases", style="bold")
    put_difference(diff(chain.ledger, PRODUCT, before.version, after.version))


def _last_two(chain: Chain) -> tuple[Commit, Commit]:
    releases = chain.ledger.releases(PRODUCT)
    return releases[-2] if len(releases) > 1 else releases[-1], releases[-1]


def _put_effect(chain: Chain) -> None:
    """What the synthetic people are worth to a model, on gold people that nobody trained on; whatever it is."""
    asked = "the loss with the synthetic people, trusted as far as the levers allow"
    say(f"\nOn {ARRIVAL} gold people, who trained nothing: {asked}", style="bold")
    rows = effect(chain)
    put_table(
        {"slice": row["slice"], "falls by": row["fall"], "at least": row["low"], "at most": row["high"], "n": row["n"]}
        for row in rows
    )
    say(f"In the release they weigh, as tune said: {chain.ledger.current(PRODUCT, 'blend', ARRIVAL).notes['weights']}.")
    whole = next((row for row in rows if row["slice"] == "all"), None)
    if whole and whole["low"] is not None and whole["high"] is not None:
        verdict = (
            "They help." if whole["low"] > 0 else "They harm." if whole["high"] < 0
            else "The interval holds zero: no effect on all of them together is shown. More real people would tell."
        )  # fmt: skip
        say(verdict)


def effect(chain: Chain) -> list[dict[str, Any]]:
    """The fall of the loss on the arrivals' gold people with its 95% interval, for all of them and per slice."""
    found: dict[str, dict[str, Any]] = {}
    for commit in chain.ledger.commits(PRODUCT):
        for row in commit.evidence:
            if commit.window == ARRIVAL and row.metric == "slice.fall":
                found[row.scope] = {
                    "slice": row.scope, "fall": row.value, "low": row.low, "high": row.high, "n": row.n
                }  # fmt: skip
    return list(found.values())


def _as_json(chain: Chain) -> dict[str, Any]:
    from dataclasses import asdict

    before, after = _last_two(chain) if chain.ledger.releases(PRODUCT) else (None, None)
    releases = [asdict(commit.release) for commit in (before, after) if commit and commit.release]
    return {"product": PRODUCT, "releases": releases, "effect": effect(chain)}


def _what_next() -> None:
    say("\nTry next:", style="bold")
    say(f"  supplychain evidence {PRODUCT}     what was measured, and what the gates said")
    say(f"  supplychain refresh {PRODUCT}      what is stale, and what was rebuilt and why")
    say(f"  supplychain lineage {PRODUCT}      what went into the release")
    say("  supplychain ui                      the same chain in the browser")
    say("The command is in .venv/bin/; `source .venv/bin/activate` puts it on your path.", style="dim")
