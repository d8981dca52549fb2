"""What all evidence costs: `python -m bench.evidence [--rows 1000000] [--keep FOLDER]`.

Each subject is measured in a process of its own: CPU seconds, wall seconds and the peak of memory of each family of
evidence. The embedded product as a run leaves it; and `diabetes130` (100,000 real rows, 48 columns), whose `trees`
draw a batch of a hundred thousand and of a million rows: what grows with the rows shows in the difference. With a
folder the batches are kept there, and taken again.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import polars as pl

from bench.datasets import DATA, FOLDER, available
from bench.entrants import alone, peak_mb
from bench.tables import markdown, save
from supplychain.chain import Chain
from supplychain.define import find_gaps, land, make_plan
from supplychain.generate import fit_synthesizer, sample_candidates
from supplychain.project import find_product, project_root
from supplychain.validate import screen
from supplychain.validate.evidence import FAMILIES, as_frame
from supplychain.validate.subject import Subject

LARGE = "diabetes130"
RULE = """  - type: expect_rows_to_satisfy_sql
    kwargs: {{rule: {rule}}}
    meta: {{id: rule-{number}, why: A rule of the domain.}}
"""


def embedded(root: Path) -> Chain:
    """The embedded product up to the accepted rows."""
    chain = opened("embedded", root)
    for step in (land, find_gaps, make_plan, fit_synthesizer, sample_candidates, screen):
        step(chain, "metro")
    return chain


def large_chain(root: Path) -> Chain:
    """The large product over a project of its own."""
    return Chain.open(DATA[LARGE]().product, root, str(root / "home"))


def large(root: Path, rows: int) -> Chain:
    """The large product up to so many accepted rows, which are planned by hand."""
    data = DATA[LARGE]()
    (root / f"{LARGE}.csv.gz").symlink_to(FOLDER.resolve() / f"{LARGE}.csv.gz")
    folder = root / "expectations" / data.product.name
    folder.mkdir(parents=True)
    rules = "".join(RULE.format(rule=_quoted(rule), number=n) for n, rule in enumerate(data.rules, 1))
    for suite in ("real", "synthetic"):
        (folder / f"{suite}.yaml").write_text(f"suite: {suite}\nexpectations:\n{rules}")
    chain = large_chain(root)
    window = chain.product.windows[0]
    land(chain, window)
    find_gaps(chain, window)
    with chain.step("define", window) as step:
        plan = {"slice": ["all"], "predicate": ["TRUE"], "rows": [rows], "candidate_budget": [3 * rows]}
        step.write("plan", pl.DataFrame(plan))
    for work in (fit_synthesizer, sample_candidates, screen):
        work(chain, window)
    return chain


def _quoted(rule: str) -> str:
    return "'" + rule.replace("'", "''") + "'"


def prepare(kind: str, root: Path, rows: int) -> dict[str, int]:
    """Make a subject where there is none; its rows."""
    if not (root / "home").exists():
        chain = embedded(root) if kind == "embedded" else large(root, rows)
    chain = opened(kind, root)
    window = "metro" if kind == "embedded" else chain.product.windows[0]
    found = {name: chain.ledger.current(chain.product.name, name, window).rows for name in ("real", "tune", "gold")}
    accepted = chain.ledger.current(chain.product.name, "accepted", window)
    return {"real": sum(found.values()), "train": found["real"], "accepted": accepted.rows, "columns": _width(accepted)}


def _width(output: Any) -> int:
    return sum(not name.startswith("_") for name in output.columns)


def opened(kind: str, root: Path) -> Chain:
    """The chain of a subject."""
    if kind == "large":
        return large_chain(root)
    return Chain.open(find_product("drug-spend", project_root()), project_root(), str(root / "home"))


def measured(kind: str, root: Path) -> list[dict[str, Any]]:
    """A line a family: what it costs, and the most memory that the process held meanwhile."""
    chain = opened(kind, root)
    window = "metro" if kind == "embedded" else chain.product.windows[0]
    lines: list[dict[str, Any]] = []
    with chain.step("validate", window) as step:
        subject = _timed(lines, "tables read", lambda: [Subject.of(chain, step)])[0]
        rows = [row for family in FAMILIES for row in _timed(lines, _name(family), lambda: list(family(subject)))]  # noqa: B023
        step.measured(rows)
        step.write("evidence", as_frame(rows), measurements=len(rows))
    return lines


def _name(family: Any) -> str:
    module = family.__module__.rpartition(".")[2]
    return module if module == family.__name__ else f"{module}: {family.__name__}"


def _timed(lines: list[dict[str, Any]], name: str, work: Any) -> list[Any]:
    _forget_peak()
    cpu, wall = time.process_time(), time.perf_counter()
    made: list[Any] = work()
    lines.append(
        {"family": name, "cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall, "peak_mb": peak_mb(),
         "measurements": len(made)}
    )  # fmt: skip
    return made


def _forget_peak() -> None:
    """Let the kernel count the peak of memory anew, where it can (Linux)."""
    reset = Path("/proc/self/clear_refs")
    if reset.is_file():
        reset.write_text("5")


def table(result: dict[str, Any]) -> str:
    subjects = result["subjects"]
    head = ["CPU s (peak MB)", *(f"{one['name']}: {one['rows']['accepted']:,} rows" for one in subjects)]
    families = [line["family"] for line in subjects[0]["families"]]
    by_name = [{line["family"]: line for line in one["families"]} for one in subjects]
    rows = [
        [name, *(f"{lines[name]['cpu']:.1f} ({lines[name]['peak_mb']:,.0f})" for lines in by_name)]
        for name in families
    ]  # fmt: skip
    for name, unit, over in (("all, CPU s", "cpu", sum), ("all, wall s", "wall", sum), ("peak MB", "peak_mb", max)):
        rows.append([name, *(f"{over(line[unit] for line in one['families']):,.1f}" for one in subjects)])
    rows.append(["real rows, of all roles", *(f"{one['rows']['real']:,}" for one in subjects)])
    rows.append(["columns", *(one["rows"]["columns"] for one in subjects)])
    return markdown(head, rows)


def one(name: str, kind: str, rows: int, keep: Path | None) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        root = keep / f"{name}-{rows}" if keep else Path(folder)
        root.mkdir(parents=True, exist_ok=True)
        made = alone(prepare, kind, root, rows)
        return {"name": name, "rows": made, "families": alone(measured, kind, root)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.evidence")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    subjects = [one("drug-spend", "embedded", 0, given.keep)]
    if available([LARGE]):
        subjects += [one(LARGE, "large", rows, given.keep) for rows in (given.rows // 10, given.rows)]
    result = {"subjects": subjects}
    save("evidence", result)
    print(table(result))


if __name__ == "__main__":
    main()
