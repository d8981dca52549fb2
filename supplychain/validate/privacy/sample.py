"""Whom the attacks look at: seeded samples of people with all their rows, so that a larger table costs no more.

A person may have several rows (`_entity`, the chain's own column, says whose a row is). The question is always
whether a *person* was in, so that a person's rows stay together and give one score.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_MEMBERS = 8_000
"""People of role train that are attacked: the more of them, the smaller the leak that is seen."""
MOST_OTHERS = 4_000
"""People of role gold that are attacked as the control."""
MOST_ROWS = 5_000
"""Synthetic rows, and rows of the attacker's own reference people, that are looked through."""
MOST_ROWS_EACH = 8
"""Rows of one person that are attacked."""
ENTITY = "_entity"


@dataclass(frozen=True)
class People:
    """A sample of people.

    Attributes:
        rows: Their rows, those of a person next to one another, without the chain's own columns.
        start: Where each person's rows begin.
    """

    rows: pl.DataFrame
    start: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.start)

    def worst(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """A score for each person: the greatest of their rows', for one row that is given away is enough."""
        import numpy as np

        return np.maximum.reduceat(scores, self.start)

    @property
    def first(self) -> pl.DataFrame:
        """One row a person: where a group is told by."""
        return self.rows[self.start]


def draw_people(frame: pl.DataFrame, names: list[str], most: int, seed: int) -> People:
    """Up to so many people, each with up to eight rows; without `_entity` each row is a person."""
    import numpy as np

    rng = np.random.default_rng(seed)
    if ENTITY not in frame.columns:
        rows = frame.select(names)[rng.permutation(frame.height)[:most]]
        return People(rows, np.arange(rows.height))
    everyone = frame[ENTITY].unique().sort()
    chosen = everyone[rng.permutation(len(everyone))[:most]]
    rows = frame.filter(frame[ENTITY].is_in(chosen.implode())).select(ENTITY, *names)
    rows = rows[rng.permutation(rows.height)].sort(ENTITY, maintain_order=True)
    rows = rows.filter(pl.int_range(pl.len()).over(ENTITY) < MOST_ROWS_EACH)
    start = np.flatnonzero(rows[ENTITY].ne_missing(rows[ENTITY].shift(1)).to_numpy())
    return People(rows.select(names), start)


def draw_rows(frame: pl.DataFrame, names: list[str], most: int, seed: int) -> pl.DataFrame:
    """Up to so many rows, without the chain's own columns."""
    import numpy as np

    return frame.select(names)[np.random.default_rng(seed).permutation(frame.height)[:most]]
