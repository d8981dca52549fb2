"""Drift: a window's real rows, and its feedback, against what the release in force was trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplychain import seeds
from supplychain.gates import judge
from supplychain.monitor.compare import SHARES, Comparison
from supplychain.monitor.findings import MEASURED, MOVED, TOO_FEW, Finding, table_of
from supplychain.monitor.observed import current_predictions
from supplychain.monitor.quality import refused_finding, schema_findings, shrunk_finding
from supplychain.monitor.reference import in_force, newest_release, trained_on
from supplychain.monitor.words import cause
from supplychain.slices import EVERYTHING

if TYPE_CHECKING:
    import polars as pl

    from supplychain.chain import Chain
    from supplychain.ledger import Commit
    from supplychain.step import Step


def measure_drift(chain: Chain, window: str) -> Commit:
    """Measure how far the window's real rows, and its feedback, lie from what a release was trained on.

    Real rows are held against the newest release that does not hold this very content of the window: the one in force
    when the window arrived. Feedback is held against the newest release. Where there is none the table is empty, and
    says so in its notes.
    """
    with chain.step("monitor", window) as step:
        traffic = current_predictions(chain, step, window)
        alpha = chain.product.monitor.false_alarms / (2 if traffic is not None else 1)
        found, notes = _real(chain, step, window, alpha)
        if traffic is not None:
            found += _traffic(chain, step, window, traffic, alpha)
        step.measured(one.evidence for one in found if one.verdict in MEASURED)
        table = table_of(found)
        moved = [one for one in found if one.verdict == MOVED]
        step.write(
            "drift",
            table,
            **notes,
            surely_moved=len(moved),
            most_moved=_farthest(moved),
            cause=cause(table) or None,
        )
    return step.done


def judge_drift(chain: Chain, window: str) -> Commit | None:
    """Judge the window's drift by the drift gate of the evidence suite; None where there is nothing to judge.

    Slices and windows of too few rows are not judged: nobody knows.
    """
    import polars as pl

    output = chain.ledger.current(chain.product.name, "drift", window)
    suite = chain.suite("evidence").only("drift")
    if not output.rows or not suite.rules:
        return None
    table = chain.store.read_table(output.table).filter(pl.col("verdict") != TOO_FEW)
    if not table["verdict"].is_in(MEASURED).any():
        return None
    with chain.step("monitor", window) as step:
        step.refer("drift")
        step.judge(judge(table, suite), asset="drift", content=output.content)
    return step.done


def _real(chain: Chain, step: Step, window: str, alpha: float) -> tuple[list[Finding], dict[str, str | None]]:
    """What is found of the window's real rows, and what they were held against."""
    real = step.refer("real")
    release = in_force(chain, window, real.content)
    if release is None:
        return [], {"compared_with": "nothing: no release precedes this window"}
    reference = trained_on(chain, step, release, window)
    arrived = chain.store.read_table(real.table)
    chain.progress(f"comparing {arrived.height:,} rows with {reference.rows.height:,} of release {release.version}")
    landed = chain.ledger.find(chain.product.name, "real", window)
    assert landed is not None
    found = [
        *Comparison(chain.product, alpha, _seed(chain, window)).findings(reference.rows, arrived),
        *schema_findings(reference.rows, arrived),
        refused_finding(landed[0], reference, alpha=alpha * SHARES["quality"]),
        shrunk_finding(chain, window, landed[0]),
    ]
    return found, {"compared_with": release.version, "season": reference.words or None}


def _traffic(chain: Chain, step: Step, window: str, traffic: pl.DataFrame, alpha: float) -> list[Finding]:
    """What is found of the window's feedback: its features, and outcomes as far as they have come."""
    release = newest_release(chain)
    if release is None:
        return []
    reference = trained_on(chain, step, release, window).rows
    name = chain.product.outcome.name
    comparison = Comparison(chain.product, alpha / 2, _seed(chain, window), "traffic")  # two comparisons share it
    features = [column for column in reference.columns if column in traffic.columns and column != name]
    if not features:
        return []
    chain.progress(f"comparing {traffic.height:,} rows of feedback with release {release.version}")
    extra = [column for column in ("_entity",) if column in traffic.columns]
    labelled = traffic.drop_nulls(name) if name in traffic.columns else traffic.clear()
    least = chain.product.monitor.least_rows
    with_outcome = labelled.select([*dict.fromkeys([*features, name, *extra])]) if labelled.height >= least else None
    found = comparison.findings(reference.drop(name), traffic.select([*dict.fromkeys([*features, *extra])]))
    if with_outcome is not None:
        later = comparison.findings(reference, with_outcome)
        found += [one for one in later if one.metric == "traffic.concept" or one.column == name]
    return found


def _farthest(moved: list[Finding]) -> str | None:
    """The scope that surely moved the farthest; columns over all rows before all else."""
    columns = [one for one in moved if one.column and one.slice == EVERYTHING] or moved
    return max(columns, key=lambda one: one.low or 0.0).scope if columns else None


def _seed(chain: Chain, window: str) -> int:
    return seeds.integer(chain.seed("drift", window=window))
