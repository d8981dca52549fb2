"""Synthesizers as the benchmarks enter them, each fitted and sampled in a process of its own."""

from __future__ import annotations

import itertools
import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl

from bench.datasets import Parts
from supplychain.generate.synthesizer import Hints, Synthesizer, synthesizer, synthesizer_class

ENTRANTS: dict[str, dict[str, Any]] = {
    "trees": {},
    "marginals": {},
    "gaussian-copula": {},
    "gaussian-copula, normal marginals": {"default_distribution": "norm"},
    "ctgan, 10 epochs": {"epochs": 10},
}
"""Name to settings; the synthesizer is what stands before the comma."""


def fitted(
    name: str, frame: pl.DataFrame, hints: Hints, seed: int, settings: dict[str, Any] | None = None
) -> Synthesizer:
    """An entrant fitted on a frame, told what the chain would tell it."""
    kind = name.partition(",")[0]
    own = {**ENTRANTS.get(name, {}), **(settings or {})}
    return synthesizer(kind, **hints.added(own, synthesizer_class(kind))).fit(frame, seed=seed)


def fit_and_sample(
    name: str, parts: Parts, rules: bool, seed: int, settings: dict[str, Any]
) -> tuple[pl.DataFrame, dict[str, float]]:
    """As many rows as train has, and what they cost: processor and wall seconds, and megabytes at the peak."""
    hints = Hints(first=(parts.outcome,), rules=parts.rules if rules else ())
    warm = parts.train.head(50)
    fitted(name, warm, Hints(), seed, settings if name.partition(",")[0] != "ctgan" else {"epochs": 1})
    before = peak_mb()  # imports are nobody's fitting time or memory
    clocks = [(time.process_time(), time.perf_counter())]
    model = fitted(name, parts.train, hints, seed, settings)
    clocks.append((time.process_time(), time.perf_counter()))
    made = model.sample(parts.train.height, seed=seed + 1_000)
    clocks.append((time.process_time(), time.perf_counter()))
    spent = [[late - early for early, late in zip(*two, strict=True)] for two in itertools.pairwise(clocks)]
    return made, {
        "fit_cpu": spent[0][0], "fit_wall": spent[0][1], "sample_cpu": spent[1][0], "sample_wall": spent[1][1],
        "peak_mb": peak_mb(), "peak_mb_before": before,
    }  # fmt: skip


def alone(work: Callable[..., Any], *arguments: Any) -> Any:
    """The work's result, done in a new process: memory and imports are its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def peak_mb() -> float:
    """The most memory that this process has held, in megabytes."""
    status = Path("/proc/self/status")
    if not status.is_file():
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # kilobytes on Linux alone
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
