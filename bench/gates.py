"""Every gate against planted faults, and against good batches: `python -m bench.gates [DATA SET ...]`.

People are parted anew by each seed; most of them become a project, the others are fresh people from whom good and
faulty batches are made. The chain's own steps screen, measure and judge each batch (`bench/splits.py`); it is refused
where a critical rule fails. Printed: for each fault and dose how many batches were refused, and how many good ones.

    --seeds A:B   partings with faults (0:1 without it)
    --good A:B    partings with good batches alone (none without it)
    --only F,G    faults whose names hold one of these words
    --largest     the largest dose of each fault alone
    --keep DIR    keep the evidence of each batch there, as Parquet
    --page        write docs/planted-faults.md from the results that are there, and measure nothing

Results are added to bench/results/gates.jsonl line by line, and a batch that is there is not measured again: remove the
file to begin anew. bench/results/gates.json is the summary.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path

import polars as pl

from bench.datasets import available
from bench.faults import FAULTS, GOOD
from bench.gates_page import summary, write_page
from bench.splits import Split, split
from bench.tables import RESULTS, save
from supplychain.errors import SupplyChainError
from supplychain.validate import arms, evidence, reports

DATA = ("drug-spend", "oulad", "diabetes130", "acs_national_2018")
LINES = RESULTS / "gates.jsonl"


def lines(file: Path = LINES) -> list[dict]:
    """The batches that were measured, one a line; of one that stands twice the later."""
    found = [json.loads(line) for line in file.read_text().splitlines()] if file.is_file() else []
    return list({(one["data"], one["seed"], one["batch"], one["dose"]): one for one in found}.values())


def batches(part: Split, *, good_only: bool, only: list[str], largest: bool) -> Iterator[tuple[str, float, object]]:
    """Name, dose and what makes the candidates; None stands for the product's own generator."""
    for name, make in zip(GOOD, (lambda: part.fresh, lambda: None), strict=True):
        if not only or any(word in name for word in only):
            yield name, 0.0, make
    for fault in () if good_only else FAULTS:
        if not only or any(word in fault.name for word in only):
            for dose in fault.doses[-1:] if largest else fault.doses:
                yield fault.name, dose, lambda fault=fault, dose=dose: fault.plant(part, dose, part.seed)


def judged(part: Split, make: object) -> tuple[dict, pl.DataFrame | None]:
    """Which critical rules refused a batch, which were in doubt, and its evidence."""
    started = time.process_time()
    try:
        gates, found = part.verdicts(make())
    except SupplyChainError as error:  # no candidate was left
        gates, found = [], None
        refused, doubted = [["screening", str(error)[:80]]], []
    else:
        refused = [[gate.gate, gate.rule] for gate in gates if gate.refuses]
        doubted = [
            [gate.gate, gate.rule] for gate in gates if gate.severity == "critical" and gate.outcome == "inconclusive"
        ]
    warned = [[gate.gate, gate.rule] for gate in gates if gate.severity == "warning" and gate.outcome == "fail"]
    spent = round(time.process_time() - started, 1)
    return {"refused": refused, "doubted": doubted, "warned": warned, "cpu": spent}, found


def measured(name: str, seed: int, *, good_only: bool, only: list[str], largest: bool, keep: Path | None) -> None:
    """All batches of a split that are not in the results yet."""
    done = {(line["data"], line["seed"], line["batch"], line["dose"]) for line in lines()}
    with split(name, seed) as part:
        if keep:
            shutil.copytree(part.root / "expectations", keep / f"{name}-{seed}", dirs_exist_ok=True)
        for batch, dose, make in batches(part, good_only=good_only, only=only, largest=largest):
            if (name, seed, batch, dose) in done:
                continue
            found, table = judged(part, make)
            sizes = {"train": part.train.height, "gold": part.gold.height, "rows": part.fresh.height}
            line = {"data": name, "seed": seed, "batch": batch, "dose": dose, **found, **sizes}
            with LINES.open("a") as file:
                file.write(json.dumps(line) + "\n")
            if keep and table is not None:
                table.write_parquet(keep / f"{name}-{seed}-{batch.replace(' ', '_')}-{dose}.parquet")
            by = ", ".join(f"{gate}/{rule}" for gate, rule in found["refused"]) or "passed"
            print(f"{name} {seed} {batch} {dose:g}: {by} ({found['cpu']} s)", flush=True)


def share_work(put: Callable[[object, str, object], None] = setattr) -> None:
    """Train the arms of real rows and of the null once a split: they are the same for each of its batches.

    SDMetrics' scores, on which no suite may decide anything, are left out.
    """
    put(evidence, "FAMILIES", tuple(family for family in evidence.FAMILIES if family is not reports.reports))
    known, arm = {}, arms.Bench.arm

    @wraps(arm)
    def remembered(self: arms.Bench, rows: arms.Training) -> arms.Arm:
        key = (rows.frame.hash_rows().sum(), rows.frame.height, rows.weights.sum(), self.seed, str(self.budget))
        if key not in known:
            while len(known) > 8:
                known.pop(next(iter(known)))
            known[key] = arm(self, rows)
        return known[key]

    put(arms.Bench, "arm", remembered)


def spread(text: str) -> range:
    low, high = (int(end) for end in text.split(":"))
    return range(low, high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="*", default=list(DATA))
    parser.add_argument("--seeds", default="0:1")
    parser.add_argument("--good", default="0:0")
    parser.add_argument("--only", default="")
    parser.add_argument("--largest", action="store_true")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--page", action="store_true")
    asked = parser.parse_args()
    if not asked.page:
        RESULTS.mkdir(exist_ok=True)
        share_work()
        only = [word for word in asked.only.split(",") if word]
        for text, good_only in ((asked.seeds, False), (asked.good, True)):
            for seed in spread(text):
                for name in available(asked.data):
                    measured(name, seed, good_only=good_only, only=only, largest=asked.largest, keep=asked.keep)
    save("gates", summary(lines()))
    write_page(lines())


if __name__ == "__main__":
    sys.exit(main())
