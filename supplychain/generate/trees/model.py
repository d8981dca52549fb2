"""Sequential trees, with leaks pruned away.

Columns are drawn one after another, each from trees on those before it (Reiter 2005; synthpop: Nowok, Raab and Dibben
2016). Raw trees reach the quality of real rows and leak: a person's record makes its own values likelier at every
column, and a membership attack adds these up. What is different here:

- values are tokens that several people share (`tokens.py`), so that no number is a donor's; zeros, rounded sums and
  the steps to which people round survive;
- a tree is grown on half of the people and pruned on the other half (`growing.py`, `pruning.py`; reduced-error
  pruning, Quinlan 1987, by the Brier score of the whole distribution): a split that only fits the people it was made
  from is gone, and with it most of what an attack feeds on, at no cost in what carries over to others;
- leaves have a floor on people, not on rows;
- each column has several such trees, and each row draws from one of them;
- a column may take the very value of another (`likeness.py`);
- a value that breaks a domain rule with what was drawn before is drawn again (`drawing.py`);
- people with several rows are drawn as people (`people.py`);
- each row is chosen among several by how much likelier it is among real people (`ratio.py`).

Columns that conditions name come first: then a slice is met from the combinations that lie inside (`conditions.py`),
and hundreds of slices are drawn in one pass.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import polars as pl

from supplychain.generate.synthesizer import as_polars
from supplychain.generate.trees.conditions import Cells, draw_inside
from supplychain.generate.trees.drawing import Condition, Rows
from supplychain.generate.trees.fitting import Fitted, fit_trees
from supplychain.generate.trees.people import ENTITY, Drawer
from supplychain.generate.trees.ratio import chosen, chosen_people, drawable, learn_ratio, most_rows
from supplychain.generate.trees.runs import CHUNK, Run, blocks_of, runs_of
from supplychain.generate.trees.streams import Streams
from supplychain.slices import ALL_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from supplychain.slices import Slice

MOST_CHOICES = 100
RAREST = 20_000
"""A slice whose combinations are too many to write down is given up when it holds less than one row in so many."""


class Trees:
    """Our own synthesizer: sequential trees that are pruned on other people than they were grown on.

    Args:
        min_leaf: People in a leaf, at least. The privacy dial: more people, less of each. In a small table a tenth of
            the people, but not fewer than 20.
        min_people: People that a value or a bin stands for, at least.
        trees: Trees a column.
        choices: Drawn rows for each that is taken: they are chosen by how much likelier they are among real people.
            1 takes every row, at a fraction of the time.
        first: Columns to draw first; the chain puts those of the planned slices here.
        rules: Domain rules as SQL conditions, which the chain reads in the suite.
        weight: A column of survey weights: rows come as common as it says. All synthetic rows have its mean.
    """

    takes: ClassVar[tuple[str, ...]] = ("first", "rules", "weight")
    """The hints that the chain passes."""

    def __init__(
        self,
        min_leaf: int = 50,
        min_people: int = 20,
        trees: int = 5,
        choices: int = 4,
        first: Sequence[str] = (),
        rules: Sequence[str] = (),
        weight: str | None = None,
    ) -> None:
        for name, value in (("min_leaf", min_leaf), ("min_people", min_people), ("trees", trees), ("choices", choices)):
            if not isinstance(value, int) or value < 1:
                raise TypeError(f"{name} is {value!r}, not a whole number from 1")
        if choices > MOST_CHOICES:
            raise TypeError(f"choices is {choices}, and at most {MOST_CHOICES} rows are drawn for one")
        self._settings: dict[str, Any] = {
            "min_leaf": min_leaf,
            "min_people": min_people,
            "trees": trees,
            "choices": choices,
            "first": list(first),
            "rules": list(rules),
            "weight": weight,
        }
        self._fitted = Fitted()
        self._cells: dict[int, Cells | None] = {}
        self._inside: dict[str, tuple[Cells | None, list[Condition]]] = {}

    def fit(self, frame: pl.DataFrame | pd.DataFrame, *, seed: int) -> Self:
        """Learn from a frame; people are told apart by its column `_entity`, rows where there is none."""
        import numpy as np

        settings = {name: value for name, value in self._settings.items() if name != "choices"}
        self._fitted, sample = fit_trees(as_polars(frame), seed=seed, **settings)
        self._cells, self._inside = {}, {}
        if self._settings["choices"] > 1:
            rng = np.random.default_rng([seed, 1])
            rows = rng.permutation(len(sample.codes))[: most_rows(len(sample.tokens))]
            made = self._practice(len(rows), int(rng.integers(2**62)))
            real = drawable(sample.of(rows), [column.forest for column in self._fitted.columns], rng)
            ratio = learn_ratio(real, made, min_leaf=self._settings["min_leaf"])
            self._fitted = replace(self._fitted, ratio=ratio)
        return self

    def sample(self, n: int, *, seed: int, where: Slice | str | None = None) -> pl.DataFrame:
        """Up to n rows in `where`; without it, people with several rows are told apart by the column `_entity`."""
        return next(self.sample_each([(n, seed, where)]))

    def sample_each(self, orders: Sequence[tuple[int, int, Slice | str | None]]) -> Iterator[pl.DataFrame]:
        """What `sample` gives for each order of rows, seed and condition, drawn in one pass.

        Yields:
            The rows of each order, in turn.
        """
        made: list[pl.DataFrame] = []
        due = 0
        for block in blocks_of(runs_of(orders, CHUNK // self._choices), CHUNK // self._choices, self._stands_alone):
            for run, rows in zip(block, self._drawn(block), strict=True):
                while due < run.order:
                    yield self._joined(made)
                    due, made = due + 1, []
                made.append(rows)
        for _ in range(due, len(orders)):
            yield self._joined(made)
            made = []

    def save(self, path: Path) -> None:
        """Write plain arrays: reading them back runs no code."""
        self._fitted.save(path, self._settings)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read them back."""
        fitted, settings = Fitted.load(path)
        made = cls(**settings)
        made._fitted = fitted
        return made

    @property
    def _choices(self) -> int:
        return int(self._settings["choices"]) if self._fitted.ratio else 1

    def _practice(self, n: int, seed: int) -> NDArray[np.int32]:
        """Codes of rows as they are drawn, before any is chosen."""
        import numpy as np

        runs = runs_of([(n, seed, None)], CHUNK)
        several = bool(self._fitted.following)
        return np.concatenate([(self._people_of(run)[0] if several else self._rows_of(run)).codes for run in runs])

    def _joined(self, parts: list[pl.DataFrame]) -> pl.DataFrame:
        return pl.concat(parts) if parts else self._framed(Rows(self._fitted.columns, Streams.of([(0, [0])])), [0])

    def _stands_alone(self, where: Slice) -> bool:
        """Whether rows of a condition are not drawn with others: whole people, and what has no combinations."""
        return (where == ALL_ROWS and bool(self._fitted.following)) or (
            where != ALL_ROWS and self._cells_of(where)[0] is None
        )

    def _drawn(self, block: list[Run]) -> list[pl.DataFrame]:
        """The rows of some runs, drawn together."""
        if not self._stands_alone(block[0].where):
            return self._together(block)
        (run,) = block
        return [self._people(run) if run.where == ALL_ROWS else self._by_rejection(run)]

    def _together(self, block: list[Run]) -> list[pl.DataFrame]:
        import numpy as np

        rows = self._rows_of(*block)
        ends = np.searchsorted(rows.streams.run, np.arange(len(block) + 1))
        frame = self._framed(rows, np.repeat([run.seed[-1] for run in block], np.diff(ends)))
        return [frame.slice(ends[i], ends[i + 1] - ends[i]) for i in range(len(block))]

    def _rows_of(self, *block: Run) -> Rows:
        """The rows of some runs, each chosen among as many as it is to be chosen among."""
        import numpy as np

        drawn = [(run.rows * self._choices, run.seed) for run in block]
        rows = Rows(self._fitted.columns, Streams.of(drawn))
        cells = [self._cells_of(run.where) if run.where != ALL_ROWS else (None, []) for run in block]
        stops = np.array([len(found.codes[0]) if found and len(found.codes) else 0 for found, _ in cells])
        if any(run.where != ALL_ROWS for run in block):
            met = draw_inside(rows, [found for found, _ in cells], stops, [conditions for _, conditions in cells])
            possible = np.array([run.where == ALL_ROWS or stop > 0 for run, stop in zip(block, stops, strict=True)])
            rows.keep(met & possible[rows.streams.run])
        rows.draw(range(len(rows.columns)), self._rules(), stops[rows.streams.run])
        self._choose(rows, [run.rows for run in block])
        return rows

    def _choose(self, rows: Rows, wanted: list[int]) -> None:
        """Leave of each run as many rows as are wanted, by how much likelier they are among real people."""
        import numpy as np

        if self._fitted.ratio:
            odds = self._fitted.ratio.log_odds(rows.led)
            rows.keep(chosen(odds, rows.streams.uniform(), rows.streams.run, np.array(wanted)))

    def _by_rejection(self, run: Run) -> pl.DataFrame:
        """The columns up to the last that a condition names are drawn until it is met, and the others only then."""
        import numpy as np

        _, conditions = self._cells_of(run.where)
        stop = max(*(condition.decided for condition in conditions), 0) + 1
        parts: list[Rows] = []
        made = tried = 0
        wanted = run.rows * self._choices
        while made < wanted and tried < RAREST * (made // self._choices + 100):
            rows = Rows(self._fitted.columns, Streams.of([(CHUNK, [*run.seed, tried])]))
            rows.draw(range(stop), self._rules())
            met = np.logical_and.reduce([rows.holds(condition) for condition in conditions])
            rows.keep(met & (np.cumsum(met) <= wanted - made))
            rows.draw(range(stop, len(rows.columns)), self._rules())
            made, tried = made + len(rows.codes), tried + CHUNK
            parts.append(rows)
        whole = Rows.together(parts)
        self._choose(whole, [run.rows])
        return self._framed(whole, [run.seed[-1]] * len(whole.codes))

    def _people(self, run: Run) -> pl.DataFrame:
        rows, person = self._people_of(run)
        return self._as_frame(rows).with_columns(pl.Series(ENTITY, person + run.seed[-1] * CHUNK))

    def _people_of(self, run: Run) -> tuple[Rows, NDArray[np.int64]]:
        """The rows of whole people, and whose each is; people are chosen by the mean of the log odds of their rows."""
        import numpy as np

        fitted = self._fitted
        names = [column.tokens.name for column in fitted.columns]
        later = _conditions(fitted.rules, [*(f"\0{name}" for name in names), *names])
        drawer = Drawer(fitted.columns, fitted.following, fitted.rows_per_person)
        rows, person = drawer.draw(run.rows * self._choices, run.seed, self._rules(), later)
        if fitted.ratio:
            many = np.bincount(person)
            odds = np.bincount(person, weights=fitted.ratio.log_odds(rows.led)) / many
            taken = chosen_people(odds, rows.streams.generators[0].random(len(many)), many, run.rows)[person]
            taken &= np.cumsum(taken) <= run.rows
            rows.keep(taken)
            person = person[taken]
        return rows, person

    def _rules(self) -> list[Condition]:
        return _conditions(self._fitted.rules, [column.tokens.name for column in self._fitted.columns])

    def _cells_of(self, where: Slice) -> tuple[Cells | None, list[Condition]]:
        """The combinations of first columns that lie in a slice, and the conditions that their rows have to meet."""
        if where.where in self._inside:
            return self._inside[where.where]
        fitted = self._fitted
        names = [column.tokens.name for column in fitted.columns]
        asked = Condition.of(where.where, names, unknown=False)
        if asked is None:
            where.mask(self._joined([]))  # says which column is unknown
            raise AssertionError(where)
        stop = max(asked.decided, 0) + 1
        conditions = [asked, *(rule for rule in self._rules() if rule.decided < stop)]
        if stop not in self._cells:
            self._cells[stop] = Cells.of(fitted.columns[:stop])
        cells = self._cells[stop]
        found = None if cells is None else cells.inside(fitted.columns, conditions)
        self._inside[where.where] = found, conditions
        return found, conditions

    def _framed(self, rows: Rows, number: Sequence[int] | NDArray[np.int64]) -> pl.DataFrame:
        """Rows that are each a person of their own, where people are told apart; `number` is each row's run."""
        frame = self._as_frame(rows)
        if not self._fitted.following:
            return frame
        return frame.with_columns(pl.Series(ENTITY, number, dtype=pl.Int64) * CHUNK + pl.int_range(pl.len()))

    def _as_frame(self, rows: Rows) -> pl.DataFrame:
        fitted = self._fitted
        made = {column.tokens.name: rows.series(place) for place, column in enumerate(rows.columns)}
        for name in fitted.ids:
            made[name] = pl.Series(name, [f"synthetic-{bits:016x}" for bits in rows.streams.bits()], dtype=pl.String)
        if fitted.weight is not None:
            name, mean = fitted.weight
            made[name] = pl.Series(name, [mean]).new_from_index(0, len(rows.codes))
        return pl.DataFrame([made[name] for name in fitted.names])


def _conditions(rules: Sequence[str], names: list[str]) -> list[Condition]:
    """The rules that name only columns which are drawn."""
    found = (Condition.of(rule, names, unknown=True) for rule in rules)
    return [condition for condition in found if condition is not None]
