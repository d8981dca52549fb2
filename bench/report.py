"""Write docs/benchmarks.md from the results that are there: `python -m bench.report`."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from bench import evidence, nist, publish, quality, rowgates, scale, synthesizers
from bench.tables import saved

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
TOP = """# Benchmarks

Written by `python -m bench.report` from the results of the commands below; `make bench` runs them all. Figures with a
range are the median over several splits of the people. Seconds are those of one machine ({machine}): compare lines
of one table. Public data sets that this repository does not carry are read from the folder named by
`SUPPLYCHAIN_TEST_DATA`, and left out where it lacks them.
"""
SECTIONS = {
    "quality": (
        quality,
        "Quality on unseen real rows",
        "Fitted on `train`, judged against `gold`, before any gate. Real rows: what `train` itself scores, and how "
        "many copies as many unseen people give by chance. Attack: how many splits have zero inside the interval.",
    ),
    "nist": (
        nist,
        "NIST's excerpt of the American Community Survey, 2019",
        "Published scores are of two kinds, with and without the feature INDP in the pairs; both are computed here, "
        "and each published score stands in the column of its kind, by the subsample scores in its own report. "
        "Sources: the sample reports of SDNist (github.com/usnistgov/SDNist). A synthesizer is attacked on halves of "
        "2019: fitted on one, the other is the others, and half of 2018 the attacker's reference.",
    ),
    "synthesizers": (
        synthesizers,
        "Synthesizers side by side",
        "Each fitted on the same rows, in a process of its own.",
    ),
    "evidence": (
        evidence,
        "Evidence",
        "All measurements of one batch, in a process of its own: CPU seconds of each family, and "
        "in brackets the most memory that the process held meanwhile. Wall seconds are those of a machine with other "
        "work on it. Samples are bounded, so ten times the rows cost little more.",
    ),
    "rowgates": (
        rowgates,
        "Row gates",
        "Rules on single rows, judged in four ways. Imports are not counted, nor the table as it lies in memory. "
        "Great Expectations on DuckDB is asked the rules that it has, by a package that is no dependency of ours.",
    ),
    "scale": (scale, "Size", "Rows are drawn in batches of 50,000 and written to Parquet as they are drawn."),
    "publish": (
        publish,
        "Publishing out of core",
        "What publishing does to a blend, each part in a process of its own.",
    ),
}


def page() -> str:
    machine = f"{os.cpu_count()} processors, Python {platform.python_version()}, {platform.system()}"
    parts = [TOP.format(machine=machine)]
    for name, (bench, title, words) in SECTIONS.items():
        result = saved(name)
        if result:
            parts.append(f"## {title}\n\n`python -m bench.{name}`. {words}\n\n{bench.table(result)}\n")
    return "\n".join(parts)


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.name}")


if __name__ == "__main__":
    main()
