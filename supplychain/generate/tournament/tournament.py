"""The tournament of `synthesizer: auto`: every entrant is fitted on `train` and measured on `tune`; the levers choose.

Each entrant is fitted as it would be if the product file named it alone: by the same seed, to the same bytes. What it
made is kept in the store under a recipe of its own, so that another entrant, another lever or new rows in `tune` fit
nothing again.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from supplychain import seeds
from supplychain.code import recipe
from supplychain.errors import SupplyChainError, one_line
from supplychain.generate.tournament.choosing import Entry, choose, why_out
from supplychain.generate.tournament.entrant import REAL, Cost, Failed, Fitted, run
from supplychain.generate.tournament.entrants import Seat, seats_of
from supplychain.generate.tournament.scoring import Referee, Scores
from supplychain.generate.tournament.standings import as_evidence, as_table
from supplychain.plan import planned_slices
from supplychain.schema import Schema

if TYPE_CHECKING:
    from supplychain.chain import Chain
    from supplychain.gates import Suite
    from supplychain.generate.synthesizer import Hints
    from supplychain.ledger import Output
    from supplychain.ledger.entries import Scalar
    from supplychain.product import Product
    from supplychain.slices import Slice
    from supplychain.step import Step


@dataclass(frozen=True)
class Made:
    """What an entrant made, and what it took when it was made."""

    output: Output
    rows: pl.DataFrame
    cost: Cost


def hold(chain: Chain, step: Step, real: Output, rows: pl.DataFrame, plan: pl.DataFrame, hints: Hints) -> None:
    """Hold the tournament of a window, and write `synthesizer`, who won, and `tournament`, the table.

    Args:
        chain: The product's chain.
        step: The step that records it.
        real: Real rows of role train, as the log has them.
        rows: These rows.
        plan: The table `plan`.
        hints: What the chain knows of the rows.

    Raises:
        BadInput: An entrant is of a synthesizer that is not installed.
        SupplyChainError: No entrant may be used.
    """
    tune = step.refer("tune")
    seats = seats_of(chain, step.window, real, rows.height, hints)
    suite = chain.suite("synthetic", columns=Schema.of(rows).names)
    planned = _planned(plan)
    made_of = _recipe(chain.product, seats, tune, planned, suite)
    if step.reuse("synthesizer", "tournament", recipe=made_of):
        return
    referee = _referee(chain, step.window, rows, chain.store.read_table(tune.table), suite, planned)
    made, failed = _fit_all(chain, step, seats, rows)
    scores = _score_all(chain, referee, made, failed)
    baselines = {seat.task.entrant for seat in seats if seat.baseline}
    entries = [Entry(name, scores[name], made[name].cost.cpu_seconds, name in baselines) for name in scores]
    choice = choose(entries, referee, chain.product.levers)
    if choice is None:
        raise _nobody(chain, step.window, entries, failed)
    chain.progress(choice.reason)
    step.measured(as_evidence(scores, {name: made[name].cost for name in scores}, referee))
    table = as_table(seats, scores, {name: one.cost for name, one in made.items()}, failed, choice, referee)
    step.write("tournament", table, recipe=made_of, reason=choice.reason)
    winner = next(seat for seat in seats if seat.task.entrant == choice.winner)
    notes: dict[str, Scalar] = {
        "synthesizer": winner.task.synthesizer,
        "entrant": choice.winner,
        "settings": winner.settings,
        "reason": choice.reason,
        "trained_on": real.content,
        "rows_seen": rows.height,
        "columns": len(Schema.of(rows).columns),
        "recipe": made_of,
    }
    step.outputs.append(replace(made[choice.winner].output, asset="synthesizer", notes=notes))  # the file is there


def _recipe(product: Product, seats: list[Seat], tune: Output, planned: list[tuple[Slice, int]], suite: Suite) -> str:
    """Hash of all that decides who wins."""
    return recipe(
        entrants=[(seat.task.entrant, seat.recipe) for seat in seats],
        tune=tune.content,
        planned=[(slice_.name, slice_.where, rows) for slice_, rows in planned],
        suite=suite.hash,
        limits=(product.levers.risk.attack_advantage, product.levers.cost.candidates_per_row),
        outcome=product.outcome.name,
        seconds=product.generate.tournament_seconds,
    )


def _nobody(chain: Chain, window: str, entries: list[Entry], failed: dict[str, str]) -> SupplyChainError:
    out = failed | {entry.name: why_out(entry, chain.product.levers) for entry in entries}
    said = "; ".join(f"{name} {why}" for name, why in out.items())
    return _error(chain, window, f"no entrant of the tournament may be used: {said}")


def _error(chain: Chain, window: str, what: str) -> SupplyChainError:
    return SupplyChainError(f"product {chain.product.name}: window {window}: {what}")


def _planned(plan: pl.DataFrame) -> list[tuple[Slice, int]]:
    """Slices that rows are to be made for, and how many."""
    rows = dict(plan.select("slice", "rows").iter_rows())
    return [(slice_, rows[slice_.name]) for slice_ in planned_slices(plan)]


def _fit_all(chain: Chain, step: Step, seats: list[Seat], rows: pl.DataFrame) -> tuple[dict[str, Made], dict[str, str]]:
    """What each entrant made, and why some made nothing. Each has an equal share of the time that is left."""
    made, failed = {}, {}
    new = [seat for seat in seats if not step.reuse(seat.model, seat.rows, recipe=seat.recipe)]
    left = chain.product.generate.tournament_seconds
    with tempfile.TemporaryDirectory() as folder:
        rows.write_parquet(Path(folder) / REAL)
        for number, seat in enumerate(new):
            name, started = seat.task.entrant, time.monotonic()
            seconds = max(left, 0.0) / (len(new) - number)
            chain.progress(f"fitting {name} on {rows.height:,} real rows, in {seconds:.0f} seconds at most")
            try:
                _keep(step, seat, run(seat.task, Path(folder), seconds=seconds, progress=chain.progress))
            except Failed as failure:
                failed[name] = str(failure)
                chain.progress(f"{name} is out: {failure}")
            left -= time.monotonic() - started
    for seat in seats:
        if seat.task.entrant not in failed:
            made[seat.task.entrant] = _made(chain, step, seat)
    return made, failed


def _keep(step: Step, seat: Seat, fitted: Fitted) -> None:
    step.write_model(seat.model, fitted.model, recipe=seat.recipe, **asdict(fitted.cost))
    step.write(seat.rows, fitted.rows, recipe=seat.recipe)


def _made(chain: Chain, step: Step, seat: Seat) -> Made:
    outputs = {output.asset: output for output in step.outputs}
    model = outputs[seat.model]
    cost = Cost(*(float(model.notes[name] or 0) for name in ("seconds", "cpu_seconds", "memory_mb")))
    return Made(model, chain.store.read_table(outputs[seat.rows].table), cost)


def _referee(
    chain: Chain, window: str, rows: pl.DataFrame, tune: pl.DataFrame, suite: Suite, planned: list[tuple[Slice, int]]
) -> Referee:
    chain.progress(f"measuring what real rows reach on {tune.height:,} rows of tune")
    seed = seeds.integer(chain.seed("referee", window=window))
    try:
        return Referee.of(rows, tune, chain.product.outcome.name, suite, planned, seed=seed)
    except ValueError as error:
        raise _error(
            chain, window, f"its real rows are too few for a tournament ({one_line(str(error))}); name a synthesizer"
        ) from error


def _score_all(chain: Chain, referee: Referee, made: dict[str, Made], failed: dict[str, str]) -> dict[str, Scores]:
    """The figures of each entrant; one whose rows cannot be measured joins those that failed."""
    scores = {}
    for name, what in made.items():
        chain.progress(f"measuring {name}")
        try:
            scores[name] = referee.score(what.rows)
        except Exception as error:  # noqa: BLE001  (a stranger's rows: whatever they break is the entrant's failure)
            kind = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
            failed[name] = f"cannot be measured: {kind}{one_line(str(error))[:200]}"
            chain.progress(f"{name} is out: {failed[name]}")
    return scores
