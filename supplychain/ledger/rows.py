"""What one commit is in the tables of `lineage.duckdb`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from supplychain.ledger.costs import PIPELINES
from supplychain.ledger.links import machine_of

if TYPE_CHECKING:
    from supplychain.ledger.events import Commit


def rows_of(commit: Commit) -> dict[str, list[tuple[Any, ...]]]:
    """Table of the index to its rows, in the order of its columns."""
    at = (commit.id, commit.product)
    erasures = [commit.erasure] if commit.erasure else []
    outputs = [output for output in commit.outputs if output.asset not in ("set_aside", "rejected")] or list(
        commit.outputs
    )
    rows: dict[str, list[tuple[Any, ...]]] = {
        "commits": [
            (
                commit.id,
                commit.sequence,
                commit.recorded_at,
                commit.product,
                commit.window,
                commit.step,
                commit.run,
                commit.spec,
                commit.code,
                commit.seconds,
                commit.cpu_seconds,
                commit.gold_looks,
            )
        ],
        "materialisations": [(*at, commit.window, o.asset, o.content, o.path, o.rows, o.bytes) for o in commit.outputs],
        "edges": [
            (*at, i.window, i.asset, i.content, commit.window, o.asset, o.content)
            for o in outputs
            for i in commit.inputs
        ]
        + [(*at, r.window, r.asset, r.content, r.window, r.asset, r.became) for r in commit.removals if r.became],
        "batches": [
            (
                *at,
                b.id,
                b.window,
                b.slice,
                b.attempt,
                b.synthesizer,
                b.model,
                b.seed,
                b.wanted,
                b.candidates,
                b.sampled,
            )
            for b in commit.batches
        ],
        "evidence": [
            (*at, commit.window, e.metric, e.scope, e.value, e.low, e.high, e.reference, e.n, e.seconds)
            for e in commit.evidence
        ],
        "gate_results": [
            (
                *at,
                commit.window,
                g.suite,
                g.suite_hash,
                g.gate,
                g.rule,
                g.type,
                g.severity,
                g.passed,
                g.observed,
                g.limit,
                g.failed_rows,
                g.why,
                g.asset,
                g.content,
                g.outcome,
                g.set_by,
            )
            for g in commit.gates
        ],
        "waivers": [
            (*at, commit.window, commit.step, w.suite, w.gate, w.rule, w.limit, w.reason, w.by, w.until, w.revoked)
            for w in commit.waivers
        ],
        "withdrawals": [(*at, w.version, w.reason, w.by, commit.recorded_at) for w in commit.withdrawals],
        "pulls": [
            (*at, p.version, p.audience, p.by, machine_of(commit.writer), p.folder, commit.recorded_at)
            for p in commit.pulls
        ],
        "removals": [
            (*at, r.window, r.asset, r.content, r.path, r.became, r.new_path, r.rows) for r in commit.removals
        ],
        "erasures": [
            (*at, commit.window, commit.recorded_at, e.kind, e.reason, e.by, e.key, len(e.people)) for e in erasures
        ],
        "erased": [(*at, person) for e in erasures for person in e.people],
        "tainted": [(*at, commit.window, model) for e in erasures for model in e.tainted],
        "refreshes": [
            (
                *at,
                commit.recorded_at,
                r.incident,
                r.action,
                r.by,
                commit.window,
                ", ".join(dict.fromkeys(cause.kind for cause in r.causes)),
                r.reason,
                r.outcome,
                r.release,
                r.seconds,
                r.cpu_seconds,
                r.money,
                r.currency,
            )
            for r in commit.refreshes
        ],
        "releases": [],
        "release_windows": [],
        "cost_event": [
            (
                *at,
                commit.window,
                commit.recorded_at,
                PIPELINES.get(c.stage, "shared"),
                c.stage,
                c.quantity,
                c.unit,
                c.money,
                c.currency,
                c.basis,
                c.ref,
            )
            for c in commit.costs
        ],
    }
    if commit.release:
        r = commit.release
        rows["releases"] = [(*at, r.version, r.path, r.manifest, r.rows, r.synthetic_rows, commit.recorded_at)]
        rows["release_windows"] = [
            (commit.product, r.version, i.window, i.content) for i in commit.inputs if i.asset == "blend"
        ]
    return rows
