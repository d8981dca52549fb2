"""The slice finder: all conjunctions of up to three columns, for the rows where a signal is high.

Found on one half of the entities and confirmed on the other (Benjamini and Hochberg, 1995, over all that was to be
confirmed). What a conjunction scores is the excess that it surely holds: rows times mean excess, less two standard
errors. That is greatest for the conjunction that fits the trouble: a part of it holds less, and one around it is less
sure. Conjunctions of three columns are looked through on a draw of rows where there are many, and measured again on
all of the half.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplychain.define.conjunctions import SURE, Conjunction, Signal, candidates
from supplychain.define.estimates import Mean, adjusted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.define.cuts import Binned

DEEPER = 0.1
"""By what share the excess of a slice is above that of each slice around it: fewer words are better."""
WORSE_THAN_PARENT = 3.0
"""Standard errors by which a slice is worse than the rest of each slice around it."""


@dataclass(frozen=True)
class Found:
    """A slice that was found and confirmed.

    Attributes:
        conjunction: What it is.
        signal: The name of the signal that is high in it.
        excess: Mean of the signal inside less outside, on the confirming half.
        q: Its p-value on the confirming half, adjusted for all that was to be confirmed.
    """

    conjunction: Conjunction
    signal: str
    excess: float
    q: float


def find_slices(
    columns: Sequence[Binned],
    signals: Sequence[Signal],
    confirms: NDArray[np.bool_],
    entity: NDArray[np.int64] | None,
    *,
    depth: int,
    least_rows: int,
    most: int,
    false_discovery: float,
    seed: int,
    progress: Callable[[str], None] = lambda _: None,
) -> list[Found]:
    """The slices where a signal is high, the one that holds the most excess first.

    Args:
        columns: The columns in bins.
        signals: What to look for. A row is told by the slice of an earlier signal only once.
        confirms: Which rows are of the confirming half.
        entity: The entity of each row as a whole number; None where each row is its own.
        depth: The most columns of a slice.
        least_rows: The least rows of a slice, in both halves together.
        most: The most slices.
        false_discovery: The share of slices that may be found by chance.
        seed: Seed of the draws of rows.
        progress: Called with a line of text now and then.
    """
    import numpy as np

    if not (columns and depth and most) or not signals or confirms.all() or not confirms.any():
        return []
    codes = np.stack([column.codes for column in columns])
    half, other = codes[:, ~confirms], codes[:, confirms]
    discovering = [Signal(signal.name, signal.values[~confirms], signal.least) for signal in signals]
    seeming = candidates(columns, half, discovering, depth, least_rows / 2, seed, progress)
    picked = _cover(seeming, half, discovering, least_rows / 2, 2 * most)
    del half
    tests = []
    for signal in signals:
        values, people = signal.values[confirms], entity[confirms] if entity is not None else None
        for conjunction in picked.get(signal.name, ()):
            inside = conjunction.mask(other)
            excess = _mean(values, people, inside) - _mean(values, people, ~inside)
            tests.append((conjunction, signal, excess, int(inside.sum())))
    found = [
        (excess.value * rows / signal.least, Found(conjunction, signal.name, excess.value, q))
        for (conjunction, signal, excess, rows), q in zip(
            tests, adjusted([test[2].above_zero for test in tests]), strict=True
        )
        if q <= false_discovery and excess.value >= signal.least and rows >= least_rows / 4
    ]
    found.sort(key=lambda pair: (-pair[0], pair[1].conjunction.parts))
    return [slice_ for _, slice_ in found[:most]]


def _mean(values: NDArray[np.float64], entity: NDArray[np.int64] | None, inside: NDArray[np.bool_]) -> Mean:
    return Mean.of(values[inside], entity[inside] if entity is not None else None)


def _cover(
    seeming: Mapping[str, Sequence[Conjunction]],
    codes: NDArray[np.uint8],
    signals: Sequence[Signal],
    least_rows: float,
    most: int,
) -> dict[str, list[Conjunction]]:
    """Greedily the conjunctions that hold the most sure excess among rows that none before holds, signal by signal."""
    import numpy as np

    picked: dict[str, list[Conjunction]] = {}
    covered = np.zeros(codes.shape[1], dtype=np.bool_)
    for signal in signals:
        away = signal.values - signal.values.mean()
        members = {
            conjunction: np.flatnonzero(conjunction.mask(codes)).astype(np.int32)
            for conjunction in seeming[signal.name]
        }
        members = {
            conjunction: rows
            for conjunction, rows in members.items()
            if len(rows) >= least_rows and _is_worse(conjunction, rows, signal, codes)
        }
        chosen: list[Conjunction] = []
        while members and len(chosen) < most:
            scores = {
                conjunction: _sure_excess(away[rows[~covered[rows]]], signal.least, least_rows / 2)
                for conjunction, rows in members.items()
            }
            conjunction = max(scores, key=lambda one: (scores[one], -len(one.parts), one.parts))
            if scores[conjunction] <= 0:
                break
            chosen.append(conjunction)
            covered[members.pop(conjunction)] = True
            members = {one: rows for one, rows in members.items() if scores[one] > 0}
        picked[signal.name] = chosen
    return picked


def _sure_excess(away: NDArray[np.float64], least: float, least_rows: float) -> float:
    """Rows times mean excess, less what chance may have given."""
    n = len(away)
    if n < max(least_rows, 2) or away.mean() < least:
        return 0.0
    return float(away.sum() - SURE * away.std(ddof=1) * n**0.5)


def _is_worse(conjunction: Conjunction, rows: NDArray[np.int32], signal: Signal, codes: NDArray[np.uint8]) -> bool:
    """Whether it is worse than what is left of each conjunction around it; else that one says it as well."""
    inside, overall = Mean.of(signal.values[rows]), float(signal.values.mean())
    for parent in conjunction.parents:
        around = parent.mask(codes)
        around[rows] = False
        if not around.any():
            return False  # the same rows in fewer words
        rest = Mean.of(signal.values[around])
        error = (inside.error**2 + rest.error**2) ** 0.5 if rest.freedom else inside.error
        whole = (inside.value * len(rows) + rest.value * int(around.sum())) / (len(rows) + int(around.sum()))
        plainly = inside.value - overall > (1 + DEEPER) * (whole - overall)
        if not plainly or inside.value - rest.value <= WORSE_THAN_PARENT * error:
            return False
    return True
