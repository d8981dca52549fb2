"""How a record is shown: its values as text, and beside each what is typical among real people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from supplychain.measures.bins import as_number
from supplychain.review.lot import Field

if TYPE_CHECKING:
    from supplychain.product import Product
    from supplychain.schema import Column, Schema

OTHERS = "Other fields"
COMMON, CROWD = 3, 20
"""So many of the commonest values are named, each of at least so many people: a rare value may be one person's."""


def fields_of(product: Product, schema: Schema, real: pl.DataFrame) -> tuple[Field, ...]:
    """The fields of a record in the product's groups, those of no group last; the outcome is one of them.

    Bounds are quantiles of many people, rounded to two digits: nobody's own value is shown.
    """
    group_of = (
        {name: group for group, names in product.review.groups.items() for name in names} if product.review else {}
    )
    rest = OTHERS if group_of else "Record"
    groups = [*dict.fromkeys(group_of.values()), rest]
    made = [_field(product, column, real[column.name], group_of.get(column.name, rest)) for column in schema.columns]
    named = list(group_of)
    return tuple(
        sorted(made, key=lambda one: (groups.index(one.group), named.index(one.name) if one.name in named else 0))
    )


def _field(product: Product, column: Column, real: pl.Series, group: str) -> Field:
    declared = product.columns.get(column.name)
    label = (declared.description if declared else "") or column.name
    unit = declared.unit if declared else ""
    if column.is_discrete:
        return Field(column.name, label, unit, group, _common(real, column))
    low, high = (as_number(real).quantile(share) for share in (0.05, 0.95))
    if low is None or high is None:
        return Field(column.name, label, unit, group, "")
    if column.kind in ("date", "datetime"):
        ends = (text(real.quantile(share, "nearest"), column) for share in (0.05, 0.95))
        return Field(column.name, label, unit, group, " to ".join(str(end)[:7] for end in ends))
    low, high = _rounded(low), _rounded(high)
    return Field(column.name, label, unit, group, f"{low:,.6g} to {high:,.6g}", low, high)


def _rounded(value: float) -> float:
    """Two digits."""
    return float(f"{value:.2g}") + 0.0  # no minus before a zero


def _common(real: pl.Series, column: Column) -> str:
    counts = real.value_counts(sort=True).sort("count", column.name, descending=[True, False])
    common = [(value, count) for value, count in counts.iter_rows() if count >= CROWD][:COMMON]
    return ", ".join(f"{text(value, column) or 'missing'} {round(100 * count / len(real))}%" for value, count in common)


def text(value: object, column: Column) -> str | None:
    """A value for a person; None where it is missing."""
    if value is None:
        return None
    if column.kind == "flag":
        return "yes" if value else "no"
    if not isinstance(value, float):
        return str(value)
    return f"{value:.0f}" if abs(value) >= 1_000 else f"{value:.4g}"


def records(frame: pl.DataFrame, schema: Schema) -> list[dict[str, str | None]]:
    """The rows of a frame as they are shown."""
    return [
        {column.name: text(row[column.name], column) for column in schema.columns}
        for row in frame.select(schema.names).iter_rows(named=True)
    ]
