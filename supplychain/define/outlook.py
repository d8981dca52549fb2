"""The outlook of a plan: what its run will need, which gates await it and what they can see, what need not be redone.

All of it comes from the product's own lineage log: what earlier runs took, and how wide their intervals were.
"""

from __future__ import annotations

from math import exp, log
from statistics import NormalDist, median, stdev
from typing import TYPE_CHECKING, Any

from supplychain.gates import SUITES
from supplychain.gates.suite import EVIDENCE_RULE

if TYPE_CHECKING:
    from supplychain.chain import Chain
    from supplychain.gates import Rule
    from supplychain.ledger import Commit, Evidence
    from supplychain.plan import Plan

LOOKED_BACK = 10
"""Runs of the product that an estimate rests on, the newest."""
GROWS_WITH_ROWS = ("candidates", "accepted", "evidence", "blend", "release")
"""What takes longer the more rows are planned; the other steps follow the real rows."""
UNSURE = 0.35
"""Standard deviation of the log of a duration where fewer than three runs tell: a factor of 1.6 from P50 to P90."""
LEAST_SPREAD = 0.05
"""The least standard deviation of that log: no machine is steadier."""
SEEN = NormalDist().inv_cdf(0.975) + NormalDist().inv_cdf(0.8)
"""Standard errors of the smallest effect that a 95% interval sees four times in five."""


def outlook(chain: Chain, plan: Plan) -> dict[str, Any]:
    """What to expect of a plan's run.

    Returns:
        `time`: seconds at P10, P50 and P90 and the runs that they rest on, or None; `gates`: each rule with its limit,
        what changed since it last judged, and the smallest effect that it would see; `passed`: runs of this product
        whose gates let everything pass at once, and all runs; `cached`: assets that are current and stay as they are.
    """
    commits = chain.ledger.commits(chain.product.name)
    return {
        "time": time_needed(commits, plan.rows),
        "gates": _gates(chain, sorted(commits, key=lambda commit: commit.window == plan.window)),  # its own last
        "passed": _passed(commits),
        "cached": _cached(chain, plan),
    }


def time_needed(commits: list[Commit], rows: int) -> dict[str, float] | None:
    """Seconds of a run at P10, P50 and P90, from earlier runs that ended with a release; None before the first.

    A window that waited for people was made in two runs: what both took counts, and not how long people judged.

    Args:
        commits: The product's commits, oldest first.
        rows: Rows that are planned: what grows with them is scaled.
    """
    totals, measured, whole = dict[str, float](), dict[str, str](), list[list[str]]()
    planned = {commit.run: _planned(commit) for commit in commits if _made(commit, "plan")}
    for commit in commits:
        then = planned.get(commit.run)
        grows = then and any(_made(commit, asset) for asset in GROWS_WITH_ROWS)
        totals[commit.run] = totals.get(commit.run, 0.0) + commit.seconds * (rows / then if grows and then else 1.0)
        if _made(commit, "evidence"):
            measured[commit.window] = commit.run
        if _made(commit, "release"):
            whole.append([commit.run, measured.get(commit.window, commit.run)])
    took = [sum(totals[run] for run in dict.fromkeys(runs)) for runs in whole[-LOOKED_BACK:]]
    if not took:
        return None
    spread = max(stdev(map(log, took)), LEAST_SPREAD) if len(took) > 2 else UNSURE
    factor = exp(NormalDist().inv_cdf(0.9) * spread)
    middle = median(took)
    return {"p10": middle / factor, "p50": middle, "p90": middle * factor, "runs": float(len(took))}


def _made(commit: Commit, asset: str) -> bool:
    return any(output.asset == asset for output in commit.outputs)


def _planned(commit: Commit) -> float:
    return float(commit.output("plan").notes.get("rows_planned") or 0)


def _gates(chain: Chain, commits: list[Commit]) -> list[dict[str, Any]]:
    last = {(gate.suite, gate.rule): gate.limit for commit in commits for gate in commit.gates}
    widths: dict[str, Evidence] = {row.metric: row for commit in commits for row in commit.evidence}
    lines = []
    for name in SUITES:
        for rule in chain.suite(name).rules:
            before = last.get((name, rule.id))
            change = "new" if before is None else "unchanged" if before == rule.limit else f"was {before}"
            lines.append(
                {
                    "suite": name,
                    "gate": rule.gate,
                    "rule": rule.id,
                    "severity": rule.severity,
                    "limit": rule.limit,
                    "change": change,
                    "sees": _sees(rule, widths),
                }
            )
    return lines


def _sees(rule: Rule, widths: dict[str, Evidence]) -> float | None:
    """The smallest effect that the rule's metric would show with power 0.8, from its last interval; None if unknown.

    A figure that is its own interval, such as a p-value or a count, says nothing of what it would see.
    """
    row = widths.get(str(rule.kwargs.get("metric"))) if rule.type == EVIDENCE_RULE else None
    if row is None or row.low is None or row.high is None or not row.n or row.low == row.high:
        return None
    error = (row.high - row.low) / (2 * NormalDist().inv_cdf(0.975))
    return SEEN * error


def _passed(commits: list[Commit]) -> dict[str, int]:
    """Runs that came as far as to judge a batch, and those in which no critical gate refused it."""
    runs: dict[str, bool] = {}
    for commit in commits:
        if any(gate.suite in ("synthetic", "evidence") and gate.gate != "drift" for gate in commit.gates):
            runs[commit.run] = runs.get(commit.run, True) and not any(gate.blocks for gate in commit.gates)
    return {"passed": sum(runs.values()), "runs": len(runs)}


def _cached(chain: Chain, plan: Plan) -> list[str]:
    """Assets that are current: what the plan rests on, and the plan itself where the last run had the same."""
    name, window = chain.product.name, plan.window
    kept = list(plan.inputs)
    found = chain.ledger.find(name, "plan", window)
    if found and found[1].notes.get("plan") == plan.id:
        kept.append("plan")
    return kept
