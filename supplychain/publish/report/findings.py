"""What the report says of one window: plain values for the page, from the log alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.ledger.verdicts import FAIL, INCONCLUSIVE, PASS
from supplychain.publish.report import svg
from supplychain.publish.report.words import GATES, REVIEWED, counted, limit, measure, number, span, verdict
from supplychain.publish.reviewed import SUITE
from supplychain.slices import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supplychain.ledger import Evidence, GateResult
    from supplychain.product import Product
    from supplychain.publish.facts import Member
    from supplychain.slices import Slice


def headline(members: Iterable[Member]) -> tuple[str, str]:
    """The verdict on a release, and its tone: good, or mind where a person should read on."""
    gates = [gate for member in members for gate in member.gates]
    waived = sum(gate.waiver is not None for gate in gates)
    doubts = sum(not gate.passed and gate.waiver is None for gate in gates)
    held = f"{sum(gate.passed for gate in gates):,} of {len(gates):,} rules held"
    if waived:
        return f"Released on {counted(waived, 'waiver')}: {held}, read why before you use it", "mind"
    if doubts:
        unsure = sum(gate.outcome == INCONCLUSIVE for gate in gates)
        failed = doubts - unsure
        told = [
            f"{failed} failed and only {'warns' if failed == 1 else 'warn'}" if failed else "",
            f"{unsure} cannot be told" if unsure else "",
        ]
        return f"Released: {held}, {' and '.join(filter(None, told))}", "mind"
    return f"Released: all {len(gates):,} rules held", "good"


def sentences(member: Member, *, external: bool) -> list[dict[str, str]]:
    """A sentence for each rule that did not hold, the gravest first."""
    order = {"critical": 0, "warning": 1, "info": 2}
    failed = sorted(
        (gate for gate in member.gates if not gate.passed),
        key=lambda gate: (gate.waiver is None, order[gate.severity], gate.outcome != FAIL, gate.rule),
    )
    return [_sentence(gate, external=external) for gate in failed]


def _sentence(gate: GateResult, *, external: bool) -> dict[str, str]:
    metric = _metric(gate)
    what = measure(metric) if metric else gate.rule.replace("-", " ")
    wanted = limit(gate, metric)
    said = f"{what[0].upper()}{what[1:]}: wanted {wanted}"
    said += "" if external else f", found {gate.observed}"
    said += "." if gate.outcome == FAIL else "; there are too few data to tell."
    return {
        "rule": gate.rule,
        "verdict": verdict(gate),
        "severity": gate.severity,
        "said": said,
        "why": "" if external else gate.why,
        "waived": f"Waived until {gate.waiver.until}"
        + ("" if external else f" by {gate.waiver.by}: {gate.waiver.reason}")
        if gate.waiver
        else "",
    }


def _metric(gate: GateResult) -> str:
    """The metric of a rule on evidence; empty for a rule on rows."""
    return gate.limit.split(" ")[0] if gate.type == "expect_evidence_to_be_between" else ""


def guardrails(member: Member, scopes: dict[str, str], *, external: bool) -> list[dict[str, Any]]:
    """Every rule, in its group: what was found, what was wanted, and the same for real rows.

    Args:
        member: The window.
        scopes: Rule to the scope that it is about.
        external: Whether figures are left out.
    """
    groups: dict[str, list[dict[str, Any]]] = {}
    references = _references(member.evidence)
    for gate in sorted(member.gates, key=lambda gate: (gate.outcome == PASS, gate.rule)):
        metric = _metric(gate)
        groups.setdefault(gate.gate, []).append(
            {
                "rule": gate.rule,
                "severity": gate.severity,
                "what": _looked_at(gate, metric),
                "found": "" if external else gate.observed,
                "wanted": limit(gate, metric) if metric or gate.suite == SUITE else "every row",
                "reference": ""
                if external
                else _reference(references.get(metric, {}), scopes.get(gate.rule, EVERYTHING)),
                "verdict": verdict(gate),
                "held": gate.passed,
                "by": gate.set_by,
            }
        )
    ordered = [name for name in GATES if name in groups] + [name for name in groups if name not in GATES]
    return [
        {
            "gate": name,
            "asks": GATES.get(name, name),
            "rules": groups[name],
            "held": sum(rule["held"] for rule in groups[name]),
            "open": any(not rule["held"] for rule in groups[name]),
        }
        for name in ordered
    ]


def _looked_at(gate: GateResult, metric: str) -> str:
    if gate.suite == SUITE:
        return REVIEWED.get(gate.rule, f"rows that people rejected, {gate.rule.replace('-', ' ', 1)}")
    return measure(metric) if metric else f"{gate.limit} ({gate.suite} rows)"


def _references(rows: Iterable[Evidence]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for row in rows:
        if row.reference is not None:
            found.setdefault(row.metric, {})[row.scope] = row.reference
    return found


def _reference(found: dict[str, float], scope: str) -> str:
    """The reference of a scope; of several, their range."""
    values = [value for name, value in found.items() if name == scope or (scope == "*" and name != EVERYTHING)]
    if not values:
        return "–"
    ends = [number(min(values)), number(max(values))]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


PRIVACY = (
    "attack.advantage",
    "membership.auc",
    "membership.tpr_at_1pct",
    "membership.epsilon",
    "copies.excess",
    "copies.near",
    "risk.singling_out",
    "risk.linkability",
    "risk.inference",
    "dp.epsilon",
    "membership.detectable",
    "copies.detectable",
)
"""What the section on privacy tells; all others stand in the evidence."""


def privacy(member: Member) -> list[dict[str, str]]:
    """The attacks that were made, each beside what it reaches on people whom the generator never saw."""
    return [
        {
            "what": measure(row.metric) + (f", {row.scope}" if row.scope != EVERYTHING else ""),
            "found": span(row.value, row.low, row.high),
            "reference": number(row.reference),
            "n": f"{row.n:,}",
        }
        for name in PRIVACY
        for row in member.evidence
        if row.metric == name and "=" not in row.scope
    ]


def coverage(product: Product, real: pl.DataFrame, made: pl.DataFrame) -> dict[str, Any]:
    """How common each declared slice is among real and among synthetic rows."""
    rows = []
    for slice_ in product.all_slices[1:]:
        real_share = _share(slice_, real) if real.height else None
        rows.append((slice_.name, real_share, _share(slice_, made), slice_.where))
    told = "; ".join(
        f"{name} {made_:.1%} of synthetic rows" + (f", {real_:.1%} of real ones" if real_ is not None else "")
        for name, real_, made_, _ in rows
    )
    drawn = [(name, a, b, f"{a:.0%} to {b:.0%}" if a is not None else f"{b:.0%}") for name, a, b, _ in rows]
    picture = svg.shares(f"How common each slice is: {told}", drawn) if rows else ""
    return {"rows": rows, "picture": picture}


def _share(slice_: Slice, frame: pl.DataFrame) -> float:
    return float(slice_.mask(frame).sum()) / max(frame.height, 1)


def covered(member: Member) -> list[dict[str, str]]:
    """Values, pairs and triples of gold people that are there."""
    words = {"1-way": "values", "2-way": "pairs of values", "3-way": "triples of values"}
    return [
        {
            "what": words.get(row.scope, row.scope),
            "found": span(row.value, row.low, row.high),
            "reference": number(row.reference),
        }
        for row in member.evidence
        if row.metric == "cells.covered"
    ]
