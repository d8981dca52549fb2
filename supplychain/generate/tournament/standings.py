"""The tournament as a table for people and for SQL, and as rows of evidence."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.ledger import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from supplychain.generate.tournament.choosing import Choice
    from supplychain.generate.tournament.entrant import Cost
    from supplychain.generate.tournament.entrants import Seat
    from supplychain.generate.tournament.scoring import Figure, Referee, Scores

SCHEMA: dict[str, Any] = {
    "entrant": pl.String,
    "standing": pl.String,
    "utility": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "worst_slice": pl.String,
    "in_worst": pl.Float64,
    "fidelity": pl.Float64,
    "discriminator": pl.Float64,
    "attack": pl.Float64,
    "attack_low": pl.Float64,
    "attack_high": pl.Float64,
    "broken": pl.Float64,
    "seconds": pl.Float64,
    "cpu_seconds": pl.Float64,
    "memory_mb": pl.Float64,
    "why": pl.String,
    "synthesizer": pl.String,
    "settings": pl.String,
}
"""Columns of the table `tournament`, one row an entrant.

`utility` is by how much a model that learnt from the entrant's rows loses less per row than one that learnt from real
rows, where the plan puts rows, with its 95% limits; `in_worst` the same in the slice where it is least; `fidelity` the
similarity of the pairs of columns as a share of that of `tune`; `broken` the share of the rows that break a rule.
Seconds and megabytes differ from run to run, all else does not.
"""
ORDER = ("chosen", "on the front", "dominated", "baseline", "out", "failed")


def as_table(
    seats: list[Seat],
    scores: Mapping[str, Scores],
    costs: Mapping[str, Cost],
    failed: Mapping[str, str],
    choice: Choice,
    referee: Referee,
) -> pl.DataFrame:
    """One row an entrant, the winner first."""
    rows = []
    for seat in seats:
        name = seat.task.entrant
        standing, why = choice.standing.get(name, ("failed", failed.get(name, "")))
        row = {"entrant": name, "standing": standing, "why": choice.reason if name == choice.winner else why}
        row |= {"synthesizer": seat.task.synthesizer, "settings": seat.settings}
        row |= asdict(costs[name]) if name in costs else {}
        row |= _figures(scores[name], referee) if name in scores else {}
        rows.append({column: row.get(column) for column in SCHEMA})
    rows.sort(key=lambda row: ORDER.index(row["standing"]))
    return pl.DataFrame(rows, schema=SCHEMA)


def _figures(scores: Scores, referee: Referee) -> dict[str, Any]:
    worst = min(scores.slices, key=lambda name: scores.slices[name].value)
    measured = scores.attack.n > 0
    return {
        "utility": scores.utility.value,
        "low": scores.utility.low,
        "high": scores.utility.high,
        "worst_slice": worst,
        "in_worst": scores.slices[worst].value,
        "fidelity": scores.fidelity / referee.fidelity,
        "discriminator": scores.discriminator.value,
        "attack": scores.attack.value if measured else None,
        "attack_low": scores.attack.low if measured else None,
        "attack_high": scores.attack.high if measured else None,
        "broken": scores.broken.value,
    }


def as_evidence(scores: Mapping[str, Scores], costs: Mapping[str, Cost], referee: Referee) -> Iterator[Evidence]:
    """Each figure as a measurement. Scope: the entrant, or `entrant: slice`; reference: what real rows reach."""
    for name, one in scores.items():
        seconds = costs[name].seconds
        yield _row("utility", name, one.utility, 0.0, one.utility.n, seconds)
        for slice_, figure in one.slices.items():
            yield _row("utility", f"{name}: {slice_}", figure, 0.0, figure.n, seconds)
        yield _row("fidelity", name, one.fidelity, referee.fidelity, one.broken.n, seconds)
        yield _row("discriminator", name, one.discriminator, referee.discriminator, one.discriminator.n, seconds)
        if one.attack.n:
            yield _row("attack", name, one.attack, 0.0, one.attack.n, seconds)
        yield _row("broken", name, one.broken, None, one.broken.n, seconds)
        for figure_, value in asdict(costs[name]).items():
            yield _row(figure_, name, value, None, one.broken.n, seconds)


def _row(figure: str, scope: str, value: Figure | float, reference: float | None, n: int, seconds: float) -> Evidence:
    metric = f"tournament.{figure}"
    if isinstance(value, float | int):
        return Evidence(metric, scope, value, None, None, reference, n, seconds)
    return Evidence(metric, scope, value.value, value.low, value.high, reference, n, seconds)
