"""A store that cannot be used, a run that is killed or second, and questions about what is not there."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from supplychain.define import land
from supplychain.errors import StoreFault
from supplychain.ledger import Ledger
from supplychain.publish import publish, verify
from supplychain.store import Store
from tests.bad_input import STEPS, put_release, refuser, state
from tests.conftest import REPO

RUN = ("run", "clinic", "--window", "rural")
READERS = (
    ("status",),
    ("releases", "clinic"),
    ("verify", "clinic"),
    ("evidence", "clinic"),
    ("lineage", "clinic"),
)
FULL = "the disk is full: free some room and run again"
WRITABLE = "check that SUPPLYCHAIN_HOME names a folder that you may write"
READABLE = WRITABLE.replace("write", "read")


@pytest.fixture
def refused(project, supplychain):
    return refuser(project, supplychain)


@contextlib.contextmanager
def full_at(size: int) -> Iterator[None]:
    """Let no file grow beyond a size: writing fails as on a full disk, by an error of the system."""
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.fixture
def disk(tmp_path) -> Iterator[Path]:
    """A disk of 4 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount a small disk: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def on_disk(project, disk, monkeypatch):
    """The project with its store on the small disk, release 1.0.0 in it."""
    project.home = disk / "home"
    monkeypatch.setenv("SUPPLYCHAIN_HOME", str(project.home))
    put_release(project)
    return project


def fill(disk: Path, *, leave: int) -> Path:
    """Fill a disk up to some bytes."""
    filler = disk / "filler"
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    with filler.open("wb") as handle:
        os.posix_fallocate(handle.fileno(), 0, free - leave)
    return filler


def names(folder: Path) -> list[str]:
    """All that lies in a folder, hidden things among them."""
    return sorted(path.name for path in folder.iterdir())


# A store that is not writable.


@pytest.mark.parametrize("arguments", [RUN, *READERS], ids=" ".join)
def test_a_store_below_a_file(project, supplychain, monkeypatch, arguments):
    """Even root cannot make a folder there."""
    file = project.root / "clinic.csv"
    before = file.read_bytes()
    monkeypatch.setenv("SUPPLYCHAIN_HOME", str(file / "home"))
    code, _, err = supplychain(*arguments)
    assert code == 1 and err.count("\n") == 1
    assert err.startswith(f"supplychain: {file}/home: cannot list ")
    assert err.endswith(f" (Not a directory); {READABLE}\n")
    assert file.read_bytes() == before


def test_a_disk_that_is_mounted_to_be_read_only(on_disk, disk, supplychain):
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    before = state(on_disk.home)
    code, _, err = supplychain(*RUN)
    assert (code, err) == (
        1,
        f"supplychain: {on_disk.home}: cannot lock locks/clinic.lock (Read-only file system); {WRITABLE}\n",
    )
    assert state(on_disk.home) == before
    for arguments in READERS[:-1]:
        assert supplychain(*arguments)[0] == 0, "reading needs no writing"
    code, _, err = supplychain("lineage", "clinic")
    assert code == 1 and err.count("\n") == 1
    assert (
        err.startswith(f"supplychain: {on_disk.home}/lineage.duckdb: cannot be used (")
        and "Read-only file system" in err
    )


def test_the_doctor_names_a_store_that_is_not_writable(project, supplychain, monkeypatch):
    monkeypatch.setenv("SUPPLYCHAIN_HOME", str(project.root / "clinic.csv"))
    code, out, err = supplychain("doctor", "--json")
    assert (code, err) == (1, "")
    found = {row["what"]: row for row in json.loads(out)}
    assert not found["store"]["ok"] and found["store"]["found"].endswith(f"(Not a directory); {WRITABLE}")


@pytest.mark.parametrize("arguments", [RUN, *READERS], ids=" ".join)
def test_a_store_of_an_unknown_kind(project, supplychain, monkeypatch, arguments):
    monkeypatch.setenv("SUPPLYCHAIN_HOME", "carrier-pigeon://loft")
    code, _, err = supplychain(*arguments)
    assert (code, err) == (
        64,
        "supplychain: SUPPLYCHAIN_HOME: cannot open 'carrier-pigeon://loft' "
        "(Protocol not known: carrier-pigeon); "
        "name a folder, or a URL whose file system is installed\n",
    )


# A full disk.


DATABASE = f"cannot write Dagster's database (disk I/O error); free some room there, or {WRITABLE}"
FULL_AT = {
    0: f": cannot lock locks/clinic.lock (File too large); {FULL}",
    200: f"/dagster: cannot write dagster.yaml (File too large); {FULL}",
    30_000: f"/dagster: {DATABASE}",
}


@pytest.mark.parametrize(("size", "what"), FULL_AT.items())
def test_a_run_on_a_full_disk(project, refused, supplychain, size, what):
    with full_at(size):
        line = refused(*RUN, code=1)
    assert line == f"{project.home}{what}"
    assert supplychain("verify", "clinic")[0] == 0


def test_a_disk_that_fills_up_in_the_middle_of_a_run(project, supplychain):
    """Steps that were committed stay, as after a kill, and so does the release; then the run is had again."""
    put_release(project)
    before, released = state(project.home), releases(project.home)
    with full_at(200_000):
        code, out, err = supplychain(*RUN)
    assert code == 1
    assert (
        err.startswith(f"supplychain: {project.home}/dagster: cannot write Dagster's database (")
        and err.count("\n") == 1
    )
    assert "made     real" in out and before.items() < state(project.home).items()
    assert releases(project.home) == released and version_in_force(project.home) == "1.0.0"
    code, _, err = supplychain(*RUN)
    assert code == 0, err
    assert version_in_force(project.home) == "1.1.0"


def test_a_disk_that_fills_up_in_the_middle_of_a_step(on_disk, disk):
    """The first tables of the step fit and the last do not: none stays, and with room the step is made."""
    before = state(on_disk.home)
    filler = fill(disk, leave=40_000)
    with pytest.raises(StoreFault) as said:
        land(on_disk.chain(), "rural")
    assert str(said.value).startswith(f"{on_disk.home}: cannot write tables/clinic/")
    assert str(said.value).endswith(f" (No space left on device); {FULL}")
    assert "tables/clinic/real/" not in str(said.value), "the first table did fit"
    assert state(on_disk.home) == before
    filler.unlink()
    land(on_disk.chain(), "rural")
    assert on_disk.chain().ledger.current("clinic", "real", "rural").rows > 0


def test_a_disk_that_is_full_when_a_release_is_written(project):
    put_release(project)
    chain = project.chain()
    for step in STEPS[:-1]:
        step(chain, "rural")
    before = state(project.home)
    rows = chain.ledger.current("clinic", "blend", "rural")
    with full_at(rows.bytes - 1), pytest.raises(StoreFault) as said:
        publish(chain, "rural")
    assert str(said.value).startswith(f"{project.home}: cannot write ") and str(said.value).endswith(
        f" (File too large); {FULL}"
    )
    assert state(project.home) == before
    assert names(project.home / "releases/clinic") == ["1.0.0", "latest"], "nothing is left of the second one"
    assert publish(chain, "rural").release.version == "1.1.0"


def test_a_disk_that_is_full_when_lineage_is_asked_for(project, refused, supplychain):
    """The index is a copy of the log: what is left of it can be deleted, and is built anew."""
    file = project.home / "lineage.duckdb"
    for size in (4_096, 20_000):
        with full_at(size):
            line = refused("lineage", "clinic", code=1)
        assert line.startswith(f"{file}: cannot be used (") and "File too large" in line
        assert line.endswith("; make room and see that it may be written, or delete it: it is built anew")
        file.unlink(missing_ok=True)
    assert supplychain("lineage", "clinic")[0] == 0


def test_a_disk_that_is_full_when_the_log_is_written(project, monkeypatch):
    """The commit is a step's last write; where it fails, what the step made is taken back."""
    put_release(project)
    before = state(project.home)
    write = Store.write

    def full_for_events(store, key, data):
        with full_at(len(data) - 1) if key.startswith("events/") else contextlib.nullcontext():
            write(store, key, data)

    monkeypatch.setattr(Store, "write", full_for_events)
    with pytest.raises(StoreFault, match=r"cannot write events/clinic/.* \(File too large\)"):
        land(project.chain(), "rural")
    assert state(project.home) == before


# A killed process.


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(REPO), "OMP_NUM_THREADS": "1"}


KILLED = """
import os, pathlib, signal, sys
from supplychain.ledger import Ledger

def die_if(moment, owner, name):
    honest = getattr(owner, name)
    def watched(first, second):
        if moment(first, second):
            os.kill(os.getpid(), signal.SIGKILL)
        return honest(first, second)
    setattr(owner, name, watched)

"""
BY_LIBRARY = """
from supplychain.chain import Chain
from supplychain.define import land
from supplychain.project import find_product
land(Chain.open(find_product("clinic", pathlib.Path.cwd()), pathlib.Path.cwd()), "rural")
"""
BY_COMMAND = """
from supplychain.cli.main import main
main(["run", "clinic", "--window", "rural"])
"""
FIRST_TABLE = 'die_if(lambda path, to: "tables" in to.parts, pathlib.Path, "replace")'
FIRST_COMMIT = 'die_if(lambda log, commit: True, Ledger, "append")'
RELEASE_STAGED = 'die_if(lambda path, to: "releases" in to.parts, pathlib.Path, "rename")'
RELEASE_COMMIT = 'die_if(lambda log, commit: commit.release, Ledger, "append")'


def version_in_force(home: Path) -> str:
    """The newest release, verified."""
    return verify(Ledger(Store.open(home)), "clinic").version


def releases(home: Path) -> dict[str, bytes]:
    """The files of all releases, without what is hidden."""
    return {key: data for key, data in state(home).items() if key.startswith("releases/") and "/." not in key}


@pytest.fixture(scope="module")
def undisturbed() -> dict[str, bytes]:
    """The releases that there are after a run that nobody killed, once it has been made."""
    return {}


def run_elsewhere(project, supplychain, monkeypatch) -> dict[str, bytes]:
    elsewhere = project.home.with_name("elsewhere")
    shutil.copytree(project.home, elsewhere)
    with monkeypatch.context() as patch:
        patch.setenv("SUPPLYCHAIN_HOME", str(elsewhere))
        assert supplychain(*RUN)[0] == 0
    return releases(elsewhere)


@pytest.mark.parametrize(
    ("moments", "work"),
    [
        ((FIRST_TABLE, FIRST_COMMIT), BY_LIBRARY),
        pytest.param((RELEASE_STAGED, RELEASE_COMMIT), BY_COMMAND, marks=pytest.mark.long),
    ],
    ids=["a step, before its first table and before its commit", "a release, staged and before its commit"],
)
def test_a_killed_run_leaves_nothing_that_is_read_and_the_next_one_is_right(
    project, supplychain, refused, undisturbed, moments, work, monkeypatch
):
    undisturbed.update(undisturbed or run_elsewhere(project, supplychain, monkeypatch))
    assert "releases/clinic/1.1.0/manifest.json" in undisturbed

    for moment in moments:
        program = [sys.executable, "-c", f"{KILLED}{moment}{work}"]
        ended = subprocess.run(program, capture_output=True, text=True, env=environment(), check=False)
        assert ended.returncode == -signal.SIGKILL, ended.stderr

        listed = json.loads(supplychain("releases", "clinic", "--json")[1])
        assert [row["version"] for row in listed] == ["1.0.0"]
        status = json.loads(supplychain("status", "clinic", "--json")[1])
        assert {row["window"]: row["in_release"] for row in status if row["in_release"]} == {"metro": "1.0.0"}
        assert version_in_force(project.home) == "1.0.0"
        line = refused("verify", "clinic@1.1.0")
        assert line == "product clinic: has no release '1.1.0'; did you mean '1.0.0'?"
        found = {row["what"]: row["ok"] for row in json.loads(supplychain("doctor", "--json")[1])}
        assert found["lineage log"] and found["lineage.duckdb"]

    code, _, err = supplychain(*RUN)
    assert code == 0, err
    assert version_in_force(project.home) == "1.1.0"
    assert releases(project.home) == undisturbed, "byte for byte the release of a run that nobody killed"


# Two runs at once.

HOLDER = """
import sys
from supplychain.store import Store
with Store.open().lock("clinic", why="held"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_run_of_a_product_is_refused_while_the_first_goes_on(project, supplychain, refused):
    first = subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    try:
        assert first.stdout.readline() == "held\n"
        line = refused(*RUN, code=1)
        assert line == f"a run of clinic is under way (process {first.pid}); wait for it to end"
        assert supplychain("status")[0] == 0, "to look is not to run"
    finally:
        first.communicate("")
    with Store.open(project.home).lock("clinic", why="the lock goes with the process"):
        pass


# Asking for what is not there.

USAGE = {
    "command": (("frobnicate",), "No such command 'frobnicate'. (see supplychain --help)"),
    "option": (("check", "--nope"), "No such option: --nope (see supplychain --help)"),
    "argument missing": (("gaps",), "Missing argument 'product'. (see supplychain --help)"),
    "neither product nor plan": (("run",), "run: names no product; write supplychain run PRODUCT"),
    "argument too many": (
        ("run", "clinic", "rural"),
        "Got unexpected extra argument(s) (rural) (see supplychain --help)",
    ),
    "value missing": (
        ("run", "clinic", "--window"),
        "Option '--window' requires an argument. (see supplychain --help)",
    ),
}


@pytest.mark.parametrize(("arguments", "line"), USAGE.values(), ids=USAGE)
def test_bad_usage(refused, arguments, line):
    assert refused(*arguments) == line


ASKING = ("releases", "verify", "evidence", "lineage")


@pytest.mark.parametrize("command", ASKING)
def test_a_product_that_the_store_does_not_know(project, refused, command):
    assert (
        refused(command, "clnic")
        == f"{project.home}: there is no product 'clnic' in this store; did you mean 'clinic'?"
    )


@pytest.mark.parametrize("command", ASKING)
def test_an_empty_store(project, supplychain, command):
    code, _, err = supplychain(command, "clinic")
    assert (code, err) == (
        64,
        f"supplychain: {project.home}: there is no product 'clinic' in this store; it is empty, "
        "run `supplychain run PRODUCT` first\n",
    )
    assert not project.home.exists()


@pytest.mark.parametrize("command", ["verify", "evidence", "lineage"])
def test_a_version_that_is_not_there(refused, command):
    assert refused(command, "clinic@9.9.9") == "product clinic: has no release '9.9.9'; known are: 1.0.0"


QUESTIONS = {
    "evidence of a window": (
        ("evidence", "clinic", "--window", "urban"),
        "product clinic: has no evidence of window 'urban'; known are: metro",
    ),
    "releases of a window": (
        ("lineage", "clinic", "--window", "rural"),
        "product clinic: no release holds window 'rural'; see supplychain releases",
    ),
    "a batch": (
        ("lineage", "clinic", "--batch", "zzz"),
        "product clinic: there is no judged batch 'zzz'; take it from a row's _batch",
    ),
    "SQL": (
        ("lineage", "clinic", "--sql", "selct 1"),
        'sql: DuckDB refuses (Parser Error: syntax error at or near "selct" LINE 1: selct 1 ^^^^^); '
        "see docs/lineage.md",
    ),
}


@pytest.mark.parametrize(("arguments", "line"), QUESTIONS.values(), ids=QUESTIONS)
def test_a_question_about_what_is_not_there(refused, arguments, line):
    assert refused(*arguments) == line


def test_a_question_that_would_write(refused):
    line = refused("lineage", "clinic", "--sql", "drop table commits")
    assert line.startswith("sql: DuckDB refuses (Invalid Input Error: ") and "read-only" in line
    assert line.endswith("; see docs/lineage.md")


def test_a_product_without_evidence_and_release(project, supplychain):
    land(project.chain(), "metro")
    for command, problem in (("evidence", "has no evidence yet"), ("verify", "has no release yet")):
        code, _, err = supplychain(command, "clinic")
        assert (code, err) == (64, f"supplychain: product clinic: {problem}; run `supplychain run clinic`\n")
