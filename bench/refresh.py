"""The loop: from the arrival of a drifted window to the new release, and what waiting costs: `python -m bench.refresh`.

Encounters of diabetic inpatients (UCI 296) in ten windows by row order: the first is released, then the real webserver,
daemon and code server run, and the last arrives. Waiting is measured on the same services with and without the section
`refresh`. The file is read from the folder named by SUPPLYCHAIN_TEST_DATA.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from bench.datasets import FOLDER
from supplychain.ledger import Commit, Ledger
from supplychain.project import project_root
from supplychain.refresh.history import ENDED
from supplychain.store import Store

NAME, FILE = "inpatients", "diabetes130.csv.gz"
RESULTS = Path(__file__).parent / "results"
IDLE, PATIENCE = 120, 1800
SECTION = "  refresh: {schedule: 0 3 * * 1, time_zone: Europe/Berlin, look_seconds: 30}\n  monitor: {act: rebuild}\n"
PRODUCT = f"""type: assets.DataProduct
attributes:
  name: {NAME}
  source: {{file: rows.csv, missing: ["?"]}}
  entity: {{column: patient_nbr, rows: many}}
  window: {{column: tenth}}
  outcome: {{name: back_soon, where: readmitted = '<30'}}
  drop: [encounter_id, readmitted, examide, citoglipton, weight, payer_code]
  columns: {{diag_1: {{kind: category}}, diag_2: {{kind: category}}, diag_3: {{kind: category}}}}
  slices: {{oldest: "age = '[90-100)'"}}
  levers: {{coverage: {{rows: {{all: 3000, oldest: 300}}}}}}
  generate: {{synthesizer: trees}}
"""
ROWS = """suite: {suite}
expectations:
  - type: expect_column_values_to_be_between
    kwargs: {{column: time_in_hospital, min_value: 1, max_value: 14}}
    severity: critical
    meta: {{id: days, why: Encounters of one to fourteen days.}}
"""
EVIDENCE = """suite: evidence
expectations:
  - type: expect_evidence_to_be_between
    kwargs: {metric: marginal.mean, min_value: 0.8}
    severity: critical
    meta: {id: marginals, gate: fidelity, why: Columns look like the real ones.}
  - type: expect_evidence_to_be_between
    kwargs: {metric: drift.distance, scope: "*", bound: low, max_value: 0.05}
    severity: warning
    meta: {id: columns-stay, gate: drift, why: Another population.}
"""


def written(root: Path, rows: pl.DataFrame, section: str) -> None:
    """The project, with these rows as its source."""
    product = root / "assets" / "products" / NAME / "defs.yaml"
    suites = root / "expectations" / NAME
    for folder in (product.parent, suites):
        folder.mkdir(parents=True, exist_ok=True)
    product.write_text(PRODUCT + section, encoding="utf-8")
    for suite in ("real", "synthetic"):
        (suites / f"{suite}.yaml").write_text(ROWS.format(suite=suite), encoding="utf-8")
    (suites / "evidence.yaml").write_text(EVIDENCE, encoding="utf-8")
    for name in ("workspace.yaml", "dagster.yaml"):
        shutil.copy(project_root() / name, root / name)
    arrive(root, rows)


def arrive(root: Path, rows: pl.DataFrame) -> None:
    """Put rows into the source, whole or not at all."""
    rows.write_csv(root / "rows.part")
    (root / "rows.part").rename(root / "rows.csv")


@contextmanager
def services(root: Path, env: dict[str, str]) -> Iterator[int]:
    """`supplychain ui`: webserver, daemon and code server; the id of their session."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).with_name("supplychain")), "ui", "--port", str(port)]
    with (root / "ui.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=root, env=env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        time.sleep(60)  # until all are up, and the sensor has looked once
        yield process.pid
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def cpu_seconds(session: int) -> float:
    """Processor seconds of all processes of a session that are alive, and of those that they have waited for."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session:
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def idle(session: int) -> float:
    """Processor seconds a minute while nothing happens."""
    before = cpu_seconds(session)
    time.sleep(IDLE)
    return round((cpu_seconds(session) - before) / IDLE * 60, 2)


def loop(root: Path, home: Path, rows: pl.DataFrame) -> dict:
    """From the arrival of the rows to the end of the refresh."""
    started = time.perf_counter()
    arrive(root, rows)
    while time.perf_counter() - started < PATIENCE:
        commits = Ledger(Store.open(home)).commits(NAME)
        ends = [event for commit in commits for event in commit.refreshes if event.action == ENDED]
        if ends:
            return {"seconds": round(time.perf_counter() - started, 1), **told(commits), "end": ends[-1].reason}
        time.sleep(2)
    return {"seconds": None, "end": f"nothing in {PATIENCE} seconds"}


def told(commits: list[Commit]) -> dict:
    """What the log says of the last refresh."""
    started = next(event for commit in commits for event in commit.refreshes if event.action == "started")
    end = commits[-1].refreshes[0]
    return {
        "why": started.reason,
        "outcome": end.outcome,
        "release": end.release,
        "steps_seconds": end.seconds,
        "steps_cpu_seconds": end.cpu_seconds,
        "backfills": sum(event.action == "started" for commit in commits for event in commit.refreshes),
    }


def measured(folder: Path) -> dict:
    """Everything, in a project of its own."""
    root, home = folder / "project", folder / "home"
    env = {**os.environ, "SUPPLYCHAIN_HOME": str(home), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    everything = pl.read_csv(FOLDER / FILE, infer_schema=False)
    tenth = pl.format("tenth-{}", pl.int_range(pl.len()) * 10 // pl.len())
    everything = everything.with_columns(tenth.alias("tenth"))
    first = everything.filter(pl.col("tenth") == "tenth-0")
    written(root, first, "")
    command = [str(Path(sys.executable).with_name("supplychain")), "run", NAME]
    subprocess.run(command, cwd=root, env=env, check=True, stdout=subprocess.DEVNULL)
    with services(root, env) as session:
        without = idle(session)
    written(root, first, SECTION)
    with services(root, env) as session:
        waiting = idle(session)
        found = loop(root, home, everything.filter(pl.col("tenth").is_in(["tenth-0", "tenth-9"])))
    return {
        "rows_a_window": first.height,
        "loop": found,
        "idle_cpu_seconds_a_minute": {"without": without, "with": waiting, "by_refresh": round(waiting - without, 2)},
    }


def main() -> None:
    if not (FOLDER / FILE).is_file():
        sys.exit(f"{FILE} is not here: set SUPPLYCHAIN_TEST_DATA to a folder that has it")
    with tempfile.TemporaryDirectory() as folder:
        result = {
            "what": "arrival of a drifted window to the new release; processor seconds a minute of waiting",
            "python": platform.python_version(),
            "processors": os.cpu_count(),
            **measured(Path(folder)),
        }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(result, indent=2)
    (RESULTS / "refresh.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
