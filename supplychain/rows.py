"""What may be said of one row beside the rules: that it is a real person's, or that it stood there before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

COPIES = "copies-a-real-row"
"""The reason of a row that equals a real row which nobody else has."""
REPEATS = "repeats-a-row"
"""The reason of a row that stood there before, where no two real rows are like that."""


def not_new(rows: pl.DataFrame, real: pl.DataFrame, identifying: Sequence[str] = ()) -> pl.Series:
    """Why a row is not new, or null: it copies a real row, or repeats an earlier one.

    Args:
        rows: Synthetic rows, in order.
        real: Real rows of role train.
        identifying: Columns by which a person is told; all of them where empty.
    """
    return Novelty(real, identifying).reasons(rows)


class Novelty:
    """Tells of rows, piece by piece, which are not new: they copy a real row, or repeat one of any piece before.

    A content that several real rows share gives nobody away and may stand more than once: where columns are few and
    coarse, most contents are such.

    Of rows that came before, 64 bits each are kept. A row that repeats another is always told. After ten million
    rows, a new one is wrongly told to repeat one with a chance below 10^-12, and then is one candidate less.
    """

    def __init__(self, real: pl.DataFrame, identifying: Sequence[str] = ()) -> None:
        whole = [name for name in real.columns if not name.startswith("_")]
        self._whole, self._people = _Contents(real, whole), _Contents(real, list(identifying) or whole)
        self._before = Hashes()

    def reasons(self, rows: pl.DataFrame) -> pl.Series:
        """Why each row is not new, or null; the rows count as having come before from now on."""
        hashes = self._whole.hashes(rows)
        again = ~self._before.add(hashes)
        same_columns = self._people.names == self._whole.names
        people = hashes if same_columns else self._people.hashes(rows)
        copies = self._people.real_rows(rows, people) == 1
        repeats = again & (self._whole.real_rows(rows, hashes) < 2)
        reasons = pl.DataFrame({"copies": copies, "repeats": repeats}).select(
            pl.when("copies").then(pl.lit(COPIES)).when("repeats").then(pl.lit(REPEATS)).alias("reason")
        )
        return reasons.to_series()


class _Contents:
    """What stands in some columns of real rows, and how often."""

    def __init__(self, real: pl.DataFrame, names: list[str]) -> None:
        import numpy as np

        self.names = names
        self._counts = real.group_by(names).len("_real")
        self._hashes = np.unique(self.hashes(self._counts))

    def hashes(self, rows: pl.DataFrame) -> NDArray[np.uint64]:
        """64 bits of each row: equal rows have equal ones."""
        return rows.select(self.names).hash_rows(seed=0).to_numpy()

    def real_rows(self, rows: pl.DataFrame, hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
        """How many real rows have each row's content. Hashes only choose the rows that are looked at."""
        import numpy as np

        counts = np.zeros(rows.height, dtype=np.int64)
        may = np.flatnonzero(_holds(self._hashes, hashes))
        if len(may):
            looked = rows.select(self.names)[may]
            found = looked.join(self._counts, on=self.names, how="left", nulls_equal=True, maintain_order="left")
            counts[may] = found["_real"].fill_null(0).to_numpy()
        return counts


class Hashes:
    """A growing set of 64-bit numbers: sorted runs, each more than twice as long as the next, 8 bytes a number."""

    def __init__(self) -> None:
        self._runs: list[NDArray[np.uint64]] = []

    def add(self, hashes: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Add numbers, and say of each whether it is there for the first time."""
        import numpy as np

        new, first = np.unique(hashes, return_index=True)
        unseen = np.ones(len(new), dtype=bool)
        for run in self._runs:
            unseen &= ~_holds(run, new)
        is_new = np.zeros(len(hashes), dtype=bool)
        is_new[first[unseen]] = True
        run = new[unseen]
        while self._runs and len(self._runs[-1]) <= 2 * len(run):
            run = np.sort(np.concatenate([self._runs.pop(), run]), kind="stable")  # merges what is sorted
        self._runs.append(run)
        return is_new


def _holds(ordered: NDArray[np.uint64], numbers: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which of the numbers are in a sorted array."""
    import numpy as np

    if not len(ordered):
        return np.zeros(len(numbers), dtype=bool)
    place = np.minimum(np.searchsorted(ordered, numbers), len(ordered) - 1)
    found: NDArray[np.bool_] = ordered[place] == numbers
    return found
