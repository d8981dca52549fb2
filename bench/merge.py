"""Blending out of core: `python -m bench.merge [ROWS ...]` (1,000,000 and 20,000,000 by default).

Half of the rows are real and half synthetic, of twelve columns drawn from the embedded product's people. Compared in
one run, each in a process of its own: the chain's `combine`; pandas, which reads both tables and writes one; and a
plain copy of the two files, which is the floor. Compare lines, not seconds.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from bench.tables import markdown, save
from supplychain.define.land import prepare
from supplychain.define.source import read_source
from supplychain.merge.blend import combine
from supplychain.project import find_product, project_root
from supplychain.store import Store, StoredTable
from supplychain.tables import GROUP, TableWriter, scan_table

COLUMNS = ["ssiratio", "age", "educyr", "female", "marry", "fair", "poor", "income", "totchr", "black", "high_spend"]
WAYS = ("chain", "pandas", "copy")


def make(folder: Path, rows: int) -> None:
    """Write `real.parquet` and `accepted.parquet`."""
    root = project_root()
    product = find_product("drug-spend", root)
    people = prepare(product, read_source(product, root), "bench").select(*COLUMNS)
    rng = np.random.default_rng(1)
    for name in ("real", "accepted"):
        with TableWriter(folder / f".{name}") as table:
            for start in range(0, rows // 2, GROUP):
                drawn = people[rng.integers(0, people.height, min(GROUP, rows // 2 - start))]
                own = drawn.with_columns((pl.col("income") + pl.lit(rng.normal(size=drawn.height))).alias("noise"))
                if name == "real":
                    made = own.with_columns(pl.lit("x").alias("_entity"))
                else:
                    number = pl.int_range(start, start + own.height, eager=True, dtype=pl.Int64)
                    marks = [pl.lit("8d1b10fbeb44f714").alias("_batch"), pl.lit("all").alias("_slice")]
                    made = own.with_columns(*marks, number.alias("_row"))
                table.write(made)
            table.close()
            (folder / f"{name}.json").write_text(json.dumps([table.content, table.rows, table.bytes]))
            (folder / f".{name}").rename(folder / f"{name}.parquet")


def child(folder: Path, way: str) -> dict[str, float]:
    began, cpu = time.perf_counter(), time.process_time()
    if way == "chain":
        store = Store.open(folder)
        scans = [
            scan_table(store, StoredTable(f"{name}.parquet", *json.loads((folder / f"{name}.json").read_text())))
            for name in ("real", "accepted")
        ]
        with TableWriter(folder / "blend.parquet") as table:
            combine(table, *scans, {"all": 0.5}, find_product("drug-spend", project_root()))
            table.close()
    elif way == "copy":
        for name in ("real", "accepted"):
            shutil.copyfile(folder / f"{name}.parquet", folder / "copy")
    else:
        import pandas as pd

        real, made = (pd.read_parquet(folder / f"{name}.parquet") for name in ("real", "accepted"))
        real, made = real.drop(columns="_entity"), made.drop(columns="_slice")
        real["_origin"], real["_weight"], made["_origin"], made["_weight"] = "real", 1.0, "synthetic", 0.5
        pd.concat([real, made]).to_parquet(folder / "pandas.parquet", compression="zstd")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"wall": time.perf_counter() - began, "cpu": time.process_time() - cpu, "peak_mb": peak}


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(child(Path(sys.argv[2]), sys.argv[3])))
        return
    lines, result = [], {}
    for rows in [int(word) for word in sys.argv[1:]] or [1_000_000, 20_000_000]:
        with tempfile.TemporaryDirectory() as name:
            make(Path(name), rows)
            size = sum(path.stat().st_size for path in Path(name).glob("*.parquet")) / 2**20
            for way in WAYS:
                command = [sys.executable, "-m", "bench.merge", "--child", name, way]
                ran = subprocess.run(command, capture_output=True, text=True, check=False)
                found = json.loads(ran.stdout.splitlines()[-1]) if ran.returncode == 0 else {}
                result[f"{rows} {way}"] = found
                shown = [f"{found[key]:,.{digits}f}" for key, digits in (("wall", 1), ("cpu", 1), ("peak_mb", 0))]
                lines.append([f"{rows:,}", way, f"{size:,.0f}", *(shown if found else ["died"] * 3)])
                print(lines[-1], flush=True)
    save("merge", result)
    print(markdown(["rows", "way", "MB of both files", "wall s", "CPU s", "peak MB"], lines))


if __name__ == "__main__":
    main()
