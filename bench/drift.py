"""False alarms and power of drift, and what it finds in real years: `python -m bench.drift [replays power real]`.

`replays`: windows drawn with replacement from one undrifted population, held against a reference drawn alike; how many
alarm. `power`: the same with a planted shift of stated size; how many are found, and found where they were planted.
`real`: the American Community Survey of 2018 against 2019, and the presentations of the Open University one after the
other. Without arguments all three. `docs/drift-measured.md` and `docs/images/drift-power.svg` are written from them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from bench import datasets
from bench.tables import markdown, save, saved
from supplychain import charts
from supplychain.define.land import prepare
from supplychain.define.source import read_source
from supplychain.measures.copies import wilson
from supplychain.monitor.compare import Comparison
from supplychain.monitor.findings import MOVED, Finding, table_of
from supplychain.monitor.words import alarm
from supplychain.product import Product
from supplychain.project import project_root

DOCS = Path(__file__).resolve().parents[1] / "docs"
ALPHA = 0.05
REFERENCE = 5_000
SIZES = {"drug-spend": (200, 500, 2_000), "acs_national_2018": (500,), "oulad": (500,)}
REPLAYS, PLANTS = 40, 12
PLANTED = (500,)
"""Rows of the windows in which a shift is planted."""
SLICES = {
    "drug-spend": None,
    "acs_national_2018": {"over-64": "AGEP > 64", "walks-with-difficulty": "DPHY = '1'"},
    "oulad": {"disabled": "disability = 'Y'", "repeaters": "num_of_prev_attempts > 0"},
}


@dataclass(frozen=True)
class Population:
    """Real people who do not drift.

    Attributes:
        name: The data set.
        product: The product, with slices.
        rows: Its rows.
    """

    name: str
    product: Product
    rows: pl.DataFrame

    def drawn(self, n: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        """A reference and a window, both drawn with replacement."""
        both = self.rows.sample(REFERENCE + n, with_replacement=True, shuffle=True, seed=seed)
        return both.head(REFERENCE), both.tail(n)

    def found(
        self, reference: pl.DataFrame, window: pl.DataFrame, seed: int, kinds: tuple[str, ...] = ("columns", "models")
    ) -> list[Finding]:
        findings = Comparison(self.product, ALPHA, seed).findings(reference, window, kinds)
        return [one for one in findings if one.verdict == MOVED]


def product_of(name: str, **more: Any) -> Product:
    """The benchmark's product with slices, and with weights or windows where asked for."""
    product = datasets.DATA[name]().product
    slices = SLICES[name]
    return product if slices is None and not more else product.model_copy(update={"slices": slices or {}, **more})


def landed(product: Product, name: str) -> pl.DataFrame:
    """All rows, as landing types them; of its window too, if it has any."""
    root = project_root() if name == "drug-spend" else datasets.FOLDER
    return prepare(product, read_source(product, root), name)


def populations() -> Iterator[Population]:
    for name in datasets.available(list(SLICES)):
        weight = {"weight": "PWGTP"} if name == "acs_national_2018" else {}
        product = product_of(name, **weight)
        rows = landed(product, name)
        if name == "oulad":
            rows = rows.filter(pl.col("code_presentation") == "2014J").drop("code_presentation")
        if name == "drug-spend":
            rows = rows.filter(pl.col("msa") == 1)
        drop = [column for column in rows.columns if column.startswith("_") and column != "_entity"]
        rows = rows.drop(drop, "_entity" if name != "oulad" else [])
        yield Population(name, product.model_copy(update={"window": None}), rows)


def replays() -> dict[str, Any]:
    """Windows of people who have not drifted, and how many of them alarm."""
    result = {}
    for people in populations():
        for n in SIZES[people.name]:
            started = time.process_time()
            alarms = [bool(people.found(*people.drawn(n, seed), seed)) for seed in range(REPLAYS)]
            low, high = wilson(sum(alarms), REPLAYS)
            result[f"{people.name}, n = {n}"] = {
                "alarms": sum(alarms),
                "of": REPLAYS,
                "low": low,
                "high": high,
                "columns": people.rows.width,
                "slices": len(people.product.slices) + 1,
                "cpu_seconds": round((time.process_time() - started) / REPLAYS, 2),
            }
            print(people.name, n, result[f"{people.name}, n = {n}"], flush=True)
    return result


@dataclass(frozen=True)
class Plant:
    """A shift that is planted in a window.

    Attributes:
        name: What is shifted.
        sizes: How far.
        unit: Of the sizes.
        shift: The window with the shift of a size.
        named: Whether a finding is about it.
        kind: The kind of test that is to find it: the others are not run.
    """

    name: str
    sizes: tuple[float, ...]
    unit: str
    shift: Callable[[pl.DataFrame, float, np.random.Generator], pl.DataFrame]
    named: Callable[[Finding], bool]
    kind: str = "columns"


def _some(n: int, share: float, rng: np.random.Generator) -> pl.Series:
    return pl.Series(rng.random(n) < share)


def _income(rows: pl.DataFrame, size: float, rng: np.random.Generator) -> pl.DataFrame:
    del rng
    return rows.with_columns(pl.col("income") + size * float(rows["income"].std()))  # type: ignore[arg-type]


def _women(rows: pl.DataFrame, size: float, rng: np.random.Generator) -> pl.DataFrame:
    return rows.with_columns(female=pl.when(_some(rows.height, size, rng)).then(1).otherwise("female"))


def _missing(rows: pl.DataFrame, size: float, rng: np.random.Generator) -> pl.DataFrame:
    return rows.with_columns(educyr=pl.when(_some(rows.height, size, rng)).then(None).otherwise("educyr"))


def _untied(rows: pl.DataFrame, size: float, rng: np.random.Generator) -> pl.DataFrame:
    """Income dealt out anew among some: every column by itself stays as it is."""
    places = np.flatnonzero(rng.random(rows.height) < size)
    income = rows["income"].to_numpy().copy()
    income[places] = income[rng.permutation(places)]
    return rows.with_columns(income=pl.Series(income))


def _sicker(rows: pl.DataFrame, size: float, rng: np.random.Generator) -> pl.DataFrame:
    """Among those who spend little, some spend much: at equal features."""
    share = size / float((rows["high_spend"] == 0).mean())  # type: ignore[arg-type]
    chosen = _some(rows.height, share, rng)
    return rows.with_columns(high_spend=pl.when(chosen).then(1).otherwise("high_spend").cast(pl.Int64))


def _turned(rows: pl.DataFrame, size: float, rng: np.random.Generator) -> pl.DataFrame:
    chosen = _some(rows.height, size, rng)
    return rows.with_columns(high_spend=pl.when(chosen).then(1 - pl.col("high_spend")).otherwise("high_spend"))


def _in_slice(rows: pl.DataFrame, size: float, rng: np.random.Generator) -> pl.DataFrame:
    del rng
    there = (pl.col("fair") == 1) | (pl.col("poor") == 1)
    return rows.with_columns(
        income=pl.when(there).then(pl.col("income") - size * float(rows["income"].std())).otherwise("income")  # type: ignore[arg-type]
    )


def _of(column: str) -> Callable[[Finding], bool]:
    return lambda one: one.column == column


def _metric(name: str) -> Callable[[Finding], bool]:
    return lambda one: one.metric == name


JOINT, CONCEPT = _metric("drift.joint"), _metric("drift.concept")
DEVIATIONS = "standard deviations"
POWER = (
    Plant("a number moves", (0.1, 0.2, 0.3), DEVIATIONS, _income, _of("income")),
    Plant("a category grows", (0.05, 0.1, 0.2), "of the others", _women, _of("female")),
    Plant("values go missing", (0.01, 0.02, 0.05), "of rows", _missing, _of("educyr")),
    Plant("a number falls in a slice", (0.2, 0.4, 0.6), DEVIATIONS, _in_slice, _of("income")),
    Plant("a number comes loose", (0.25, 0.5, 1.0), "of rows", _untied, JOINT, "models"),
    Plant("the outcome rises", (0.05, 0.1, 0.15), "of people", _sicker, CONCEPT, "models"),
    Plant("labels turned over", (0.1, 0.2, 0.3), "of labels", _turned, CONCEPT, "models"),
)


def power() -> dict[str, Any]:
    """Shifts planted in the embedded product, and how many are found by a finding that names them."""
    people = next(one for one in populations() if one.name == "drug-spend")
    result: dict[str, Any] = {}
    for plant in POWER:
        for n in PLANTED:
            for size in plant.sizes:
                found = []
                for seed in range(PLANTS):
                    reference, window = people.drawn(n, 10_000 + seed)
                    shifted = plant.shift(window, size, np.random.default_rng(seed))
                    findings = people.found(reference, shifted, seed, (plant.kind,))
                    found.append(any(plant.named(one) for one in findings))
                low, high = wilson(sum(found), PLANTS)
                line = {"size": size, "n": n, "found": sum(found) / PLANTS, "low": low, "high": high}
                result.setdefault(plant.name, {"unit": plant.unit, "of": PLANTS, "lines": []})["lines"].append(line)
                print(plant.name, line, flush=True)
    return result


def real() -> dict[str, Any]:
    """Two years of a survey, and four presentations: what moved, in the words of an alarm."""
    result = {}
    there = datasets.available(["acs_national_2018", "oulad"])
    if "acs_national_2018" in there and (datasets.FOLDER / "acs_national_2019.csv.gz").is_file():
        product = product_of("acs_national_2018", weight="PWGTP")
        later = product.model_copy(
            update={"source": product.source.model_copy(update={"file": "acs_national_2019.csv.gz"})}
        )
        years = [landed(one, one.source.file or "").drop("_window", "_role") for one in (product, later)]
        result["ACS, 2019 against 2018"] = _told(product, years[0].drop("_entity"), years[1].drop("_entity"))
    if "oulad" in there:
        window = {"column": "code_presentation", "values": ["2013B", "2013J", "2014B", "2014J"]}
        product = Product.model_validate({**product_of("oulad").model_dump(), "window": window})
        rows = landed(product, "oulad").drop("_role")
        for before, now in (
            ("2013B", "2013J"),
            ("2013J", "2014B"),
            ("2014B", "2014J"),
            ("2013J", "2014J"),
            ("2013B", "2014B"),
        ):
            parts = [rows.filter(pl.col("_window") == name).drop("_window") for name in (before, now)]
            season = ", a year apart" if before[-1] == now[-1] else ""
            result[f"Open University, {now} against {before}{season}"] = _told(product, *parts)
    return result


def _told(product: Product, reference: pl.DataFrame, arrived: pl.DataFrame) -> dict[str, Any]:
    started = time.process_time()
    found = Comparison(product, ALPHA, 1).findings(reference, arrived)
    table = table_of(found)
    moved = table.filter(pl.col("verdict") == MOVED)
    columns = moved.filter(pl.col("metric") == "drift.distance", pl.col("slice") == "all")
    told = {
        "rows": [reference.height, arrived.height],
        "words": alarm(table),
        "columns_moved": columns.height,
        "columns": table.filter(pl.col("metric") == "drift.distance", pl.col("slice") == "all").height,
        "moved_by_5_points": columns.filter(pl.col("low") > 0.05).height,
        "joint": table.filter(pl.col("metric") == "drift.joint")["value"].to_list(),
        "concept": moved.filter(pl.col("metric") == "drift.concept")["words"].to_list(),
        "cpu_seconds": round(time.process_time() - started, 1),
    }
    print(told, flush=True)
    return told


def report(result: dict[str, Any]) -> str:
    """The page, from what was measured."""
    made = "# Drift, as measured\n\nWritten by `python -m bench.drift`; do not edit it by hand."
    parts = [f"{made} What the figures mean is in [drift](drift.md)."]
    sections = {"replays": _replays, "power": _power, "real": _real}
    parts += [told(result[name]) for name, told in sections.items() if name in result]
    return "\n\n".join(parts) + "\n"


def _replays(found: dict[str, Any]) -> str:
    head = ("window", "columns", "slices", "windows that alarm", "95% interval of the share", "CPU seconds each")
    rows = [
        (name, line["columns"], line["slices"], f"{line['alarms']} of {line['of']}", _span(line), line["cpu_seconds"])
        for name, line in found.items()
    ]
    total, of = (sum(line[name] for line in found.values()) for name in ("alarms", "of"))
    low, high = wilson(total, of)
    return (
        f"## False alarms\n\nReference of {REFERENCE:,} rows and window of n, both drawn with replacement from people "
        f"who did not drift; all tests over all columns and slices together, at most {ALPHA:.0%} wanted. The survey of "
        f"2018 has weights.\nIn all {total} of {of} windows alarm: {total / of:.1%} ({low:.1%} to {high:.1%}).\n\n"
        f"{markdown(head, rows)}"
    )


def _power(found: dict[str, Any]) -> str:
    head = ("planted", "size", "n", "found and named", "95% interval")
    rows = [
        (f"{name} ({part['unit']})", f"{line['size']:g}", line["n"], f"{line['found']:.2f}", _span(line))
        for name, part in found.items()
        for line in part["lines"]
    ]
    return (
        f"## Power\n\nPlanted in the embedded product, {PLANTS} windows each, held against {REFERENCE:,} rows; "
        "found is a shift that a finding names.\n\n![Share of shifts found, by size](images/drift-power.svg)\n\n"
        f"{markdown(head, rows)}"
    )


def _real(found: dict[str, Any]) -> str:
    return "## Real years\n\n" + "\n\n".join(_section(name, part) for name, part in found.items())


def _section(name: str, part: dict[str, Any]) -> str:
    first, second = part["rows"]
    return (
        f"### {name}\n\n{first:,} rows, then {second:,}. {part['columns_moved']} of {part['columns']} columns surely "
        f"moved, {part['moved_by_5_points']} of them surely by more than 0.05; all columns together: AUC "
        f"{part['joint'][0]:.3f}. {part['cpu_seconds']} CPU seconds.\n\n{part['words']}"
    )


def _span(line: dict[str, Any]) -> str:
    return f"{line['low']:.2f} to {line['high']:.2f}"


def curve(result: dict[str, Any]) -> str:
    """The share found by size, of the largest windows; sizes as shares of the greatest that was planted."""
    series = {}
    for name, part in result.items():
        lines = [line for line in part["lines"] if line["n"] == max(PLANTED)]
        most = max(line["size"] for line in lines)
        series[name] = [(line["size"] / most, line["found"]) for line in lines]
    return charts.lines(
        f"Planted shifts that are found, n = {max(PLANTED):,}", series, "size, of the greatest planted", "share found"
    )


def main() -> None:
    chosen = sys.argv[1:] or ["replays", "power", "real"]
    result: dict[str, Any] = {}
    for name in chosen:
        found = {"replays": replays, "power": power, "real": real}[name]()
        result = {**(saved("drift") or {}), name: found}
        save("drift", result)
    (DOCS / "drift-measured.md").write_text(report(result), encoding="utf-8")
    if "power" in result:
        (DOCS / "images" / "drift-power.svg").write_text(curve(result["power"]), encoding="utf-8")
    print("wrote docs/drift-measured.md")


if __name__ == "__main__":
    main()
