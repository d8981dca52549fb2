"""The texts of the three drafted suites: rules with rounded limits, none of them a person's own figure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

import polars as pl

from supplychain.draft.enough import ASKED_FOR, Expected, arriving, least_candidates, least_real
from supplychain.draft.personal import words_of
from supplychain.draft.product import comment, folded, scalar
from supplychain.draft.profile import LEAST_SUPPORT, SHARED
from supplychain.draft.rounding import limits, written
from supplychain.draft.slicing import quoted, slug

if TYPE_CHECKING:
    from collections.abc import Mapping

    from supplychain.draft.drafting import Draft

MOST_VALUES = 30
"""Categories with more values get no list of them."""
REAL, SYNTHETIC = 0.99, 0.9
"""The share of rows that a rule holds for: real ones, and candidates, which are made in surplus."""
MOST_PAIRS = 6


@dataclass(frozen=True)
class Entry:
    """One expectation; `mostly` is added where it is about rows."""

    id: str
    type: str
    kwargs: str
    why: str
    gate: str = ""
    about_rows: bool = True


def row_suite(
    draft: Draft,
    suite: str,
    patience: Mapping[str, float] | None = None,
    false_alarms: float | None = None,
    expected: Expected | None = None,
) -> str:
    """`real.yaml` or `synthetic.yaml`: the same rules, with more patience for candidates.

    Args:
        draft: What was decided.
        suite: `real` or `synthetic`.
        patience: Rule to the share of rows that must hold; round shares where it is not given.
        false_alarms: How often that refuses rows like the real ones; stands at the suite's top.
        expected: How many rows there will be; as many as in the draft's table where it is not given.
    """
    is_real = suite == "real"
    head = (
        "Rules on real rows as they arrive. A row that breaks one is set aside; `mostly` is the share that must hold. "
        "Limits are rounded outward: no figure here is one person's. Where you know better, narrow them."
        if is_real
        else "The same rules on candidates: one that breaks a rule is rejected, and others are there in its place."
    )
    if false_alarms is not None:
        head += (
            f" Together these shares refuse rows that are like the real ones in at most {false_alarms:.3g} of batches."
        )
    lines = [*comment(head, 0), f"suite: {suite}", "expectations:"]
    expected = expected or (arriving(draft) if is_real else Expected(draft.rows, ASKED_FOR))
    for entry in (_enough(*(least_real if is_real else least_candidates)(expected)), *_entries(draft)):
        lines += _written(entry, (patience or {}).get(entry.id, REAL if is_real else SYNTHETIC))
    return "\n".join([*lines, *(_remarks(draft) if is_real else [])]) + "\n"


def _written(entry: Entry, mostly: float) -> list[str]:
    kwargs = f"{entry.kwargs}, mostly: {mostly}" if entry.about_rows else entry.kwargs
    gate = f"gate: {entry.gate}, " if entry.gate else ""
    why = entry.why.replace("'", "''")
    return [
        f"  - type: {entry.type}",
        f"    kwargs: {{{kwargs}}}",
        f"    meta: {{id: {entry.id}, {gate}why: '{why}'}}",
        "",
    ]


def _enough(rows: int, why: str) -> Entry:
    kind = "expect_table_row_count_to_be_between"
    return Entry("enough-rows", kind, f"min_value: {rows}", why, "coverage", about_rows=False)


def _entries(draft: Draft) -> list[Entry]:
    entries: list[Entry] = []
    taken = {"enough-rows", "complete", "flags"}
    for make in (_ranges, _values, _gaps):
        for entry in make(draft):
            number, name = 2, entry.id
            while name in taken:
                name, number = f"{entry.id}-{number}", number + 1
            taken.add(name)
            entries.append(Entry(**{**entry.__dict__, "id": name}))
    return entries + _together(draft)


def _ranges(draft: Draft) -> list[Entry]:
    """A range for each number, rounded outward."""
    entries = []
    for name in draft.frame.columns:
        profile = draft.profiles.get(name)
        if profile is None or not profile.is_number or not draft.frame[name].dtype.is_numeric():
            continue
        assert profile.low is not None and profile.high is not None
        values = draft.frame[name].cast(pl.Float64)
        ends = (int((values == end).sum()) for end in (profile.low, profile.high))
        low, high = limits(profile.low, profile.high, low_rows=next(ends), high_rows=next(ends))
        if profile.low >= 0 > low:
            low = 0.0
        kwargs = f"column: {scalar(name)}, min_value: {written(low)}, max_value: {written(high)}"
        why = f"All values of {name} lie here, rounded outward."
        entries.append(Entry(_id(name, "range"), "expect_column_values_to_be_between", kwargs, why))
    return entries


def _values(draft: Draft) -> list[Entry]:
    """The values of a category, where enough rows share each of them."""
    entries = []
    for name in draft.frame.columns:
        counts = _counts(draft, name)
        if counts is None or len(counts) > MOST_VALUES or min(counts.values()) < _support(draft):
            continue
        listed = ", ".join(json.dumps(value, ensure_ascii=False) for value in sorted(counts))
        kwargs = f"column: {scalar(name)}, value_set: [{listed}]"
        entries.append(Entry(_id(name, "values"), "expect_column_values_to_be_in_set", kwargs, f"What {name} can be."))
    return entries


def _counts(draft: Draft, name: str) -> dict[str, int] | None:
    """A category's values in the sample, with the people or rows that share each; None for other columns."""
    if draft.frame[name].dtype != pl.String:
        return None
    table = draft.frame.select(name)
    if draft.entity:
        people = draft.table.sample[draft.entity.column].alias("_who")
        table = table.with_columns(people).unique()
    counts = table[name].drop_nulls().value_counts()
    return dict(counts.iter_rows()) or None


def _support(draft: Draft) -> float:
    return min(LEAST_SUPPORT, max(draft.frame.height / 20, SHARED))


def _gaps(draft: Draft) -> list[Entry]:
    """For columns that miss values: the least share of rows that has one."""
    entries = []
    for name in draft.frame.columns:
        profile = draft.profiles.get(name)
        if profile is None or not profile.missing or profile.share_missing > 0.9:
            continue
        least = max(int((1 - profile.share_missing) * 8) / 10, 0.05)
        kwargs = f"column: {scalar(name)}, min_value: {least}"
        kind = "expect_column_proportion_of_non_null_values_to_be_between"
        why = f"{name} misses values; this many would be news."
        entries.append(Entry(_id(name, "filled"), kind, kwargs, why, "coverage", about_rows=False))
    return entries


def _together(draft: Draft) -> list[Entry]:
    """One rule for all flags, and one for all columns that have a value in every row."""
    flags = [name for name in draft.frame.columns if _is_flag(draft, name)]
    full = [name for name in draft.frame.columns if not _misses(draft, name)]
    entries = []
    if flags:
        rule = " AND ".join(f"{quoted(name)} IN (0, 1)" for name in flags)
        entries.append(Entry("flags", "expect_rows_to_satisfy_sql", _rule(rule), "A flag is 0 or 1."))
    if full:
        rule = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in full)
        why = "These columns had a value in every row."
        entries.append(Entry("complete", "expect_rows_to_satisfy_sql", _rule(rule), why))
    return entries


def _is_flag(draft: Draft, name: str) -> bool:
    profile = draft.profiles.get(name)
    flag = profile is None or profile.form == "flag"
    return flag and draft.frame[name].dtype.is_integer()


def _misses(draft: Draft, name: str) -> bool:
    profile = draft.profiles.get(name)
    return profile is not None and profile.missing > 0


def _rule(sql: str) -> str:
    """A SQL rule inside a flow mapping, folded: YAML joins the lines of a double-quoted text with blanks."""
    import textwrap

    text = json.dumps(sql, ensure_ascii=False)
    lines = textwrap.wrap(text, 104, break_long_words=False, break_on_hyphens=False)
    return "rule: " + "\n      ".join(lines)


def _id(name: str, what: str) -> str:
    return slug(name, what) if slug(name) else f"column-{what}"


def _remarks(draft: Draft) -> list[str]:
    """What might be a rule and is not sure enough to be one: a person decides."""
    lines = []
    rare = []
    for name in draft.frame.columns:
        counts = _counts(draft, name)
        if counts is not None and not (len(counts) <= MOST_VALUES and min(counts.values()) >= _support(draft)):
            rare.append(scalar(name))
    if rare:
        lines += comment(
            "No list of values for these: some values stand in few rows, and a rule would set them aside.", 2
        )
        lines += ["  # " + line for line in folded(rare, 4).splitlines()]
    pairs = ordered_pairs(draft)
    if pairs:
        lines += comment("These hold in all rows looked at. Make those that must hold a rule, as SQL:", 2)
        lines += [f"  #   {quoted(first)} <= {quoted(second)}" for first, second in pairs]
    return lines


_ORDERED = set(
    "min minimum mean avg average median max maximum worst best low high lower upper start end begin first last from "
    "to open close before after part total net gross admission discharge birth death".split()
)


def ordered_pairs(draft: Draft) -> list[tuple[str, str]]:
    """Pairs of columns of which the first never exceeds the second, where their names say that this may be a rule.

    Dates always qualify; numbers where the names differ in one word of order alone, as `min_price` and `max_price`.
    """
    frame = draft.frame.head(20_000)
    dates = [name for name in frame.columns if frame[name].dtype.is_temporal()]
    numbers = [name for name in frame.columns if frame[name].dtype.is_numeric() and frame[name].n_unique() > 10]
    pairs = [*permutations(dates, 2), *(pair for pair in permutations(numbers, 2) if _may_be_ordered(*pair))]
    found = []
    for first, second in pairs:
        both = frame.select(a=pl.col(first), b=pl.col(second)).drop_nulls() if _alike(frame, first, second) else None
        if (
            both is not None
            and both.height >= LEAST_SUPPORT
            and bool((both["a"] <= both["b"]).all())
            and _overlap(both)
        ):
            found.append((first, second))
    return found[:MOST_PAIRS]


def _alike(frame: pl.DataFrame, first: str, second: str) -> bool:
    return frame[first].dtype == frame[second].dtype


def _may_be_ordered(first: str, second: str) -> bool:
    words, others = words_of(first), words_of(second)
    apart = [pair for pair in zip(words, others, strict=False) if pair[0] != pair[1]]
    return len(words) == len(others) and len(apart) == 1 and set(apart[0]) <= _ORDERED


def _overlap(both: pl.DataFrame) -> bool:
    """Whether the order of the two says something: their ranges meet, and they are not always the same."""
    above = both["a"].max() > both["b"].min()  # type: ignore[operator]
    return bool(above) and not bool((both["a"] == both["b"]).all())
