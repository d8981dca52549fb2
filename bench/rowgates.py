"""What judging rows costs: `python -m bench.rowgates [--rows 1000000]`.

The 20 mixed columns of `bench.scale` and 30 expectations on single rows, judged in four ways, each in a process of its
own: Great Expectations on pandas, as a whole and in pieces as the chain does; Great Expectations on DuckDB, where the
package duckdb-engine is installed beside (it is no dependency); and natively. What each found is compared.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from bench.entrants import alone, peak_mb
from bench.scale import mixed
from bench.tables import markdown, save
from supplychain.gates import judge
from supplychain.gates.expectations import build
from supplychain.gates.natively import judge_natively
from supplychain.gates.suite import SQL_RULE, Rule, Suite
from supplychain.tables import GROUP

COLUMN = "expect_column_values_to_"
FAULTS = 0.001
WAYS = {
    "pandas": "GX on pandas, whole",
    "pieces": "GX on pandas, in pieces",
    "duckdb": "GX on DuckDB",
    "native": "native, in pieces",
}


def suite() -> Suite:
    """Thirty rules: ranges, sets, missing values and SQL conditions."""
    between = {
        "age": (65, 100), "educyr": (0, 17), "income": (-2, 400), "totchr": (0, 8), "ssiratio": (0, 1),
        "visits": (0, 60), "cost": (0, 50_000), "share": (0, 1), "wealth": (-10, 10_000), "score": (0, 20),
    }  # fmt: skip
    kinds: list[tuple[str, dict[str, Any]]] = [
        *((COLUMN + "be_between", {"column": c, "min_value": a, "max_value": b}) for c, (a, b) in between.items()),
        *((COLUMN + "be_in_set", {"column": c, "value_set": [0, 1]}) for c in ("female", "private", "priolist")),
        (COLUMN + "be_in_set", {"column": "region", "value_set": ["north", "east", "south", "west", "centre"]}),
        (COLUMN + "be_in_set", {"column": "rare", "value_set": ["yes", "no"]}),
        (COLUMN + "not_be_in_set", {"column": "code", "value_set": ["c999"]}),
        *((COLUMN + "not_be_null", {"column": c}) for c in ("age", "female", "region", "code", "cost", "high_spend")),
        *((SQL_RULE, {"rule": rule, "column_list": sorted({*pl.sql_expr(rule).meta.root_names()})}) for rule in (
            "age >= educyr", "totchr = 0 OR visits >= 0", "rare = 'no' OR region <> 'nowhere'",
            "cost > 0 OR visits = 0", "share <= 1 OR score < 0", "wealth >= 0 OR income < 0",
            "female = 1 OR female = 0 OR age > 90",
            "private = 0 OR income > -5",
        )),
    ]  # fmt: skip
    rules = tuple(
        Rule(f"r{n}", kind, kwargs, "critical", "plausibility", "", n) for n, (kind, kwargs) in enumerate(kinds)
    )
    return Suite("rows", "rows.yaml", "0", rules)


def frame(rows: int) -> pl.DataFrame:
    """The rows, of which one in a thousand has an age of 200, and others no region."""
    rng = np.random.default_rng(7)
    wrong, nowhere = (pl.Series(rng.random(rows) < FAULTS) for _ in range(2))
    return mixed(rows).with_columns(
        pl.when(wrong).then(200).otherwise(pl.col("age")).alias("age"),
        pl.when(nowhere).then(None).otherwise(pl.col("region")).alias("region"),
    )


def judged(way: str, file: Path) -> dict[str, Any]:
    """CPU and wall seconds, memory above what the rows take, and how many rows broke each rule."""
    build(suite().rules[0])  # imports are not counted
    if way == "duckdb":
        return _measured(lambda: _by_duckdb(file))
    rows = pl.read_parquet(file)
    if way == "pandas":
        return _measured(lambda: _counts(judge(rows, suite(), natively=False).verdicts))
    natively = way == "native"
    assert not natively or len(judge_natively(rows.head(10), suite())) == len(suite().rules)
    return _measured(lambda: _in_pieces(rows, natively))


def _measured(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    before, cpu, wall = peak_mb(), time.process_time(), time.perf_counter()
    found = work()
    return {
        "cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall, "more_mb": peak_mb() - before, **found,
    }  # fmt: skip


def _counts(verdicts: Any) -> dict[str, Any]:
    return {"failed": {verdict.rule.id: verdict.failed_rows for verdict in verdicts}, "raised": 0}


def _in_pieces(rows: pl.DataFrame, natively: bool) -> dict[str, Any]:
    total = dict.fromkeys((rule.id for rule in suite().rules), 0)
    for piece in rows.iter_slices(GROUP):
        for verdict in judge(piece, suite(), natively=natively).verdicts:
            total[verdict.rule.id] += verdict.failed_rows
    return {"failed": total, "raised": 0}


def _by_duckdb(file: Path) -> dict[str, Any]:
    """Great Expectations over SQLAlchemy: what came back, and what its errors say."""
    import duckdb
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    database = file.with_suffix(".duckdb")
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"create table rows as select * from read_parquet('{file}')")
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_sql("duck", connection_string=f"duckdb:///{database}")
    batch = source.add_query_asset("rows", query="select * from rows").add_batch_definition_whole_table("b").get_batch()
    expectations = gx.ExpectationSuite(name="rows")
    expectations.expectations = [build(rule) for rule in suite().rules if rule.type != SQL_RULE]
    results = batch.validate(expectations, result_format="SUMMARY").results
    raised = [info for result in results if (info := _message(result.exception_info))]
    failed = {r.expectation_config.meta["id"]: r.result.get("unexpected_count") for r in results}
    return {"failed": failed, "raised": len(raised), "asked": len(results), "error": raised[0][:200] if raised else ""}


def _message(info: dict[str, Any]) -> str:
    shapes = [info, *(value for value in info.values() if isinstance(value, dict))]
    return next((str(shape["exception_message"]) for shape in shapes if shape.get("raised_exception")), "")


def one(way: str, file: Path) -> dict[str, Any]:
    if way == "duckdb" and not find_spec("duckdb_engine"):
        return {"error": "left out: duckdb-engine is not installed"}
    try:
        found: dict[str, Any] = alone(judged, way, file)
    except Exception as error:  # noqa: BLE001  (whatever it dies of is the result)
        return {"error": f"{type(error).__name__}: {error}"[:300]}
    return found


def table(result: dict[str, Any]) -> str:
    ways, least = result["ways"], result["ways"]["native"]["cpu"]
    rows = []
    for way, title in WAYS.items():
        found = ways[way]
        if "cpu" not in found:
            rows.append([title, "", "", "", "", found["error"]])
            continue
        said = "the same" if found["failed"] == ways["native"]["failed"] else f"differs: {found.get('error', '')}"
        if found["raised"]:
            said = f"{found['raised']} of {found['asked']} raise: {found['error']}"
        cells = (f"{found[key]:,.{digits}f}" for key, digits in (("cpu", 2), ("wall", 2), ("more_mb", 0)))
        rows.append([title, *cells, f"{found['cpu'] / least:.1f}", said])
    head = [f"{result['rows']:,} rows x {result['columns']}, {result['rules']} expectations", "CPU s", "wall s"]
    return markdown([*head, "MB beside the rows", "times native", "rows that broke each rule"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.rowgates")
    parser.add_argument("--rows", type=int, default=1_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.parquet"
        rows = frame(given.rows)
        rows.write_parquet(file)
        ways = {way: one(way, file) for way in WAYS}
    result = {"rows": given.rows, "columns": rows.width, "rules": len(suite().rules), "ways": ways}
    save("rowgates", result)
    print(table(result))


if __name__ == "__main__":
    main()
