"""Random numbers for rows that are drawn together but each belong to a stream of their own.

A batch's rows follow from its seed alone, whatever else is drawn beside it: each run of rows has its own generator,
and a column's numbers for all runs are laid end to end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass
class Streams:
    """One generator for each run of rows.

    Attributes:
        generators: The generators.
        run: The run that each row belongs to, in order.
    """

    generators: list[np.random.Generator]
    run: NDArray[np.int64]

    @classmethod
    def of(cls, runs: list[tuple[int, list[int]]]) -> Streams:
        """Streams for runs of so many rows, each under the seed that its integers are."""
        import numpy as np

        sizes = [size for size, _ in runs]
        return cls([np.random.default_rng(seed) for _, seed in runs], np.repeat(np.arange(len(runs)), sizes))

    def __len__(self) -> int:
        return len(self.run)

    def bits(self, rows: NDArray[np.bool_] | None = None) -> NDArray[np.uint64]:
        """64 random bits a row, for all rows or for those of a mask."""
        import numpy as np

        drawn = [self.generators[run].integers(0, 2**64, size, dtype=np.uint64) for run, size in self._sizes(rows)]
        return np.concatenate(drawn) if drawn else np.empty(0, np.uint64)

    def uniform(self, rows: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        """A number from 0 to 1 a row."""
        import numpy as np

        drawn = [self.generators[run].random(size) for run, size in self._sizes(rows)]
        return np.concatenate(drawn) if drawn else np.empty(0)

    def kept(self, rows: NDArray[np.bool_]) -> Streams:
        """The streams of the rows of a mask; the generators go on where they are."""
        return Streams(self.generators, self.run[rows])

    def _sizes(self, rows: NDArray[np.bool_] | None) -> list[tuple[int, int]]:
        import numpy as np

        run = self.run if rows is None else self.run[rows]
        sizes = np.bincount(run, minlength=len(self.generators))
        return [(int(place), int(sizes[place])) for place in np.flatnonzero(sizes)]
