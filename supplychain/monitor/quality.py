"""The data themselves: columns that are gone, new or of another type, rows that rules refuse, a window that shrinks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplychain.monitor.findings import MOVED, STAYED, Finding
from supplychain.slices import EVERYTHING

if TYPE_CHECKING:
    import polars as pl

    from supplychain.chain import Chain
    from supplychain.ledger import Commit
    from supplychain.monitor.reference import Reference


def schema_findings(reference: pl.DataFrame, arrived: pl.DataFrame) -> list[Finding]:
    """A line for each column that only one side has, or whose type changed; one line where none does."""
    before, now = (
        {name: str(dtype) for name, dtype in frame.schema.items() if not name.startswith("_")}
        for frame in (reference, arrived)
    )
    told = {name: f"{name}: a column that the release has not" for name in now.keys() - before.keys()}
    told |= {name: f"{name}: a column that is gone" for name in before.keys() - now.keys()}
    told |= {
        name: f"{name}: holds {now[name]} instead of {before[name]}"
        for name in before.keys() & now.keys()
        if before[name] != now[name]
    }
    if not told:
        return [_certain("drift.schema", EVERYTHING, 0.0, arrived.height, "")]
    return [_certain("drift.schema", name, 1.0, arrived.height, told[name]) for name in sorted(told)]


def refused_finding(landed: Commit, reference: Reference, *, alpha: float) -> Finding:
    """The share of rows that row rules set aside, beside that of the reference's windows.

    The difference has a Newcombe interval (Statistics in Medicine 1998, method 10) at the level asked for.
    """
    from scipy.stats import norm

    from supplychain.measures.copies import excess

    made = {output.asset: output.rows for output in landed.outputs}
    z = float(norm.isf(alpha / 2))
    n, refused = sum(made.values()), made.get("set_aside", 0)
    now, before = refused / max(n, 1), reference.refused / max(reference.arrived, 1)
    more, low, high = excess(refused, n, reference.refused, reference.arrived, z)
    low, high = max(low, 0.0), max(high, 0.0)
    verdict = MOVED if low > 0 else STAYED
    words = f"row rules set {100 * now:.1f}% of rows aside instead of {100 * before:.1f}%" if low > 0 else ""
    return Finding(
        "drift.refused", EVERYTHING, EVERYTHING, None, max(more, 0.0), low, high, 0.0, more, n, verdict, words
    )


def shrunk_finding(chain: Chain, window: str, landed: Commit) -> Finding:
    """The share of rows that are gone since the window was landed before; rows that come late are no matter."""
    rows = _landed_rows(landed)
    earlier = [
        _landed_rows(commit)
        for commit in chain.ledger.commits(chain.product.name)
        if commit.window == window
        and commit.sequence < landed.sequence
        and any(output.asset == "real" for output in commit.outputs)
    ]
    before = max(earlier, default=rows)
    gone = max(1 - rows / max(before, 1), 0.0)
    words = (
        f"window {window} shrank: {rows:,} rows arrived where there were {before:,}; the release keeps what it has, "
        "see whether the source lost rows"
        if gone
        else ""
    )
    return _certain("drift.shrunk", EVERYTHING, gone, rows, words)


def _landed_rows(commit: Commit) -> int:
    return sum(output.rows for output in commit.outputs if output.asset in ("real", "tune", "gold", "set_aside"))


def _certain(metric: str, scope: str, value: float, n: int, words: str) -> Finding:
    """What is counted, not estimated."""
    column = scope if metric == "drift.schema" and scope != EVERYTHING else None
    verdict = MOVED if value else STAYED
    return Finding(metric, scope, EVERYTHING, column, value, value, value, 0.0, None, n, verdict, words)
