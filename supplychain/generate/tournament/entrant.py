"""One entrant of a tournament at work, in a process of its own.

A process can be measured, stopped when it is late, and killed by the system for its memory, and nobody else is harmed.
It is spawned, not forked: polars and torch hold threads that do not survive a fork.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from dataclasses import asdict, dataclass
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.errors import SupplyChainError, one_line
from supplychain.generate.synthesizer import synthesizer, synthesizer_class

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

REAL, MADE, MODEL = "real.parquet", "made.parquet", "model"
"""Files in the folder that an entrant works in."""
SAYS_SO_EVERY = 10.0
"""Seconds without a word, after which the entrant is said to be still at work."""


@dataclass(frozen=True)
class Task:
    """What an entrant is to do.

    Attributes:
        entrant: Its name.
        synthesizer: The synthesizer's name.
        settings: Its settings, hints included.
        seed: Seed of the fit.
        rows: Rows to sample.
        sample_seed: Seed of that sample.
    """

    entrant: str
    synthesizer: str
    settings: dict[str, Any]
    seed: int
    rows: int
    sample_seed: int


@dataclass(frozen=True)
class Cost:
    """What a fit and its sample took: wall and processor seconds, and the process's peak memory in megabytes."""

    seconds: float
    cpu_seconds: float
    memory_mb: float


@dataclass(frozen=True)
class Fitted:
    """What an entrant made: the model file's bytes, the rows sampled from that file, and the cost."""

    model: bytes
    rows: pl.DataFrame
    cost: Cost


class Failed(Exception):
    """An entrant is out of the tournament; the message is the reason, in one line."""


def run(task: Task, folder: Path, *, seconds: float, progress: Callable[[str], None]) -> Fitted:
    """Fit and sample in a spawned process, which is stopped when its time is over.

    Args:
        task: What to do.
        folder: A folder that holds the real rows as `real.parquet`; what is made is written there too.
        seconds: Wall seconds that the entrant has.
        progress: Called with lines of text.

    Raises:
        Failed: It raised, ran out of memory or time, or was killed.
    """
    spawn = get_context("spawn")
    ours, theirs = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_work, args=(task, str(folder), theirs))
    try:
        process.start()
        theirs.close()  # so that its end is the end of the file
        cost = _listen(task, ours, process, seconds, progress)
        return Fitted((folder / MODEL).read_bytes(), pl.read_parquet(folder / MADE), cost)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise Failed(one_line(f"{type(error).__name__}: {error}")[:300]) from error
    finally:
        _end(process)
        ours.close()


def _listen(
    task: Task, pipe: Connection, process: BaseProcess, seconds: float, progress: Callable[[str], None]
) -> Cost:
    """Pass on what the entrant says, until it is done, fails, falls silent for ever or is late."""
    started = time.monotonic()
    while (left := seconds - (time.monotonic() - started)) > 0:
        if not pipe.poll(min(left, SAYS_SO_EVERY)):
            progress(f"{task.entrant}: still at work after {time.monotonic() - started:.0f} seconds")
            continue
        try:
            kind, said = pipe.recv()
        except EOFError:
            process.join()
            raise Failed(_how_it_ended(process.exitcode or 0)) from None
        if kind == "done":
            return Cost(**said)
        if kind == "failed":
            raise Failed(said)
        progress(f"{task.entrant}: {said}")
    raise Failed(f"was stopped after its {seconds:.1f} seconds; raise generate.tournament_seconds")


def _how_it_ended(code: int) -> str:
    if code == -signal.SIGKILL:
        return "was killed (SIGKILL): most likely the machine ran out of memory"
    return f"was killed ({signal.Signals(-code).name})" if code < 0 else f"ended by itself with exit code {code}"


def _end(process: BaseProcess) -> None:
    """Leave no process behind: neither the entrant nor what it started."""
    if process.pid is None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)  # its group has its number, see `_stand_alone`
    process.kill()
    process.join()


def _work(task: Task, folder: str, pipe: Connection) -> None:
    """The entrant's side: fit, save, load what was saved, sample."""
    _stand_alone()
    try:
        pipe.send(("done", asdict(_fit_and_sample(task, Path(folder), lambda text: pipe.send(("says", text))))))
    except MemoryError:
        pipe.send(("failed", "ran out of memory (MemoryError)"))
    except SupplyChainError as error:
        pipe.send(("failed", str(error)))
    except Exception as error:  # noqa: BLE001  (a stranger's code: whatever it raises is its own failure)
        pipe.send(("failed", one_line(f"raised {type(error).__name__}: {error}")[:300]))


def _fit_and_sample(task: Task, folder: Path, says: Callable[[str], None]) -> Cost:
    real = pl.read_parquet(folder / REAL)
    model = synthesizer(task.synthesizer, **task.settings)
    if hasattr(model, "progress"):
        model.progress = says
    started, cpu_started = time.perf_counter(), time.process_time()
    model.fit(real, seed=task.seed).save(folder / MODEL)
    del model
    says(f"fitted in {time.perf_counter() - started:.1f} seconds, samples {task.rows:,} rows")
    loaded = synthesizer_class(task.synthesizer).load(folder / MODEL)  # as `candidates` will do
    made = loaded.sample(task.rows, seed=task.sample_seed)
    made.select(name for name in made.columns if not name.startswith("_")).write_parquet(folder / MADE)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
    return Cost(round(seconds, 2), round(cpu_seconds, 2), round(_peak_memory() / 1e6))


def _stand_alone() -> None:
    """Lead a group of its own, die with the parent, and be the first whom the system kills for memory."""
    os.setsid()
    with contextlib.suppress(OSError):  # Linux alone has it
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")

    def follow() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def _peak_memory() -> int:
    """The most memory that this process has held, in bytes.

    From `/proc` where there is one: what `getrusage` says of a spawned process begins at the peak of its parent.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        peak = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) * 1024
    import resource

    peak_there = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak_there if sys.platform == "darwin" else peak_there * 1024
