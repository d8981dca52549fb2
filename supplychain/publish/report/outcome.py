"""Does it help? The outcome before and after on gold, and what follows from it that the rows are not good for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from supplychain.falls import falls_of
from supplychain.publish.report import svg
from supplychain.publish.report.words import change, number, span
from supplychain.slices import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supplychain.ledger import Evidence
    from supplychain.product import Product
    from supplychain.publish.facts import Member

HELPS, HARMS, UNKNOWN = "surely better", "surely worse", "cannot be told"
TOO_FEW = "too few people to tell"


def outcome(member: Member) -> dict[str, Any]:
    """The loss on gold before and after, slice by slice, with what may be said of it."""
    found = _by_scope(member.evidence, ("loss.real", "fall.blend"))
    beyond = falls_of(member.evidence)
    rows = [_slice(name, one, beyond[name]) for name, one in found.items() if name in beyond and "loss.real" in one]
    known = [row for row in rows if row["dot"]]
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
        "advice": "" if better else _advice(member),
        "weights": member.made.notes.get("weights"),
        "alone": span(alone.value, alone.low, alone.high) if alone else "",
    }


def _advice(member: Member) -> str:
    """The real rows that the plan proposes to buy, if it does."""
    plan = member.tables.get("plan")
    bought = plan.filter(plan["buy_rows"] > 0) if plan is not None else None
    if bought is None or not bought.height:
        return ""
    return f"The plan proposes to buy {bought['buy_rows'].sum():,} real rows, in {_named(bought['slice'].to_list())}."


def _slice(name: str, one: dict[str, Evidence], beyond: Evidence) -> dict[str, Any]:
    before, fall, null = one["loss.real"], one.get("fall.blend"), beyond.reference
    word, dot = TOO_FEW, None
    if beyond.low is not None and beyond.value is not None and beyond.high is not None:
        word = HELPS if beyond.low > 0 else HARMS if beyond.high < 0 else UNKNOWN
        colour = {HELPS: svg.GOOD, HARMS: svg.BAD}.get(word, svg.UNSURE)
        dot = svg.Dot(name, beyond.low, beyond.value, beyond.high, word, colour)
    after = before.value - fall.value if fall and fall.value is not None and before.value is not None else None
    with_null = before.value - null if null is not None and before.value is not None else None
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


def _named(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
