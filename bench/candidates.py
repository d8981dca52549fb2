"""Time and memory of sampling and screening: `python -m bench.candidates [ROWS ...]` (100,000 1,000,000 by default).

The embedded product's `trees`, fitted on the window metro, fill a plan of so many rows: eight of ten anywhere, one in
poor health, one of a minority. Each size and number of workers is a process of its own, which does nothing else; its
peak resident memory is `resource.getrusage`'s, in the workers the largest one's. Compare lines, not seconds.
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

import polars as pl

from supplychain.chain import Chain
from supplychain.define import land
from supplychain.generate import fit_synthesizer, sample_candidates
from supplychain.product import Product
from supplychain.project import find_product, project_root
from supplychain.validate import screen

WINDOW = "metro"
SIZES = ("100000", "1000000")
SHARES = {"all": 0.8, "poor-health": 0.1, "minority": 0.1}
RESULTS = Path(__file__).parent / "results"


def opened(home: str, workers: int) -> Chain:
    root = project_root()
    product = find_product("drug-spend", root)
    generate = product.generate.model_copy(update={"workers": workers})
    return Chain.open(Product.model_copy(product, update={"generate": generate}), root, home)


def prepare(home: str, rows: int) -> None:
    """Land, plan by hand, and fit: what is not measured."""
    chain = opened(home, 1)
    land(chain, WINDOW)
    lines = [
        (name, chain.product.slice_named(name).where, int(rows * share), 2 * int(rows * share))
        for name, share in SHARES.items()
    ]
    with chain.step("define", WINDOW) as step:
        columns = ["slice", "predicate", "rows", "candidate_budget"]
        step.write("plan", pl.DataFrame(lines, schema=columns, orient="row"))
    fit_synthesizer(chain, WINDOW)


def child(home: str, step: str, workers: int) -> dict[str, float | int | str | None]:
    """One step in this process: seconds, processor seconds, peak memory."""
    chain = opened(home, workers)
    started = time.perf_counter()
    commit = {"sample": sample_candidates, "screen": screen}[step](chain, WINDOW)
    output = commit.output("candidates" if step == "sample" else "accepted")
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {
        "rows": output.rows,
        "wall_seconds": round(time.perf_counter() - started, 2),
        "cpu_seconds": round(sum(usage.ru_utime + usage.ru_stime for usage in used), 2),
        "peak_mb": round(used[0].ru_maxrss / 1024),
        "peak_mb_of_a_worker": round(used[1].ru_maxrss / 1024),
        "megabytes_written": round(sum(made.bytes for made in commit.outputs) / 1e6, 1),
        "exhausted": str(output.notes.get("exhausted") or "") or None,
        "content": output.content[:16],
    }


def measured(home: str, step: str, workers: int) -> dict[str, float | int | str | None]:
    arguments = [sys.executable, "-m", "bench.candidates", "--child", home, step, str(workers)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(arguments, check=True, capture_output=True, text=True, env=environment)
    result: dict[str, float | int | str | None] = json.loads(done.stdout.splitlines()[-1])
    return result


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(child(sys.argv[2], sys.argv[3], int(sys.argv[4]))))
        return
    lines = []
    for size in sys.argv[1:] or SIZES:
        with tempfile.TemporaryDirectory() as home:
            prepare(home, int(size))
            for step, workers in (("sample", 2), ("sample", 1), ("screen", 1)):
                line = {"planned": int(size), "step": step, "workers": workers, **measured(home, step, workers)}
                print(json.dumps(line), flush=True)
                lines.append(line)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "candidates.json").write_text(json.dumps({"columns": 23, "lines": lines}, indent=2) + "\n")


if __name__ == "__main__":
    main()
