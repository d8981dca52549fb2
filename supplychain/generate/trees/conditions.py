"""Conditions met exactly: the first columns' combinations, each with its chance, of which those inside are drawn.

Where few columns come before the last that a condition names, all their combinations of tokens can be written down.
Rows are then drawn from the combinations that lie inside, by their chances, and no row is drawn in vain; only a bin
that a threshold cuts is drawn within until the value lies on the right side.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from supplychain.generate.trees.forest import led

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.generate.trees.drawing import Condition, Drawn, Rows

MOST_CELLS = 200_000
"""Combinations that are written down at most."""
MOST_SHARES = 5_000_000
"""Chances of a next column's tokens that are computed at most: 40 megabytes."""
PROBES = 8
"""Places within cut bins, beside their corners, at which a condition is tried."""
CORNERS = 3
"""Columns of bins all of whose corners are tried."""
TRIES = 100
"""Draws within a cut bin at most."""


@dataclass(frozen=True)
class Cells:
    """Combinations of the first columns' codes.

    Attributes:
        codes: Combinations x columns.
        chance: The chance of each.
    """

    codes: NDArray[np.int32]
    chance: NDArray[np.float64]

    @classmethod
    def of(cls, columns: Sequence[Drawn]) -> Cells | None:
        """All combinations that some row may have, or None where they are too many to write down."""
        import numpy as np

        codes, chance = np.zeros((1, len(columns)), dtype=np.int32), np.ones(1)
        for place, column in enumerate(columns):
            if column.forest is None or column.same:
                return None
            tokens = column.tokens.missing + 1
            if len(codes) * tokens > MOST_SHARES:
                return None
            shares = column.forest.shares(led(codes), tokens)
            cell, code = np.nonzero(shares)
            if len(cell) > MOST_CELLS:
                return None
            codes, chance = codes[cell], chance[cell] * shares[cell, code]
            codes[:, place] = code
        return cls(codes, chance)

    def inside(self, columns: Sequence[Drawn], conditions: Sequence[Condition]) -> Cells:
        """The combinations of which at least a part meets every condition."""
        import numpy as np

        kept = np.zeros(len(self.codes), dtype=bool)
        places = sorted({place for condition in conditions for place in condition.places})
        cut = [place for place in places if columns[place].tokens.spread]
        for chances in _probes(len(cut)):
            at = dict(zip(cut, chances, strict=True))
            frame = pl.DataFrame(
                [_probed(columns[place], self.codes[:, place], at.get(place, 0.5)) for place in places]
            )
            met = np.ones(len(self.codes), dtype=bool)
            for condition in conditions:
                held = (
                    frame.select(condition.expression).to_series()
                    if places
                    else pl.select(condition.expression).to_series()
                )
                met &= held.to_numpy()
            kept |= met
        return Cells(self.codes[kept], self.chance[kept])


def _probed(column: Drawn, codes: NDArray[np.int32], chance: float) -> pl.Series:
    import numpy as np

    tokens = column.tokens
    if not tokens.ordered:
        return tokens.series(codes.astype(np.int64), None)
    return tokens.series(codes.astype(np.int64), tokens.numbers(codes.astype(np.int64), np.full(len(codes), chance)))


def _probes(columns: int) -> list[tuple[float, ...]]:
    """Corners of a box, and points that fill it evenly (additive recurrence on square roots of primes)."""
    corners = list(itertools.product((0.0, 1 - 1e-9), repeat=min(columns, CORNERS)))
    roots = [prime**0.5 for prime in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29)]
    filled = [tuple((0.5 + k * roots[i % 10]) % 1 for i in range(columns)) for k in range(PROBES if columns else 0)]
    return [(*corner, *[0.5] * (columns - len(corner))) for corner in corners] + filled


def draw_inside(
    rows: Rows, cells: Sequence[Cells | None], stops: NDArray[np.int64], conditions: Sequence[Sequence[Condition]]
) -> NDArray[np.bool_]:
    """Give the rows of each run the codes of combinations inside its condition.

    Args:
        rows: Rows of which nothing is drawn yet.
        cells: Each run's combinations; None for a run without a condition.
        stops: How many columns each run's combinations have.
        conditions: What each run's rows have to meet.

    Returns:
        Which rows meet it; a cut bin may be hard to meet.
    """
    import numpy as np

    run = rows.streams.run
    stop = stops[run]
    missed = stop > 0
    for _ in range(TRIES):
        if not missed.any():
            break
        chances, places = rows.streams.uniform(missed), np.flatnonzero(missed)
        picked = np.zeros((len(places), int(stops.max())), dtype=np.int64)
        for number in np.unique(run[places]):
            mine, chosen = run[places] == number, cells[number]
            assert chosen is not None
            ends = np.cumsum(chosen.chance)
            cell = np.searchsorted(ends, chances[mine] * ends[-1], side="right").clip(max=len(ends) - 1)
            picked[np.ix_(mine, np.arange(stops[number]))] = chosen.codes[cell]
        for place in range(int(stops.max())):
            mine = stop[places] > place
            which = np.zeros(len(run), dtype=bool)
            which[places[mine]] = True
            if which.any():
                rows.put(place, picked[mine, place], which)
        for number in np.unique(run[places]):
            mine = missed & (run == number)
            met = np.logical_and.reduce([rows.holds(condition, mine) for condition in conditions[number]])
            missed[np.flatnonzero(mine)[met]] = False
    return ~missed
