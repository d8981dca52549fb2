"""`run` and `demo`: the chain's Dagster job in this process, with its progress on the terminal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from supplychain.cli import verdicts
from supplychain.cli.output import AsJson, complain, console, put_json, put_table, say, status
from supplychain.errors import DONE, BadInput, GateRefused
from supplychain.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from assets.driver import Outcome, Progress
    from supplychain.ledger import GateResult, Ledger
    from supplychain.plan import Plan

DEMO_PRODUCT, DEMO_WINDOW, DEMO_ARRIVAL = "drug-spend", "metro", "rural"
VERDICTS = {"held": "green", "warned": "yellow", "refused": "red"}
STEPS = {
    "land": "define     real rows, by role",
    "find_gaps": "define     gaps of the outcome model",
    "compare_pipelines": "define     cost and worth of more rows",
    "make_plan": "define     plan",
    "fit_synthesizer": "generate   fit the synthesizer",
    "sample_candidates": "generate   sample candidates",
    "screen": "validate   accept or reject each",
    "measure": "validate   measure them",
    "blend": "merge      with real rows",
    "publish": "publish    a release",
    "measure_feedback": "monitor    feedback",
    "measure_drift": "monitor    drift",
    "rebalance": "monitor    what the next plan should do otherwise",
}


def run(
    product: Annotated[str | None, typer.Argument(help="The product's name; a plan's own where not given.")] = None,
    window: Annotated[str | None, typer.Option(help="The window; each of them in turn where not given.")] = None,
    plan: Annotated[
        str | None, typer.Option(metavar="FILE", help="Apply exactly this plan, made by `supplychain plan -o FILE`.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Make a window of a product: define, generate, validate, merge, publish, monitor."""
    from supplychain.cli.check import check_product
    from supplychain.cli.plan import product_of, read_plan
    from supplychain.project import find_product, project_root

    root = project_root()
    if product is None and plan is None:
        raise BadInput("names no product", where="run", remedy="write supplychain run PRODUCT")
    product = product or product_of(str(plan))
    spec = find_product(product, root)
    saved = read_plan(plan, spec) if plan else None
    if saved and window not in (None, saved.window):
        remedy = f"leave --window out, or make a plan for {window}"
        raise BadInput(f"is a plan for window {saved.window}, not for {window}", where=plan, remedy=remedy)
    window = saved.window if saved else window
    windows = [spec.check_window(window)] if window else list(spec.windows)
    store = Store.open()
    with status("reading the product and its suites", quiet=json):
        check_product(spec, root)
    ends = [_run_window(root, store, product, name, quiet=json, plan=saved) for name in windows]
    if json:
        put_json([_as_json(store, product, name, end) for name, end in zip(windows, ends, strict=True)])
    raise typer.Exit(max(end.exit_code for end in ends))


def demo(json: AsJson = False) -> None:
    """Make the embedded product from real data, then look at a second population as it arrives."""
    from supplychain.cli.check import check_product
    from supplychain.project import find_product, project_root

    root = project_root()
    store = Store.open()
    with status("reading the product and its suites (Great Expectations takes a while to import)", quiet=json):
        check_product(find_product(DEMO_PRODUCT, root), root)
    end = _run_window(root, store, DEMO_PRODUCT, DEMO_WINDOW, quiet=json)
    if end.exit_code == DONE:
        if not json:
            say(
                f"\nThe {DEMO_ARRIVAL} people arrive. Are they those that the release was made from?",
                style="bold",
            )
        end = _run_window(
            root,
            store,
            DEMO_PRODUCT,
            DEMO_ARRIVAL,
            quiet=json,
            only=("real", "tune", "gold", "set_aside", "drift"),
        )
    if json:
        put_json(_as_json(store, DEMO_PRODUCT, DEMO_WINDOW, end))
    elif end.exit_code == DONE:
        _what_next()
    raise typer.Exit(end.exit_code)


def _what_next() -> None:
    say("\nTry next:", style="bold")
    say(f"  supplychain evidence {DEMO_PRODUCT}     what was measured, and what the gates said")
    say(f"  supplychain lineage {DEMO_PRODUCT}      what went into the release")
    say("  supplychain ui                      the same chain in the browser")
    say("The command is in .venv/bin/; `source .venv/bin/activate` puts it on your path.", style="dim")


def _run_window(
    root: Path,
    store: Store,
    product: str,
    window: str,
    *,
    quiet: bool,
    only: tuple[str, ...] = (),
    plan: Plan | None = None,
) -> Outcome:
    """Run a window, show its progress and its verdict."""
    from supplychain.ledger import Ledger
    from supplychain.ledger.verdicts import refusal

    with status("starting Dagster", quiet=quiet):
        from assets.driver import run_window
    view = _View(quiet=quiet)
    if not quiet:
        say(f"{product}, window {window}", style="bold")
    started = time.perf_counter()
    try:
        end = run_window(root, product, window, store=store, watch=view.show, only=only, plan=plan)
    finally:
        view.close()
    ledger = Ledger(store)
    gates = _judged(ledger, product, window, end.run_id)
    for line in end.errors:
        complain(line)
    refused = [gate for gate in gates if gate.blocks]
    for gate in refused if end.exit_code == GateRefused.exit_code and not end.errors else []:
        complain(refusal(gate, f"product {product}: window {window}"))
    if not quiet:
        _verdict(ledger, product, end, time.perf_counter() - started, gates)
    return end


def run_quietly(root: Path, store: Store, product: str, window: str, *, only: tuple[str, ...], quiet: bool) -> Outcome:
    """Make some assets of a window, with a line for what is under way and no verdict at the end."""
    with status("starting Dagster", quiet=quiet):
        from assets.driver import run_window
    view = _View(quiet=quiet)
    try:
        return run_window(root, product, window, store=store, watch=view.show, only=only)
    finally:
        view.close()


def _judged(ledger: Ledger, product: str, window: str, run_id: str) -> list[GateResult]:
    """What the gates said in a run, with today's waivers."""
    from supplychain.ledger.verdicts import excused, in_force

    gates = (gate for commit in ledger.commits(product) if commit.run == run_id for gate in commit.gates)
    return excused(gates, in_force(ledger, product, window))


def _verdict(ledger: Ledger, product: str, end: Outcome, seconds: float, gates: list[GateResult]) -> None:
    """What the gates said in this run, and the release that it made."""
    commits = [commit for commit in ledger.commits(product) if commit.run == end.run_id]
    release = next((commit.release for commit in commits if commit.release), None)
    refused = verdicts.word(gates) == "refused"
    if gates and (refused or end.exit_code == DONE):
        say(f"\nGates: {verdicts.in_words(gates)}.", style="bold red" if refused else "bold green")
    put_table(verdicts.rows(gates))
    if release:
        say(f"\nRelease {release.version}: {ledger.store.path(release.path)}", style="bold")
        windows = ", ".join(release.windows)
        say(f"  {release.rows:,} rows, {release.synthetic_rows:,} of them synthetic; windows {windows}")
    elif end.exit_code and ledger.releases(product):
        last = ledger.releases(product)[-1].release
        assert last is not None
        say(f"Nothing was published; release {last.version} stays in force.")
    elif end.exit_code:
        say("Nothing was published.")
    _against_plan(ledger, product, end.run_id)
    say(f"Run {end.run_id[:8]}, {seconds:.0f} s", style="dim")


def _against_plan(ledger: Ledger, product: str, run: str) -> None:
    """What the run made of its plan."""
    from supplychain.define import ENOUGH_RUNS, plan_against_actual

    actual = plan_against_actual(ledger, product, run)
    if actual is None:
        return
    say("\nPlan against actual", style="bold")
    columns = {"planned": "planned", "accepted": "accepted", "expected": "loss to fall by", "fall": "fell on gold by"}
    put_table(
        {
            "slice": row["slice"],
            **{words: row[name] for name, words in columns.items()},
            "95%": f"{row['low']:.4f} to {row['high']:.4f}" if row["low"] is not None else None,
        }
        for row in actual.slices.iter_rows(named=True)
    )
    if actual.expected:
        low, middle, high = actual.expected
        say(f"  Steps took {actual.seconds:.1f} s; planned {low:.1f} / {middle:.1f} / {high:.1f} (P10/50/90)")
    inside, known = actual.inside
    if known >= ENOUGH_RUNS:
        say(f"  {inside} of {known} runs took what their plan said, between P10 and P90")


def _as_json(store: Store, product: str, window: str, end: Outcome) -> dict[str, Any]:
    from dataclasses import asdict

    from supplychain.ledger import Ledger

    commits = [commit for commit in Ledger(store).commits(product) if commit.run == end.run_id]
    release = next((commit.release for commit in commits if commit.release), None)
    return {
        "product": product,
        "window": window,
        "run": end.run_id,
        "exit_code": end.exit_code,
        "errors": end.errors,
        "release": {**asdict(release), "folder": store.path(release.path)} if release else None,
        "gates": [gate.to_dict() for gate in _judged(Ledger(store), product, window, end.run_id)],
        "seconds": sum(commit.seconds for commit in commits),
    }


class _View:
    """The run on the terminal: a line for each step done, and a live one for what is under way."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._step, self._since = "", time.perf_counter()
        self._live = console.status("starting the run") if console.is_terminal and not quiet else None
        if self._live:
            self._live.start()

    def close(self) -> None:
        """End the live line."""
        if self._live:
            self._live.stop()

    def show(self, happened: Progress) -> None:
        """Show one thing that happened."""
        if self._quiet:
            return
        label = STEPS.get(happened.step, happened.step.replace("_", " "))
        if happened.kind == "start":
            self._step, self._since = label, time.perf_counter()
            self._now(label)
        elif happened.kind == "log":
            self._now(f"{self._step}: {happened.text}")
        elif happened.kind == "made":
            self._line(f"  {'made':<8} {happened.text}", "dim")
        elif happened.kind in VERDICTS:
            self._line(f"  {happened.kind:<8} {happened.text}", VERDICTS[happened.kind])
        elif happened.kind in ("end", "failed"):
            seconds = time.perf_counter() - self._since
            if happened.step in STEPS or happened.kind == "failed":
                self._line(f"{label:<46} {seconds:6.1f} s{'   FAILED' if happened.kind == 'failed' else ''}", "")

    def _now(self, text: str) -> None:
        if self._live:
            from rich.markup import escape

            self._live.update(escape(text))
        else:
            self._line(f"  ...      {text}", "dim")

    def _line(self, text: str, style: str) -> None:
        console.print(text, style=style or None, markup=False, overflow="ellipsis", no_wrap=True)
