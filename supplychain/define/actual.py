"""Plan against actual: what a run made of its plan, and how far this product's plans can be believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from supplychain.falls import falls_of
from supplychain.tables import scan_table

if TYPE_CHECKING:
    from supplychain.ledger import Commit, Ledger, Output

_FELL = (pl.String, pl.Float64, pl.Float64, pl.Float64)
ENOUGH_RUNS = 5
"""Runs from which on the share of durations inside their P10 to P90 is worth saying."""


@dataclass(frozen=True)
class Actual:
    """What became of a plan.

    Attributes:
        slices: slice, planned, accepted (rows of each slice that had any planned), expected (by how much the plan had
            its loss fall, null where nobody knew), fall, low, high (by how much it fell on gold with the rows as
            the release weighs them, beyond a null of the same weights, with 95% limits).
        seconds: Wall seconds of the run's steps.
        expected: Seconds at P10, P50 and P90 as the plan had them; None before the product's first release.
        inside: Earlier runs whose seconds lay between their plan's P10 and P90, and all that had a plan with them.
    """

    slices: pl.DataFrame
    seconds: float
    expected: tuple[float, float, float] | None
    inside: tuple[int, int]


def plan_against_actual(ledger: Ledger, product: str, run: str) -> Actual | None:
    """What a run made of its plan; None where it did not come as far as to accept rows."""
    commits = ledger.commits(product)
    mine = [commit for commit in commits if commit.run == run]
    plan, accepted = _output(mine, "plan"), _output(mine, "accepted")
    if plan is None or accepted is None:
        return None
    foreseen = pl.col("loss") - pl.col("expected")
    planned = ledger.store.read_table(plan.table).filter(pl.col("rows") > 0)
    made = scan_table(ledger.store, accepted.table).select(["_slice"]).group_by(slice="_slice").len("accepted")
    found = falls_of(row for commit in mine for row in commit.evidence)
    falls = [(slice_, row.value, row.low, row.high) for slice_, row in found.items()]
    fell = pl.DataFrame(falls, schema=dict(zip(("slice", "fall", "low", "high"), _FELL, strict=True)), orient="row")
    slices = planned.select("slice", foreseen.alias("expected"), planned="rows")
    for known in (made, fell):
        slices = slices.join(known, on="slice", how="left", maintain_order="left")
    runs = {commit.run for commit in commits if any(output.asset == "release" for output in commit.outputs)}
    ended = [_duration([commit for commit in commits if commit.run == one]) for one in sorted(runs)]
    timed = [(seconds, limits) for seconds, limits in ended if limits]
    seconds, expected = _duration(mine)
    inside = sum(limits[0] <= took <= limits[2] for took, limits in timed if limits)
    return Actual(slices.with_columns(pl.col("accepted").fill_null(0)), seconds, expected, (inside, len(timed)))


def _output(commits: list[Commit], asset: str) -> Output | None:
    return next((output for commit in commits for output in commit.outputs if output.asset == asset), None)


def _duration(commits: list[Commit]) -> tuple[float, tuple[float, float, float] | None]:
    """Seconds of a run's steps, and its plan's P10, P50 and P90."""
    plan = _output(commits, "plan")
    limits = [plan.notes.get(f"seconds_{name}") for name in ("p10", "p50", "p90")] if plan else []
    figures = [float(limit) for limit in limits if limit is not None]
    expected = (figures[0], figures[1], figures[2]) if len(figures) == 3 else None
    return sum(commit.seconds for commit in commits), expected
