"""What the report says of one window: plain values for the page, from the log alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.ledger.verdicts import FAIL, INCONCLUSIVE, PASS
from supplychain.publish.report import svg
from supplychain.publish.report.words import GATES, change, counted, limit, measure, number, span, verdict
from supplychain.slices import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supplychain.ledger import Evidence, GateResult
    from supplychain.product import Product
    from supplychain.publish.facts import Member
    from supplychain.slices import Slice

HELPS, HARMS, UNKNOWN = "surely better", "surely worse", "cannot be told"
TOO_FEW = "too few people to tell"


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
        told = [f"{failed} failed and only warn" if failed else "", f"{unsure} cannot be told" if unsure else ""]
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


def outcome(member: Member) -> dict[str, Any]:
    """The loss on gold before and after, slice by slice, with what may be said of it."""
    found = _by_scope(member.evidence, ("loss.real", "fall.weighted", "fall.null", "slice.fall"))
    rows = [_slice(name, one) for name, one in found.items() if "slice.fall" in one and "loss.real" in one]
    known = [row for row in rows if row["dot"]]
    harmless = next((g for g in member.gates if _metric(g) == "slice.fall" and "min_value" not in g.limit), None)
    marks = [(0.0, "no change")]
    picture = ""
    if known:
        told = "; ".join(f"{row['slice']}: {row['word']}" for row in known)
        picture = svg.intervals(
            f"Fall of the loss on gold, with 95% intervals. {told}", [r["dot"] for r in known], marks=marks
        )
    better, worse = ([row["slice"] for row in rows if row["word"] == word] for word in (HELPS, HARMS))
    said = (
        f"Surely better in {_named(better)}"
        if better
        else "In no slice is the model surely better for the synthetic rows"
    )
    said += f"; surely worse in {_named(worse)}." if worse else ", and in none surely worse."
    utility = {row.metric: row for row in member.evidence if row.scope == EVERYTHING and row.metric.startswith("tstr.")}
    alone = utility.get("tstr.ratio")
    return {
        "rows": rows,
        "picture": picture,
        "said": said,
        "advice": "" if better else "More real rows would be worth more; the plan says where.",
        "alone": span(alone.value, alone.low, alone.high) if alone else "",
        "limit": harmless.limit if harmless else "",
    }


def _slice(name: str, one: dict[str, Evidence]) -> dict[str, Any]:
    before, fall, beyond = one["loss.real"], one.get("fall.weighted"), one["slice.fall"]
    null = one.get("fall.null")
    word, dot = TOO_FEW, None
    if beyond.low is not None and beyond.value is not None and beyond.high is not None:
        word = HELPS if beyond.low > 0 else HARMS if beyond.high < 0 else UNKNOWN
        colour = {HELPS: svg.GOOD, HARMS: svg.BAD}.get(word, svg.UNSURE)
        dot = svg.Dot(name, beyond.low, beyond.value, beyond.high, word, colour)
    after = before.value - fall.value if fall and fall.value is not None and before.value is not None else None
    with_null = before.value - null.value if null and null.value is not None and before.value is not None else None
    return {
        "slice": name,
        "people": beyond.n,
        "before": span(before.value, before.low, before.high),
        "after": number(after),
        "null": number(with_null),
        "fall": f"{change(beyond.value)} ({change(beyond.low)} to {change(beyond.high)})",
        "word": word,
        "dot": dot,
    }


def _by_scope(rows: Iterable[Evidence], metrics: tuple[str, ...]) -> dict[str, dict[str, Evidence]]:
    found: dict[str, dict[str, Evidence]] = {}
    for row in rows:
        if row.metric in metrics:
            found.setdefault(row.scope, {})[row.metric] = row
    return found


def not_good_for(product: Product, member: Member, *, external: bool) -> list[str]:
    """What these rows are not to be used for: what a person said, what was found, and what holds of any."""
    said = list(product.publish.not_for)
    if not external:
        found = outcome(member)["rows"]
        harmed = [row["slice"] for row in found if row["word"] == HARMS]
        unknown = [row["slice"] for row in found if row["word"] == TOO_FEW]
        said += [f"Training where only {_named(harmed)} matters: there the model got surely worse."] if harmed else []
        said += [f"Claims about {_named(unknown)}: too few gold people to judge them."] if unknown else []
        if not any(row["word"] == HELPS for row in found):
            said.append("Replacing real rows: no slice was shown to gain from them.")
        lost = [
            row.scope
            for row in member.evidence
            if row.metric == "association.kept" and row.scope != EVERYTHING and row.high is not None and row.high < 0.5
        ]
        said += (
            [f"Questions about how {_named(lost)} hangs together with other columns: more than half is lost."]
            if lost
            else []
        )
    return [
        *said,
        f"Predicting anything other than {product.outcome.name}: nothing else was measured.",
        "Judging a model: that takes real people whom nobody trained on.",
        "Anything about a single person: a synthetic row is nobody, and is no evidence about anybody.",
        "Training another generator: rows made from made rows drift away from real people.",
    ]


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
                "what": measure(metric) if metric else f"{gate.limit} ({gate.suite} rows)",
                "found": "" if external else gate.observed,
                "wanted": limit(gate, metric) if metric else "every row",
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


def planned(member: Member, currency: str, *, external: bool) -> dict[str, Any]:
    """Plan against actual: rows, and the fall of the loss that was expected beside the one on gold."""
    plan = member.tables.get("plan")
    if plan is None:
        return {"rows": [], "left": [], "currency": currency}
    made = _accepted(member, plan)
    falls = {row.scope: row for row in member.evidence if row.metric == "slice.fall"}
    rows, left = [], []
    for line in plan.iter_rows(named=True):
        if not line["rows"]:
            left.append({key: line[key] for key in ("slice", "action", "why")})
            continue
        fall = falls.get(line["slice"])
        foreseen = (
            line["loss"] - line["expected"] if line["expected"] is not None and line["loss"] is not None else None
        )
        rows.append(
            {
                "slice": line["slice"],
                "planned": f"{line['rows']:,}",
                "accepted": f"{made[line['slice']]:,}" if line["slice"] in made else "–",
                "cost": number(line["cost"]),
                "expected": change(foreseen),
                "measured": f"{change(fall.value)} ({change(fall.low)} to {change(fall.high)})"
                if fall and not external
                else "–",
                "why": "" if external else line["why"],
            }
        )
    return {"rows": rows, "left": [] if external else left, "currency": currency}


def _accepted(member: Member, plan: pl.DataFrame) -> dict[str, int]:
    """Accepted rows of each line of the plan: `all` has every row as evidence, and its own line what is left."""
    shares = {row.scope: row.value for row in member.evidence if row.metric == "rows.of_plan" and row.value is not None}
    wanted = dict(plan.filter(pl.col("rows") > 0).select("slice", "rows").iter_rows())
    found = {name: round(shares[name] * rows) for name, rows in wanted.items() if name in shares and name != EVERYTHING}
    if EVERYTHING in wanted and len(found) == len(wanted) - 1:
        found[EVERYTHING] = member.synthetic_rows - sum(found.values())
    return found


def returns(member: Member, currency: str) -> dict[str, Any]:
    """What the comparison of pipelines said, as it was then."""
    from supplychain.roi.step import pictures

    table, sensitivity = member.tables.get("roi"), member.tables.get("sensitivity")
    if table is None or not table.height:
        return {}
    notes = next((o.notes for c in member.path for o in c.outputs if o.asset == "roi"), {})
    priced = table.filter(pl.col("npv_p50").is_not_null() | pl.col("cost_p50").is_not_null())
    rows = [
        {
            "strategy": row["strategy"],
            **{
                name: span(row[f"{name}_p50"], row[f"{name}_p10"], row[f"{name}_p90"])
                for name in ("cost", "days", "npv")
            },
            "best": f"{row['best']:.0%}" if row["best"] is not None else "–",
        }
        for row in priced.iter_rows(named=True)
    ]
    drawn = list(pictures(table, sensitivity, currency).values()) if rows and sensitivity is not None else []
    return {"rows": rows, "pictures": drawn, "headline": table["headline"][0], "verdict": notes.get("verdict") or ""}


def _named(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
