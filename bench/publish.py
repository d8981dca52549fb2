"""Publishing out of core: `python -m bench.publish [--rows 20000000]`.

A blend of 12 mixed columns, as the store has it: what publishing does to it, part by part, beside copying the file
(read, hash, write) and beside pandas (read, write with the label, hash), each in a process of its own, in one run.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from bench.entrants import alone, peak_mb
from bench.tables import markdown, save
from supplychain.ledger import Output
from supplychain.publish.data import copy_labelled, write_synthetic
from supplychain.store import Store
from supplychain.tables import TableWriter, scan_table

ROWS = 20_000_000
PIECE = 1 << 20
LABEL = {"supplychain.synthetic": "rows whose _origin is synthetic", "supplychain.licence": "CC-BY-4.0"}
SHARE = 0.5


def piece(rows: int, seed: int) -> pl.DataFrame:
    """Eight columns that a model sees and four of the chain's own."""
    rng = np.random.default_rng(seed)
    made = rng.random(rows) < SHARE
    return pl.DataFrame(
        {
            "age": rng.integers(18, 95, rows),
            "income": np.exp(rng.normal(3, 1, rows)).round(2),
            "score": rng.normal(0, 1, rows),
            "visits": rng.poisson(3, rows),
            "flag": rng.integers(0, 2, rows),
            "region": rng.choice(["north", "east", "south", "west"], rows),
            "code": rng.integers(0, 500, rows),
            "cost": rng.gamma(2, 100, rows).round(1),
            "_origin": np.where(made, "synthetic", "real"),
            "_batch": pl.Series([f"batch-{seed}"]).extend_constant(None, 1).gather(1 - made.astype(int)),
            "_row": np.where(made, np.arange(rows), -1),
            "_weight": np.where(made, 0.5, 1.0),
        }
    )


def make(home: str, rows: int) -> Output:
    """The blend, in a store."""
    store = Store.open(home)
    with TableWriter(store.unfinished("parts")) as table:
        for number, start in enumerate(range(0, rows, PIECE)):
            table.write(piece(min(PIECE, rows - start), number))
        table.close()
        store.adopt(table.file, "blend.parquet")
        return Output("blend", table.content, "blend.parquet", table.rows, table.bytes)


def copied(home: str, blend: Output) -> str:
    """The floor: read, hash, write."""
    hashed = hashlib.sha256()
    with Store.open(home).open_file(blend.path) as source, Path(home, "copy.parquet").open("wb") as sink:
        while part := source.read(PIECE):
            hashed.update(part)
            sink.write(part)
        sink.flush()
        os.fsync(sink.fileno())
    return hashed.hexdigest()


def internal(home: str, blend: Output) -> str:
    """The file of the internal audience: the same rows, labelled."""
    return copy_labelled(Store.open(home), blend, Path(home, "internal.parquet"), LABEL).sha256


def external(home: str, blend: Output) -> str:
    """The file of the external audience: synthetic rows alone."""
    return write_synthetic(Store.open(home), blend, Path(home, "external.parquet"), LABEL).sha256


def profile(home: str, blend: Output) -> int:
    """The rows that the manifest's spreads and the report's pictures are from."""
    return scan_table(Store.open(home), blend.table).sample(100_000, seed=1).height


def pandas(home: str, blend: Output) -> str:
    """The internal file by pandas: all in memory."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    frame = pd.read_parquet(Path(home, blend.path))
    table = pa.Table.from_pandas(frame, preserve_index=False)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), **LABEL})
    pq.write_table(table, Path(home, "pandas.parquet"), compression="zstd")
    return hashlib.sha256(Path(home, "pandas.parquet").read_bytes()).hexdigest()


def timed(work: Callable[[str, Output], Any], home: str, blend: Output) -> dict[str, float]:
    """CPU and wall seconds, and the most memory held."""
    wall, cpu = time.perf_counter(), time.process_time()
    work(home, blend)
    return {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall, "peak_mb": peak_mb()}


PARTS = {
    "copy the file (floor)": copied,
    "internal file": internal,
    "external file": external,
    "sample for manifest and report": profile,
    "pandas, internal file": pandas,
}


def run(rows: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as home:
        blend = alone(make, home, rows)
        parts = {name: alone(timed, work, home, blend) for name, work in PARTS.items()}
    return {"rows": rows, "bytes": blend.bytes, "parts": parts}


def table(result: dict[str, Any]) -> str:
    floor = result["parts"]["copy the file (floor)"]["cpu"]
    rows = [
        (name, f"{one['cpu']:.1f}", f"{one['cpu'] / floor:.1f}", f"{one['wall']:.1f}", f"{one['peak_mb']:,.0f}")
        for name, one in result["parts"].items()
    ]
    head = ("", "CPU seconds", "times the floor", "wall seconds", "peak MB")
    words = f"{result['rows']:,} rows x 12 columns, {result['bytes'] / 1e6:,.0f} MB of Parquet."
    return f"{words}\n\n{markdown(head, rows)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    result = run(parser.parse_args().rows)
    save("publish", result)
    print(table(result))


if __name__ == "__main__":
    main()
