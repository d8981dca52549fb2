"""Code server, daemon and webserver as three processes, each of which can be killed and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from servers import Webserver

from assets.driver import instance_home
from supplychain.store import Store

BACKFILLS = """
query Backfills { partitionBackfillsOrError { ... on PartitionBackfills { results {
  id status title description tags { key value } partitionNames runs { runId status tags { key value } } } } } }"""
TICKS = """
query Ticks($name: String!) { instigationStateOrError(instigationSelector: {
    repositoryLocationName: "supplychain", repositoryName: "__repository__", name: $name}) {
  ... on InstigationState { status ticks(limit: 200) { status skipReason runIds error { message } } } } }"""
RUNS = """
query Runs { runsOrError { ... on Runs { results { runId status tags { key value } } } } }"""
PARTITIONS = """
query Partitions($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode { partitionKeys } } }"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Services:
    """The three processes on one project."""

    def __init__(self, root: Path, home: Path) -> None:
        self.root, self.home = root, home
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        dagster_home = instance_home(root, Store.open(home))
        self.env = {
            **os.environ,
            "SUPPLYCHAIN_HOME": str(home),
            "DAGSTER_HOME": str(dagster_home),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        self.code_port, self.web_port = free_port(), free_port()
        workspace = home.parent / "services.yaml"
        entry = f"{{host: 127.0.0.1, port: {self.code_port}, location_name: supplychain}}"
        workspace.write_text(f"load_from: [{{grpc_server: {entry}}}]\n", encoding="utf-8")
        python = [sys.executable, "-m"]
        self.commands = {
            "code": [*python, "dagster", "api", "grpc", "-m", "assets.definitions", "-d", str(root),
                     "-h", "127.0.0.1", "-p", str(self.code_port), "--location-name", "supplychain"],
            "daemon": [*python, "dagster._daemon", "run", "-w", str(workspace)],
            "web": [*python, "dagster_webserver", "-w", str(workspace), "-h", "127.0.0.1", "-p", str(self.web_port)],
        }  # fmt: skip
        self.server = Webserver(self.web_port)

    def start(self, *names: str) -> None:
        for name in names:
            log = (self.home.parent / f"{name}.log").open("ab")
            self.processes[name] = subprocess.Popen(
                self.commands[name],
                cwd=self.root,
                env=self.env,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            log.close()
            if name == "code":
                wait_for(lambda: _listens(self.code_port), 120, "the code server")
            elif name == "web":
                self.server.wait_until_ready(self.processes[name])

    def kill(self, name: str) -> None:
        """kill -9, and nobody tidies up."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def stop(self) -> None:
        for process in self.processes.values():
            os.killpg(process.pid, signal.SIGINT)
        for process in self.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(10)

    def backfills(self) -> list[dict[str, Any]]:
        """All backfills, the newest first."""
        return self.server.ask(BACKFILLS)["partitionBackfillsOrError"]["results"]

    def runs(self) -> list[dict[str, Any]]:
        """All runs, the newest first, with their tags as a dictionary."""
        found = self.server.ask(RUNS)["runsOrError"]["results"]
        return [{**run, "tags": {tag["key"]: tag["value"] for tag in run["tags"]}} for run in found]

    def ticks(self, name: str) -> list[dict[str, Any]]:
        """The ticks of a sensor or schedule, the newest first."""
        return self.server.ask(TICKS, name=name)["instigationStateOrError"]["ticks"]

    def partitions(self, product: str) -> list[str]:
        """The windows that Dagster knows."""
        found = self.server.ask(PARTITIONS, key={"path": [product, "real"]})
        return found["assetNodeOrError"]["partitionKeys"]

    def cpu_seconds(self, name: str) -> float:
        """Processor seconds of a process and of those that it has waited for."""
        fields = Path(f"/proc/{self.processes[name].pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def wait_for(true: Any, seconds: float, what: str) -> Any:
    """Wait until something is so, and give what it gave."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = true()
        if found:
            return found
        time.sleep(0.5)
    raise AssertionError(f"{what} did not come in {seconds} seconds")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def services(root: Path, home: Path) -> Iterator[Services]:
    """All three processes, until the block ends."""
    made = Services(root, home)
    try:
        made.start("code", "daemon", "web")
        yield made
    finally:
        made.stop()
