"""Columns whose very value another column takes: a payment of the whole bill, a weight that is the household's."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.generate.trees.tokens import Tokens

MANY_TOKENS = 30
"""Columns with fewer tokens are told by their trees alone."""
LEAST_SHARE = 0.01
"""The share of rows, beyond what chance gives, that have the very value of another column."""
MOST_SOURCES = 3


def same_as(
    codes: NDArray[np.int32],
    numbers: Sequence[NDArray[np.float64] | None],
    tokens: Sequence[Tokens],
    place: int,
    people: NDArray[np.float64],
    floor: float,
) -> tuple[tuple[int, ...], NDArray[np.int32]]:
    """Columns before `place` whose value it often takes, and the codes to draw: those behind `rare` mean them.

    Args:
        codes: Rows x columns.
        numbers: Each column's values; None for a category.
        tokens: Each column's tokens.
        place: The column.
        people: 1 over the rows of the row's person.
        floor: People that have the same value in both, at least.
    """

    target, own = codes[:, place].copy(), numbers[place]
    there = codes[:, place] != tokens[place].missing
    open_ = there & (codes[:, place] != tokens[place].rare)
    sources: list[int] = []
    while len(sources) < MOST_SOURCES and own is not None and tokens[place].known > MANY_TOKENS:
        shares = {}
        for other in range(place):
            values = numbers[other]
            if values is None or tokens[other].known <= MANY_TOKENS or tokens[other].kind != tokens[place].kind:
                continue
            known = codes[:, other] < tokens[other].missing
            equal = open_ & known & (values == own)
            beyond = people[equal].sum() - _by_chance(own[open_], values[known], people[open_])
            if people[equal].sum() >= floor and beyond > LEAST_SHARE * people[there].sum():
                shares[other] = (beyond, equal)
        if not shares:
            break
        best = max(shares, key=lambda other: (shares[other][0], -other))
        sources.append(best)
        target[shares[best][1]] = tokens[place].rare + len(sources)
        open_ &= ~shares[best][1]
    return tuple(sources), target


def _by_chance(own: NDArray[np.float64], other: NDArray[np.float64], people: NDArray[np.float64]) -> float:
    """People who would have the same value in both, if the two had nothing to do with one another."""
    import numpy as np

    values, place = np.unique(own, return_inverse=True)
    mine = np.bincount(place, weights=people, minlength=len(values))
    theirs, counts = np.unique(other, return_counts=True)
    _, at, there = np.intersect1d(values, theirs, assume_unique=True, return_indices=True)
    return float((mine[at] * counts[there]).sum() / max(len(other), 1))
