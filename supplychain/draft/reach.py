"""What is reached in a table: by real rows that were held out, and by rows without any relation between columns."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import polars as pl

from supplychain.schema import Schema
from supplychain.seeds import integer, sequence

if TYPE_CHECKING:
    from supplychain.draft.drafting import Draft

ROWS = 12_000
TRAIN, GOLD = 0.6, 0.2
"""The shares of roles train and gold, as a product has them by default."""
KIND = 0.01
"""The share of rows with a value that makes them a kind of rows."""
NAMED = 40
"""People of train from which on a value is surely drawn: twice those that a value of `trees` stands for at least."""
MOST_COLUMNS = 30
"""Pairs of more columns than this are measured on some of them."""
LEAST_STRUCTURE = 0.02
"""Where shuffling costs less than this, there are hardly relations to keep."""
SLACK = 0.08
"""What a good generator may lose against real rows, in similarity of columns."""
HANGS = 0.15
"""Cramer's V of some pair of columns from which on their relations are sure to be measured: that begins at 0.1."""
BINS = 10
LEAST_KEPT = 0.45
"""What is to be kept of the relations between columns: among few people good generators keep little more than half."""


@dataclass(frozen=True)
class Reach:
    """What is reached in this table.

    Attributes:
        marginal: Mean similarity of columns, real rows against real rows, 0 to 1.
        pair: Mean similarity of pairs of columns, likewise.
        shuffled: The same for rows whose columns were shuffled.
        hangs: The strongest association of two columns (Cramer's V), 0 to 1.
        kept: What is kept of the associations: by real rows, and by rows whose columns were shuffled.
    """

    marginal: float
    pair: float
    shuffled: float
    hangs: float
    kept: tuple[float, float]

    @property
    def least_kept(self) -> float | None:
        """What is to be kept of the associations; None where few rows have no more of them than shuffled ones."""
        real, shuffled = self.kept
        limit = min(LEAST_KEPT, (real + shuffled) / 2)
        return _rounded_down(limit) if self.hangs >= HANGS and limit - shuffled >= 0.1 else None

    @property
    def least_pair(self) -> float:
        """Half way between real and shuffled rows; below the real ones where there is no structure to lose."""
        middle = (self.pair + self.shuffled) / 2
        if self.pair - self.shuffled < LEAST_STRUCTURE:
            middle = self.pair - SLACK
        return _rounded_down(min(middle, self.pair - 0.01))

    @property
    def least_marginal(self) -> float:
        """What columns reach among real rows, less a slack."""
        return _rounded_down(self.marginal - SLACK)


def _rounded_down(value: float) -> float:
    return max(int(value * 100) / 100, 0.0)


def reach(draft: Draft) -> Reach:
    """Measure both ends on a seeded sample of the table, parted as the roles are."""
    from supplychain.measures.fidelity import marginal_similarity, pair_similarity

    seed = integer(sequence("", "", purpose="draft limits"))
    frame = draft.frame.sample(min(draft.frame.height, ROWS), seed=seed, shuffle=True)
    frame = frame.select(name for name in frame.columns if frame[name].null_count() < frame.height)
    train, held_out = frame.slice(0, int(frame.height * 0.6)), frame.slice(int(frame.height * 0.8))
    shuffled = held_out.select(
        pl.col(name).sample(fraction=1.0, shuffle=True, seed=seed % 2**32 + place)
        for place, name in enumerate(held_out.columns)
    )
    schema = Schema.of(train)
    marginals = [marginal_similarity(train, held_out, column) for column in schema.columns]
    drawn = pl.Series(schema.names).sample(min(len(schema.names), MOST_COLUMNS), seed=seed)
    some = Schema.of(train.select(drawn.to_list()))
    real, broken = (pair_similarity(train, rows, some).values() for rows in (held_out, shuffled))
    similar = sum(real) / len(real), sum(broken) / len(broken)
    return Reach(sum(marginals) / len(marginals), *similar, *_relations(train, held_out, shuffled, some))


def _relations(
    train: pl.DataFrame, held_out: pl.DataFrame, shuffled: pl.DataFrame, schema: Schema
) -> tuple[float, tuple[float, float]]:
    """The strongest association of two columns, and what real and shuffled rows keep of all."""
    from supplychain.measures.bins import Table
    from supplychain.measures.structure import associations, kept

    frames = {"real": train, "held out": held_out, "shuffled": shuffled}
    table = Table.of(frames, schema, train).folded("real", BINS)
    found = associations(table, tuple(frames), list(combinations(range(len(schema.names)), 2)))
    real = found["real"][0]
    if not real.any():
        return 0.0, (0.0, 0.0)
    mine, theirs = (float(kept(found[name], real)[0]) for name in ("held out", "shuffled"))
    return float(real.max()), (mine, theirs)


def most_lost(draft: Draft) -> float:
    """The share of rows that a value may have which is never drawn: among few people one in a hundred are too few.

    Of under 200 people of train `trees` asks for a tenth of them, and so does this, twice.
    """
    entity = draft.entity
    people = draft.table.sample[entity.column].n_unique() if entity else draft.table.rows
    train = max(TRAIN * people, 1.0)
    return max(KIND, round(min(NAMED, train / 5) / train, 3))


def measurable(draft: Draft) -> tuple[bool, list[str]]:
    """What gold will have people enough for, were it a third smaller than expected.

    A rule on what nobody measured fails, as it should; so a draft asks only for what will be measured.

    Returns:
        Whether slices can be scored at all, and the sensitive columns with at least two groups of people enough.
    """
    from supplychain.measures.groups import LEAST_PEOPLE, large_groups

    expected = int(draft.table.rows * GOLD * 2 / 3)
    gold = draft.frame.sample(min(expected, draft.frame.height), seed=integer(sequence("", "", purpose="draft gold")))
    return expected >= LEAST_PEOPLE, [name for name in draft.sensitive if large_groups(gold, name) > 1]
