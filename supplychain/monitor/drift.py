"""Drift, column by column, with limits that hold over all columns together."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import polars as pl

from supplychain.gates import judge
from supplychain.ledger import Evidence
from supplychain.schema import Schema

if TYPE_CHECKING:
    from supplychain.chain import Chain, Step
    from supplychain.ledger import Commit, Release
    from supplychain.schema import Column

METRICS = ("drift.distance",)
FALSE_ALARMS = 0.05
"""Chance, for a window that has not drifted, that the interval of any column excludes no drift."""
TABLE = {
    "metric": pl.String,
    "scope": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "reference": pl.Float64,
    "n": pl.Int64,
}


def measure_drift(chain: Chain, window: str) -> Commit:
    """Measure how far the window's real rows lie from the real rows that a release was trained on.

    The release is the newest one that does not hold this very content of the window: the one in force when the
    window arrived. Where there is none the table is empty, and says so in its notes.
    """
    with chain.step("monitor", window) as step:
        real = step.refer("real")
        release = _in_force(chain, window, real.content)
        rows: list[Evidence] = []
        if release:
            reference = _trained_on(chain, step, release)
            arrived = chain.store.read_table(real.table)
            chain.progress(f"comparing {arrived.height:,} rows with {reference.height:,} of release {release.version}")
            by_definition = [chain.product.window.column] if chain.product.window else []
            rows = column_drift(reference.drop(by_definition, strict=False), arrived)
        step.measured(rows)
        worst = max(rows, key=lambda row: row.low or 0.0, default=None)
        step.write(
            "drift",
            pl.DataFrame([{name: getattr(row, name) for name in TABLE} for row in rows], schema=TABLE),
            compared_with=release.version if release else "nothing: no release precedes this window",
            surely_moved=sum((row.low or 0) > 0 for row in rows),
            most_moved=worst.scope if worst and (worst.low or 0) > 0 else None,
        )
    return step.done


def judge_drift(chain: Chain, window: str) -> Commit | None:
    """Judge the window's drift by the drift gate of the evidence suite; None where there is nothing to judge."""
    output = chain.ledger.current(chain.product.name, "drift", window)
    suite = chain.suite("evidence").only("drift")
    if not output.rows or not suite.rules:
        return None
    with chain.step("monitor", window) as step:
        step.refer("drift")
        judgement = judge(chain.store.read_table(output.table), suite)
        step.judge(judgement, asset="drift", content=output.content)
    return step.done


def column_drift(reference: pl.DataFrame, arrived: pl.DataFrame) -> list[Evidence]:
    """The distance of every column with an interval, and as reference the distance that chance alone would give.

    Numbers: Kolmogorov-Smirnov distance, with the limit of Smirnov's theorem. Categories: total variation distance,
    whose expectation under no drift is at most half the root of (k - 1)(1/n + 1/m), with McDiarmid's inequality
    for what lies beyond. Both are simultaneous over the columns (Bonferroni).
    """
    schema = Schema.of(reference)
    alpha = FALSE_ALARMS / max(len(schema.columns), 1)
    rows = []
    for column in schema.columns:
        started = time.perf_counter()
        value, chance = _distance(reference[column.name], arrived[column.name], column, alpha)
        rows.append(
            Evidence(
                metric="drift.distance",
                scope=column.name,
                value=value,
                low=max(value - chance, 0.0),
                high=min(value + chance, 1.0),
                reference=chance,
                n=arrived.height,
                seconds=round(time.perf_counter() - started, 4),
            )
        )
    return rows


def _distance(reference: pl.Series, arrived: pl.Series, column: Column, alpha: float) -> tuple[float, float]:
    spread = 1 / len(reference) + 1 / len(arrived)
    missing = abs(reference.null_count() / len(reference) - arrived.null_count() / len(arrived))
    if column.is_discrete:
        shares = [_shares(values) for values in (reference, arrived)]
        cells = shares[0].keys() | shares[1].keys()
        value = sum(abs(shares[0].get(cell, 0) - shares[1].get(cell, 0)) for cell in cells) / 2
        expected = 0.5 * math.sqrt(max(len(cells) - 1, 0) * spread)
        return value, expected + math.sqrt(math.log(1 / alpha) / 2 * spread)
    from scipy.stats import ks_2samp

    parts = [
        values.drop_nulls().cast(pl.Float64).to_numpy() if values.dtype.is_numeric() else _seconds(values)
        for values in (reference, arrived)
    ]
    chance = math.sqrt(-math.log(alpha / 2) / 2 * spread)
    if not len(parts[0]) or not len(parts[1]):
        return missing, chance
    return max(float(ks_2samp(*parts, method="asymp").statistic), missing), chance


def _seconds(values: pl.Series):  # type: ignore[no-untyped-def]  # noqa: ANN202
    return values.drop_nulls().cast(pl.Datetime("us")).cast(pl.Int64).to_numpy()


def _shares(values: pl.Series) -> dict[object, float]:
    counts = values.value_counts()
    return {value: count / len(values) for value, count in counts.iter_rows()}


def _in_force(chain: Chain, window: str, content: str) -> Release | None:
    """The newest release that does not hold this content of the window, and that nobody has withdrawn."""
    product = chain.product.name
    withdrawn = chain.ledger.withdrawn(product)
    for commit in reversed(chain.ledger.releases(product)):
        assert commit.release is not None
        if commit.release.version not in withdrawn and _real_contents(chain, commit.release).get(window) != content:
            return commit.release
    return None


def _real_contents(chain: Chain, release: Release) -> dict[str, str]:
    """Window to the content of the real rows that a release holds."""
    import json

    manifest = json.loads(chain.store.read(f"{release.path}/manifest.json"))
    return {entry["window"]: entry["inputs"]["real"] for entry in manifest["windows"]}


def _trained_on(chain: Chain, step: Step, release: Release) -> pl.DataFrame:
    """The real rows of a release."""
    step.note_input("release", ", ".join(release.windows), release.manifest)
    contents = _real_contents(chain, release)
    tables = [
        output.table
        for commit in chain.ledger.commits(chain.product.name)
        for output in commit.outputs
        if output.asset == "real" and contents.get(commit.window) == output.content
    ]
    unique = {table.content: table for table in tables}
    return pl.concat([chain.store.read_table(table) for table in unique.values()])
