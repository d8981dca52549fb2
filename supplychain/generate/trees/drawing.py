"""Rows drawn column by column: each column's tokens from its forest, then values, then what the domain rules say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from supplychain.generate.trees.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.generate.trees.forest import Forest
    from supplychain.generate.trees.tokens import Tokens

REDRAWS = 12
"""How often a column is drawn again for rows that break a rule with it, given all that was drawn before."""
RESTARTS = 5
"""How often rows that break a rule all the same are drawn again from the start. What is left then is for the gates."""


@dataclass(frozen=True)
class Drawn:
    """A column as it is drawn.

    Attributes:
        tokens: Its tokens.
        forest: Its trees; None for a column that is given, or that is the same as another throughout.
        same: Places of columns whose very value it may take: the codes behind `rare` mean these, in order.
    """

    tokens: Tokens
    forest: Forest | None
    same: tuple[int, ...] = ()


@dataclass(frozen=True)
class Condition:
    """A SQL condition on columns, checked as soon as the last of them is drawn. What is unknown holds or does not."""

    expression: pl.Expr
    places: tuple[int, ...]

    @classmethod
    def of(cls, text: str, names: Sequence[str], *, unknown: bool) -> Condition | None:
        """The condition, or None where it names what is no column here."""
        expression = pl.sql_expr(text).fill_null(value=unknown)
        named = set(expression.meta.root_names())
        if not named <= set(names):
            return None
        return cls(expression, tuple(place for place, name in enumerate(names) if name in named))

    @property
    def decided(self) -> int:
        """The place after which it is known."""
        return max(self.places, default=-1)


class Rows:
    """Rows that are being drawn together.

    Attributes:
        columns: The columns in their order.
        streams: Where each row's random numbers are from.
        led: Rows x columns after a column of zeros: the code of each value; columns not drawn yet are 0.
        numbers: Column's place to the values of an ordered column.
    """

    def __init__(self, columns: Sequence[Drawn], streams: Streams) -> None:
        import numpy as np

        self.columns = columns
        self.streams = streams
        self.led = np.zeros((len(streams), len(columns) + 1), dtype=np.int32)
        ordered = [place for place, column in enumerate(columns) if column.tokens.ordered]
        self.numbers = {place: np.zeros(len(streams)) for place in ordered}

    @property
    def codes(self) -> NDArray[np.int32]:
        """Rows x columns."""
        return self.led[:, 1:]

    @classmethod
    def together(cls, parts: Sequence[Rows]) -> Rows:
        """Rows one after another; their streams are those of the first, their runs their own."""
        import numpy as np

        run = np.concatenate([part.streams.run for part in parts])
        whole = cls(parts[0].columns, Streams(parts[0].streams.generators, run))
        whole.led = np.concatenate([part.led for part in parts])
        places = parts[0].numbers
        whole.numbers = {place: np.concatenate([part.numbers[place] for part in parts]) for place in places}
        return whole

    def draw(
        self, places: Iterable[int], rules: Sequence[Condition] = (), done: NDArray[np.int64] | None = None
    ) -> None:
        """Draw columns, in order; a value that breaks a rule is drawn again, and where that does not help its row.

        Args:
            places: The columns.
            rules: What rows have to meet as soon as it is known.
            done: How many columns each row has already.
        """
        places = list(places)
        broken = self._draw_once(places, rules, None, done)
        for _ in range(RESTARTS):
            if not broken.any():
                return
            broken = self._draw_once(places, rules, broken, done)

    def _draw_once(
        self,
        places: list[int],
        rules: Sequence[Condition],
        rows: NDArray[np.bool_] | None,
        done: NDArray[np.int64] | None,
    ) -> NDArray[np.bool_]:
        """Draw columns for all rows or those of a mask; which of them still break a rule."""
        import numpy as np

        broken = np.zeros(len(self.codes), dtype=bool)
        for place in places:
            chosen = rows
            if done is not None and (done > place).any():
                chosen = done <= place if rows is None else rows & (done <= place)
            if chosen is not None and not chosen.any():
                continue
            self._draw(place, chosen)
            decided = [rule for rule in rules if rule.decided == place]
            if decided:
                broken |= self._redraw(place, decided, chosen)
        return broken

    def put(self, place: int, codes: NDArray[np.int64], rows: NDArray[np.bool_] | None = None) -> None:
        """Give a column its codes, for all rows or those of a mask, and draw the numbers that they stand for."""
        import numpy as np

        column = self.columns[place]
        tokens, every = column.tokens, slice(None) if rows is None else rows
        if not tokens.ordered:
            self.codes[every, place] = codes
            return
        alike = codes > tokens.rare
        plain = np.where(alike, tokens.missing, codes) if column.same else codes
        numbers = tokens.numbers(plain, self.streams.uniform(rows)) if tokens.spread else _masses(tokens, plain)
        for number, source in enumerate(column.same):
            which = codes == tokens.rare + 1 + number
            if which.any():
                numbers[which] = self.numbers[source][every][which]
                plain[which] = tokens.encode(numbers[which])
        self.numbers[place][every] = numbers
        self.codes[every, place] = plain

    def series(self, place: int, rows: NDArray[np.bool_] | None = None) -> pl.Series:
        """A column's values, for all rows or those of a mask."""
        every = slice(None) if rows is None else rows
        numbers = self.numbers[place] if self.columns[place].tokens.ordered else None
        return self.columns[place].tokens.series(self.codes[every, place], None if numbers is None else numbers[every])

    def holds(self, condition: Condition, rows: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
        """Whether a condition holds of each row, all of whose columns are drawn."""
        import numpy as np

        count = len(self.codes) if rows is None else int(rows.sum())
        if not condition.places:
            return np.full(count, bool(pl.select(condition.expression).item()))
        frame = pl.DataFrame([self.series(place, rows) for place in condition.places])
        return frame.select(condition.expression).to_series().to_numpy()

    def order(self, places: NDArray[np.int64]) -> None:
        """Put the rows in another order."""
        self.led = self.led[places]
        self.numbers = {place: numbers[places] for place, numbers in self.numbers.items()}
        self.streams = Streams(self.streams.generators, self.streams.run[places])

    def keep(self, rows: NDArray[np.bool_]) -> None:
        """Leave out the rows that are not in a mask."""
        self.led = self.led[rows]
        self.numbers = {place: numbers[rows] for place, numbers in self.numbers.items()}
        self.streams = self.streams.kept(rows)

    def _draw(self, place: int, rows: NDArray[np.bool_] | None = None) -> None:
        column = self.columns[place]
        if column.forest is None:
            if column.same:
                self._copy(place, column.same[0])
            return
        codes = self.led if rows is None else self.led[rows]
        self.put(place, column.forest.draw(codes, self.streams.bits(rows)), rows)

    def _copy(self, place: int, source: int) -> None:
        self.codes[:, place] = self.codes[:, source]
        if source in self.numbers:
            self.numbers[place] = self.numbers[source].copy()

    def _redraw(self, place: int, rules: list[Condition], rows: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
        """Draw a column again where it breaks a rule; which rows still do: what was drawn before leaves no way out."""
        import numpy as np

        broken = np.ones(len(self.codes), dtype=bool) if rows is None else rows.copy()
        broken[broken] = ~np.logical_and.reduce([self.holds(rule, rows) for rule in rules])
        for _ in range(REDRAWS if self.columns[place].forest else 0):
            if not broken.any():
                break
            self._draw(place, broken)
            broken[broken] = ~np.logical_and.reduce([self.holds(rule, broken) for rule in rules])
        return broken


def _masses(tokens: Tokens, codes: NDArray[np.int64]) -> NDArray[np.float64]:
    import numpy as np

    return np.append(tokens.low, 0.0)[codes]
