"""Lineage at size: `python -m bench.lineage [--rows 10000000] [--people 250000]`.

A store with that many synthetic rows in four windows, each made by a model of its own people, landed twice. How many
bytes does lineage cost beside the data, and how long do its two questions take: what made this row, and which models
and releases used this person? Wall seconds of a process that has the library loaded, the index up to date.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from bench.scale import mixed
from bench.tables import markdown, save
from supplychain.ledger import Batch, Commit, GateResult, Input, Ledger, Output, Release
from supplychain.ledger.index import query, refresh
from supplychain.ledger.tracing import trace, use_of
from supplychain.plan import SCHEMA
from supplychain.store import Store, sha256
from supplychain.tables import TableWriter, types_of

WINDOWS = 4
BATCH = 50_000
PIECE = 500_000
COLUMNS = "age educyr female private firmsz income region code day score cost high_spend".split()
RULES = 60
AGAIN = 0.95
"""Share of people who are still there when a window lands again."""


def entities(first: int, count: int, seed: int) -> pl.DataFrame:
    """Real people: a hash each, of which a few are others when they land again."""
    rng = np.random.default_rng(seed)
    numbers = np.where(rng.random(count) < AGAIN, np.arange(count), np.arange(count) + count * 10) + first
    hashes = [hashlib.blake2b(str(number).encode(), digest_size=16).hexdigest() for number in numbers]
    return pl.DataFrame({"age": rng.integers(18, 90, count), "_entity": hashes})


class Bench:
    """A store that is filled with what runs would have left."""

    def __init__(self, home: Path) -> None:
        self.ledger = Ledger(Store(str(home)))
        self.plain = self.marked = 0
        self.row = ("", 0)

    def put(self, asset: str, frame: pl.DataFrame) -> Output:
        """A table in the store."""
        with TableWriter(self.ledger.store.unfinished("parts")) as table:
            table.write(frame)
            return self.take(asset, table)

    def take(self, asset: str, table: TableWriter) -> Output:
        """A table that was written, taken into the store."""
        table.close()
        key = f"tables/bench/{asset}/{table.content[:16]}.parquet"
        self.ledger.store.adopt(table.file, key)
        return Output(asset, table.content, key, table.rows, table.bytes, {}, types_of(table.schema))

    def commit(self, window: str, step: str, inputs: list[tuple[str, str]], *outputs: Output, **more: Any) -> None:
        """An event."""
        taken = tuple(Input(asset, window, content) for asset, content in inputs)
        base = Commit("", 0, "", "bench", window, step, "run", "spec", "code", 1.0, 1.0, taken, outputs)
        self.ledger.append(Commit(**{**base.__dict__, **more}))

    def window(self, number: int, rows: int, people: int) -> None:
        """A window, landed twice, fitted, sampled, judged and released."""
        name = f"w{number}"
        real = [self.put("real", entities(number * people, people, seed)) for seed in (1, 2)]
        for output in real:
            self.commit(name, "define", [("source", f"s{number}")], output)
        line = dict.fromkeys(SCHEMA) | {"slice": "all", "predicate": "", "action": "synthesise", "rows": rows}
        plan = self.put("plan", pl.DataFrame([line], schema=SCHEMA))
        self.commit(name, "define", [("real", real[1].content)], plan)
        model = Output("synthesizer", sha256(name.encode()), f"models/bench/{name}.model")
        self.commit(name, "generate", [("real", real[1].content)], model)
        blend, batches = self.blend(number, rows, model)
        made = [Output(asset, f"{asset}-{name}") for asset in ("candidates", "accepted", "evidence")]
        inputs = [("synthesizer", model.content), ("plan", plan.content), ("real", real[1].content)]
        self.commit(name, "generate", inputs, made[0], batches=batches)
        self.commit(name, "validate", [("candidates", made[0].content)], made[1], gates=gates("accepted", made[1]))
        self.commit(name, "validate", [("accepted", made[1].content)], made[2], gates=gates("evidence", made[2]))
        parts = [("real", real[1].content), ("accepted", made[1].content), ("evidence", made[2].content)]
        self.commit(name, "merge", parts, blend)
        release = Release(f"1.{number}.0", "releases/bench", "m", (name,), rows, rows - people)
        self.commit(name, "publish", [("blend", blend.content)], release=release)

    def blend(self, number: int, rows: int, model: Output) -> tuple[Output, tuple[Batch, ...]]:
        """The released rows, and what they would take without `_batch` and `_row`."""
        store, batches = self.ledger.store, []
        with TableWriter(store.unfinished("parts")) as marked, TableWriter(store.unfinished("parts")) as plain:
            for start in range(0, rows, PIECE):
                data = mixed(min(PIECE, rows - start), seed=number * 1_000 + start // PIECE).select(COLUMNS)
                ids = [
                    f"{number:04x}{place:012x}" for place in range(start // BATCH, (start + data.height) // BATCH + 1)
                ]
                kept = np.flatnonzero(np.random.default_rng(start).random(data.height * 2) < 0.8)[: data.height]
                batch = pl.Series(ids)[pl.Series(np.arange(data.height) // BATCH)]
                batches += [
                    Batch(one, f"w{number}", "all", 0, "trees", model.content, "1", BATCH, BATCH, BATCH)
                    for one in ids[: data.height // BATCH]
                ]
                own = {"_batch": batch, "_row": pl.Series(kept % (BATCH * 2))}
                plain.write(data)
                marked.write(data.with_columns(**own))
                self.row = (str(batch[-1]), int(own["_row"][-1]))
            output = self.take("blend", marked)
            plain.close()
            self.plain, self.marked = self.plain + plain.bytes, self.marked + marked.bytes
        return output, tuple(batches)


def gates(asset: str, about: Output) -> tuple[GateResult, ...]:
    """As many verdicts as a suite has rules."""
    words = ("critical", "pass", "0.5", "at most 0.6", 0, "why it matters")
    return tuple(
        GateResult("evidence", "hash", "fidelity", f"rule-{number}", "type", *words, asset, about.content)
        for number in range(RULES)
    )


def took(ask: Callable[[], Any], times: int = 7) -> tuple[float, float]:
    """The median of some askings: wall seconds, CPU seconds."""
    seconds = []
    for _ in range(times):
        started, cpu = time.perf_counter(), time.process_time()
        ask()
        seconds.append((time.perf_counter() - started, time.process_time() - cpu))
    wall, cpu = np.median(seconds, axis=0)
    return float(wall), float(cpu)


def measure(rows: int, people: int) -> dict[str, Any]:
    """Fill a store, and ask."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        for number in range(WINDOWS):
            bench.window(number, rows // WINDOWS, people // WINDOWS)
        started = time.perf_counter()
        index = refresh(bench.ledger)
        built = time.perf_counter() - started
        events = sum(file.stat().st_size for file in (Path(folder) / "events").rglob("*.json"))
        last = f"1.{WINDOWS - 1}.0"
        person = entities((WINDOWS - 1) * (people // WINDOWS), 1, 2)["_entity"][0]
        asked = {
            "what made this row": took(lambda: trace(Ledger(bench.ledger.store), "bench", last, *bench.row)),
            "who used this person": took(lambda: use_of(Ledger(bench.ledger.store), "bench", person)),
        }
        found = use_of(bench.ledger, "bench", person)
        assert found.models and found.releases
        extra = {
            "`_batch` and `_row`": bench.marked - bench.plain,
            "lineage.duckdb": index.stat().st_size,
            "events": events,
        }
        counts = query(bench.ledger, "select (select count(*) from people), (select count(*) from members)").row(0)
        return {
            "rows": rows,
            "people": people,
            "ordinals": counts[0],
            "ranges": counts[1],
            "data_bytes": bench.plain,
            "extra_bytes": extra,
            "overhead": sum(extra.values()) / bench.plain,
            "index_seconds": built,
            "seconds": asked,
        }


def table(result: dict[str, Any]) -> str:
    """The result in Markdown."""
    data = result["data_bytes"]
    rows = [["12 columns of data", f"{data / 1e6:,.1f}", ""]]
    rows += [[name, f"{size / 1e6:,.1f}", f"{size / data:.2%}"] for name, size in result["extra_bytes"].items()]
    rows.append(["lineage in all", f"{sum(result['extra_bytes'].values()) / 1e6:,.1f}", f"{result['overhead']:.2%}"])
    asked = [[name, f"{wall:.2f}", f"{cpu:.2f}"] for name, (wall, cpu) in result["seconds"].items()]
    head = f"{result['rows']:,} synthetic rows, {result['people']:,} people in each of two landings.\n\n"
    sizes = markdown(["bytes", "MB", "of the data"], rows)
    return f"{head}{sizes}\n\n{markdown(['question', 'wall s', 'CPU s'], asked)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--people", type=int, default=250_000)
    given = parser.parse_args()
    result = measure(given.rows, given.people)
    save("lineage", result)
    print(table(result))


if __name__ == "__main__":
    main()
