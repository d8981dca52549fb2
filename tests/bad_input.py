"""What the tests of bad input share: a store that holds a release, and what a refusal has to look like."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from supplychain.define import find_gaps, land, make_plan
from supplychain.generate import fit_synthesizer, sample_candidates
from supplychain.merge import blend
from supplychain.publish import publish
from supplychain.validate import judge_evidence, measure, screen
from tests.conftest import Project

DEFS = "assets/products/clinic/defs.yaml"
STEPS = (
    land,
    find_gaps,
    make_plan,
    fit_synthesizer,
    sample_candidates,
    screen,
    measure,
    judge_evidence,
    blend,
    publish,
)

Command = Callable[..., tuple[int, str, str]]
Refused = Callable[..., str]


@cache
def _made() -> Path:
    """A folder for the home that holds the release; it is made once, from what every project starts with."""
    folder = Path(tempfile.mkdtemp(prefix="bad-input-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder / "home"


def put_release(project: Project) -> None:
    """Put release 1.0.0 of window metro into the project's store: something to be left alone."""
    if not _made().exists():
        chain = Project(project.root, _made()).chain()
        for step in STEPS:
            step(chain, "metro")
    shutil.copytree(_made(), project.home, dirs_exist_ok=True)


def state(home: Path) -> dict[str, bytes]:
    """Every file that says what was made, hidden ones among them, with its bytes."""
    folders = (home / name for name in ("tables", "models", "events", "releases"))
    return {
        str(path.relative_to(home)): path.read_bytes()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def refuser(project: Project, supplychain: Command) -> Refused:
    """A command that is refused: its one line, after the store was seen to be unchanged."""
    put_release(project)

    def refused(*arguments: str, code: int = 64) -> str:
        before = state(project.home)
        assert "releases/clinic/1.0.0/manifest.json" in before
        given, _, err = supplychain(*arguments)
        assert given == code, err
        assert err.startswith("supplychain: ")
        assert err.count("\n") == 1 and err.endswith("\n"), f"more than one line: {err}"
        assert "Traceback" not in err and "--debug" not in err.removesuffix("--debug shows where\n")
        assert state(project.home) == before
        return err.removeprefix("supplychain: ").removesuffix("\n")

    return refused
