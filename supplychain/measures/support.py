"""Support: what values and combinations real rows have, and what another table has of them, or beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supplychain.measures.bins import Table

LEAST_PEOPLE = 5
"""Rows that make a combination one that should be there."""


def unseen(
    table: Table, real: str, names: tuple[str, ...], crossed: list[tuple[int, ...]]
) -> dict[str, NDArray[np.bool_]]:
    """Which rows of each frame hold a combination of some of the crossed columns that no real row has."""
    import numpy as np

    found = {name: np.zeros(len(table.codes[name]), dtype=bool) for name in names}
    for columns in crossed:
        cells, size = table.cells(columns)
        held = np.zeros(size, dtype=bool)
        held[cells[real]] = True
        for name in names:
            found[name] |= ~held[cells[name]]
    return found


def covered(
    table: Table, gold: str, names: tuple[str, ...], crossed: list[tuple[int, ...]]
) -> dict[str, NDArray[np.int64]]:
    """Of each crossing: how many combinations at least five gold rows have, and how many of them each frame has.

    Returns:
        Of each frame crossings x 2: those that it has, and those that gold has. What is unheard of in the real rows,
        by which the bins were cut, is no combination.
    """
    import numpy as np

    found: dict[str, list[tuple[int, int]]] = {name: [] for name in names}
    for columns in crossed:
        cells, size = table.cells(columns)
        known = (table.codes[gold][:, list(columns)] != 1).all(1)
        wanted = np.bincount(cells[gold][known], minlength=size) >= LEAST_PEOPLE
        for name in names:
            there = np.bincount(cells[name], minlength=size) > 0
            found[name].append((int((wanted & there).sum()), int(wanted.sum())))
    return {name: np.array(pairs, dtype=np.int64).reshape(-1, 2) for name, pairs in found.items()}


def covered_share(counts: NDArray[np.int64], crossed: list[tuple[int, ...]]) -> tuple[float, float, float]:
    """The share of combinations that are there, with 95% limits of a jackknife that leaves out one column at a time.

    Combinations share columns, so that they do not miss one by one: a category that is gone takes many with it.
    """
    import numpy as np

    there, wanted = counts.sum(0)
    if not wanted:
        return float("nan"), float("nan"), float("nan")
    share = float(there / wanted)
    columns = sorted({column for crossing in crossed for column in crossing})
    left_out = []
    for column in columns:
        some, of = counts[[column not in crossing for crossing in crossed]].sum(0)
        left_out.append(some / of if of else share)
    spread = np.array(left_out) - np.mean(left_out)
    half = 1.96 * float(((len(columns) - 1) / len(columns) * (spread**2).sum()) ** 0.5)
    return share, max(share - half, 0.0), min(share + half, 1.0)
