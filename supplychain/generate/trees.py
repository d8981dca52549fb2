"""Sequential trees, with leaks pruned away.

Columns are drawn one after another, each from a classification or regression tree on those before it (Reiter 2005;
synthpop: Nowok, Raab and Dibben 2016). Raw trees reach the quality of real rows and leak: a person's record makes its
own values likelier at every column, and a membership attack adds these up. Four things are different here:

- values are tokens that several people share (`tokens.py`), so that no number is a donor's;
- a tree is grown on half of the people and pruned on the other half (reduced-error pruning, Quinlan 1987, by the
  Brier score of the whole distribution): a split that only fits the people it was made from is gone, and with it most
  of what an attack feeds on, at no cost in what carries over to others;
- leaves have a floor on people, not on rows;
- each column has several such trees, and each row draws from one of them.

Columns that conditions name come first: then a slice is met by drawing those few columns alone until they lie in it.
"""

from __future__ import annotations

import dataclasses
import io
import json
from typing import TYPE_CHECKING, Any, ClassVar, Self

import polars as pl

from supplychain.generate.forest import Forest, grow
from supplychain.generate.synthesizer import as_polars, as_slice
from supplychain.generate.tokens import Tokens, learn
from supplychain.schema import Schema
from supplychain.slices import ALL_ROWS

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from supplychain.slices import Slice

ENTITY = "_entity"
LEAST_LEAF = 20
CHUNK = 32_768
"""Rows drawn at a time: what they need stays in the processor's cache, and memory does not grow with the rows."""
FEW_TOKENS = 8
"""Columns with at most so many tokens are drawn before the others."""
RAREST = 20_000
"""A slice is given up when it holds less than one in so many; its columns alone are drawn that often."""


class Trees:
    """Our own synthesizer: sequential trees that are pruned on other people than they were grown on.

    Args:
        min_leaf: People in a leaf, at least. The privacy dial: more people, less of each. In a small table a tenth of
            the people, but not fewer than 20.
        min_people: People that a value or a bin stands for, at least.
        trees: Trees a column.
        first: Columns to draw first; the chain puts those of the planned slices here.
    """

    takes: ClassVar[tuple[str, ...]] = ("first",)
    """The hints that the chain passes."""

    def __init__(self, min_leaf: int = 100, min_people: int = 20, trees: int = 5, first: tuple[str, ...] = ()) -> None:
        for name, value in (("min_leaf", min_leaf), ("min_people", min_people), ("trees", trees)):
            if not isinstance(value, int) or value < 1:
                raise TypeError(f"{name} is {value!r}, not a whole number from 1")
        self._settings: dict[str, Any] = {
            "min_leaf": min_leaf,
            "min_people": min_people,
            "trees": trees,
            "first": list(first),
        }
        self._columns: list[str] = []
        self._tokens: list[Tokens] = []
        self._forests: list[Forest] = []

    def fit(self, frame: pl.DataFrame | pd.DataFrame, *, seed: int) -> Self:
        """Learn from a frame; people are told apart by its column `_entity`, rows where there is none."""
        import numpy as np

        frame = as_polars(frame)
        schema = Schema.of(frame)
        rng = np.random.default_rng(seed)
        person, weight = _people(frame)
        people = float(weight.sum())
        floor = min(self._settings["min_people"], people / 10)
        min_leaf = min(self._settings["min_leaf"], max(int(people // 10), LEAST_LEAF))
        learned = {column.name: learn(frame[column.name], column.kind, weight, floor) for column in schema.columns}
        order = _order(schema, {name: codes for name, (_, codes) in learned.items()}, self._settings["first"])
        self._columns = schema.names
        self._tokens = [learned[name][0] for name in order]
        codes = np.stack([learned[name][1] for name in order], axis=1).astype(np.float32)
        codes, self._tokens = _by_likeness(codes, self._tokens)
        self._forests = [
            grow(codes, place, self._tokens[place], person, weight, min_leaf, self._settings["trees"], rng)
            for place in range(len(order))
        ]
        return self

    def sample(self, n: int, *, seed: int, where: Slice | str | None = None) -> pl.DataFrame:
        """Up to n rows in `where`; only the columns up to the last that it names are drawn more than once."""
        import numpy as np

        slice_ = as_slice(where)
        rng = np.random.default_rng(seed)
        parts, made, drawn = [], 0, 0
        while made < n and (slice_ == ALL_ROWS or drawn < RAREST * (made + 100)):
            part = self._chunk(CHUNK if slice_ != ALL_ROWS else min(CHUNK, n - made), slice_, rng)
            drawn += CHUNK
            part = part.head(n - made)
            made += part.height
            parts.append(part)
        return pl.concat(parts) if parts else self._chunk(1, ALL_ROWS, rng).clear()

    def save(self, path: Path) -> None:
        """Write plain arrays: reading them back runs no code."""
        import numpy as np

        arrays: dict[str, Any] = {}
        for place, (tokens, forest) in enumerate(zip(self._tokens, self._forests, strict=True)):
            arrays |= {f"{place}.low": tokens.low, f"{place}.width": tokens.width}
            arrays |= {f"{place}.{name}": getattr(forest, name) for name in Forest.__dataclass_fields__}
        words = {
            "settings": self._settings,
            "columns": self._columns,
            "tokens": [[t.name, t.kind, list(t.labels), t.decimals, t.single] for t in self._tokens],
        }
        buffer = io.BytesIO()
        np.savez(buffer, words=np.frombuffer(json.dumps(words).encode(), dtype=np.uint8), **arrays)
        path.write_bytes(buffer.getvalue())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read them back."""
        import numpy as np

        with np.load(path, allow_pickle=False) as arrays:
            words = json.loads(arrays["words"].tobytes())
            made = cls(**{**words["settings"], "first": tuple(words["settings"]["first"])})
            made._columns = words["columns"]
            for place, (name, kind, labels, decimals, single) in enumerate(words["tokens"]):
                low, width = arrays[f"{place}.low"], arrays[f"{place}.width"]
                made._tokens.append(Tokens(name, kind, tuple(labels), low, width, decimals, single))
                parts = {name: arrays[f"{place}.{name}"] for name in Forest.__dataclass_fields__}
                made._forests.append(Forest(**{**parts, "depth": int(parts["depth"])}))
        return made

    def _chunk(self, n: int, where: Slice, rng: np.random.Generator) -> pl.DataFrame:
        """Rows drawn column by column, left out as soon as it is known that they are not in the slice."""
        import numpy as np

        codes = np.zeros((n, len(self._tokens)), dtype=np.float32)
        named = [place for place, tokens in enumerate(self._tokens) if tokens.name in where.columns]
        decided = max(named, default=-1)
        values: dict[str, pl.Series] = {}
        for place, (tokens, forest) in enumerate(zip(self._tokens, self._forests, strict=True)):
            drawn = forest.draw(codes, rng)
            codes[:, place] = drawn
            values[tokens.name] = tokens.decode(drawn, rng)
            if place == decided:
                inside = where.mask(pl.DataFrame(list(values.values())))
                codes = codes[inside.to_numpy()]
                values = {name: series.filter(inside) for name, series in values.items()}
        return pl.DataFrame([values[name] for name in self._columns])


def _people(frame: pl.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Each row's person as a number, and 1 over the rows of that person."""
    import numpy as np

    if ENTITY not in frame.columns:
        return np.arange(frame.height), np.ones(frame.height)
    person = (frame[ENTITY].rank("dense") - 1).cast(pl.Int64).to_numpy()
    return person, 1 / np.bincount(person)[person]


def _order(schema: Schema, codes: dict[str, NDArray[np.int64]], first: list[str]) -> list[str]:
    """Columns in the order of drawing: those of conditions, then those with few tokens, each by how much it tells."""
    import numpy as np

    names = schema.names
    if len(names) < 2:
        return names
    with np.errstate(invalid="ignore", divide="ignore"):
        related = np.abs(np.nan_to_num(np.corrcoef(np.stack([codes[name] for name in names]))))
    tells = dict(zip(names, related.sum(axis=1), strict=True))

    def rank(name: str) -> tuple[bool, bool, float, str]:
        return name not in first, len(np.unique(codes[name])) > FEW_TOKENS, -tells[name], name

    return sorted(names, key=rank)


def _by_likeness(codes: NDArray[np.float32], tokens: list[Tokens]) -> tuple[NDArray[np.float32], list[Tokens]]:
    """Number the labels of categories so that alike ones are neighbours, and a tree can split them by a threshold.

    Alike in the first principal component of the other columns.
    """
    import numpy as np

    plain = [place for place, token in enumerate(tokens) if token.ordered or len(token.labels) <= 2]
    if not plain or len(plain) == len(tokens):
        return codes, tokens
    spread = codes[:, plain].std(axis=0)
    scaled = (codes[:, plain] - codes[:, plain].mean(axis=0)) / np.where(spread > 0, spread, 1)
    _, _, axes = np.linalg.svd(scaled.T @ scaled / len(codes))
    score = scaled @ axes[0]
    codes, tokens = codes.copy(), list(tokens)
    for place in sorted(set(range(len(tokens))) - set(plain)):
        token, column = tokens[place], codes[:, place].astype(np.int64)
        sums = np.bincount(column, weights=score, minlength=token.rare + 1)[: token.known]
        mean = sums / np.maximum(np.bincount(column, minlength=token.rare + 1)[: token.known], 1)
        order = np.argsort(mean, kind="stable")
        place_of = np.arange(token.rare + 1)
        place_of[order] = np.arange(token.known)
        codes[:, place] = place_of[column]
        tokens[place] = dataclasses.replace(token, labels=tuple(token.labels[i] for i in order))
    return codes, tokens
