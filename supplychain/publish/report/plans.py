"""Plan against actual, and what the comparison of pipelines said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.falls import falls_of
from supplychain.publish.report.words import change, number, span
from supplychain.slices import EVERYTHING

if TYPE_CHECKING:
    from supplychain.publish.facts import Member


def planned(member: Member, currency: str, *, external: bool) -> dict[str, Any]:
    """Plan against actual: rows, and the fall of the loss that was expected beside the one on gold."""
    plan = member.tables.get("plan")
    if plan is None:
        return {"rows": [], "left": [], "currency": currency}
    made = _accepted(member, plan)
    falls = falls_of(member.evidence)
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
    notes = next((o.notes for c in reversed(member.path) for o in c.outputs if o.asset == "roi"), {})
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
