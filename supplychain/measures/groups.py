"""Groups of people by a column or two, and the gaps between them in a model's errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supplychain.measures.bootstrap import Resampled

MOST_GROUPS = 12
"""Values of a column that are groups; a number with more is parted at its quartiles."""
LEAST_PEOPLE = 30
"""People of a group below which nothing is said of it."""
LEAST_CASES = 10
"""People of a group with the outcome, and without it, below which its error rates are not told."""


@dataclass(frozen=True)
class Grouping:
    """Groups by one column or by two, learnt from real rows and found in any.

    Attributes:
        columns: The columns.
        cuts: Of each column the quartiles that part it; None where its values are the groups.
        names: Of each column the groups' values, as text.
    """

    columns: tuple[str, ...]
    cuts: tuple[tuple[float, ...] | None, ...]
    names: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, real: pl.DataFrame, *columns: str) -> Grouping:
        """The groups of some columns in real rows."""
        cuts = tuple(_quartiles(real[column]) for column in columns)
        names = []
        for column, at in zip(columns, cuts, strict=True):
            counts = _as_text(real[column], at).drop_nulls().value_counts()
            names.append(tuple(counts.sort(["count", column], descending=[True, False])[column].head(MOST_GROUPS)))
        return cls(columns, cuts, tuple(tuple(sorted(of_one)) for of_one in names))

    @property
    def name(self) -> str:
        """Such as `female x black`."""
        return " x ".join(self.columns)

    @property
    def labels(self) -> tuple[str, ...]:
        """Each group in words, such as `female=1 x black=0`."""
        from itertools import product

        each = [[f"{c}={name}" for name in names] for c, names in zip(self.columns, self.names, strict=True)]
        return tuple(" x ".join(parts) for parts in product(*each))

    def code(self, frame: pl.DataFrame) -> NDArray[np.int64]:
        """The group of each row as a position in `labels`; -1 for none."""
        import numpy as np

        code, known = np.zeros(frame.height, dtype=np.int64), np.ones(frame.height, dtype=np.bool_)
        for column, cuts, names in zip(self.columns, self.cuts, self.names, strict=True):
            text = _as_text(frame[column], cuts)
            mine = text.replace_strict(list(names), list(range(len(names))), default=-1, return_dtype=pl.Int64)
            one = mine.fill_null(-1).to_numpy()
            code, known = code * len(names) + one, known & (one >= 0)
        return np.where(known, code, -1)


def large_groups(people: pl.DataFrame, column: str) -> int:
    """How many groups of a column have people enough."""
    import numpy as np

    code = Grouping.of(people, column).code(people)
    return int((np.bincount(code[code >= 0]) >= LEAST_PEOPLE).sum())


def _quartiles(values: pl.Series) -> tuple[float, ...] | None:
    if not values.dtype.is_numeric() or values.n_unique() <= MOST_GROUPS:
        return None
    present = values.drop_nulls().cast(pl.Float64).drop_nans()
    return tuple(sorted({float(present.quantile(q) or 0.0) for q in (0.25, 0.5, 0.75)}))


def _as_text(values: pl.Series, cuts: tuple[float, ...] | None) -> pl.Series:
    return (values.cast(pl.Float64).cut(list(cuts)) if cuts else values).cast(pl.String)


@dataclass(frozen=True)
class Gaps:
    """The largest difference between two groups in what a model does to them; of the rows, then of each draw.

    Attributes:
        parity: In the mean score (demographic parity; Dwork et al., 2012).
        opportunity: In the true positive rate (equal opportunity; Hardt et al., 2016).
        odds: In the true or the false positive rate, whichever is larger (equalised odds; likewise).
        calibration: In the mean score less the outcome's rate (calibration within groups; Kleinberg et al., 2017).
        told: Groups with people enough; those with cases enough for rates.
    """

    parity: NDArray[np.float64]
    opportunity: NDArray[np.float64]
    odds: NDArray[np.float64]
    calibration: NDArray[np.float64]
    told: tuple[int, int]

    @classmethod
    def of(
        cls,
        code: NDArray[np.int64],
        truth: NDArray[np.float64],
        rate: NDArray[np.float64],
        score: NDArray[np.float64],
        chosen: NDArray[np.bool_],
        draws: Resampled,
    ) -> Gaps:
        """Measure them; NaN where fewer than two groups have people, or cases, enough.

        Args:
            code: The group of each row, -1 for none.
            truth: Whether it has the outcome.
            rate: What the score foretells: 0 or 1, or the quantity in the score's unit.
            score: The expected outcome.
            chosen: Whether the model says that it has it.
            draws: Draws of the rows.
        """
        import numpy as np

        groups = max(int(code.max(initial=-1)) + 1, 1)
        of_group = (code[:, None] == np.arange(groups)).astype(np.float64)
        has = truth.astype(np.float64)
        parts = (np.ones(len(code)), score, score - rate, has, has * chosen, 1 - has, (1 - has) * chosen)
        columns = np.concatenate([of_group * part[:, None] for part in parts], axis=1)
        sums = np.split(draws.sums(columns), len(parts), axis=1)
        people, scores, excess, cases, hits, others, alarms = sums
        large = people[0] >= LEAST_PEOPLE
        rated = large & (cases[0] >= LEAST_CASES) & (others[0] >= LEAST_CASES)
        opportunity, alarm = _range(hits, cases, rated), _range(alarms, others, rated)
        return cls(
            _range(scores, people, large),
            opportunity,
            np.maximum(opportunity, alarm),
            _range(excess, people, large),
            (int(large.sum()), int(rated.sum())),
        )


def _range(sums: NDArray[Any], people: NDArray[Any], told: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Largest less smallest mean of the groups that are told, in each draw; a group that a draw lacks is left out."""
    import numpy as np

    if told.sum() < 2:
        return np.full(len(sums), np.nan)
    there = people[:, told] > 0
    means = sums[:, told] / np.where(there, people[:, told], 1)
    found = np.where(there, means, -np.inf).max(axis=1) - np.where(there, means, np.inf).min(axis=1)
    return np.where(np.isfinite(found), found, np.nan)
