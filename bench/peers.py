"""A peer in an environment of its own: MostlyAI's TabularARGN (mostlyai-engine, Apache-2.0), for the bench only.

`.venv-peers` is made with pip on first use and takes about 2.5 GB. The peer gets a Parquet file and gives one back.
Without the network, or where it does not install, it is left out, and said.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import polars as pl

from bench.datasets import Parts
from supplychain.schema import Schema

PEER = "tabular-argn"
HOME = Path(__file__).resolve().parents[1] / ".venv-peers"
PYTHON = HOME / "bin" / "python"
WANTED = ("torch==2.13.0", "mostlyai-engine==2.7.3")
NOT_WANTED = ("torchvision", "torchaudio")
"""Come along with the peer, are built for another torch there, and are not needed for tables."""
WORK = """
import json, resource, sys, time, warnings
warnings.simplefilter("ignore")
import pandas as pd
from mostlyai.engine import TabularARGN

given, made, rows, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
frame = pd.read_parquet(given)
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before, clocks = peak(), [(time.process_time(), time.perf_counter())]
model = TabularARGN(random_state=seed, device="cpu", verbose=0).fit(frame)
clocks.append((time.process_time(), time.perf_counter()))
model.sample(rows)[list(frame.columns)].to_parquet(made)
clocks.append((time.process_time(), time.perf_counter()))
spent = [[late - early for early, late in zip(*two)] for two in zip(clocks, clocks[1:])]
print(json.dumps({
    "fit_cpu": spent[0][0], "fit_wall": spent[0][1], "sample_cpu": spent[1][0], "sample_wall": spent[1][1],
    "peak_mb": peak(), "peak_mb_before": before,
}))
"""


def ready() -> bool:
    """Whether the peer can be run; its environment is made where there is none."""
    if (HOME / ".installed").is_file():
        return True
    print(f"making {HOME.name}: minutes, once", file=sys.stderr)
    venv.create(HOME, with_pip=True)
    pip = [str(PYTHON), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    installed = subprocess.run([*pip, "install", *WANTED], check=False)
    if installed.returncode:
        print(f"{PEER} is left out: {' '.join(WANTED)} cannot be installed here", file=sys.stderr)
        return False
    subprocess.run([*pip, "uninstall", "--yes", *NOT_WANTED], check=False)
    (HOME / ".installed").touch()
    return True


def fit_and_sample_peer(parts: Parts, seed: int) -> tuple[pl.DataFrame, dict[str, float]]:
    """As many rows as train has, and what they cost; the peer's own defaults on a CPU."""
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "given.parquet", Path(folder) / "made.parquet"
        real = parts.train.select(parts.schema.names)
        real.write_parquet(given)
        done = subprocess.run(
            [PYTHON, "-c", WORK, given, made, str(real.height), str(seed)],
            check=True,
            stdout=subprocess.PIPE,
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
        )
        rows = Schema.of(real).conform(pl.read_parquet(made))
    return rows, json.loads(done.stdout.decode().strip().rpartition("\n")[2])
