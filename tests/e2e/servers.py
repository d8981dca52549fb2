"""The real webserver and daemon, driven as the browser drives them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LAUNCH = """
mutation Launch($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } }
  }
}"""
STATUS = "query Status($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
CHECKS = """
query Checks($key: AssetKeyInput!) {
  assetNodeOrError(assetKey: $key) {
    ... on AssetNode {
      assetChecksOrError {
        ... on AssetChecks {
          checks { name executionForLatestMaterialization { status evaluation { severity success } } }
        }
      }
    }
  }
}"""
TOLD = """
query Told($key: AssetKeyInput!) {
  assetNodeOrError(assetKey: $key) {
    ... on AssetNode {
      assetChecksOrError {
        ... on AssetChecks {
          checks { name description executionForLatestMaterialization { status evaluation {
            success description metadataEntries { label ... on UrlMetadataEntry { url } } } } }
        }
      }
    }
  }
}"""
SHOWN = """
query Shown($key: AssetKeyInput!) {
  assetNodeOrError(assetKey: $key) {
    ... on AssetNode {
      assetMaterializations(limit: 1) {
        metadataEntries {
          label
          ... on MarkdownMetadataEntry { mdStr }
          ... on TableMetadataEntry { table { records } }
        }
      }
    }
  }
}"""
NODES = """
query Nodes { assetNodes { assetKey { path } groupName owners { ... on TeamAssetOwner { team } } kinds description
  partitionKeys dependencyKeys { path } isMaterializable } }"""


class Webserver:
    """The GraphQL endpoint of a running webserver."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", data=body, headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            content = json.load(answer)
        assert "errors" not in content, content["errors"]
        return content["data"]

    def wait_until_ready(self, process: subprocess.Popen[bytes], seconds: float = 150) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert process.poll() is None, "the UI ended by itself"
            try:
                if any(node["isMaterializable"] for node in self.ask(NODES)["assetNodes"]):
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                pass
            time.sleep(0.5)
        raise AssertionError("the webserver did not come up")

    def materialise(self, product: str, window: str, nouns: list[str] | None = None) -> str:
        """Launch a run as the Materialise button does; the run's id."""
        group = product.replace("-", "_")
        chosen = [{"path": [product, noun]} for noun in nouns or []] or None
        params = {
            "selector": {
                "repositoryLocationName": "supplychain",
                "repositoryName": "__repository__",
                "jobName": group if not nouns else "__ASSET_JOB",
                **({"assetSelection": chosen, "assetCheckSelection": None} if chosen else {}),
            },
            "runConfigData": {},
            "mode": "default",
            "executionMetadata": {"tags": [{"key": "dagster/partition", "value": window}]},
        }
        launched = self.ask(LAUNCH, params=params)["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return launched["run"]["runId"]

    def wait(self, run_id: str, seconds: float = 240) -> str:
        """The status with which a run ends."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            status = self.ask(STATUS, id=run_id)["runOrError"]["status"]
            if status in ("SUCCESS", "FAILURE", "CANCELED"):
                return status
            time.sleep(0.5)
        raise AssertionError(f"run {run_id} did not end: {status}")

    def checks(self, product: str, noun: str) -> dict[str, dict[str, Any]]:
        """Check name to its newest execution."""
        node = self.ask(CHECKS, key={"path": [product, noun]})["assetNodeOrError"]
        return {
            check["name"]: check["executionForLatestMaterialization"] for check in node["assetChecksOrError"]["checks"]
        }

    def told(self, product: str, noun: str, check: str) -> dict[str, Any]:
        """What a check said last: `success`, `description`, and the address under each label that has one."""
        node = self.ask(TOLD, key={"path": [product, noun]})["assetNodeOrError"]
        found = next(each for each in node["assetChecksOrError"]["checks"] if each["name"] == check)
        said = found["executionForLatestMaterialization"]["evaluation"]
        links = {entry["label"]: entry["url"] for entry in said["metadataEntries"] if "url" in entry}
        return {"success": said["success"], "description": said["description"], "links": links}

    def shown(self, product: str, noun: str) -> dict[str, Any]:
        """Label to what the page of an asset shows of its newest materialisation: markdown, or the rows of a table."""
        node = self.ask(SHOWN, key={"path": [product, noun]})["assetNodeOrError"]
        entries = node["assetMaterializations"][0]["metadataEntries"]
        return {
            entry["label"]: entry["mdStr"]
            if "mdStr" in entry
            else [json.loads(record) for record in entry.get("table", {}).get("records", [])]
            for entry in entries
        }


@contextmanager
def ui(root: Path, home: Path) -> Iterator[Webserver]:
    """`supplychain ui` as a process of its own, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (home.parent / "ui.log").open("wb")
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("supplychain")), "ui", "--port", str(port)],
        cwd=root,
        env={**os.environ, "SUPPLYCHAIN_HOME": str(home)},
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        server = Webserver(port)
        server.wait_until_ready(process)
        yield server
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
        log.close()
