"""Size: `python -m bench.scale [--rows 1000000] [--streamed 10000000]`.

A table of 20 mixed columns, drawn by `trees` and written to Parquet, against SDV's defaults and against the floor
(random numbers and one gather a column, nothing else) in the same run, and with every drawn row taken (`choices: 1`);
two processes against one; a long stream, whose memory must not grow; a slice of one in a thousand; and 300 slices.
CPU seconds where not said otherwise.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from bench.datasets import load
from bench.entrants import alone, peak_mb
from bench.tables import markdown, save
from supplychain.generate import synthesizer
from supplychain.generate.synthesizer import synthesizer_class

BATCH = 50_000
FIT_ROWS = 40_000
RARE = "rare = 'yes'"
FIRST = ("rare", "code", "female")
SLICES = 300
PLAIN = "trees, every row taken"


def mixed(rows: int = FIT_ROWS, seed: int = 1) -> pl.DataFrame:
    """Ten columns of the embedded people, drawn with replacement, and ten made up beside them: 20 mixed columns."""
    rng = np.random.default_rng(seed)
    real = load("drug-spend").train.sample(rows, with_replacement=True, seed=seed)
    names = "ssiratio age educyr female private firmsz income priolist totchr high_spend".split()
    age, income = real["age"].to_numpy(), real["income"].to_numpy()
    code = np.minimum((rng.exponential(20, rows) + age - 65).astype(int), 119)
    day = np.datetime64("2003-01-01") + (rng.integers(0, 365, rows)).astype("timedelta64[D]")
    second = day.astype("datetime64[us]") + rng.integers(0, 86_400, rows).astype("timedelta64[s]")
    score = rng.normal(age / 10, 1).round(2)
    return real.select(names).with_columns(
        region=pl.Series(rng.choice(["north", "east", "south", "west", "centre"], rows, p=[0.4, 0.3, 0.2, 0.09, 0.01])),
        code=pl.Series([f"c{number:03d}" for number in code]),
        rare=pl.Series(np.where(np.arange(rows) % 1_000 == 0, "yes", "no")),
        day=pl.Series(day),
        second=pl.Series(second),
        score=pl.Series(score).set(pl.Series(rng.random(rows) < 0.07), None),
        visits=pl.Series(rng.poisson(real["totchr"].to_numpy() * 2.0)),
        cost=pl.Series(np.exp(rng.normal(5, 1, rows)).round(2)),
        share=pl.Series(rng.beta(2, 5, rows)),
        wealth=pl.Series((income * rng.gamma(2, 2, rows)).round()).cast(pl.Int64),
    )


def fit(name: str, folder: Path, settings: dict[str, Any]) -> float:
    """Fit and save; CPU seconds of the fit."""
    frame, kind = mixed(), name.partition(",")[0]
    synthesizer(kind, **settings)
    started = time.process_time()
    model = synthesizer(kind, **settings).fit(frame, seed=1)
    spent = time.process_time() - started
    model.save(folder / name)
    return spent


def draw(name: str, folder: Path, rows: int, seed: int = 0) -> dict[str, float]:
    """Rows in batches, each written to one Parquet file as it is drawn: CPU seconds by part, and memory."""
    import pyarrow.parquet as pq

    kind = name.partition(",")[0]
    model = synthesizer_class(kind).load(folder / name)
    writer = pq.ParquetWriter(folder / f"{name}-{seed}.parquet", model.sample(1_000, seed=0).to_arrow().schema)
    parts = _parts_of_trees() if kind == "trees" else {}
    before, wall, sampling, writing = peak_mb(), time.perf_counter(), 0.0, 0.0
    for number in range(0, rows, BATCH):
        clock = time.process_time()
        batch = model.sample(min(BATCH, rows - number), seed=seed * 1_000_000 + number + 1)
        drawn = time.process_time()
        writer.write_table(batch.to_arrow())
        sampling, writing = sampling + drawn - clock, writing + time.process_time() - drawn
    writer.close()
    size = (folder / f"{name}-{seed}.parquet").stat().st_size / 1e6
    (folder / f"{name}-{seed}.parquet").unlink()
    told = {part: seconds[0] for part, seconds in parts.items()}
    return {
        "rows": rows, "sample": sampling, "write": writing, "wall": time.perf_counter() - wall, "peak_mb": peak_mb(),
        "peak_mb_before": before, "file_mb": size, **told,
    }  # fmt: skip


def _parts_of_trees() -> dict[str, list[float]]:
    """CPU seconds inside drawing and decoding from now on, where the trees have these parts."""
    from supplychain.generate.trees.forest import Forest
    from supplychain.generate.trees.ratio import Ratio

    return {part: _timed(kind, part) for kind, part in ((Forest, "draw"), (Ratio, "log_odds"))}


def _timed(kind: type, part: str) -> list[float]:
    work, spent = getattr(kind, part), [0.0]

    def watched(*arguments: Any, **named: Any) -> Any:
        started = time.process_time()
        try:
            return work(*arguments, **named)
        finally:
            spent[0] += time.process_time() - started

    setattr(kind, part, watched)
    return spent


def floor(rows: int, columns: int = 20) -> float:
    """CPU seconds of a random number and a gather a cell, with nothing learned and nothing decoded."""
    rng = np.random.default_rng(1)
    tables = [rng.random(1 << 14) for _ in range(columns)]
    started = time.process_time()
    for _ in range(0, rows, BATCH):
        pl.DataFrame([pl.Series(str(i), t[rng.integers(0, 1 << 14, BATCH, np.uint32)]) for i, t in enumerate(tables)])
    return time.process_time() - started


def workers(folder: Path, rows: int) -> dict[str, float]:
    """Wall seconds of one process and of two that share the rows, after their start."""
    walls = {}
    for count in (1, 2):
        with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as pool:
            list(pool.map(_share, [(folder, 1_000, 100 + number) for number in range(count)]))  # starts them
            started = time.perf_counter()
            list(pool.map(_share, [(folder, rows // count, number) for number in range(count)]))
            walls[str(count)] = time.perf_counter() - started
    return {**walls, "times": walls["1"] / walls["2"]}


def _share(task: tuple[Path, int, int]) -> dict[str, float]:
    folder, rows, seed = task
    return draw("trees", folder, rows, seed)


def slices(folder: Path) -> dict[str, float]:
    """CPU seconds for 10,000 rows of a slice of one in a thousand, and for 100 rows of each of 300 slices."""
    model = synthesizer_class("trees").load(folder / "trees")
    rows, rare = _spent(lambda: model.sample(10_000, seed=1, where=RARE).height)
    codes = mixed()["code"].value_counts(sort=True)["code"].head(SLICES // 2)
    wanted = [f"code = '{code}' AND female = {female}" for code in codes for female in (0, 1)]
    wanted += [f"age = {age} AND female = {female}" for age in range(65, 85) for female in (0, 1)]
    wanted += [f"region = 'centre' AND totchr = {number % 6} AND age >= {65 + number // 6}" for number in range(60)]
    wanted = wanted[:SLICES]
    filled, many = _spent(lambda: sum(model.sample(100, seed=2, where=where).height == 100 for where in wanted))
    return {"rare_rows": rows, "rare_cpu": rare, "slices": len(wanted), "slices_filled": filled, "slices_cpu": many}


def _spent(work: Callable[[], int]) -> tuple[int, float]:
    started = time.process_time()
    made = work()
    return made, time.process_time() - started


def table(result: dict[str, Any]) -> str:
    trees, sdv, least = result["trees"], result["sdv"], result["floor"]
    million = result["rows"] / 1e6
    plain = result["plain"]
    rows = [
        ["trees", trees["sample"], trees["write"], trees["sample"] / least, 1.0],
        [PLAIN, plain["sample"], plain["write"], plain["sample"] / least, plain["sample"] / trees["sample"]],
        ["SDV, defaults", sdv["sample"], sdv["write"], sdv["sample"] / least, sdv["sample"] / trees["sample"]],
        ["floor: random numbers and gathers", least, "", 1.0, least / trees["sample"]],
    ]  # fmt: skip
    shown = [[name, *(f"{cell:.2f}" if isinstance(cell, float) else cell for cell in cells)] for name, *cells in rows]
    head = [f"{million:g}M rows x {result['columns']}, CPU s", "sample", "write", "times the floor", "times trees"]
    parts = {"draw": "draw", "log_odds": "ask which of the drawn rows to take"}
    told = [[words, f"{trees[part]:.2f}"] for part, words in parts.items()]
    rest = trees["sample"] - sum(trees[part] for part in parts)
    told += [["all else in sampling", f"{rest:.2f}"], ["write", f"{trees['write']:.2f}"]]
    streamed = [
        [f"{run['rows'] / 1e6:g}M", f"{run['rows'] / (run['sample'] + run['write']):,.0f}", f"{run['wall']:.1f}",
         f"{run['peak_mb']:.0f}", f"{run['file_mb']:.0f}"]
        for run in result["streamed"]
    ]  # fmt: skip
    more, two = result["slices"], result["workers"]
    filled = f"100 rows in each of {more['slices']} slices ({more['slices_filled']} filled)"
    others = [
        [f"{more['rare_rows']:,} rows where {RARE} (0.1% of rows)", f"{more['rare_cpu']:.2f} CPU s"],
        [filled, f"{more['slices_cpu']:.2f} CPU s"],
        ["two processes against one", f"{two['times']:.2f} times the rows a second (wall)"],
    ]  # fmt: skip
    return "\n\n".join(
        [
            markdown(head, shown),
            markdown(["where trees' time goes", "CPU s"], told),
            markdown(["streamed to Parquet", "rows a CPU s", "wall s", "peak MB", "file MB"], streamed),
            markdown(["", ""], others),
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.scale")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--streamed", type=int, default=10_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fits = {
            "trees": alone(fit, "trees", folder, {"first": FIRST}),
            "plain": alone(fit, PLAIN, folder, {"first": FIRST, "choices": 1}),
            "sdv": alone(fit, "gaussian-copula", folder, {}),
        }
        result = {
            "rows": given.rows,
            "columns": mixed(1_000).width,
            "fit": fits,
            "trees": alone(draw, "trees", folder, given.rows),
            "plain": alone(draw, PLAIN, folder, given.rows),
            "sdv": alone(draw, "gaussian-copula", folder, given.rows),
            "floor": alone(floor, given.rows),
            "workers": workers(folder, given.rows),
            "slices": alone(slices, folder),
            "streamed": [
                alone(draw, "trees", folder, rows)
                for rows in sorted({given.streamed // 10, 3 * given.streamed // 10, given.streamed})
            ],
        }
    save("scale", result)
    print(table(result))


if __name__ == "__main__":
    main()
