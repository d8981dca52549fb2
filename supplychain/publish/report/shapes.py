"""Distributions and relations of the released rows, as pictures: synthetic rows over real ones, where these are in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from supplychain.measures.bins import Table, as_number
from supplychain.measures.structure import associations
from supplychain.publish.report import svg
from supplychain.publish.report.words import number
from supplychain.schema import Schema

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from supplychain.schema import Column

BINS = 12
"""Bars of a histogram."""
MOST_RELATED = 16
"""Columns of the picture of relations: those that hang together most."""
MOST_CODES = 12
"""Bins of a column there."""


def distributions(real: pl.DataFrame, made: pl.DataFrame) -> list[dict[str, Any]]:
    """One small picture a column: its name, the picture, and how far synthetic lie from real rows."""
    whole = pl.concat([real, made])
    if not whole.height:
        return []
    pictures = [_distribution(column, real[column.name], made[column.name]) for column in Schema.of(whole).columns]
    return sorted(pictures, key=lambda one: (-(one["apart"] or 0.0), one["name"]))


def _distribution(column: Column, real: pl.Series, made: pl.Series) -> dict[str, Any]:
    names, (before, after) = _names(real, made) if _is_named(column, real, made) else _numbers(real, made)
    shown = before if len(real) else []
    apart = float(np.abs(np.subtract(before, after)).sum() / 2) if len(real) else None
    beside = f", {apart:.1%} of the rows elsewhere than real ones" if apart is not None else ""
    told = f"Distribution of {column.name}, {names[0]} to {names[-1]}{beside}"
    missing = made.null_count() / max(len(made), 1)
    return {
        "name": column.name,
        "picture": svg.histograms(told, shown, after, (names[0], names[-1])),
        "apart": apart,
        "missing": missing,
    }


def _is_named(column: Column, real: pl.Series, made: pl.Series) -> bool:
    return column.is_discrete or pl.concat([real, made]).n_unique() <= BINS


def _names(real: pl.Series, made: pl.Series) -> tuple[list[str], tuple[list[float], list[float]]]:
    """Values as they are, the rarest of many together."""
    both = pl.concat([real, made]).drop_nulls()
    values = both.unique().sort().to_list()
    if len(values) > BINS:
        common = both.value_counts(sort=True).sort("count", both.name, descending=[True, False])
        values = common[both.name].head(BINS - 1).to_list()
    found: list[list[float]] = []
    for rows in (real, made):
        counts = [int((rows == value).sum()) for value in values]
        rest = len(rows) - rows.null_count() - sum(counts)
        extra = [rest] if len(both.unique()) > BINS else []
        total = max(len(rows) - rows.null_count(), 1)
        found.append([count / total for count in (*counts, *extra)])
    names = [number(v) if isinstance(v, float) else str(v) for v in values] + (
        ["others"] if len(found[0]) > len(values) else []
    )
    return names or ["nothing"], (found[0] or [0.0], found[1] or [0.0])


def _numbers(real: pl.Series, made: pl.Series) -> tuple[list[str], tuple[list[float], list[float]]]:
    """Equal bins between the 1% and the 99% quantile; what lies beyond is in the outer ones."""
    parts = [as_number(rows).drop_nulls().to_numpy() for rows in (real, made)]
    if not any(map(len, parts)):
        return ["nothing"], ([0.0], [0.0])
    low, high = np.quantile(np.concatenate(parts), [0.01, 0.99])
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, BINS + 1)
    counts = [np.histogram(np.clip(part, low, high), edges)[0] / max(len(part), 1) for part in parts]
    ends = [_end(real, edge) for edge in edges]
    return ends, (counts[0].tolist(), counts[1].tolist())


def _end(values: pl.Series, edge: float) -> str:
    if values.dtype.is_temporal():
        return str(pl.Series([int(edge)]).cast(pl.Datetime("us"))[0].date())
    return number(float(edge))


def relations(real: pl.DataFrame, made: pl.DataFrame) -> tuple[str, str] | None:
    """How strongly columns hang together: the picture, and what it says in a sentence; None of one column."""
    beside = real if real.height else made
    schema = Schema.of(beside)
    if len(schema.columns) < 2 or not beside.height or not made.height:
        return None
    table = Table.of({"beside": beside, "made": made}, schema, beside).folded("beside", MOST_CODES)
    pairs: list[tuple[int, ...]] = [(i, j) for i in range(len(schema.columns)) for j in range(i)]
    found = associations(table, ("beside", "made"), pairs)
    strengths = [_square(found[name][0], pairs, len(schema.columns)) for name in ("beside", "made")]
    chosen = np.sort(np.argsort(-strengths[0].max(1), kind="stable")[:MOST_RELATED])
    names = [schema.columns[k].name for k in chosen]
    below, above = (one[np.ix_(chosen, chosen)] for one in strengths)
    moved = np.abs(below - above)
    i, j = np.unravel_index(int(moved.argmax()), moved.shape)
    said = f"{names[i]} and {names[j]}: {below[i, j]:.2f} among real rows, {above[i, j]:.2f} among synthetic ones"
    if not real.height:
        strongest = np.unravel_index(int(below.argmax()), below.shape)
        said = f"The strongest: {names[strongest[0]]} and {names[strongest[1]]} ({below[strongest]:.2f})."
        return svg.matrix("Relations between columns. " + said, names, above.tolist(), above.tolist()), said
    said = f"The pair that changed most is {said}."
    return svg.matrix("Relations between columns. " + said, names, below.tolist(), above.tolist()), said


def _square(values: NDArray[np.float64], pairs: list[tuple[int, ...]], size: int) -> NDArray[np.float64]:
    square = np.zeros((size, size))
    for (i, j), value in zip(pairs, values, strict=True):
        square[i, j] = square[j, i] = value
    return square
