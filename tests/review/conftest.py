"""A frozen lot over the embedded survey, without the seconds that the whole chain takes; and a desk in a process."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from supplychain.chain import Chain
from supplychain.generate.marginals import Marginals
from supplychain.review.files import Docket, docket
from supplychain.review.freeze import freeze
from supplychain.review.journal import Record
from supplychain.review.lot import DEFECT, Item
from supplychain.review.standing import Standing
from tests.conftest import CLINIC, EVIDENCE, REAL, SYNTHETIC, Project
from tests.review.browser import Page, until

GENERATE = "  generate: {synthesizer: marginals}\n"
PRODUCT = "assets/products/clinic/defs.yaml"
HOSTILE = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">&'\"{{7*7}}"


@dataclass
class Reviewed:
    """A project with a window of accepted rows, and a lot of them."""

    project: Project
    chain: Chain
    window: str = "metro"

    @property
    def docket(self) -> Docket:
        return docket(self.chain, self.window)

    @property
    def standing(self) -> Standing:
        return Standing(self.docket.lot, self.docket.journal.read())

    def judge(self, name: str, wrong: Callable[[Item], bool] = lambda item: False, most: int = 10**6) -> int:
        """A reviewer who is right about planted defects and accepts all else, but for rows that one is to get wrong."""
        under, count = self.docket, 0
        while (queue := self.standing.queue(name)) and count < most:
            batch = queue[: most - count]
            under.journal.append(
                [
                    Record(
                        "decision",
                        under.lot.content,
                        item.id,
                        item.content,
                        name,
                        "reviewer",
                        "reject" if (item.truth == DEFECT) != wrong(item) else "accept",
                        "impossible-value",
                        seconds=6.0,
                        key=f"{name} {item.id} {len(self.standing.records)}",
                    )
                    for item in batch
                ]
            )
            count += len(batch)
        return count


def tables(chain: Chain, people: pl.DataFrame, rows: int = 900) -> None:
    """Real and accepted rows, as the steps before would have written them."""
    real = people.filter(pl.col("msa") == 1).with_columns(
        (pl.col("drugexp") >= 2500).cast(pl.Int64).alias("high_spend")
    )
    real = real.drop("drugexp").sample(2_000, seed=1).with_columns(pl.col("person").cast(pl.String).alias("_entity"))
    real = real.drop("person")
    made = (
        Marginals()
        .fit(real.drop("_entity"), seed=1)
        .sample(rows, seed=2)
        .with_columns(pl.lit("b1").alias("_batch"), pl.lit("all").alias("_slice"), pl.int_range(pl.len()).alias("_row"))
    )
    refused = made.head(0).with_columns(
        pl.lit(None, pl.List(pl.String)).alias("_rules"), pl.lit(None, pl.List(pl.String)).alias("_values")
    )
    with chain.step("validate", "metro") as step:
        for name, table in (("real", real), ("tune", real.tail(600)), ("accepted", made), ("rejected", refused)):
            step.write(name, table)
        step.write("evidence", pl.DataFrame({"metric": ["x"], "value": [1.0]}))


@pytest.fixture(scope="session")
def frozen(tmp_path_factory: pytest.TempPathFactory, people: pl.DataFrame) -> Path:
    """A store with a frozen lot, made once; tests work on copies."""
    root = tmp_path_factory.mktemp("frozen") / "project"
    project = Project(root, root.parent / "home")
    project.write(PRODUCT, CLINIC)
    for suite, text in (("real", REAL), ("synthetic", SYNTHETIC), ("evidence", EVIDENCE)):
        project.write(f"expectations/clinic/{suite}.yaml", text)
    make(project, people)
    return project.home


@pytest.fixture
def reviewed(project: Project, frozen: Path) -> Reviewed:
    project.edit(PRODUCT, GENERATE, GENERATE + "  review: {}\n")
    shutil.copytree(frozen, project.home)
    return Reviewed(project, project.chain())


def make(project: Project, people: pl.DataFrame, section: str = "{}", rows: int = 900) -> Reviewed:
    """A product with a section `review`, and its frozen lot."""
    project.edit(PRODUCT, GENERATE, f"{GENERATE}  review: {section}\n")
    chain = project.chain()
    tables(chain, people, rows)
    freeze(chain, "metro")
    return Reviewed(project, chain)


@dataclass
class Desk:
    """A desk in a process of its own."""

    project: Project
    port: int = 0
    links: dict[str, str] = field(default_factory=dict)
    process: Any = None

    def start(self, *people: str) -> Desk:
        """Start it, on the port that it had before; links are kept from the first start."""
        command = [sys.executable, "-c", "from supplychain.cli.main import main; main()", "review", "serve", "clinic"]
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port), *people],
            cwd=self.project.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "SUPPLYCHAIN_HOME": str(self.project.home), "COLUMNS": "300"},
        )
        said = ""
        for line in self.process.stdout:
            said += line
            if line.startswith("Ctrl-C"):
                break
        self.links |= dict(re.findall(r"^(\w+) \(.*?\): (\S+)$", said, re.MULTILINE))
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", said)
        assert found, said
        self.port = int(found[1])
        until(self._answers, "the desk answers")
        return self

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/static/desk.css", timeout=5)
        except OSError:
            return False
        return True

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(30)


PEOPLE = (
    "--reviewer",
    "ann",
    "--reviewer",
    "bob",
    "--adjudicator",
    "carl",
    "--approver",
    "dora",
    "--real-viewer",
    "eve",
)


@pytest.fixture
def desk_of() -> Iterator[Callable[[Project], Desk]]:
    """A desk of a project, with two reviewers, somebody who decides and somebody who approves."""
    running: list[Desk] = []

    def started(project: Project) -> Desk:
        running.append(Desk(project).start(*PEOPLE))
        return running[-1]

    yield started
    for each in running:
        each.kill()


@pytest.fixture
def desk(reviewed: Reviewed, desk_of: Callable[[Project], Desk]) -> Desk:
    return desk_of(reviewed.project)


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Callable[[], Page]]:
    """Browsers with nothing in common, as many as are asked for."""
    opened: list[Page] = []

    def another() -> Page:
        folder = tmp_path / f"browser{len(opened)}"
        folder.mkdir()
        opened.append(Page(folder))
        return opened[-1]

    yield another
    for page in opened:
        page.close()


class Script:
    """The desk's HTTP interface as a script without a browser sees it."""

    def __init__(self, link: str) -> None:
        self.jar = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.base = link.partition("/enter")[0]
        self.status, self.text = 0, ""
        self.get(link.removeprefix(self.base))

    def get(self, path: str, **headers: str) -> str:
        return self._send(urllib.request.Request(self.base + path, headers=headers))

    def post(self, path: str, **fields: str) -> str:
        return self._send(urllib.request.Request(self.base + path, urllib.parse.urlencode(fields).encode()))

    def _send(self, request: urllib.request.Request) -> str:
        try:
            with self._opener.open(request, timeout=60) as answer:
                self.status, self.text, self.headers = answer.status, answer.read().decode(), answer.headers
        except urllib.error.HTTPError as error:
            self.status, self.text, self.headers = error.code, error.read().decode(), error.headers
        except (urllib.error.URLError, ConnectionError):
            self.status, self.text = 0, ""
        return self.text

    def field(self, name: str) -> str:
        """The value of a hidden field of the page."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        assert found, self.text[:500]
        return found[1]
