"""What a manifest says of the columns: the values that are allowed, and how the released ones are spread."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from supplychain.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from supplychain.gates import Suite
    from supplychain.product import Product

MOST_PROFILED = 100_000
"""Rows, drawn by chance where there are more, from which the spread is told."""
MOST_VALUES = 50
"""Different values that are told one by one; numbers with more are told by quantiles, names by the most common."""
STEPS = 20
"""Quantiles of a number: 0%, 5%, ..., 100%."""
BETWEEN, IN_SET = "expect_column_values_to_be_between", "expect_column_values_to_be_in_set"
NOT_NULL = "expect_column_values_to_not_be_null"


def columns(product: Product, rows: pl.DataFrame, types: Mapping[str, str], suites: Iterable[Suite]) -> list[Any]:
    """One entry a column: name, type, what it holds, what is allowed, and how it is spread.

    Args:
        product: The product, for words.
        rows: Released rows, or a sample of them.
        types: Column to type, in the order of the release.
        suites: Suites that all of these rows had to pass one of: what each of them forbids is not there.
    """
    allowed = allowed_values(suites)
    kinds = {column.name: column.kind for column in Schema.of(rows).columns}
    return [_column(product, rows[name], kind, kinds.get(name), allowed.get(name)) for name, kind in types.items()]


def allowed_values(suites: Iterable[Suite]) -> dict[str, dict[str, Any]]:
    """Column to what every suite demands of it, the looser of two demands: min, max, values, required."""
    each = [_demands(suite) for suite in suites]
    shared = set.intersection(*(set(demands) for demands in each)) if each else set()
    return {name: found for name in sorted(shared) if (found := _looser([demands[name] for demands in each]))}


def _demands(suite: Suite) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for rule in suite.rules:
        column = rule.kwargs.get("column")
        if column is None:
            continue
        here = found.setdefault(str(column), {})
        if rule.type == BETWEEN:
            here |= {
                key: rule.kwargs[f"{key}_value"]
                for key in ("min", "max")
                if rule.kwargs.get(f"{key}_value") is not None
            }
        elif rule.type == IN_SET:
            here["values"] = sorted(rule.kwargs["value_set"], key=str)
        elif rule.type == NOT_NULL:
            here["required"] = True
    return found


def _looser(demands: list[dict[str, Any]]) -> dict[str, Any]:
    shared = set.intersection(*(set(one) for one in demands))
    loosest: dict[str, Any] = {
        "min": min,
        "max": max,
        "values": lambda sets: sorted({value for values in sets for value in values}, key=str),
        "required": all,
    }
    return {key: loosest[key]([one[key] for one in demands]) for key in sorted(shared)}


def _column(
    product: Product, values: pl.Series, dtype: str, kind: str | None, allowed: dict[str, Any] | None
) -> dict[str, Any]:
    declared = product.columns.get(values.name)
    words = {"description": declared.description, "unit": declared.unit} if declared else {}
    own = {"description": OWN[values.name]} if values.name in OWN else {}
    words = {key: word for key, word in words.items() if word}
    entry: dict[str, Any] = {"name": values.name, "type": dtype, "kind": kind, **words, **own}
    if allowed:
        entry["allowed"] = allowed
    return entry if kind is None else {**entry, "spread": spread(values)}


OWN = {
    "_origin": "real or synthetic",
    "_synthetic": "true: no person's row",
    "_batch": "the batch that made a synthetic row",
    "_row": "its number there",
    "_weight": "its weight in training",
}
"""What the columns hold that the chain adds."""


def spread(values: pl.Series) -> dict[str, Any]:
    """How values are spread: the share that is missing, and shares of values or quantiles.

    Example:
        >>> spread(pl.Series([1, 1, 2, None]))
        {'missing': 0.25, 'values': {'1': 0.666667, '2': 0.333333}}
    """
    there = values.drop_nulls()
    missing = round(values.null_count() / max(len(values), 1), 6)
    if values.dtype.is_temporal():
        there = there.cast(pl.Datetime("us")).cast(pl.Int64)
    if there.dtype.is_numeric() and there.n_unique() > MOST_VALUES:
        ends = np.quantile(there.to_numpy(), np.linspace(0, 1, STEPS + 1))
        return {"missing": missing, "quantiles": [float(f"{end:.6g}") for end in ends]}
    counts = there.value_counts(sort=True).sort("count", there.name, descending=[True, False]).head(MOST_VALUES)
    shares = {_text(value): round(count / len(there), 6) for value, count in counts.iter_rows()}
    return {"missing": missing, "values": shares}


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def distance(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    """How far two spreads lie apart, 0 to 1: total variation distance of values, Kolmogorov-Smirnov of quantiles.

    Between quantiles a number is taken to be spread evenly. A number that had few different values and has many now, or
    the other way round, is told by the quantiles of its values.
    """
    missing: float = abs(one["missing"] - other["missing"])
    if "quantiles" in one or "quantiles" in other:
        ends = [_quantiles(spread) for spread in (one, other)]
        return max(_between(ends[0], ends[1]), missing) if ends[0] and ends[1] else 1.0
    shares = [one["values"], other["values"]]
    cells = shares[0].keys() | shares[1].keys()
    apart: float = sum(abs(shares[0].get(cell, 0) - shares[1].get(cell, 0)) for cell in cells) / 2
    return max(apart, missing)


def _quantiles(spread: Mapping[str, Any]) -> list[float]:
    """The quantiles of a number's spread; none where it had no values, or values that are no numbers."""
    if "quantiles" in spread:
        return list(spread["quantiles"])
    try:
        shares = sorted((float(value), share) for value, share in spread["values"].items())
    except ValueError:
        return []
    values, upto = [value for value, _ in shares], np.cumsum([share for _, share in shares])
    places = np.searchsorted(upto, np.linspace(0, 1, STEPS + 1) - 1e-5)  # shares are told to six digits
    return [values[min(place, len(values) - 1)] for place in places] if values else []


def _between(one: list[float], other: list[float]) -> float:
    at = np.union1d(one, other)
    parts = np.linspace(0, 1, STEPS + 1)
    # Of equal quantiles the last one counts: the distribution function jumps to it.
    steps = [np.interp(at, *_last(ends, parts), left=0.0, right=1.0) for ends in (one, other)]
    return float(np.abs(steps[0] - steps[1]).max())


def _last(ends: list[float], parts: Any) -> tuple[list[float], list[float]]:  # noqa: ANN401  (an array)
    keep = [k for k, (here, after) in enumerate(pairwise(ends)) if here != after] + [len(ends) - 1]
    return [ends[k] for k in keep], [float(parts[k]) for k in keep]
