"""Types, ranges and categories of a table: inferred from its values where the product does not say."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from supplychain.sections import Kind

MOSTLY_NUMBERS = 0.5
"""A text column with at least this share of numbers, but not all, has mixed types."""

NO_VALUES = (pl.List, pl.Array, pl.Struct, pl.Binary, pl.Object, pl.Duration)
"""Types of column that hold no single value."""

GREATEST = 2.0**63 - 2.0**10
"""The greatest float that is a 64-bit integer."""
_DTYPES: dict[str, pl.DataType] = {
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "category": pl.String(),
    "flag": pl.Int64(),
    "date": pl.Date(),
    "datetime": pl.Datetime("us"),
}


@dataclass(frozen=True)
class Column:
    """What is known of one column.

    Attributes:
        name: Its name.
        kind: integer, number, category, flag (0 or 1), date or datetime.
        missing: The share of missing values, 0 to 1.
        low: The least value of a number, as a float; None for a category or a date.
        high: The greatest.
        categories: The values of a category, sorted; empty for other kinds.
    """

    name: str
    kind: Kind
    missing: float
    low: float | None = None
    high: float | None = None
    categories: tuple[str, ...] = ()

    @property
    def is_discrete(self) -> bool:
        """Whether the values are names, not quantities."""
        return self.kind in ("category", "flag")


@dataclass(frozen=True)
class Schema:
    """The columns of a table, in order."""

    columns: tuple[Column, ...]

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> list[str]:
        """Names of the columns, in order."""
        return [column.name for column in self.columns]

    def as_dict(self) -> list[dict[str, Any]]:
        """The schema as plain values."""
        return [asdict(column) for column in self.columns]

    @classmethod
    def of(cls, frame: pl.DataFrame) -> Schema:
        """The schema of a typed frame; columns whose name begins with `_` are the chain's and left out.

        Example:
            >>> Schema.of(pl.DataFrame({"age": [65, 70], "sex": ["f", "m"]})).columns[1].categories
            ('f', 'm')
        """
        return cls(tuple(_column(frame[name]) for name in frame.columns if not name.startswith("_")))

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame's columns in this schema's order and types; floats are rounded where no fraction belongs.

        A number in a column of dates counts days since 1970; in one of times, microseconds.
        """
        return frame.select(_conformed(column, frame[column.name].dtype) for column in self.columns)


def _conformed(column: Column, given: pl.DataType) -> pl.Expr:
    value = pl.col(column.name)
    if column.kind not in ("number", "category") and given.is_float():
        value = value.round().clip(-GREATEST, GREATEST).cast(pl.Int64)
    return value.cast(_DTYPES[column.kind]).alias(column.name)


def _column(values: pl.Series) -> Column:
    kind = _kind_of(values)
    missing = values.null_count() / max(len(values), 1)
    if kind == "category":
        return Column(values.name, kind, missing, categories=tuple(values.drop_nulls().unique().sort().to_list()))
    if kind in ("date", "datetime"):
        return Column(values.name, kind, missing)
    low, high = values.cast(pl.Float64).min(), values.cast(pl.Float64).max()
    return Column(values.name, kind, missing, _number(low), _number(high))


def _number(value: Any) -> float | None:  # noqa: ANN401  (a literal of polars)
    return None if value is None else float(value)


def _kind_of(values: pl.Series) -> Kind:
    if values.dtype == pl.Boolean:
        return "flag"
    if values.dtype.is_integer():
        return "flag" if values.drop_nulls().is_in([0, 1]).all() else "integer"
    if values.dtype.is_float():
        return "number"
    if values.dtype == pl.Date:
        return "date"
    return "datetime" if values.dtype == pl.Datetime else "category"


def typed(
    frame: pl.DataFrame,
    kinds: Mapping[str, Kind],
    missing: Iterable[str],
    *,
    where: str,
    own: Mapping[str, Iterable[str]] | None = None,
) -> pl.DataFrame:
    """The frame with every column in one of six types, missing markers as null.

    Texts become numbers or dates only where every value is one and none would change its spelling's meaning
    (`007` stays text). Integers and booleans become Int64, other numbers Float64.

    Args:
        frame: Rows as they arrived.
        kinds: Declared kinds; other columns are inferred.
        missing: Texts that stand for a missing value; `NaN` also covers a number's NaN.
        where: The source, for messages.
        own: Column to the texts that stand for a missing value in it alone.

    Raises:
        BadInput: Nested or mixed types, NaN or infinite numbers, or values that are not of the declared kind.
    """
    markers, own = ["", *missing], own or {}
    return frame.with_columns(
        _typed_column(frame[name], kinds.get(name), [*markers, *own.get(name, ())], where=where)
        for name in frame.columns
    )


def _typed_column(values: pl.Series, kind: Kind | None, markers: list[str], *, where: str) -> pl.Series:
    if values.dtype in NO_VALUES:
        raise BadInput(
            f"holds {values.dtype}, which is no single text, number or date",
            where=where,
            place=f"column {values.name}",
            remedy="take it apart in the source, or put it under drop",
        )
    if values.dtype in (pl.Categorical, pl.Enum):
        values = values.cast(pl.String)
    if values.dtype.is_decimal():
        values = values.cast(pl.Float64)
    if values.dtype.is_float():
        values = _finite(values, nan_is_missing="NaN" in markers, where=where)
    if values.dtype == pl.String:
        values = values.set(values.is_in(markers).fill_null(value=False), None)
        return _from_text(values, kind, where=where)
    return _cast(values, kind or _kind_of(values), where=where)


def _finite(values: pl.Series, *, nan_is_missing: bool, where: str) -> pl.Series:
    if nan_is_missing:
        values = values.fill_nan(None)
    for name, bad in (("NaN", values.is_nan()), ("infinite", values.is_infinite())):
        first = bad.fill_null(value=False).arg_true()
        if len(first):
            raise BadInput(
                f"holds {len(first)} {name} value{'s' if len(first) > 1 else ''}, the first in row {first[0] + 1}",
                where=where,
                place=f"column {values.name}",
                remedy="put NaN under source.missing, or clean the source" if name == "NaN" else "clean the source",
            )
    return values


def _from_text(values: pl.Series, kind: Kind | None, *, where: str) -> pl.Series:
    if kind is not None:
        return _cast(values, kind, where=where)
    present = values.drop_nulls()
    if not len(present):
        return values
    keeps_spelling = not present.str.contains(r"^[+-]?0\d").any()
    if keeps_spelling:
        for number in (pl.Int64, pl.Float64):
            cast = values.cast(number, strict=False)
            if cast.null_count() == values.null_count():
                return cast if number == pl.Int64 else _finite(cast, nan_is_missing=False, where=where)
        _refuse_mixed(values, where=where)
    _refuse_half_zoned(present, where=where)
    for moment in (pl.Date(), pl.Datetime("us")):
        if (parsed := _moments(values, moment)) is not None:
            return parsed
    return values


def _moments(values: pl.Series, dtype: pl.Date | pl.Datetime) -> pl.Series | None:
    """Texts as dates or times, those with a zone in UTC; None where one is neither, or begins with no year."""
    if not values.drop_nulls().str.contains(r"^\d{4}-\d\d-\d\d").all():
        return None
    for pattern in ("%Y-%m-%d",) if dtype == pl.Date() else (None, "%Y-%m-%d", "%Y-%m-%d %H:%M:%S%.f %z"):
        try:
            parsed = values.str.strptime(dtype, pattern, strict=False)
        except pl.exceptions.PolarsError:
            continue
        if parsed.null_count() == values.null_count():
            return _without_zone(parsed)
    return None


def _without_zone(values: pl.Series) -> pl.Series:
    """Times in UTC, without the zone's name."""
    if isinstance(values.dtype, pl.Datetime) and values.dtype.time_zone:
        values = values.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return values


def _refuse_half_zoned(present: pl.Series, *, where: str) -> None:
    """A time without a zone beside times with one is any of 26 hours."""
    times = present.filter(present.str.contains(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d"))
    zoned = times.str.contains(r"(?:Z|[+-]\d\d:?\d\d)$")
    if len(times) < len(present) or zoned.all() or not zoned.any():
        return
    raise BadInput(
        f"has times with a zone, such as {times.filter(zoned)[0]!r}, and {int((~zoned).sum())} without one, "
        f"such as {times.filter(~zoned)[0]!r}",
        where=where,
        place=f"column {present.name}",
        remedy=f"give all of them a zone, or none, or declare columns.{present.name}.kind: category",
    )


def _refuse_mixed(values: pl.Series, *, where: str) -> None:
    numeric = values.cast(pl.Float64, strict=False)
    odd = (numeric.is_null() & values.is_not_null()).arg_true()
    share = 1 - len(odd) / max(len(values) - values.null_count(), 1)
    if share < MOSTLY_NUMBERS:
        return
    raise BadInput(
        f"mixed types: numbers, and {len(odd)} texts such as {values[int(odd[0])]!r} in row {int(odd[0]) + 1}",
        where=where,
        place=f"column {values.name}",
        remedy=f"put such texts under source.missing, or declare columns.{values.name}.kind: category",
    )


def _cast(values: pl.Series, kind: Kind, *, where: str) -> pl.Series:
    dtype = _DTYPES[kind]
    if values.dtype == pl.String and isinstance(dtype, pl.Date | pl.Datetime):
        parsed = _moments(values, dtype)
        values = values if parsed is None else parsed
    values = _without_zone(values)
    try:
        cast = values.cast(dtype)
        if kind == "integer" and values.dtype.is_float() and not (cast.cast(pl.Float64) == values).all():
            raise pl.exceptions.InvalidOperationError("fractions")
        if kind == "flag" and not cast.drop_nulls().is_in([0, 1]).all():
            raise pl.exceptions.InvalidOperationError("values other than 0 and 1")
    except pl.exceptions.PolarsError:
        failed = _as_far_as_it_goes(values, dtype)
        odd = (failed.is_null() & values.is_not_null()).arg_true()
        example = f" (such as {values[int(odd[0])]!r} in row {int(odd[0]) + 1})" if len(odd) else ""
        raise BadInput(
            f"has values that are no {kind}{example}",
            where=where,
            place=f"column {values.name}",
            remedy=f"mend them, or declare another columns.{values.name}.kind",
        ) from None
    return cast


def _as_far_as_it_goes(values: pl.Series, dtype: pl.DataType) -> pl.Series:
    """The values that are of a type, and null for the others."""
    try:
        if values.dtype == pl.String and isinstance(dtype, pl.Date | pl.Datetime):
            return values.str.strptime(dtype, "%Y-%m-%d", strict=False)
        return values.cast(dtype, strict=False)
    except pl.exceptions.PolarsError:
        return pl.repeat(None, len(values), dtype=dtype, eager=True)
