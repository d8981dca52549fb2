"""People with several rows: how many each has, and the next row given the one before.

The number of a person's rows and a row's number among them are columns like any other, drawn first. A person begins
with a first row; each further one is drawn from trees on the row before and on what is drawn of it already. What never
changes within a person is carried over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from supplychain.generate.trees.drawing import Drawn, Rows
from supplychain.generate.trees.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.generate.trees.drawing import Condition

ENTITY = "_entity"
NTH, COUNT = "_nth", "_rows_of_person"
SLACK = 1.1
"""People drawn for those that are expected to fill the rows wanted."""


def people_of(frame: pl.DataFrame) -> NDArray[np.int64]:
    """Each row's person as a number from 0; rows are people of their own where nothing tells."""
    import numpy as np

    if ENTITY not in frame.columns:
        return np.arange(frame.height)
    return (frame[ENTITY].rank("dense") - 1).cast(pl.Int64).to_numpy()


def counted(frame: pl.DataFrame, person: NDArray[np.int64]) -> pl.DataFrame:
    """The rows with their number within the person, from 0 in their order, and the count of the person's rows."""
    by = pl.Series("_person", person)
    numbers = frame.select(pl.int_range(pl.len()).over(by).alias(NTH), pl.len().over(by).cast(pl.Int64).alias(COUNT))
    return frame.hstack(numbers)


def steps_of(person: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows that follow another of their person, and the rows that they follow."""
    import numpy as np

    order = np.argsort(person, kind="stable")
    follows = np.flatnonzero(person[order][1:] == person[order][:-1])
    return order[follows + 1], order[follows]


@dataclass(frozen=True)
class Drawer:
    """What draws whole people.

    Attributes:
        columns: The columns of a row, number and count of the person's rows first.
        following: The same columns twice: those of the row before, which are given, and those of the next.
        rows_per_person: The mean.
    """

    columns: Sequence[Drawn]
    following: Sequence[Drawn]
    rows_per_person: float

    def draw(
        self, n: int, seed: list[int], rules: Sequence[Condition], later: Sequence[Condition]
    ) -> tuple[Rows, NDArray[np.int64]]:
        """n rows of people one after another, the last of them perhaps cut short; and whose each row is."""
        import numpy as np

        parts, people, made = [], 0, 0
        attempt = 0
        while made < n:
            wanted = int((n - made) / self.rows_per_person * SLACK) + 8
            part = self._people(wanted, [*seed, attempt], rules, later)
            part.streams.run = part.streams.run + people
            people += wanted
            made += len(part.codes)
            attempt += 1
            parts.append(part)
        whole = Rows.together(parts)
        whole.keep(np.arange(len(whole.codes)) < n)
        person = whole.streams.run
        whole.streams = Streams(whole.streams.generators, np.zeros_like(person))
        return whole, person

    def _people(self, wanted: int, seed: list[int], rules: Sequence[Condition], later: Sequence[Condition]) -> Rows:
        import numpy as np

        streams = Streams.of([(wanted, seed)])
        level = Rows(self.columns, streams)
        first = self.columns[0].tokens.encode(np.zeros(1))
        level.put(0, np.repeat(first, wanted))
        level.draw(range(1, len(self.columns)), rules)
        count = np.maximum(np.round(level.numbers[1]), 1).astype(np.int64)
        levels, person = [level], [np.arange(wanted)]
        for nth in range(1, int(count.max())):
            goes_on = count[person[-1]] > nth
            level = self._next(levels[-1], goes_on, nth, later)
            levels.append(level)
            person.append(person[-1][goes_on])
        whole = Rows.together(levels)
        whole.streams.run = np.concatenate(person)
        whole.order(np.argsort(whole.streams.run, kind="stable"))
        return whole

    def _next(self, before: Rows, goes_on: NDArray[np.bool_], nth: int, rules: Sequence[Condition]) -> Rows:
        import numpy as np

        half = len(self.columns)
        rows = Rows(self.following, Streams(before.streams.generators, np.zeros(int(goes_on.sum()), dtype=np.int64)))
        rows.codes[:, :half] = before.codes[goes_on]
        rows.numbers |= {place: numbers[goes_on] for place, numbers in before.numbers.items()}
        known = self.columns[0].tokens  # a number that few people reach is seen as the greatest that enough do
        number = np.minimum(known.encode(np.full(len(rows.codes), float(nth))), known.known - 1)
        rows.put(half, number)
        rows.draw(range(half + 1, 2 * half), rules)
        made = Rows(self.columns, rows.streams)
        made.led[:, 1:] = rows.codes[:, half:]
        made.numbers = {place - half: numbers for place, numbers in rows.numbers.items() if place >= half}
        return made
