"""Cut-points that one can say: columns as a few bins, each with its SQL condition and its words.

Numbers are cut near their quantiles at the roundest number that is near enough (1, 2 or 5 times a power of ten), dates
at years, quarters, months or days. A value that many rows share, and missing, are bins of their own.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

MOST_BINS = 6
"""Bins of a number or a date, missing not counted."""
MOST_NAMES = 12
"""Values of a category that are bins, the commonest; the others are in no bin."""
NEAR = 0.4
"""How far from its quantile a cut-point may lie, as a share of a bin's rows."""
SAMPLE = 200_000
"""Rows that quantiles are taken from."""
_UNITS = ("1y", "1q", "1mo", "1d", "1h", "1m", "1s", "1us")


@dataclass(frozen=True)
class Bin:
    """A part of a column's values.

    Attributes:
        where: The SQL condition.
        words: The same in small letters, digits and hyphens.
    """

    where: str
    words: str


@dataclass(frozen=True)
class Binned:
    """A column in bins.

    Attributes:
        name: The column.
        bins: Its bins.
        codes: Of each row the position of its bin, uint8; `len(bins)` where it is in none.
    """

    name: str
    bins: tuple[Bin, ...]
    codes: NDArray[np.uint8]


def binned(values: pl.Series) -> Binned | None:
    """A column in bins; None where it has fewer than two, or a name that no condition can hold.

    Args:
        values: A column of one of the six types that landing makes.
    """
    import numpy as np

    column = quoted(values.name)
    if column is None or not len(values):
        return None
    dtype = values.dtype
    if dtype in (pl.String, pl.Boolean) or (dtype.is_integer() and values.n_unique() <= MOST_BINS + 1):
        bins, codes = _by_value(values, column)
    elif dtype.is_temporal():
        bins, codes = _by_cuts(values, column, _roundest_time, _time_literal)
    else:
        bins, codes = _by_cuts(values, column, roundest, _number_literal)
    missing = values.is_null().to_numpy()
    if missing.any():
        codes = np.where(missing, len(bins), np.where(codes == len(bins), len(bins) + 1, codes))
        bins = (*bins, Bin(f"{column} IS NULL", _words(values.name, "missing")))
    if len(bins) < 2:
        return None
    return Binned(values.name, bins, codes.astype(np.uint8))


@cache
def quoted(name: str) -> str | None:
    """The column's name as SQL reads it: bare where it can be, else in double quotes; None where neither is read."""
    escaped = '"' + name.replace('"', '""') + '"'
    for text in (name, escaped) if re.fullmatch(r"[A-Za-z_]\w*", name) else (escaped,):
        try:
            if pl.sql_expr(f"{text} IS NULL").meta.root_names() == [name]:
                return text
        except pl.exceptions.PolarsError:
            continue
    return None


def roundest(low: float, high: float) -> float:
    """The roundest number above `low` and at most `high`: the multiple of 1, 2 or 5 times a power of ten.

    Example:
        >>> roundest(63.4, 68.0), roundest(0.0, 1.0), roundest(1.31, 1.34)
        (65.0, 1.0, 1.32)
    """
    from math import ceil, floor, log10

    if low < 0 <= high:
        return 0.0
    for power in range(ceil(log10(max(abs(low), abs(high)))), -16, -1):
        for digit in (5, 2, 1):
            # Powers of ten below one divide better than they multiply: 132 / 100, not 132 * 0.01.
            step = (digit * 10**power, 1) if power >= 0 else (digit, 10**-power)
            last, first = floor(high * step[1] / step[0]), floor(low * step[1] / step[0]) + 1
            if first <= last:
                middle = round((low + high) / 2 * step[1] / step[0])
                found = min(max(middle, first), last) * step[0] / step[1]
                if low < found <= high:
                    return float(found)
    return high


def _by_value(values: pl.Series, column: str) -> tuple[tuple[Bin, ...], NDArray[Any]]:
    counts = values.drop_nulls().value_counts().sort(["count", values.name], descending=[True, False])
    names = counts[values.name].head(MOST_NAMES).sort().to_list()
    said = [name if isinstance(name, str) else _spoken(str(name)) for name in names]
    bins = tuple(
        Bin(f"{column} = {_literal(name)}", _words(values.name, words)) for name, words in zip(names, said, strict=True)
    )
    codes = values.replace_strict(names, list(range(len(names))), default=len(names), return_dtype=pl.Int64)
    return bins, codes.fill_null(len(names)).to_numpy()


def _literal(value: Any) -> str:  # noqa: ANN401  (a value of polars)
    if isinstance(value, bool):
        return str(value).upper()
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


def _by_cuts(
    values: pl.Series,
    column: str,
    round_: Callable[[Any, Any], Any],
    literal: Callable[[Any, pl.DataType], tuple[str, str]],
) -> tuple[tuple[Bin, ...], NDArray[Any]]:
    """Bins between cut-points: below the first, from each to the next, from the last."""
    import numpy as np

    present = values.drop_nulls()
    if not len(present):
        return (), np.zeros(len(values))
    drawn = present if len(present) <= SAMPLE else present.gather_every(-(-len(present) // SAMPLE))
    cuts = _thinned(_cuts(drawn.sort(), round_), drawn)
    codes = np.zeros(len(values), dtype=np.int64)
    for cut in cuts:
        codes += (values >= cut).fill_null(value=False).to_numpy()
    if not cuts:
        return (Bin(f"{column} IS NOT NULL", _words(values.name, "known")),), codes
    texts = [literal(cut, values.dtype) for cut in cuts]
    bins = []
    for low, high in pairwise([None, *range(len(cuts)), None]):
        inside = present.filter(
            (present >= cuts[low] if low is not None else present.is_not_null())
            & (present < cuts[high] if high is not None else present.is_not_null())
        )
        bins.append(_range(values.name, column, low, high, texts, inside))
    return tuple(bins), codes


def _range(
    name: str, column: str, low: int | None, high: int | None, texts: list[tuple[str, str]], inside: pl.Series
) -> Bin:
    if inside.dtype.is_integer() and inside.min() == inside.max():
        return Bin(f"{column} = {inside[0]}", _words(name, _spoken(str(inside[0]))))
    least, below = (texts[end] if end is not None else None for end in (low, high))
    if least and below:
        return Bin(f"{column} >= {least[0]} AND {column} < {below[0]}", _words(name, f"{least[1]}-to-{below[1]}"))
    if least:
        return Bin(f"{column} >= {least[0]}", _words(name, f"from-{least[1]}"))
    assert below is not None
    return Bin(f"{column} < {below[0]}", _words(name, f"below-{below[1]}"))


def _cuts(ordered: pl.Series, round_: Callable[[Any, Any], Any]) -> list[Any]:
    """Round values near the quantiles; a value that holds a quantile's whole neighbourhood is cut off on both sides."""
    n, found = len(ordered), set()
    for k in range(1, MOST_BINS):
        low, high = (ordered[min(int(n * (k + off) / MOST_BINS), n - 1)] for off in (-NEAR, NEAR))
        if low < high:
            found.add(round_(low, high))
            continue
        first, after = ordered.search_sorted(low, side="left"), ordered.search_sorted(low, side="right")
        if first > 0:
            found.add(round_(ordered[first - 1], low))
        if after < n:
            found.add(round_(low, ordered[after]))
    return sorted(found)


def _thinned(cuts: list[Any], drawn: pl.Series) -> list[Any]:
    """As many cuts as make the most bins: the smallest bin joins its smaller neighbour until it is so."""
    while cuts:
        below = [0, *(int((drawn < cut).sum()) for cut in cuts), len(drawn)]
        sizes = [high - low for low, high in pairwise(below)]
        smallest = min(range(len(sizes)), key=sizes.__getitem__)
        if len(sizes) <= MOST_BINS and sizes[smallest] > 0:
            break
        left = smallest > 0 and (smallest == len(sizes) - 1 or sizes[smallest - 1] <= sizes[smallest + 1])
        cuts = [cut for position, cut in enumerate(cuts) if position != (smallest - 1 if left else smallest)]
    return cuts


def _roundest_time(low: Any, high: Any) -> Any:  # noqa: ANN401  (a date or a datetime)
    series = pl.Series([high])
    for unit in _UNITS:
        found = series.dt.truncate(unit)[0]
        if low < found:
            return found
    return high


def _number_literal(value: float, dtype: pl.DataType) -> tuple[str, str]:
    import numpy as np

    if dtype.is_integer():
        text = str(int(value))
    elif value and not 1e-12 < abs(value) < 1e15:
        text = np.format_float_scientific(value, trim="-")
    else:
        text = np.format_float_positional(value, trim="-")
    return text, _spoken(text)


def _time_literal(value: Any, dtype: pl.DataType) -> tuple[str, str]:  # noqa: ANN401
    if dtype == pl.Date:
        return f"DATE '{value}'", str(value)
    text = value.isoformat(sep=" ")
    return f"TIMESTAMP '{text}'", text.removesuffix(" 00:00:00")


def _words(name: str, value: str) -> str:
    return f"{slug(name) or 'column'}-{slug(value) or 'other'}"


def _spoken(number: str) -> str:
    return number.replace("-", "minus-")


def slug(text: str) -> str:
    """The text in small letters, digits and single hyphens; empty where it has none.

    Example:
        >>> slug("Société Générale, 12%")
        'societe-generale-12'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
