"""How long each step of the embedded product takes: `python -m bench.chain [REPEATS]`.

Wall and processor seconds are the medians of the repeats, as the lineage log recorded them. The first run of a
process pays for importing Great Expectations and SDV, and is reported by itself.
"""

from __future__ import annotations

import json
import platform
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

from supplychain.chain import Chain
from supplychain.define import find_gaps, land, make_plan
from supplychain.generate import fit_synthesizer, sample_candidates
from supplychain.ledger import Commit
from supplychain.merge import blend
from supplychain.monitor import measure_drift
from supplychain.project import find_product, project_root
from supplychain.publish import publish
from supplychain.validate import judge_evidence, measure, screen

STEPS = (
    land, find_gaps, make_plan, fit_synthesizer, sample_candidates, screen, measure, judge_evidence, blend, publish,
    measure_drift,
)  # fmt: skip
RESULTS = Path(__file__).parent / "results"


def once(root: Path) -> dict[str, Commit]:
    """Run the chain in an empty store; each step's commit."""
    with tempfile.TemporaryDirectory() as home:
        chain = Chain.open(find_product("drug-spend", root), root, home)
        return {step.__name__: step(chain, "metro") for step in STEPS}


def main() -> None:
    root, repeats = project_root(), int(sys.argv[1]) if len(sys.argv) > 1 else 3
    started = time.process_time()
    first = once(root)
    first_cpu = time.process_time() - started
    runs = [once(root) for _ in range(repeats)]
    result = {
        "what": "the embedded product, window metro, each step in one process",
        "repeats": repeats,
        "python": platform.python_version(),
        "first_run": {
            "seconds": round(sum(commit.seconds for commit in first.values()), 2),
            "cpu_seconds": round(first_cpu, 2),
        },
        "steps": {
            step.__name__: {
                "seconds": statistics.median(run[step.__name__].seconds for run in runs),
                "cpu_seconds": statistics.median(run[step.__name__].cpu_seconds for run in runs),
            }
            for step in STEPS
        },
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(result, indent=2)
    (RESULTS / "chain.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
