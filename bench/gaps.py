"""Gaps, comparison, plan: speed, memory, false alarms, the finder beside others: `python -m bench.gaps [DATA]`.

DATA is a folder with `diabetes130.csv.gz` (UCI 296); without it that part is left out. Each part runs in a process of
its own, so that its peak memory is its own. The package `sliceline` is used where it is importable, for instance from
a folder on PYTHONPATH that `pip install --target FOLDER --no-deps sliceline` has filled.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from bench.roi import all_inputs
from supplychain.chain import Chain
from supplychain.define import find_gaps, land, plan_ahead
from supplychain.define.cuts import Binned, binned
from supplychain.define.finder import Signal, find_slices
from supplychain.project import find_product
from supplychain.roi.step import compare_pipelines

RESULTS = Path(__file__).parent / "results"
DATA = Path(os.environ.get("SUPPLYCHAIN_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
WORLDS = 60
PERMUTED = 200
SLICELINE_BYTES = 8 << 30

PRODUCT = """
type: assets.DataProduct
attributes:
  name: bench
  source: {{file: "{file}", missing: ["?"]}}
  {entity}
  outcome: {outcome}
  drop: {drop}
  columns: {columns}
  slices: {slices}
  levers: {{coverage: {{rows: {{all: 1}}, most_rows: 10000, ways: {ways}}}}}
  roi: {roi}
"""
SUITE = """
suite: {suite}
expectations:
  - type: expect_table_row_count_to_be_between
    kwargs: {{min_value: 1}}
    meta: {{id: some, gate: coverage, why: Something must be there.}}
"""


EVIDENCE = """
suite: evidence
expectations:
  - type: expect_evidence_to_be_between
    kwargs: {metric: rows.of_plan, min_value: 0.9}
    meta: {id: filled, gate: coverage, why: The plan is filled.}
"""
UNSAID = {"entity": "", "drop": "[]", "columns": "{}", "slices": "{}", "ways": "2"}


def project(root: Path, **words: str) -> Chain:
    for suite in ("real", "synthetic", "evidence"):
        file = root / "expectations/bench" / f"{suite}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(EVIDENCE if suite == "evidence" else SUITE.format(suite=suite))
    file = root / "assets/products/bench/defs.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(PRODUCT.format(**{**UNSAID, "roi": json.dumps({"inputs": all_inputs()}), **words}))
    return Chain.open(find_product("bench", root), root, root / "home")


def table(chain: Chain) -> pl.DataFrame:
    return chain.store.read_table(chain.ledger.current("bench", "gaps", "all").table)


def searched(chain: Chain) -> dict:
    """One gap search: what it cost and what it found."""
    land(chain, "all")
    landed_peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    commit = find_gaps(chain, "all")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    gaps = table(chain)
    compared = compare_pipelines(chain, "all")
    wall, cpu = time.perf_counter(), time.process_time()
    plan = plan_ahead(chain, "all", spec=chain.product.spec_hash, levers={})
    return {
        "roi": {"seconds": compared.seconds, "cpu_seconds": compared.cpu_seconds},
        "plan": {
            "seconds": round(time.perf_counter() - wall, 2),
            "cpu_seconds": round(time.process_time() - cpu, 2),
            "rows": plan.rows,
            "lines": len(plan.lines),
        },
        "peak_memory_mb_of_all": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "known_rows": gaps["rows"][0],
        "seconds": commit.seconds,
        "cpu_seconds": commit.cpu_seconds,
        "peak_memory_mb": round(peak / 1024),
        "peak_memory_mb_of_landing": round(landed_peak / 1024),
        "auc": round(gaps["auc"][0], 4),
        "settings": commit.outputs[0].notes["settings"],
        "gaps": {
            row["slice"]: {name: _short(row[name]) for name in ("kind", "rows", "loss", "loss_elsewhere")}
            for row in gaps.filter(pl.col("verdict") == "gap").iter_rows(named=True)
        },
    }  # fmt: skip


def _short(value: object) -> object:
    return round(value, 3) if isinstance(value, float) else value


def diabetes() -> dict:
    file = DATA / "diabetes130.csv.gz"
    if not file.is_file():
        return {"left out": f"{file.name} is not here"}
    with tempfile.TemporaryDirectory() as folder:
        chain = project(
            Path(folder),
            file=str(file),
            entity="entity: {column: patient_nbr, rows: many}",
            outcome="{name: soon_back, where: readmitted = '<30'}",
            drop="[readmitted, encounter_id]",
            columns="{diag_1: {kind: category}, diag_2: {kind: category}, diag_3: {kind: category}}",
            slices="{oldest: \"age = '[90-100)'\"}",
        )
        return searched(chain)


def million() -> dict:
    with tempfile.TemporaryDirectory() as folder:
        rows = mixed(1_000_000, 30)
        rows.write_parquet(Path(folder) / "rows.parquet")
        del rows
        return searched(project(Path(folder), file="rows.parquet", outcome="{name: y}", slices="{second: n1 >= 1}"))


def mixed(n: int, width: int) -> pl.DataFrame:
    """Numbers, small whole numbers and categories; y follows from some, and is a coin in one corner."""
    rng = np.random.default_rng(7)
    table: dict[str, np.ndarray | pl.Series] = {}
    for number in range(width - 1):
        kind = number % 3
        if kind == 0:
            values = pl.Series(rng.integers(0, 6, n)).cast(pl.String)
            table[f"c{number}"] = "v" + values
        elif kind == 1:
            table[f"n{number}"] = rng.normal(size=n).round(3)
        else:
            table[f"k{number}"] = rng.poisson(2, n)
    frame = pl.DataFrame(table)
    corner = corner_of(frame)
    score = 1.5 * frame["n1"].to_numpy() + 0.5 * frame["k2"].to_numpy() - (frame["c0"] == "v1").to_numpy() - 1.5
    chance = np.where(corner, 0.5, 1 / (1 + np.exp(-2 * score)))
    return frame.with_columns(pl.Series("y", (rng.random(n) < chance).astype(np.int64)))


def corner_of(frame: pl.DataFrame) -> np.ndarray:
    return ((frame["c3"] == "v2") & (frame["k5"] >= 4) & (frame["c6"] != "v0")).to_numpy()


def finders() -> dict:
    """Our finder, DuckDB's grouping sets and sliceline on the same bins and losses, one corner hard."""
    result = {}
    for rows, width in ((10_000, 6), (200_000, 12)):
        rng = np.random.default_rng(3)
        frame = pl.DataFrame({f"x{i}": rng.integers(0, 4, rows) for i in range(width)})
        columns = [column for name in frame.columns if (column := binned(frame[name]))]
        hard = (frame["x1"] == 2) & (frame["x3"] == 3) & (frame["x4"] == 0)
        loss = rng.exponential(0.35, rows) + 0.4 * hard.to_numpy()
        ours(columns, loss)  # imports are nobody's time
        result[f"{rows} x {width}"] = {
            "hard_rows": int(hard.sum()),
            "ours": timed(lambda c=columns, v=loss: ours(c, v)),
            "duckdb": timed(lambda f=frame, v=loss: grouping_sets(f, v)),
            "sliceline": timed(lambda f=frame, v=loss: sliceline(f, v)),
        }
    return result


def timed(run) -> dict:
    started, cpu = time.perf_counter(), time.process_time()
    found = run()
    return {
        "seconds": round(time.perf_counter() - started, 2),
        "cpu_seconds": round(time.process_time() - cpu, 2),
        "first_found": found[:3],
        "found": len(found),
    }


def ours(columns: list[Binned], loss: np.ndarray) -> list[str]:
    half = np.random.default_rng(1).random(len(loss)) < 0.5
    found = find_slices(
        columns, [Signal("loss", loss, 0.1 * loss.mean())], half, None,
        depth=3, least_rows=50, most=10, false_discovery=0.05, seed=1,
    )  # fmt: skip
    return [" AND ".join(part.where for part in one.conjunction.bins(columns)) for one in found]


def grouping_sets(frame: pl.DataFrame, loss: np.ndarray) -> list[str]:
    """Every cell with 25 rows of one half, by t; confirmed on the other half without a correction."""
    from itertools import combinations

    import duckdb

    names = frame.columns
    sets = ", ".join(f"({', '.join(part)})" for level in (1, 2, 3) for part in combinations(names, level))
    half = np.random.default_rng(1).random(len(loss)) < 0.5
    rows = frame.with_columns(pl.Series("loss", loss), pl.Series("half", half)).to_arrow()
    with duckdb.connect() as connection:
        connection.register("rows", rows)
        found = connection.execute(
            f"""select {", ".join(names)}, count(*) n, (avg(loss) - any_value(mean)) * sqrt(n) / stddev(loss) t
                from (select *, avg(loss) over () as mean from rows where not half)
                group by grouping sets ({sets}) having n >= 25 order by t desc limit 10"""
        ).fetchall()
    return [
        " AND ".join(f"{name} = {value}" for name, value in zip(names, row, strict=False) if value is not None)
        for row in found
    ]


def sliceline(frame: pl.DataFrame, loss: np.ndarray) -> list[str]:
    try:
        from sliceline.slicefinder import Slicefinder
    except ImportError as error:
        return [f"left out: {error}"]
    found = []
    resource.setrlimit(resource.RLIMIT_AS, (SLICELINE_BYTES, resource.RLIM_INFINITY))
    for alpha in (0.95, 0.99, 0.999):
        finder = Slicefinder(alpha=alpha, k=3, max_l=3, min_sup=50, verbose=False)
        try:
            finder.fit(frame.to_numpy(), loss)
        except MemoryError as error:
            found.append(f"alpha {alpha}: out of memory at {SLICELINE_BYTES >> 30} GiB ({error})")
            continue
        for values in finder.top_slices_[:1]:
            said = " AND ".join(f"{n} = {v}" for n, v in zip(frame.columns, values, strict=True) if v is not None)
            found.append(f"alpha {alpha}: {said}")
    return found


def false_alarms() -> dict:
    """Worlds without a gap: real people's columns with a coin as outcome, searched whole; and losses of real
    predictions shuffled among the rows, through the finder alone."""
    from linearmodels.datasets import meps

    people = pl.from_pandas(meps.load().drop(columns=["age2", "ldrugexp", "linc", "vgh", "fph", "blhisp", "drugexp"]))
    alarms = []
    for world in range(WORLDS):
        rng = np.random.default_rng(world)
        frame = people.sample(3_000, seed=world).with_columns(pl.Series("y", (rng.random(3_000) < 0.3).astype(int)))
        with tempfile.TemporaryDirectory() as folder:
            frame.write_csv(Path(folder) / "rows.csv")
            chain = project(
                Path(folder), file="rows.csv", outcome="{name: y}", ways="0",
                slices="{sick: fair = 1 OR poor = 1, oldest: age >= 80, poor: poverty = 1}",
            )  # fmt: skip
            land(chain, "all")
            find_gaps(chain, "all")
            alarms.append(int((table(chain)["verdict"] == "gap").sum()))
    shuffled = permuted_alarms(people)
    return {
        "coin_worlds": WORLDS,
        "coin_worlds_with_an_alarm": sum(count > 0 for count in alarms),
        "coin_alarms": sum(alarms),
        "shuffled_worlds": PERMUTED,
        "shuffled_worlds_with_an_alarm": sum(count > 0 for count in shuffled),
    }


def permuted_alarms(people: pl.DataFrame) -> list[int]:
    columns = [column for name in people.columns if (column := binned(people[name]))]
    found = []
    for world in range(PERMUTED):
        rng = np.random.default_rng(world)
        chance = rng.beta(0.5, 2.5, people.height)  # as skewed as losses of a good model are
        loss = -np.log(np.where(rng.random(people.height) < chance, chance, 1 - chance).clip(1e-6))
        half = rng.random(people.height) < 0.5
        found.append(len(find_slices(
            columns, [Signal("loss", loss, 0.1 * loss.mean())], half, None,
            depth=3, least_rows=50, most=10, false_discovery=0.05, seed=world,
        )))  # fmt: skip
    return found


PARTS = {"diabetes130": diabetes, "million": million, "finders": finders, "false_alarms": false_alarms}


def main() -> None:
    if len(sys.argv) == 3 and sys.argv[1] == "--part":
        print(json.dumps(PARTS[sys.argv[2]]()))
        return
    environment = {**os.environ, **({"SUPPLYCHAIN_TEST_DATA": sys.argv[1]} if len(sys.argv) > 1 else {})}
    result = {}
    for name in PARTS:
        done = subprocess.run(
            [sys.executable, "-m", "bench.gaps", "--part", name],
            check=True, capture_output=True, text=True, env=environment,
        )  # fmt: skip
        result[name] = json.loads(done.stdout.splitlines()[-1])
        print(name, json.dumps(result[name], indent=2), flush=True)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "gaps.json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
