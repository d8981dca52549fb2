"""Drift in words and pictures: which columns, which slices, how far."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from supplychain import charts
from supplychain.monitor.findings import MOVED, TOO_FEW, UNTOLD

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supplychain.measures.apart import Concept
    from supplychain.measures.moved import Moved, Sides
    from supplychain.schema import Column
    from supplychain.yardstick import Target

SHOWN = 12
NAMED = 3
"""Columns and slices that a sentence names."""
LEAST_NAMED = 20
"""Rows that a category has to have before it is named: a rare value may name a person."""
TITLE = "How far columns moved"


def of_column(sides: Sides, column: Column, inside: NDArray[np.bool_], found: Moved) -> str:
    """What moved in a column, with its unit left to the reader: the median, or the category that changed the most."""
    values = sides.rows[column.name]
    parts = [(values.filter(pl.Series(inside & side)), sides.weights[inside & side]) for side in _sides(sides)]
    where = column.name if found.slice == "all" else f"{column.name} in {found.slice}"
    gone = [_share(part.is_null(), weights) for part, weights in parts]
    if found.missing or abs(gone[1] - gone[0]) >= found.value / 2:
        what = f"missing in {_percent(gone[1])} of rows instead of {_percent(gone[0])}"
    elif column.is_discrete:
        what = _of_category(parts)
    else:
        medians = [_median(part, weights) for part, weights in parts]
        what = f"median {medians[1]} instead of {medians[0]}"
        if medians[0] == medians[1]:
            means = [_mean(part, weights) for part, weights in parts]
            what = f"mean {means[1]} instead of {means[0]}"
    return f"{where}: {what} (distance {found.value:.3f}, chance alone at most {found.chance:.3f})"


def of_joint(auc: float, limit: float, leaders: list[str]) -> str:
    """How well rows that arrived are told, and by what."""
    by = f", by {', '.join(leaders)} before all" if leaders else ""
    told = f"all columns together: rows that arrived are told from the reference with AUC {auc:.3f}{by}"
    return f"{told} (chance alone at most {limit:.3f})"


def of_concept(one: Concept, target: Target) -> str:
    """By how much the outcome changed at equal features."""
    assert one.change is not None
    margin = f"{abs(one.change) - one.margin:.3f} to {abs(one.change) + one.margin:.3f}"
    more = "higher" if one.change > 0 else "lower"
    if target.is_quantity:
        how = f"{abs(one.change):.3f} ({margin}) standard deviations {more}"
    else:
        low, high = abs(one.change) - one.margin, abs(one.change) + one.margin
        how = f"{100 * abs(one.change):.1f} ({100 * low:.1f} to {100 * high:.1f}) points {more}"
    where = "all rows" if one.stratum == "all" else one.stratum
    return f"{where}: {target.name} is {how} at equal features"


def alarm(table: pl.DataFrame, *, against: str = "") -> str:
    """The drift of a window in a few sentences, the cause first; a paragraph each."""
    found = table.filter(pl.col("verdict") == MOVED)
    beside = f" from {against}" if against else ""
    if not table.height:
        return (
            f"Nothing to compare with: {against.removeprefix('nothing: ')}." if against else "Nothing to compare with."
        )
    told = []
    if found.height:
        told += [f"It moved{beside}.", *_causes(found)]
    elif table.filter(pl.col("verdict") == TOO_FEW).height == table.height:
        told.append(table["words"][0][:1].upper() + table["words"][0][1:] + ".")
    else:
        told.append(f"Nothing moved{beside} beyond what chance gives over all tests together.")
    unknown = table.filter(pl.col("verdict") == UNTOLD)
    if unknown.height:
        told.append(f"Whether the outcome still follows from the features cannot be told in {unknown.height} strata.")
    return "\n\n".join(told)


def cause(table: pl.DataFrame) -> str:
    """The same in one line, for a check and a terminal; empty where nothing moved."""
    found = table.filter(pl.col("verdict") == MOVED)
    return "; ".join(line for line in _causes(found)) if found.height else ""


def pictures(table: pl.DataFrame) -> dict[str, str]:
    """Title to SVG: how far columns moved, and by how much the outcome did at equal features."""
    drawn: dict[str, str] = {}
    for title, suffix, unit, drawn_as in (
        (TITLE, ".distance", "distance", "its interval; upright stroke: chance alone; orange: moved"),
        ("The outcome at equal features", ".concept", "change", "its interval; upright stroke: chance; orange: moved"),
    ):
        lines = table.filter(pl.col("metric").str.ends_with(suffix) & pl.col("reference").is_not_null())
        shown = lines.sort(pl.col("verdict") != MOVED, -pl.col("value"), maintain_order=True).head(SHOWN)
        spans = [
            charts.Span(
                row["scope"],
                row["low"],
                row["value"],
                row["high"],
                row["reference"],
                "feedback" if row["metric"].startswith("traffic") else "",
                row["verdict"] == MOVED,
            )
            for row in shown.iter_rows(named=True)
        ]
        if spans:
            drawn[title if lines.height <= SHOWN else f"{title}: {SHOWN} of {lines.height}"] = charts.ranges(
                title, spans, unit, drawn_as
            )
    return drawn


def _causes(found: pl.DataFrame) -> list[str]:
    """What moved: columns over all rows, then slices in which others moved, then the rest; feedback is named so."""
    lines = []
    for prefix, whose in (("drift", ""), ("traffic", "feedback: ")):
        part = found.filter(pl.col("metric").str.starts_with(f"{prefix}."))
        columns = part.filter(pl.col("metric") == f"{prefix}.distance", pl.col("slice") == "all")
        sliced = part.filter(
            pl.col("metric") == f"{prefix}.distance",
            pl.col("slice") != "all",
            ~pl.col("column").is_in(columns["column"].implode()),
        )
        rest = part.filter(pl.col("metric") != f"{prefix}.distance")
        lines += [whose + line for line in (*_some(columns), *_some(sliced), *_some(rest))]
    return lines


def _some(found: pl.DataFrame) -> list[str]:
    told = found["words"].head(NAMED).to_list()
    more = found.height - len(told)
    if more:
        names = found["scope"].slice(NAMED).to_list()
        shown = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
        told.append(f"and {more} more: {shown}")
    return told


def _sides(sides: Sides) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    return ~sides.arrived, sides.arrived


def _of_category(parts: list[tuple[pl.Series, NDArray[np.float64]]]) -> str:
    import numpy as np

    shares: list[dict[object, float]] = []
    counts: dict[object, int] = {}
    for part, weights in parts:
        frame = pl.DataFrame({"value": part, "weight": weights}).drop_nulls("value").group_by("value")
        grouped = frame.agg(pl.col("weight").sum(), pl.len().alias("n"))
        total = float(np.sum(weights)) or 1.0
        shares.append({value: weight / total for value, weight, _ in grouped.iter_rows()})
        for value, _, n in grouped.iter_rows():
            counts[value] = counts.get(value, 0) + n
    named = [value for value in counts if counts[value] >= LEAST_NAMED]
    if not named:
        return "rare values changed"
    changed = max(named, key=lambda value: (abs(shares[1].get(value, 0) - shares[0].get(value, 0)), str(value)))
    before, now = shares[0].get(changed, 0.0), shares[1].get(changed, 0.0)
    new = ", which is new" if not before else ""
    return f"{changed} in {_percent(now)} of rows instead of {_percent(before)}{new}"


def _share(such: pl.Series, weights: NDArray[np.float64]) -> float:
    total = float(weights.sum())
    return float(weights[such.to_numpy()].sum()) / total if total else 0.0


def _median(part: pl.Series, weights: NDArray[np.float64]) -> str:
    import numpy as np

    present = part.is_not_null().to_numpy()
    values = part.drop_nulls().sort()
    if not len(values):
        return "none"
    order = part.filter(pl.Series(present)).arg_sort().to_numpy()
    reached = np.cumsum(weights[present][order])
    middle = values[int(np.searchsorted(reached, reached[-1] / 2))]
    return f"{middle:.4g}" if isinstance(middle, int | float) else str(middle)


def _mean(part: pl.Series, weights: NDArray[np.float64]) -> str:
    import numpy as np

    from supplychain.measures.bins import as_number

    present = part.is_not_null().to_numpy()
    numbers = as_number(part).drop_nulls().to_numpy()
    if not len(numbers) or part.dtype.is_temporal():
        return "the same"
    return f"{np.average(numbers, weights=weights[present]):.4g}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"
