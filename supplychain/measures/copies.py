"""Copies: synthetic rows that equal a real `train` row, beyond what chance gives.

Chance is measured, not assumed: real `gold` people whom the generator never saw also equal a train row now and
then, often so where columns are few and coarse. Only the excess over them is held against a batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import polars as pl


def copied_share(rows: pl.DataFrame, train: pl.DataFrame) -> tuple[int, int]:
    """How many of the rows equal a train row in every column, and how many rows there are."""
    names = train.columns
    return rows.select(names).join(train.unique(), on=names, how="semi", nulls_equal=True).height, rows.height


def wilson(count: float, n: float, z: float = 1.96) -> tuple[float, float]:
    """The 95% score interval of a share (Wilson, 1927)."""
    if n == 0:
        return 0.0, 1.0
    share, inflate = count / n, z**2 / n
    centre = (share + inflate / 2) / (1 + inflate)
    margin = z / (1 + inflate) * (share * (1 - share) / n + inflate / (4 * n)) ** 0.5
    return max(min(centre - margin, share), 0.0), min(max(centre + margin, share), 1.0)


def excess(count: float, n: float, control: float, control_n: float, z: float = 1.96) -> tuple[float, float, float]:
    """The difference of two shares with its limits, 95% by default (Newcombe, 1998, method 10)."""
    share, other = count / max(n, 1), control / max(control_n, 1)
    low, high = wilson(count, n, z)
    other_low, other_high = wilson(control, control_n, z)
    below = ((share - low) ** 2 + (other_high - other) ** 2) ** 0.5
    above = ((high - share) ** 2 + (other - other_low) ** 2) ** 0.5
    return share - other, share - other - below, share - other + above


@dataclass(frozen=True)
class Met:
    """Contents that one person alone has, met by the rows of others.

    Attributes:
        rows: Different contents of the rows that are judged.
        hits: Those of them that one target person alone has.
        others: Different contents of real rows, to compare with.
        chance: Those of them that one target person alone has.
        p: One-sided exact test that the judged rows meet no more.
    """

    rows: int
    hits: int
    others: int
    chance: int
    p: float


def met(
    made: pl.DataFrame, targets: pl.DataFrame, strangers: pl.DataFrame, names: list[str], person: str | None
) -> Met:
    """How often rows equal a target person whom nobody equals, beside how often real people do.

    A perfect generator makes new people, and a new person equals such a target as often as any other does. That rate
    is known from strangers, and from the targets themselves: of contents that exactly two of them have, each is one
    that half of the people would have met in the other half (the leave-one-out estimate of Good, Biometrika 1953).
    Given all hits, those of the judged rows are binomial in their share of the contents that were tried (Przyborowski
    and Wilenski, Biometrika 1940).

    Where nothing but the content tells people apart, rows that are alike were put on one side together, and strangers
    never equal a target. What would have been met is then known from contents that two rows have, on either side: as
    many of them as would have a row among targets, had each row been put on a side by itself.

    Args:
        made: The rows that are judged.
        targets: Real rows that they must not repeat.
        strangers: Real rows of other people.
        names: The columns that are compared.
        person: The column of the real tables that says whose a row is; each row is a person's own where it lacks. None
            where only the content tells.
    """
    from scipy.stats import binom

    whose = pl.col(person).n_unique() if person and person in targets.columns else pl.len()
    held = targets.group_by(names).agg(whose.alias("_people"))
    alone = held.filter(pl.col("_people") == 1).select(names)
    sides = [frame.select(names).unique() for frame in (made, strangers)]
    hits, by_strangers = (side.join(alone, on=names, how="semi", nulls_equal=True).height for side in sides)
    chance = by_strangers + _pairs(held) if person else _pairs_parted(targets.select(names), strangers.select(names))
    rows, others = sides[0].height, sides[1].height + targets.height // 2
    p = float(binom(hits + chance, rows / max(rows + others, 1)).sf(hits - 1)) if hits else 1.0
    return Met(rows, hits, others, chance, min(p, 1.0))


def _pairs(held: pl.DataFrame) -> int:
    """Contents that exactly two have."""
    return held.filter(pl.col("_people") == 2).height


def _pairs_parted(targets: pl.DataFrame, strangers: pl.DataFrame) -> int:
    """Contents of two rows of which one at least would be a target, had chance parted the rows one by one."""
    both = pl.concat([targets, strangers], how="vertical_relaxed")
    share = targets.height / max(both.height, 1)
    return ceil(_pairs(both.group_by(both.columns).agg(pl.len().alias("_people"))) * share * (2 - share))
