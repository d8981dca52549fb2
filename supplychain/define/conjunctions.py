"""Conjunctions of columns' bins, and the search through all of them for those where a signal seems to be high."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.define.cuts import Bin, Binned

VISITS = 1_000_000_000
"""Rows times conjunctions of columns that are looked at per depth; bounds time, whatever the table's size."""
LEAST_DRAWN = 2_000
"""Rows that a conjunction is looked through on at least."""
GROWN = 30
"""Conjunctions per signal that are measured with each further column on all rows, where those were looked through on
a draw."""
KEPT = 150
"""Conjunctions of values per depth and signal that are measured again."""
SURE = 2.0
"""Standard errors that are taken off an excess before it counts."""


@dataclass(frozen=True)
class Signal:
    """What is looked for: rows where a value is high.

    Attributes:
        name: Such as `loss`.
        values: One a row.
        least: The least excess over the mean of the other rows that matters.
    """

    name: str
    values: NDArray[np.float64]
    least: float


@dataclass(frozen=True)
class Conjunction:
    """Some columns, each with one of its bins: positions in the list of columns, and in their bins."""

    parts: tuple[tuple[int, int], ...]

    def bins(self, columns: Sequence[Binned]) -> tuple[Bin, ...]:
        """The bins, one a column."""
        return tuple(columns[column].bins[code] for column, code in self.parts)

    def mask(self, codes: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Which rows lie in it; `codes` is columns x rows."""
        import numpy as np

        inside = np.ones(codes.shape[1], dtype=np.bool_)
        for column, code in self.parts:
            inside &= codes[column] == code
        return inside

    @property
    def parents(self) -> tuple[Conjunction, ...]:
        """The conjunctions with one part less; none of a single column."""
        if len(self.parts) == 1:
            return ()
        return tuple(Conjunction(parts) for parts in combinations(self.parts, len(self.parts) - 1))


def candidates(
    columns: Sequence[Binned],
    codes: NDArray[np.uint8],
    signals: Sequence[Signal],
    depth: int,
    least_rows: float,
    seed: int,
    progress: Callable[[str], None],
) -> dict[str, list[Conjunction]]:
    """Per signal, the conjunctions that seem to hold the most excess, of every depth."""
    import numpy as np

    rng, rows = np.random.default_rng(seed), codes.shape[1]
    found: dict[str, list[Conjunction]] = {signal.name: [] for signal in signals}
    for level in range(1, min(depth, len(columns)) + 1):
        sets = comb(len(columns), level)
        progress(f"looking through {sets:,} combinations of {level} column{'s' if level > 1 else ''}")
        drawn = max(VISITS // sets, LEAST_DRAWN)
        chosen = np.sort(rng.choice(rows, drawn, replace=False)) if drawn < rows else slice(None)
        share = min(drawn / rows, 1.0)
        some = [Signal(signal.name, signal.values[chosen], signal.least) for signal in signals]
        best = _Best([signal.name for signal in signals])
        _look_through(columns, codes[:, chosen], some, level, max(least_rows * share, 3.0), best)
        taken = best.taken()
        if drawn < rows:
            for signal in signals:
                taken[signal.name] += _grown(columns, codes, signal, found[signal.name], least_rows)
        for name, conjunctions in taken.items():
            found[name] += conjunctions
    return {name: list(dict.fromkeys(conjunctions)) for name, conjunctions in found.items()}


def _grown(
    columns: Sequence[Binned],
    codes: NDArray[np.uint8],
    signal: Signal,
    stems: list[Conjunction],
    least_rows: float,
) -> list[Conjunction]:
    """The best conjunctions of one more column than the last found ones, on all rows: what a draw may have missed."""
    import numpy as np

    best, away, spread = _Best([signal.name]), signal.values - signal.values.mean(), float(signal.values.std())
    for stem in stems[-KEPT:][:GROWN]:
        rows = np.flatnonzero(stem.mask(codes))
        used = {column for column, _ in stem.parts}
        for column in set(range(len(columns))) - used:
            cells = codes[column, rows]
            counts = np.bincount(cells, minlength=len(columns[column].bins) + 1)[:-1]
            sums = np.bincount(cells, weights=away[rows], minlength=len(counts))[: len(counts)]
            score = np.where(counts >= least_rows, sums - SURE * spread * np.sqrt(counts), 0.0)
            for code in np.flatnonzero(score > 0):
                parts = tuple(sorted((*stem.parts, (column, int(code)))))
                best.offer(signal.name, float(score[code]) / signal.least, parts)
    return best.taken()[signal.name]


class _Best:
    """The conjunctions with the highest scores, per signal; memory is bounded however many are offered."""

    def __init__(self, names: list[str]) -> None:
        self._held: dict[str, list[tuple[float, tuple[tuple[int, int], ...]]]] = {name: [] for name in names}
        self.floor = dict.fromkeys(names, 0.0)

    def offer(self, name: str, score: float, parts: tuple[tuple[int, int], ...]) -> None:
        held = self._held[name]
        held.append((score, parts))
        if len(held) >= 8 * KEPT:
            self._shorten(name)

    def _shorten(self, name: str) -> None:
        held = sorted(self._held[name], key=lambda pair: (-pair[0], pair[1]))[:KEPT]
        self._held[name] = held
        if len(held) == KEPT:
            self.floor[name] = held[-1][0]

    def taken(self) -> dict[str, list[Conjunction]]:
        for name in self._held:
            self._shorten(name)
        return {name: [Conjunction(parts) for _, parts in held] for name, held in self._held.items()}


def _look_through(
    columns: Sequence[Binned],
    codes: NDArray[np.uint8],
    signals: Sequence[Signal],
    level: int,
    least_rows: float,
    best: _Best,
) -> None:
    """Offer every conjunction of `level` columns that has the rows, and an excess that seems to matter.

    Sums by cell of the columns' joint code, in one pass a signal. The error is that of the signal over all rows:
    rough, and enough to leave out what is hopeless.
    """
    import numpy as np

    wide = codes.astype(np.int64)
    sizes = [len(column.bins) + 1 for column in columns]  # the last code is "in no bin"
    away = [(signal, signal.values - signal.values.mean(), float(signal.values.std())) for signal in signals]
    prefix: tuple[int, ...] = ()
    joint = np.zeros(codes.shape[1], dtype=np.int64)
    for chosen in combinations(range(len(columns)), level):
        if chosen[:-1] != prefix or level == 1:
            prefix, joint = chosen[:-1], np.zeros(codes.shape[1], dtype=np.int64)
            for column in prefix:
                joint = joint * sizes[column] + wide[column]
        shape = tuple(sizes[column] for column in chosen)
        cells = joint * shape[-1] + wide[chosen[-1]]
        counts = np.bincount(cells, minlength=int(np.prod(shape)))
        enough = counts >= least_rows
        for signal, values, spread in away:
            sums = np.bincount(cells, weights=values, minlength=len(counts))
            score = sums - SURE * spread * np.sqrt(counts)
            good = np.flatnonzero(
                enough & (score > best.floor[signal.name] * signal.least) & (sums >= signal.least * counts / 2)
            )
            if not len(good):
                continue
            places = np.unravel_index(good, shape)
            for position, cell in enumerate(good):
                parts = tuple((column, int(place[position])) for column, place in zip(chosen, places, strict=True))
                if all(code < sizes[column] - 1 for column, code in parts):
                    best.offer(signal.name, float(score[cell]) / signal.least, parts)
