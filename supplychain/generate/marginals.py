"""Independent columns: each value drawn from its own column alone.

The naive baseline: it keeps every marginal and no relation. It needs nothing but numpy, so that the chain works
without any other synthesizer, and gates can be seen to refuse it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Self

import polars as pl

from supplychain.errors import BadInput
from supplychain.generate.modelfile import read_model, write_model
from supplychain.generate.synthesizer import as_polars, as_slice, by_rejection
from supplychain.schema import Column, Schema

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import pandas as pd

    from supplychain.slices import Slice

KNOTS = 101
"""Quantiles kept of a number: its shape, without all of its values."""
KIND = "marginals"
FORM = 1
"""Of the model file: goes up when this version's files would mislead an older one."""


class Marginals:
    """Draws each column from its own values: categories by their shares, numbers between their quantiles."""

    baseline: ClassVar[bool] = True
    """In a tournament it wins only where nobody else may be used."""

    def __init__(self) -> None:
        self._columns: list[dict[str, Any]] = []

    def fit(self, frame: pl.DataFrame | pd.DataFrame, *, seed: int) -> Self:
        """Learn shares and quantiles; nothing about it is random.

        Raises:
            BadInput: There are no rows, or no columns.
        """
        del seed
        frame = as_polars(frame)
        schema = Schema.of(frame)
        if not frame.height or not schema.columns:
            raise BadInput("there is no value to fit on", place="generate", remedy="bring rows")
        self._columns = [_learn(frame[column.name], column.kind) for column in schema.columns]
        return self

    def sample(self, n: int, *, seed: int, where: Slice | str | None = None) -> pl.DataFrame:
        """Up to n rows in `where`, by rejection."""
        import numpy as np

        rng = np.random.default_rng(seed)
        return by_rejection(lambda count: self._draw(count, rng), n, as_slice(where))

    def save(self, path: Path) -> None:
        """Write the shares and quantiles as JSON: reading them back runs no code."""
        write_model(path, json.dumps(self._columns).encode(), kind=KIND, form=FORM)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read them back.

        Raises:
            StoreFault: The file is none of ours, or of a newer form.
        """
        made = cls()
        _, body = read_model(path, kind=KIND, form=FORM)
        made._columns = json.loads(body)
        return made

    def _draw(self, n: int, rng: np.random.Generator) -> pl.DataFrame:
        schema = Schema(tuple(Column(column["name"], column["kind"], column["missing"]) for column in self._columns))
        return schema.conform(pl.DataFrame([_draw(column, n, rng) for column in self._columns]))


def _learn(values: pl.Series, kind: str) -> dict[str, Any]:
    learned: dict[str, Any] = {"name": values.name, "kind": kind, "missing": values.null_count() / len(values)}
    present = values.drop_nulls()
    if not len(present):
        return learned
    if kind in ("category", "flag"):
        counts = present.value_counts().sort(values.name)
        shares = counts["count"] / counts["count"].sum()
        return {**learned, "values": counts[values.name].to_list(), "shares": shares.to_list()}
    if kind == "datetime":
        present = present.cast(pl.Datetime("us"))
    numbers = present.to_physical()
    grid = [knot / (KNOTS - 1) for knot in range(KNOTS)]
    return {**learned, "quantiles": [numbers.quantile(q, "linear") for q in grid]}


def _draw(column: dict[str, Any], n: int, rng: np.random.Generator) -> pl.Series:
    """Values as `Schema.conform` takes them: a date is a number of days, a time one of microseconds."""
    import numpy as np

    name = column["name"]
    missing = pl.Series(rng.random(n) < column["missing"])
    if "values" in column:
        drawn = pl.Series(name, column["values"]).gather(rng.choice(len(column["values"]), size=n, p=column["shares"]))
    elif "quantiles" in column:
        drawn = pl.Series(name, np.interp(rng.random(n), np.linspace(0, 1, KNOTS), column["quantiles"]))
    else:
        return pl.Series(name, [None] * n)
    return drawn.set(missing, None)
