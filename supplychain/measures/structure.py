"""Structure: what holds between columns, crossing by crossing, with limits from rows that are left out in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from supplychain.measures.bins import Table

GROUPS = 20
"""Parts of the rows that are left out in turn."""
T95 = 2.093
"""The 97.5% quantile of Student's t with 19 degrees of freedom."""


def similarities(
    table: Table, real: str, others: tuple[str, ...], crossed: list[tuple[int, ...]]
) -> dict[str, NDArray[np.float64]]:
    """1 minus the total variation distance of each crossing from the real rows. 0 to 1.

    Args:
        table: Binned frames; their rows are in no order.
        real: The frame that the others are held against.
        others: Their names.
        crossed: The columns of each crossing.

    Returns:
        Of each other frame 1 + 20 rows, a column a crossing: first all of its rows, then without each twentieth.
    """
    import numpy as np

    found: dict[str, list[NDArray[np.float64]]] = {name: [] for name in others}
    for columns in crossed:
        cells, size = table.cells(columns)
        target = _shares(_counts(cells[real], size, table, real))[0]
        for name in others:
            shares = _shares(_counts(cells[name], size, table, name))
            found[name].append(1 - np.abs(shares - target).sum(1) / 2)
    return {name: np.stack(columns, axis=1) for name, columns in found.items()}


def associations(table: Table, names: tuple[str, ...], pairs: list[tuple[int, ...]]) -> dict[str, NDArray[np.float64]]:
    """How strongly each pair of columns hangs together, 0 to 1: Cramer's V of their bins.

    One measure for names and quantities alike. It is corrected for the number of rows (Bergsma, A bias-correction for
    Cramer's V and Tschuprow's T, 2013), so that a short table does not seem to have more structure than a long one.

    Returns:
        Of each frame 1 + 20 rows, a column a pair, as `similarities` has them.
    """
    import numpy as np

    found: dict[str, list[NDArray[np.float64]]] = {name: [] for name in names}
    for first, second in pairs:
        shape = table.sizes[first], table.sizes[second]
        for name in names:
            codes = table.codes[name]
            cells = codes[:, first] * shape[1] + codes[:, second]
            counts = _counts(cells, shape[0] * shape[1], table, name)
            found[name].append(_cramers_v(counts.reshape(-1, *shape)))
    return {name: np.stack(columns, axis=1) for name, columns in found.items()}


def kept(made: NDArray[np.float64], real: NDArray[np.float64]) -> NDArray[np.float64]:
    """What is kept of the real rows' associations: the slope of the made ones on them, through the origin.

    1 is all, 0 is none; a strong association counts for more than the noise of a weak one.

    Args:
        made: Draws x pairs.
        real: One association a pair, at least one of them above 0.
    """
    slope: NDArray[np.float64] = made @ real / (real @ real)
    return slope


def margin(draws: NDArray[np.float64]) -> float:
    """Half the width of a 95% interval of a figure: the first without nothing, the others without each twentieth.

    The jackknife of groups (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, section 11).
    """
    left_out = draws[1:]
    groups = len(left_out)
    return float(T95 * ((groups - 1) / groups * ((left_out - left_out.mean()) ** 2).sum()) ** 0.5)


def unrelated(frame: pl.DataFrame, rows: int, *, seed: int, weights: NDArray[np.float64] | None = None) -> pl.DataFrame:
    """Rows with the values of a frame's columns and no relation between them: each column is drawn on its own.

    A value comes as often as its weight says, to within one row.
    """
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(seed)
    weights = np.ones(frame.height) if weights is None else weights
    columns = {}
    for name in frame.columns:
        order = rng.permutation(frame.height)
        reached = np.cumsum(weights[order]) / weights.sum()
        drawn = np.minimum(np.searchsorted(reached, (np.arange(rows) + rng.random()) / rows), frame.height - 1)
        columns[name] = frame[name].gather(rng.permutation(order[drawn]))
    return pl.DataFrame(columns)


def _counts(cells: NDArray[np.int64], size: int, table: Table, name: str) -> NDArray[np.float64]:
    """How many rows lie in each cell: of all rows, then of those without each twentieth.

    Weighted rows count as the number of rows that tell as much.
    """
    import numpy as np

    weights, part = table.weights.get(name), table.parts.get(name, np.arange(len(cells)) % GROUPS)
    if weights is not None:
        weights = weights * weights.sum() / (weights**2).sum()
    counts = np.bincount(part * size + cells, weights, minlength=GROUPS * size).reshape(GROUPS, size)
    whole = counts.sum(0)
    return np.concatenate([whole[None], whole - counts]).astype(np.float64)


def _shares(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    shares: NDArray[np.float64] = counts / np.maximum(counts.sum(1, keepdims=True), 1e-9)
    return shares


def _cramers_v(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bergsma's corrected V of each of a stack of two-way tables; 0 where a column has one value."""
    import numpy as np

    n = np.maximum(counts.sum((1, 2)), 2)
    rows, columns = counts.sum(2), counts.sum(1)
    expected = rows[:, :, None] * columns[:, None, :] / n[:, None, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        phi2 = np.where(expected > 0, counts**2 / expected, 0).sum((1, 2)) / n - 1
    height, width = (rows > 0).sum(1), (columns > 0).sum(1)
    phi2 = np.maximum(phi2 - (height - 1) * (width - 1) / (n - 1), 0)
    least = np.minimum(height - (height - 1) ** 2 / (n - 1), width - (width - 1) ** 2 / (n - 1)) - 1
    v: NDArray[np.float64] = np.sqrt(np.where(least > 0, phi2 / np.maximum(least, 1e-9), 0))
    return v.clip(max=1.0)
