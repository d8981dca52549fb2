"""Fitting sequential trees: columns to tokens, an order, a forest for each column; and the fitted model as bytes."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.errors import BadInput, StoreFault
from supplychain.generate.modelfile import read_model, write_model
from supplychain.generate.trees.drawing import Drawn
from supplychain.generate.trees.forest import Forest, Nodes
from supplychain.generate.trees.growing import Sample, grow
from supplychain.generate.trees.likeness import same_as
from supplychain.generate.trees.people import COUNT, NTH, counted, people_of, steps_of
from supplychain.generate.trees.ratio import Ratio
from supplychain.generate.trees.tokens import Tokens, as_numbers, learn
from supplychain.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

KIND, FORM = "trees", 2
"""What a model file says of itself."""
LEAST_LEAF = 20
ID_SHARE = 0.99
"""A text column with at least this share of different values, and no space in any, holds ids."""
LEAST_IDS = 50


@dataclass(frozen=True)
class Fitted:
    """Fitted sequential trees.

    Attributes:
        names: The columns of a row, in the order that a reader sees.
        columns: The columns in the order of drawing; number and count of a person's rows first, where people have
            several.
        following: How the next row of a person is drawn: the columns of the row before, then those of the next.
        rows_per_person: The mean.
        ids: Columns that are made anew, and mean nothing.
        weight: The column of survey weights and its mean.
        rules: Domain rules that rows are drawn by.
        ratio: How much likelier a drawn row is among real people, if rows are chosen by it.
    """

    names: tuple[str, ...] = ()
    columns: tuple[Drawn, ...] = ()
    following: tuple[Drawn, ...] = ()
    rows_per_person: float = 1.0
    ids: tuple[str, ...] = ()
    weight: tuple[str, float] | None = None
    rules: tuple[str, ...] = ()
    ratio: Ratio | None = None

    def save(self, path: Path, settings: dict[str, Any]) -> None:
        """Write the model as one file of plain arrays."""
        import numpy as np

        arrays: dict[str, Any] = {}
        words: dict[str, Any] = {"settings": settings}
        for name in ("names", "rows_per_person", "ids", "weight", "rules"):
            words[name] = getattr(self, name)
        for part in ("columns", "following"):
            words[part] = []
            for place, drawn in enumerate(getattr(self, part)):
                arrays |= {f"{part}.{place}.{name}": getattr(drawn.tokens, name) for name in ("low", "width")}
                if drawn.forest:
                    fields = Forest.__dataclass_fields__
                    arrays |= {f"{part}.{place}.{name}": getattr(drawn.forest, name) for name in fields}
                words[part].append(_words(drawn))
        if self.ratio:
            arrays |= {f"ratio.{name}": value for name, value in vars(self.ratio.trees).items()}
            arrays["ratio.steps"] = self.ratio.steps
        buffer = io.BytesIO()
        np.savez(buffer, words=np.frombuffer(json.dumps(words).encode(), dtype=np.uint8), **arrays)
        write_model(path, buffer.getvalue(), kind=KIND, form=FORM)

    @classmethod
    def load(cls, path: Path) -> tuple[Fitted, dict[str, Any]]:
        """The model in a file, and the settings that it was made with.

        Raises:
            StoreFault: Something else wrote it, or a newer version of this library.
        """
        import numpy as np

        _, body = read_model(path, kind=KIND, form=FORM)
        try:
            arrays = np.load(io.BytesIO(body), allow_pickle=False)
            words = json.loads(arrays["words"].tobytes())
        except (ValueError, KeyError, OSError) as error:
            raise StoreFault(f"the model file of {KIND} is damaged ({error}); fit again") from None
        columns, following = (
            tuple(_drawn(arrays, f"{part}.{place}", said) for place, said in enumerate(words[part]))
            for part in ("columns", "following")
        )
        weight = tuple(words["weight"]) if words["weight"] else None
        names, ids, rules = (tuple(words[name]) for name in ("names", "ids", "rules"))
        fitted = cls(names, columns, following, words["rows_per_person"], ids, weight, rules, _ratio(arrays))
        return fitted, words["settings"]


def _words(drawn: Drawn) -> dict[str, Any]:
    tokens = drawn.tokens
    said = {name: getattr(tokens, name) for name in ("name", "kind", "labels", "steps", "shares", "single")}
    return {**said, "same": drawn.same, "trees": drawn.forest is not None}


def _drawn(arrays: Any, key: str, said: dict[str, Any]) -> Drawn:  # noqa: ANN401  (numpy's archive)
    forest = None
    if said["trees"]:
        parts = {name: arrays[f"{key}.{name}"] for name in Forest.__dataclass_fields__}
        forest = Forest(**{**parts, "depth": int(parts["depth"])})
    tokens = Tokens(
        said["name"],
        said["kind"],
        tuple(said["labels"]),
        arrays[f"{key}.low"],
        arrays[f"{key}.width"],
        tuple(said["steps"]),
        tuple(said["shares"]),
        said["single"],
    )
    return Drawn(tokens, forest, tuple(said["same"]))


def _ratio(arrays: Any) -> Ratio | None:  # noqa: ANN401  (numpy's archive)
    if "ratio.steps" not in arrays:
        return None
    parts = {name: arrays[f"ratio.{name}"] for name in Nodes.__dataclass_fields__}
    return Ratio(Nodes(**{**parts, "depth": int(parts["depth"])}), arrays["ratio.steps"])


def fit_trees(
    frame: pl.DataFrame,
    *,
    seed: int,
    min_leaf: int,
    min_people: int,
    trees: int,
    first: Sequence[str],
    rules: Sequence[str],
    weight: str | None,
) -> tuple[Fitted, Sample]:
    """Learn from a frame; see `Trees`. Beside what was learnt come the rows that it was learnt from.

    Raises:
        BadInput: There is nothing to learn from.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    names = tuple(Schema.of(frame).names)
    if not frame.height or not names:
        raise BadInput("there is no value to fit on", place="generate", remedy="bring rows")
    person = people_of(frame)
    several = int(person.max(initial=-1)) + 1 < frame.height
    share = 1 / np.bincount(person)[person]
    weights, told = _weights(frame, weight)
    ids = tuple(name for name in names if _is_id(frame[name]))
    rows = frame.select(name for name in names if name != weight and name not in ids)
    rows = counted(rows, person) if several else rows
    people = float(share.sum())
    floor = min(min_people, people / 10)
    leaf = {"min_leaf": min(min_leaf, max(int(people // 10), LEAST_LEAF)), "trees": trees, "rng": rng}
    table = _Table.of(rows, share, floor, [NTH, COUNT, *first] if several else list(first))
    sample = Sample(table.codes, table.tokens, person, share, weights)
    columns = tuple(_column(table, sample, place, floor, leaf, protect=first) for place in range(len(table.tokens)))
    following = _following(table, sample, floor, leaf) if several else ()
    fitted = Fitted(names, columns, following, frame.height / max(people, 1), ids, told, tuple(rules))
    return fitted, sample


@dataclass(frozen=True)
class _Table:
    """A frame's columns in the order of drawing, as tokens, codes and numbers."""

    tokens: list[Tokens]
    codes: NDArray[np.int32]
    numbers: list[NDArray[np.float64] | None]

    @classmethod
    def of(cls, rows: pl.DataFrame, share: NDArray[np.float64], floor: float, first: Sequence[str]) -> _Table:
        import numpy as np

        kinds = {column.name: column.kind for column in Schema.of(rows).columns}
        kinds |= {name: "integer" for name in (NTH, COUNT) if name in rows.columns}
        learned = {name: learn(rows[name], kinds[name], share, floor) for name in rows.columns}
        order = _order({name: codes for name, (_, codes) in learned.items()}, first)
        return cls(
            [learned[name][0] for name in order],
            np.stack([learned[name][1] for name in order], axis=1).astype(np.int32)
            if order
            else np.zeros((rows.height, 0), np.int32),
            [as_numbers(rows[name]) if learned[name][0].ordered else None for name in order],
        )


def _order(codes: dict[str, NDArray[np.int64]], first: Sequence[str]) -> list[str]:
    """Columns in the order of drawing: those named first, then those with few tokens, each by how much it tells."""
    import numpy as np

    names = list(codes)
    tells = np.zeros(len(names))
    if len(names) > 1 and len(codes[names[0]]) > 1:
        with np.errstate(invalid="ignore", divide="ignore"):
            tells = np.abs(np.nan_to_num(np.corrcoef(np.stack(list(codes.values()))))).sum(axis=1)
    rank = {name: (len(np.unique(codes[name])), -tell, name) for name, tell in zip(names, tells, strict=True)}
    own = [name for name in (NTH, COUNT) if name in codes]
    named = sorted((name for name in names if name in first and name not in own), key=rank.__getitem__)
    return [*own, *named, *sorted((name for name in names if name not in {*own, *named}), key=rank.__getitem__)]


def _column(
    table: _Table, sample: Sample, place: int, floor: float, leaf: dict[str, Any], *, protect: Sequence[str]
) -> Drawn:
    """One column's forest. A column that conditions name is never the very value of another: then all can be told."""
    tokens = table.tokens[place]
    if tokens.name in protect:
        return Drawn(tokens, grow(sample, place, table.codes[:, place], **leaf))
    same, target = same_as(table.codes, table.numbers, table.tokens, place, sample.people, floor)
    return Drawn(tokens, grow(sample, place, target, **leaf), same)


def _following(table: _Table, sample: Sample, floor: float, leaf: dict[str, Any]) -> tuple[Drawn, ...]:
    """How the next row of a person is drawn from the one before; what never changes is carried over."""
    import numpy as np

    then, before = steps_of(sample.person)
    half = len(table.tokens)
    tokens = [*table.tokens, *table.tokens]
    codes = np.concatenate([table.codes[before], table.codes[then]], axis=1)
    numbers = [None if n is None else n[rows] for rows in (before, then) for n in table.numbers]
    person = np.unique(sample.person[then], return_inverse=True)[1]
    share = 1 / np.bincount(person)[person]
    pairs = Sample(codes, tokens, person, share, sample.weight[then])
    drawn = [Drawn(token, None) for token in table.tokens]
    for place in range(half, 2 * half):
        stays = _equal(codes, numbers, place, place - half)
        if tokens[place].name != NTH and stays.all():
            drawn.append(Drawn(tokens[place], None, (place - half,)))
        elif tokens[place].name == NTH:
            drawn.append(Drawn(tokens[place], None))
        else:
            same, target = same_as(codes, numbers, tokens, place, share, floor)
            drawn.append(Drawn(tokens[place], grow(pairs, place, target, **leaf), same))
    return tuple(drawn)


def _equal(
    codes: NDArray[np.int32], numbers: Sequence[NDArray[np.float64] | None], place: int, other: int
) -> NDArray[np.bool_]:
    own, its = numbers[place], numbers[other]
    same: NDArray[np.bool_] = codes[:, place] == codes[:, other]
    return same if own is None or its is None else same & (own == its)


def _weights(frame: pl.DataFrame, weight: str | None) -> tuple[NDArray[np.float64], tuple[str, float] | None]:
    """How common each row's like is, 1 on average; and the column with its mean, which every synthetic row has."""
    import numpy as np

    if weight is None:
        return np.ones(frame.height), None
    given = frame[weight].cast(pl.Float64).fill_null(0.0).to_numpy().clip(min=0)
    mean = float(given.mean())
    return given / mean, (weight, round(mean) if frame[weight].dtype.is_integer() else mean)


def _is_id(values: pl.Series) -> bool:
    """Whether a text column holds ids: nearly every value stands once, and none is a text of words."""
    present = values.drop_nulls()
    if values.dtype != pl.String or len(present) < LEAST_IDS:
        return False
    return present.n_unique() >= ID_SHARE * len(present) and not present.str.contains(r"\s").any()
