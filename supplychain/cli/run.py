"""`run`: the chain's Dagster job in this process, with its progress on the terminal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from supplychain.cli import verdicts
from supplychain.cli.output import AsJson, complain, console, put_json, put_table, say, status
from supplychain.errors import DONE, BadInput, GateRefused
from supplychain.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from assets.driver import Outcome, Progress
    from supplychain.ledger import Commit, GateResult, Ledger
    from supplychain.plan import Plan
    from supplychain.product import Product
    from supplychain.refresh import Incident

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
    "freeze": "review     freeze what people judge",
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
    from supplychain.cli.context import knowing_windows
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
    store = Store.open()
    with status("reading the product and its suites", quiet=json):
        check_product(spec, root)
        spec = knowing_windows(spec, root, store)
        windows = [spec.check_window(window)] if window else list(spec.windows)
        refused = {} if saved else _refused_at_once(spec, root, store, windows)
    ends = {
        name: run_window_shown(root, store, product, name, quiet=json, plan=saved)
        for name in windows
        if name not in refused
    }
    if json:
        put_json([refused.get(name) or _as_json(store, product, name, ends[name]) for name in windows])
    raise typer.Exit(max([end.exit_code for end in ends.values()] + [GateRefused.exit_code] * bool(refused)))


def _refused_at_once(spec: Product, root: Path, store: Store, windows: list[str]) -> dict[str, dict[str, Any]]:
    """Windows that would be a withdrawn release again, each with what a program is told; a person is told here."""
    from supplychain.chain import Chain
    from supplychain.ledger import Ledger
    from supplychain.refresh import never_again

    found = never_again(Chain(spec, store, Ledger(store), root), windows)
    for line in dict.fromkeys(str(error) for error in found.values()):
        complain(line)
    return {
        window: {
            "product": spec.name,
            "window": window,
            "run": None,
            "exit_code": error.exit_code,
            "errors": [str(error)],
            "release": None,
            "gates": [],
            "seconds": 0.0,
        }
        for window, error in found.items()
    }


def run_window_shown(
    root: Path,
    store: Store,
    product: str,
    window: str,
    *,
    quiet: bool,
    only: tuple[str, ...] = (),
    plan: Plan | None = None,
    incident: Incident | None = None,
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
        end = run_window(root, product, window, store=store, watch=view.show, only=only, plan=plan, incident=incident)
    finally:
        view.close()
    ledger = Ledger(store)
    gates = verdicts.of_run(ledger, product, window, end.run_id)
    for line in end.errors:
        complain(line)
    refused = [gate for gate in verdicts.to_tell(gates) if gate.blocks]
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


def _weights(ledger: Ledger, published: Commit) -> Iterator[str]:
    """What synthetic rows weigh in a release, as the blends that went in say; the window where there are several."""
    blends = [each for each in published.inputs if each.asset == "blend"]
    for blend in blends:
        found = ledger.find(published.product, blend.asset, blend.window)
        weights = found[1].notes.get("weights") if found and found[1].content == blend.content else None
        if weights:
            yield f"{f' in {blend.window}' if len(blends) > 1 else ''}: {weights}"


def _verdict(ledger: Ledger, product: str, end: Outcome, seconds: float, gates: list[GateResult]) -> None:
    """What the gates say of what this run took and made, and the release that it made."""
    commits = [commit for commit in ledger.commits(product) if commit.run == end.run_id]
    published = next((commit for commit in commits if commit.release), None)
    refused = verdicts.word(gates) == "refused"
    if gates and (refused or end.exit_code == DONE):
        say(f"\nGates: {verdicts.in_words(gates)}.", style="bold red" if refused else "bold green")
    put_table(verdicts.rows(verdicts.to_tell(gates)))
    if published and (release := published.release):
        say(f"\nRelease {release.version}: {ledger.store.path(release.path)}", style="bold")
        windows = ", ".join(release.windows)
        say(f"  {release.rows:,} rows, {release.synthetic_rows:,} of them synthetic; windows {windows}")
        for told in _weights(ledger, published):
            say(f"  beside 1 for a real row, a synthetic one weighs{told}", style="dim")
        say("  report.html in it tells what was measured, in a browser")
    elif end.exit_code:
        last = _in_force(ledger, product)
        say(f"Nothing was published; release {last} stays in force." if last else "Nothing was published.")
    if any(gate.suite == "review" and gate.blocks for gate in gates):
        say(f"  `supplychain review serve {product} --reviewer NAME` opens the desk for somebody who judges")
        say(f"  `supplychain review status {product}` says how far the review is, and what it waits for")
    _against_plan(ledger, product, end.run_id)
    say(f"Run {end.run_id[:8]}, {seconds:.0f} s", style="dim")


def _in_force(ledger: Ledger, product: str) -> str:
    """The newest version that nobody has withdrawn; empty where there is none."""
    versions = [commit.release.version for commit in ledger.releases(product) if commit.release]
    return next((one for one in reversed(versions) if one not in ledger.withdrawn(product)), "")


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
    if actual.slices["fall"].is_not_null().any():
        say("  The fall is that of the rows as the release weighs them, beyond real rows again at the same weights")
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
        "gates": [gate.to_dict() for gate in verdicts.of_run(Ledger(store), product, window, end.run_id)],
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
