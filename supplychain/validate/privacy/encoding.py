"""Rows as an attacker sees them: as tokens that carry information, and as points in a space of mixed types."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from supplychain.schema import Column, Schema

PERCENTILES = 100
"""Numbers share a token where they lie in the same of so many equal parts."""
RARE = 1 / 200
"""The share below which a token is rare: a number is then a token of its own too, for its very value gives somebody
away."""
MOST_CATEGORIES = 40
"""Categories that are an axis of their own; the rest share one."""
CROWD = 20
"""Rows whose matches are averaged: a leak that is spread over many rows shows in none of them."""
CHUNK = 250


@dataclass(frozen=True)
class Tokens:
    """Frames as tokens.

    Attributes:
        codes: For each frame a row's tokens, rows x slots; -1 where a slot is empty.
        worth: What a match on each token says, in nats.
    """

    codes: list[NDArray[np.int32]]
    worth: NDArray[np.float32]
    coarse: tuple[int, ...]
    """The slots that are categories and percentiles, one a column; the others are exact values."""

    def information(self, frame: int) -> NDArray[np.float32]:
        """What each row of a frame says in all."""
        import numpy as np

        codes = self.codes[frame]
        total: NDArray[np.float32] = np.where(codes >= 0, self.worth[codes], 0).sum(1, dtype=np.float32)
        return total

    def matches(self, targets: int, rows: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The most information that a row shares with any one row of another frame, and the mean of the 20 most."""
        import numpy as np

        count = len(self.worth)
        held, often = (np.bincount(c[c >= 0], minlength=count) for c in (self.codes[targets], self.codes[rows]))
        common = (held > 0) & (often >= RARE * len(self.codes[rows]))  # as a dense product; the rare ones are many
        rare = (held > 0) & (often > 0) & ~common
        mine, mine_rare = (_indicator(self.codes[targets], some, self.worth) for some in (common, rare))
        theirs, theirs_rare = (
            _indicator(self.codes[rows], some, np.ones_like(self.worth)).T for some in (common, rare)
        )
        dense, sparse = np.ascontiguousarray(theirs.toarray()), theirs_rare.tocsr()
        best = np.zeros((len(self.codes[targets]), min(CROWD, dense.shape[1])), dtype=np.float32)
        for start in range(0, len(best), CHUNK):
            shared = mine[start : start + CHUNK] @ dense
            more = (mine_rare[start : start + CHUNK] @ sparse).tocoo()
            shared[more.row, more.col] += more.data
            best[start : start + CHUNK] = np.partition(shared, -best.shape[1], axis=1)[:, -best.shape[1] :]
        return best.max(axis=1), best.mean(axis=1)


def _indicator(codes: NDArray[np.int32], some: NDArray[np.bool_], worth: NDArray[np.float32]) -> csr_matrix:
    """Rows x the tokens that are asked for: what each is worth where the row has it."""
    import numpy as np
    from scipy.sparse import csr_matrix

    place = np.where(some, np.cumsum(some) - 1, -1)
    columns = np.where(codes >= 0, place[codes], -1)
    kept = columns >= 0
    starts = np.concatenate([[0], np.cumsum(kept.sum(1))])
    return csr_matrix((worth[some][columns[kept]], columns[kept], starts), shape=(len(codes), int(some.sum())))


def tokens(frames: list[pl.DataFrame], schema: Schema, real: tuple[int, ...]) -> Tokens:
    """Frames as tokens: categories and missing values as they are, numbers in percentiles, rare ones also exactly.

    Args:
        frames: Rows with the schema's columns.
        schema: The schema.
        real: Which frames are real people: what a token is worth is told from them.
    """
    import numpy as np

    together, ends = _joined(frames, schema)
    known = np.concatenate([np.arange(low, high) for i, (low, high) in enumerate(pairwise(ends)) if i in real])
    slots: list[NDArray[np.int64]] = []
    worths: list[NDArray[np.float64]] = []
    coarse: list[int] = []
    offset = 0
    for column in schema.columns:
        values = together[column.name]
        coarse.append(len(slots))
        code = _part(values, column)
        share = (np.bincount(code[known], minlength=int(code.max()) + 1) + 0.5) / (len(known) + 0.5)
        slots.append(code + offset)
        worths.append(-np.log(share))
        offset += len(share)
        if column.is_discrete:
            continue
        exact = values.rank("dense").fill_null(0).cast(pl.Int64).to_numpy()
        own = (np.bincount(exact[known], minlength=int(exact.max()) + 1) + 0.5) / (len(known) + 0.5)
        first = np.zeros(len(own), dtype=np.int64)
        first[exact] = code
        slots.append(np.where((own[exact] < RARE) & (exact > 0), exact + offset, -1))
        worths.append(np.maximum(np.log(share[first]) - np.log(own), 0))
        offset += len(own)
    codes = np.stack(slots, axis=1).astype(np.int32)
    parts = [codes[low:high] for low, high in pairwise(ends)]
    return Tokens(parts, np.concatenate(worths).astype(np.float32), tuple(coarse))


def points(
    frames: list[pl.DataFrame], schema: Schema, real: tuple[int, ...]
) -> tuple[list[NDArray[np.float32]], NDArray[np.int64]]:
    """Frames as points: numbers by their rank among real people, categories as corners at a distance of 1.

    Returns:
        The points of each frame, rows x axes, and the column that each axis belongs to.
    """
    import numpy as np

    together, ends = _joined(frames, schema)
    known = np.concatenate([np.arange(low, high) for i, (low, high) in enumerate(pairwise(ends)) if i in real])
    blocks = []
    for column in schema.columns:
        values = together[column.name]
        blocks.append(_corners(values, known) if column.is_discrete else _ranks(values, known))
    owner = np.repeat(np.arange(len(blocks)), [block.shape[1] for block in blocks])
    whole = np.concatenate(blocks, axis=1)
    return [whole[low:high] for low, high in pairwise(ends)], owner


def _joined(frames: list[pl.DataFrame], schema: Schema) -> tuple[pl.DataFrame, list[int]]:
    together = pl.concat([frame.select(schema.names) for frame in frames], how="vertical_relaxed")
    return together, list(accumulate((frame.height for frame in frames), initial=0))


def _numbers(values: pl.Series) -> NDArray[np.float64]:
    numbers: NDArray[np.float64] = values.to_physical().cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return numbers


def _part(values: pl.Series, column: Column) -> NDArray[np.int64]:
    """A category's number, or the percentile of a number; 0 is missing."""
    import numpy as np

    if column.is_discrete:
        return values.rank("dense").fill_null(0).cast(pl.Int64).to_numpy()
    numbers = _numbers(values)
    present = np.isfinite(numbers)
    if not present.any():
        return np.zeros(len(numbers), dtype=np.int64)
    cuts = np.unique(np.quantile(numbers[present], np.linspace(0, 1, PERCENTILES + 1)[1:-1]))
    return np.where(present, np.searchsorted(cuts, numbers, side="right") + 1, 0).astype(np.int64)


def _corners(values: pl.Series, known: NDArray[np.int64]) -> NDArray[np.float32]:
    import numpy as np

    code = values.rank("dense").fill_null(0).cast(pl.Int64).to_numpy()
    common = np.argsort(-np.bincount(code[known], minlength=int(code.max()) + 1), kind="stable")[:MOST_CATEGORIES]
    axis = np.full(int(code.max()) + 1, len(common))
    axis[common] = np.arange(len(common))
    block = np.zeros((len(code), len(common) + 1), dtype=np.float32)
    block[np.arange(len(code)), axis[code]] = 0.5**0.5
    return block


def _ranks(values: pl.Series, known: NDArray[np.int64]) -> NDArray[np.float32]:
    """The mean rank among real people, 0 to 1; missing values are half way, and one step aside."""
    import numpy as np

    numbers = _numbers(values)
    present = np.isfinite(numbers)
    scale = np.sort(numbers[known][present[known]])
    low, high = (np.searchsorted(scale, numbers, side=side) for side in ("left", "right"))
    rank = np.where(present, (low + high) / (2 * max(len(scale), 1)), 0.5)
    if present.all():
        return rank[:, None].astype(np.float32)
    return np.stack([rank, (~present) * 1.0], axis=1).astype(np.float32)
