"""Slices worth watching, and a window to part the rows by: suggestions, each with its reason."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.draft.personal import words_of
from supplychain.draft.profile import SHARED
from supplychain.draft.rounding import cut, figure, written
from supplychain.errors import BadInput
from supplychain.slices import EVERYTHING, Slice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LEAST, MOST = 3, 6
ALIKE = 0.5
"""The share of the rows of two slices that they may have in common."""
LEAST_ROWS = 30
LEAST_SHARE, MOST_SHARE = 0.02, 0.15
_PERIOD = set(
    "period year month quarter week cohort wave site semester term presentation season visit batch window round center "
    "centre hospital clinic panel jahr monat quartal annee mois ano fiscal".split()
)
_AMOUNT = set("time days day num number count length total amount hours min max mean avg nbr".split())
LEAST_IN_WINDOW = 200
MOST_WINDOWS = 24
_WORDS_OF_SQL = frozenset(
    "all and any array as asc between bool boolean by case cast cross current_date date day default delete desc "
    "distinct drop else end except exists extract false float for from full group having hour ilike in inner insert "
    "int integer intersect interval into is join left like limit minute month not null numeric offset on or order "
    "outer partition position real right row second select set some string substring table text then time timestamp "
    "to trim true union unique update using value values varchar when where with within year".split()
)
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Watched:
    """A suggested slice."""

    name: str
    where: str
    reason: str


def quoted(name: str) -> str:
    """A column's name as SQL takes it.

    Example:
        >>> quoted("age"), quoted("default payment")
        ('age', '"default payment"')
    """
    if _PLAIN.fullmatch(name) and name.lower() not in _WORDS_OF_SQL:
        return name
    return '"' + name.replace('"', '""') + '"'


def literal(value: Any) -> str:  # noqa: ANN401  (a value of a column)
    """A value as SQL takes it."""
    return written(value) if isinstance(value, int | float) else "'" + str(value).replace("'", "''") + "'"


def slug(*parts: object) -> str:
    """Words as the name of a slice or a product: small letters, digits and single hyphens.

    Example:
        >>> slug("Age Band", "55<=")
        'age-band-55'
    """
    text = "-".join(str(part) for part in parts).lower()
    for letter, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        text = text.replace(letter, plain)
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", folded).strip("-")


def slices(
    frame: pl.DataFrame,
    outcome: str,
    sensitive: Mapping[str, str],
    strength: Mapping[str, float],
    people: pl.Series | None = None,
) -> list[Watched]:
    """Three to six slices where the table has them: minorities, rare categories, and tails of telling numbers.

    Args:
        frame: A typed sample of the columns that are modelled.
        outcome: The outcome's column.
        sensitive: Sensitive column to what it probably holds.
        strength: Column to how much it tells of the outcome.
        people: Who each row is about; None where each row is someone else.
    """
    telling = sorted(strength, key=lambda name: (-strength[name], name))
    others = [name for name in telling if name not in sensitive and name != outcome]
    numbers = [name for name in others if frame[name].dtype.is_numeric() and frame[name].n_unique() > 10]
    names = [name for name in others if name not in numbers and not frame[name].dtype.is_temporal()]
    offered = [
        _first(_group(frame, name, f"a minority by {what}", people, most=0.5) for name, what in sensitive.items()),
        _first(_group(frame, name, "a rare group", people, most=MOST_SHARE) for name in names),
        _first(_tail(frame, name) for name in numbers),
    ]
    found: list[Watched] = []
    for offers, limit in zip(offered, (3, 2, 2), strict=True):
        found += _different(frame, offers, found)[:limit]
    if len(found) < LEAST:
        found += _different(frame, [one for offers in offered for one in offers], found)
    return found[:MOST]


def _different(frame: pl.DataFrame, offers: list[Watched], found: list[Watched]) -> list[Watched]:
    """Those that do not mostly hold the rows of another one, under names that are not taken."""
    masks = {one.name: Slice(one.name, one.where).mask(frame) for one in found}
    chosen = []
    for one in offers:
        mask = Slice(one.name, one.where).mask(frame)
        alike = (int((mask & other).sum()) / int((mask | other).sum()) for other in masks.values())
        if one.name not in masks and all(share <= ALIKE for share in alike):
            masks[one.name] = mask
            chosen.append(one)
    return chosen


def _first(offers: Iterable[Watched | None]) -> list[Watched]:
    return [offer for offer in offers if offer]


def _group(frame: pl.DataFrame, name: str, what: str, people: pl.Series | None, *, most: float) -> Watched | None:
    """The rarest value of a column that has rows enough, or the upper tail of a number."""
    values = frame[name]
    fractions = values.dtype.is_float() and bool((values != values.round()).any())
    if fractions or (values.dtype.is_numeric() and values.n_unique() > 20):
        return _tail(frame, name)
    if values.dtype.is_temporal():
        return None
    counts = values.drop_nulls().value_counts().sort("count", name)
    for value, count in counts.iter_rows():
        share = count / frame.height
        if people is not None and people.filter(values == value).n_unique() < SHARED:
            continue  # many rows of few people: their value is written nowhere
        if share < most and share >= LEAST_SHARE and count >= _least(frame):
            return _slice(frame, slug(name, value), f"{quoted(name)} = {literal(value)}", what)
    return None


def _least(frame: pl.DataFrame) -> int:
    return max(min(LEAST_ROWS, frame.height // 10), SHARED)


def _tail(frame: pl.DataFrame, name: str) -> Watched | None:
    """The upper tenth of a number, or about that, cut at a round figure."""
    values = frame[name].cast(pl.Float64).drop_nulls()
    if not len(values):
        return None
    low, edge, high = (figure(values.quantile(share)) for share in (0.05, 0.9, 0.99))
    limit = cut(edge, low, high)
    share = figure((values >= limit).mean())
    if not 0.02 <= share <= 0.25:
        return None
    return _slice(frame, slug(name, "high"), f"{quoted(name)} >= {written(limit)}", "the upper tail")


def _slice(frame: pl.DataFrame, name: str, where: str, what: str) -> Watched | None:
    """The slice with its share of the rows, if the chain can read it."""
    if not re.match(r"[a-z]", name):
        name = f"in-{name}" if name else "rare"
    name = name[:48].strip("-")
    if name == EVERYTHING:
        name = "in-all"
    try:
        rows = Slice(name, where).pick(frame).height
    except BadInput:
        return None
    return Watched(name, where, f"{what}: {_percent(rows / frame.height)} of the rows") if rows else None


def _percent(share: float) -> str:
    return f"about {100 * share:.0f}%" if share >= 0.015 else f"about {100 * share:.1f}%"


def window(frame: pl.DataFrame, outcome: str) -> tuple[str, list[Any]] | None:
    """A column that looks like a period, a cohort or a site, and its values, if each has rows enough."""
    for name in frame.columns:
        words = set(words_of(name))
        if name == outcome or not words & _PERIOD or words & _AMOUNT or frame[name].dtype.is_float():
            continue
        counts = frame[name].value_counts().sort(name)
        if frame[name].null_count() or frame[name].dtype.is_temporal():
            continue
        if 2 <= counts.height <= MOST_WINDOWS and figure(counts["count"].min()) >= LEAST_IN_WINDOW:
            return name, counts[name].to_list()
    return None
