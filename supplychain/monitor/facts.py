"""What is known of a slice of a window after its release: gaps, what its batches did on gold, feedback and drift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.falls import RELEASED, TRUSTED
from supplychain.learning import Curve
from supplychain.monitor.findings import MOVED
from supplychain.monitor.observed import found
from supplychain.slices import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supplychain.chain import Chain
    from supplychain.ledger import Evidence
    from supplychain.step import Step

Interval = tuple[float, float, float]


@dataclass(frozen=True)
class Facts:
    """What is known of one slice; None where nobody measured it.

    Attributes:
        slice: The slice.
        predicate: Its predicate.
        kind: The kind of gap that is still there.
        real_rows: Rows of role train in this window.
        measured_rows: Rows of train and tune, in which the curve counts.
        planned: Synthetic rows that the last plan asked for.
        price: Money for a synthetic row, P50.
        curve: The learning curve.
        fall: By how much the synthetic rows lowered the loss on gold as they weigh in the release, beyond a null.
        trusted: The same of rows at the most that they may weigh.
        over_change: By how much they made a model surer than it is right, on gold.
        exchange: What a synthetic row is worth in real ones.
        over: Overconfidence in the wild.
        over_synthetic: The part of it from regions that were trained mostly on synthetic rows.
        concept: The change of the outcome at equal features.
        moved: What moved, in words; empty where nothing did.
        features_moved: Whether any feature did.
        real_price: Money for a real row: P50, P10, P90.
    """

    slice: str
    predicate: str = "TRUE"
    kind: str | None = None
    real_rows: int = 0
    measured_rows: int = 0
    planned: int = 0
    price: float | None = None
    curve: Curve | None = None
    fall: Interval | None = None
    trusted: Interval | None = None
    over_change: Interval | None = None
    exchange: Interval | None = None
    over: Interval | None = None
    over_synthetic: Interval | None = None
    concept: Interval | None = None
    moved: str = ""
    features_moved: bool = False
    real_price: Interval | None = None


def facts_of(chain: Chain, step: Step, window: str) -> list[Facts]:
    """What is known of each slice of a window; every table that is there is noted as an input."""
    tables = {
        noun: step.read(noun)
        for noun in ("gaps", "plan", "friction", "feedback", "drift", "real")
        if found(chain, noun, window) is not None
    }
    evidence = _evidence(chain, step, window)
    by_slice = {noun: _by_slice(tables.get(noun)) for noun in ("gaps", "plan", "friction", "feedback")}
    declared = {slice_.name: slice_.where for slice_ in chain.product.all_slices}
    named = {name: line["predicate"] for noun in ("gaps", "plan") for name, line in by_slice[noun].items()}
    slices = {**declared, **named}
    return [
        Facts(
            slice=name,
            predicate=where,
            **_of_gaps(by_slice["gaps"].get(name)),
            **_of_plan(by_slice["plan"].get(name)),
            **_of_feedback(by_slice["feedback"].get(name)),
            **_of_drift(tables.get("drift"), name),
            real_rows=_real_rows(chain, tables.get("real"), name),
            real_price=_price(by_slice["friction"].get(name)),
            fall=evidence.get((RELEASED, name), evidence.get((TRUSTED, name))),
            trusted=evidence.get((TRUSTED, name)),
            over_change=evidence.get(("confidence.over_change", name)),
            exchange=evidence.get(("exchange.rate", EVERYTHING)),
        )
        for name, where in slices.items()
    ]


def _evidence(chain: Chain, step: Step, window: str) -> dict[tuple[str, str], Interval]:
    """What was measured of the window's accepted rows, metric and scope to figure and limits."""
    there = chain.ledger.find(chain.product.name, "evidence", window)
    if there is None:
        return {}
    step.refer("evidence")
    return {(row.metric, row.scope): limits for row in there[0].evidence if (limits := _limits(row)) is not None}


def _limits(row: Evidence) -> Interval | None:
    if row.value is None or row.low is None or row.high is None:
        return None
    return row.value, row.low, row.high


def _by_slice(table: pl.DataFrame | None) -> dict[str, dict[str, Any]]:
    """A table's lines by their slice; of feedback those over all of the time."""
    if table is None or "slice" not in table.columns:
        return {}
    if "period" in table.columns:
        table = table.filter(pl.col("period") == EVERYTHING)
    return {row["slice"]: row for row in table.iter_rows(named=True)}


def _of_gaps(row: dict[str, Any] | None) -> dict[str, Any]:
    if row is None:
        return {}
    parts = [float(part) for name in "abc" if (part := row[f"curve_{name}"]) is not None]
    return {
        "kind": row["kind"] if row["verdict"] == "gap" else None,
        "measured_rows": int(row["rows"]),
        "curve": Curve(*parts) if len(parts) == 3 else None,
    }


def _of_plan(row: dict[str, Any] | None) -> dict[str, Any]:
    return {} if row is None else {"planned": row["rows"], "price": row["price"] if row["rows"] else None}


def _of_feedback(row: dict[str, Any] | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {name: _span(row, name) for name in ("over", "over_synthetic")}


def _of_drift(table: pl.DataFrame | None, slice_: str) -> dict[str, Any]:
    """What moved in a slice: by its name, whatever columns and tests; thirds of the risk count to all rows."""
    if table is None or not table.height:
        return {}
    moved = table.filter(pl.col("verdict") == MOVED, pl.col("slice") == slice_)
    concept = moved.filter(pl.col("metric").str.ends_with(".concept")).sort("low", descending=True)
    features = moved.filter(pl.col("metric").str.ends_with(".distance") | pl.col("metric").str.ends_with(".joint"))
    first = concept.row(0, named=True) if concept.height else None
    return {
        "concept": (first["value"], first["low"], first["high"]) if first else None,
        "moved": "; ".join(_first(moved["words"])),
        "features_moved": features.height > 0,
    }


def _first(words: Iterable[str]) -> list[str]:
    given = [word for word in words if word]
    return given[:2] + ([f"and {len(given) - 2} more"] if len(given) > 2 else [])


def _real_rows(chain: Chain, real: pl.DataFrame | None, slice_: str) -> int:
    known = {one.name: one for one in chain.product.all_slices}
    if real is None or slice_ not in known:
        return 0
    return known[slice_].pick(real).height


def _price(row: dict[str, Any] | None) -> Interval | None:
    if row is None or row["money"] is None:
        return None
    return row["money"], row["money_low"], row["money_high"]


def _span(row: dict[str, Any], name: str) -> Interval | None:
    parts = row[name], row[f"{name}_low"], row[f"{name}_high"]
    return None if None in parts else parts
