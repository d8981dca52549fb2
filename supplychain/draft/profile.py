"""What each column of a stranger's table is, and why that was thought.

The rules mirror `supplychain.schema.typed`, which has the last word when the chain reads the rows: a column that is
called a number here is one there. Counts are exact, over all rows; only the look at texts is on the sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from supplychain.schema import MOSTLY_NUMBERS, NO_VALUES

if TYPE_CHECKING:
    from supplychain.draft.reading import Table
    from supplychain.sections import Kind

Form = Literal[
    "integer", "number", "category", "flag", "date", "datetime", "free text", "key", "constant", "empty", "nested"
]
NUMBERS = ("integer", "number")
ALWAYS = ("?", "NA", "N/A", "n/a", "#N/A", "<NA>", "NULL", "null", "NaN", "nan", "-", "--", ".")
"""Texts that stand for a missing value in any column."""
AMONG_NUMBERS = tuple(
    "N U X * na None none nil NIL NAN missing Missing MISSING unknown Unknown UNKNOWN refused Refused".split()
)
"""Texts that do so where all other values are numbers or dates; in a category they may be a value: Y and N, None."""
MOST_MARKERS = 4
SHARED = 10
"""A text that fewer rows share may be a person's, and is written nowhere."""
NEARLY_ALL = 0.9
WORDS = 5
"""Words in a value, on average, from which it is prose."""
LEAST_SUPPORT = 34
"""Rows that a value needs for the default synthesizer to make it: 20 of them in role train."""
_NUMBER = r"^[\s€$£]*[+-]?\d{1,3}([.,' ]\d{3})*([.,]\d+)?\s*(%|€|\$|£|[a-zA-Z]{1,3})?$"
_DAY = r"^\d{1,2}[./-]\d{1,2}[./-](\d{4}|\d\d)\b"
_ISO = r"^\d{4}-\d\d-\d\d"


@dataclass(frozen=True)
class Profile:
    """What is known of a column.

    Attributes:
        name: Its name.
        form: What it is.
        rows: Rows of the table.
        missing: Rows without a value; markers count as missing.
        distinct: How many different values; those of the sample alone where that is not half of it.
        markers: Texts in it that stand for a missing value.
        declare: The kind to declare, where the chain's inference would err.
        low: The least value of a number; never to be written anywhere.
        high: The greatest, likewise.
        unfit: Why it cannot be modelled; empty where it can.
        note: What a reader of the draft should know of it.
    """

    name: str
    form: Form
    rows: int
    missing: int
    distinct: int
    markers: tuple[str, ...] = ()
    declare: Kind | None = None
    low: float | None = None
    high: float | None = None
    unfit: str = ""
    note: str = ""

    @property
    def is_number(self) -> bool:
        """Whether its values are quantities."""
        return self.form in NUMBERS

    @property
    def share_missing(self) -> float:
        """The share of rows without a value, 0 to 1."""
        return self.missing / max(self.rows, 1)


def profiles(table: Table) -> list[Profile]:
    """The profile of every column, in the table's order."""
    facts = _facts(table)
    return [
        _of_text(name, table, facts[name]) if dtype in _TEXT else _of_typed(name, dtype, table, facts[name])
        for name, dtype in table.types.items()
    ]


_TEXT = (pl.String, pl.Categorical, pl.Enum)


def _facts(table: Table) -> dict[str, dict[str, Any]]:
    """Exact figures of every column, in two passes over the rows, and how many values the sample has."""
    names = list(table.types)
    first = [_first_look(table.sample[name]) for name in names]
    facts = _by_column(
        table, {(name, what): value for name, look in zip(names, first, strict=True) for what, value in look.items()}
    )
    again: dict[tuple[str, str], pl.Expr] = {}
    for name, dtype in table.types.items():
        seen, value = facts[name], pl.col(name)
        if dtype in NO_VALUES or dtype == pl.Null:
            continue
        text = value.cast(pl.String)
        for what, read in READERS.items():
            if 0 < seen.get(what, 0) < seen["present"]:
                odd = text.filter(read(text).is_null() & text.is_not_null() & (text != ""))
                again[name, f"odd {what}"] = odd.value_counts(sort=True).head(MOST_MARKERS + 1).implode()
        present = table.sample[name].drop_nulls()
        seen["distinct"] = (present.filter(present != "") if dtype == pl.String else present).n_unique()
        fractions = seen.get("numbers", 0) > seen.get("wholes", 0) or dtype.is_float()
        if table.rows > table.sample.height and seen["distinct"] > len(present) / 2 and not fractions:
            again[name, "distinct"] = value.drop_nulls().n_unique()
    for name, found in _by_column(table, again).items():
        facts[name] |= {what: _counts(value) if what.startswith("odd") else value for what, value in found.items()}
    return facts


def _counts(listed: list[dict[str, Any]]) -> dict[str, int]:
    """Value counts as polars lists them, as a mapping."""
    return {next(iter(one.values())): one["count"] for one in listed}


def _by_column(table: Table, wanted: dict[tuple[str, str], pl.Expr]) -> dict[str, dict[str, Any]]:
    """Aggregates over all rows, by column and by what they say."""
    found = table.exact(*(value.alias(str(place)) for place, value in enumerate(wanted.values())))
    facts: dict[str, dict[str, Any]] = {name: {} for name in table.types}
    for (name, what), value in zip(wanted, found.values(), strict=True):
        facts[name][what] = value
    return facts


def _first_look(values: pl.Series) -> dict[str, pl.Expr]:
    """What is counted over all rows of a column; the sample says which readings are worth a try."""
    value = pl.col(values.name)
    if values.dtype in NO_VALUES or values.dtype == pl.Null:
        return {"present": value.is_not_null().sum()}
    if values.dtype in _TEXT:
        text = value.cast(pl.String)
        look = {"present": (text.is_not_null() & (text != "")).sum()}
        look["marks"] = text.filter(text.is_in(ALWAYS)).value_counts().implode()
        column = values.cast(pl.String).to_frame().lazy()
        for what, read in READERS.items():
            if column.select(read(value).is_not_null().any()).collect().item():
                look[what] = read(text).is_not_null().sum()
        if "numbers" in look:
            look["wholes"] = text.cast(pl.Int64, strict=False).is_not_null().sum()
            look["zeros"] = text.str.contains(r"^[+-]?0\d").sum()
            look |= {"low": _number(text).min(), "high": _number(text).max()}
        return look
    figures = {"present": value.is_not_null().sum()}
    if values.dtype.is_numeric():
        number = value.cast(pl.Float64)
        finite = pl.when(number.is_finite()).then(number)
        figures |= {"low": finite.min(), "high": finite.max()}
        figures |= {"nan": number.is_nan().sum(), "infinite": number.is_infinite().sum()}
    return figures


def _number(text: pl.Expr) -> pl.Expr:
    """Finite numbers as the chain reads them; null for any other text."""
    number = text.cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number)


def _day(text: pl.Expr) -> pl.Expr:
    return text.str.to_date("%Y-%m-%d", strict=False)


def _time(text: pl.Expr) -> pl.Expr:
    """Days with a time, as `2019-12-31T23:59:58` or with a blank; null for any other text."""
    whole = text.str.replace("T", " ", literal=True)
    return whole.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False)


READERS = {"numbers": _number, "days": _day, "times": _time}


def _of_typed(name: str, dtype: pl.DataType, table: Table, facts: dict[str, Any]) -> Profile:
    """A column of a Parquet file that has a type already."""
    present, rows = int(facts["present"]), table.rows
    base: dict[str, Any] = {"name": name, "rows": rows, "missing": rows - present}
    base["distinct"] = int(facts.get("distinct", 0))
    if not present:
        return Profile(form="empty", unfit="has no value in any row", **base)
    if dtype in NO_VALUES:
        return Profile(form="nested", unfit=f"holds {dtype.base_type()}, no single value", **base)
    if dtype.is_numeric():
        if facts["infinite"]:
            return Profile(form="number", unfit="holds infinite numbers, which the chain refuses", **base)
        gaps = int(facts["nan"])
        base["missing"] = rows - present + gaps
        markers = ("NaN",) if gaps else ()
        return _number_profile(base, markers, facts, whole=dtype.is_integer())
    form: Form = "datetime" if dtype == pl.Datetime else "date" if dtype == pl.Date else "category"
    return _constant(Profile(form="flag" if dtype == pl.Boolean else form, **base))


def _of_text(name: str, table: Table, facts: dict[str, Any]) -> Profile:
    rows, present = table.rows, int(facts["present"])
    base: dict[str, Any] = {"name": name, "rows": rows, "missing": rows - present, "distinct": int(facts["distinct"])}
    always = _counts(facts["marks"])
    if present <= sum(always.values()):
        return Profile(form="empty", unfit="has no value in any row", **base)
    for what, form in (("numbers", "number"), ("days", "date"), ("times", "datetime")):
        if not facts.get(what) or facts.get("zeros"):
            continue
        odd = facts.get(f"odd {what}", {})
        if _are_markers(odd, present, facts[what], int(facts["distinct"])):
            base |= {"missing": rows - int(facts[what]), "distinct": base["distinct"] - len(odd)}
            markers = tuple(sorted(odd))
            if what == "numbers":
                return _number_profile(base, markers, facts, whole=facts["wholes"] == facts["numbers"])
            return _constant(Profile(form=form, markers=markers, **base))  # type: ignore[arg-type]
    return _of_words(table, facts, base, always)


def _are_markers(odd: dict[str, int], present: int, readable: int, distinct: int) -> bool:
    """Whether the few texts in an otherwise numeric or dated column all stand for a missing value."""
    if len(odd) > MOST_MARKERS or readable + sum(odd.values()) != present:
        return False
    others = [text for text in odd if text.strip() and text not in ALWAYS + AMONG_NUMBERS]
    mostly = readable >= NEARLY_ALL * present and distinct > 2 * SHARED
    return all(
        mostly and odd[text] >= SHARED and len(text) <= 20 and not any(sign.isdigit() for sign in text)
        for text in others
    )


def _number_profile(base: dict[str, Any], markers: tuple[str, ...], facts: dict[str, Any], *, whole: bool) -> Profile:
    low, high = float(facts["low"]), float(facts["high"])
    form: Form = "integer" if whole else "number"
    if whole and {low, high} <= {0.0, 1.0} and low != high:
        form = "flag"
    return _constant(Profile(form=form, markers=markers, low=low, high=high, **base))


def _constant(profile: Profile) -> Profile:
    if profile.distinct > 1 or profile.missing >= SHARED:  # there or not there is news too
        return profile
    return _with(profile, form="constant", unfit="has one value in all rows, or nearly all")


def _with(profile: Profile, **changes: Any) -> Profile:  # noqa: ANN401
    from dataclasses import replace

    return replace(profile, **changes)


def _of_words(table: Table, facts: dict[str, Any], base: dict[str, Any], always: dict[str, int]) -> Profile:
    """A column of texts: a category, a key, or prose."""
    values = table.sample[base["name"]].cast(pl.String)
    markers = tuple(sorted(always)) if not _are_codes(values) else ()
    values = values.set(values.is_in(["", *markers]).fill_null(value=False), None).drop_nulls()
    gone = sum(always[mark] for mark in markers)
    base |= {"missing": base["missing"] + gone, "distinct": base["distinct"] - len(markers), "markers": markers}
    present = base["rows"] - base["missing"]
    zeros, numbers = facts.get("zeros", 0), facts.get("numbers", 0)
    mixed = not zeros and numbers >= 0.9 * MOSTLY_NUMBERS * present
    profile = _constant(Profile(form="category", declare="category" if mixed else None, **base))
    if profile.form == "constant" or not len(values):
        return profile
    few = values.value_counts().filter(pl.col("count") < min(LEAST_SUPPORT, len(values) / 10))["count"].sum()
    words = values.head(1000).str.count_matches(r"\S+").mean()
    is_rare = few > len(values) / 2
    if isinstance(words, float) and words >= WORDS and profile.distinct > present / 5:
        return _with(profile, form="free text", unfit="free text: nobody reads it before it is learned from")
    if not is_rare:
        note = "numbers with leading zeros are codes, and stay texts" if zeros else ""
        return _with(profile, note="numbers and texts: read as a category" if mixed else note)
    return _too_rare(profile, values, present, numbers)


def _too_rare(profile: Profile, values: pl.Series, present: int, numbers: int) -> Profile:
    """A column whose values stand in few rows each: why, in words that say what to do about it."""
    if _mostly(values, _DAY):
        return _with(profile, unfit="dates that the chain cannot read: write them as YYYY-MM-DD to keep them")
    if _mostly(values, _NUMBER) and numbers < present / 2:
        return _with(profile, unfit="numbers that the chain cannot read: write them plainly, as 1234.5, to keep them")
    if profile.distinct >= NEARLY_ALL * present:
        return _with(profile, form="key", unfit="almost every row has a text of its own: it names rows")
    return _with(profile, unfit="most of its values stand in too few rows to be learned")


def _mostly(values: pl.Series, pattern: str) -> bool:
    return share_of(values.str.contains(pattern)) > NEARLY_ALL


def share_of(holds: pl.Series) -> float:
    """The share of rows of which something holds."""
    return int(holds.sum()) / max(len(holds), 1)


def _are_codes(values: pl.Series) -> bool:
    """Whether `NA` is a value like the others: two capital letters each, as countries have."""
    others = values.drop_nulls().unique()
    return len(others) > 20 and share_of(others.str.contains(r"^[A-Z]{2}$")) > NEARLY_ALL
