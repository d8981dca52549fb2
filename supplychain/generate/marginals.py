"""Independent columns: each value drawn from its own column alone.

The naive baseline: it keeps every marginal and no relation. It needs nothing but numpy, so that the chain works
without any other synthesizer, and gates can be seen to refuse it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Self

import polars as pl

from supplychain.generate.synthesizer import as_polars, as_slice, by_rejection
from supplychain.schema import Schema

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import pandas as pd

    from supplychain.slices import Slice

KNOTS = 101
"""Quantiles kept of a number: its shape, without all of its values."""


class Marginals:
    """Draws each column from its own values: categories by their shares, numbers between their quantiles."""

    baseline: ClassVar[bool] = True
    """In a tournament it wins only where nobody else may be used."""

    def __init__(self) -> None:
        self._columns: list[dict[str, Any]] = []

    def fit(self, frame: pl.DataFrame | pd.DataFrame, *, seed: int) -> Self:
        """Learn shares and quantiles; nothing about it is random."""
        del seed
        frame = as_polars(frame)
        schema = Schema.of(frame)
        self._columns = [_learn(frame[column.name], column.kind) for column in schema.columns]
        return self

    def sample(self, n: int, *, seed: int, where: Slice | str | None = None) -> pl.DataFrame:
        """Up to n rows in `where`, by rejection."""
        import numpy as np

        rng = np.random.default_rng(seed)
        return by_rejection(lambda count: self._draw(count, rng), n, as_slice(where))

    def save(self, path: Path) -> None:
        """Write the shares and quantiles as JSON."""
        path.write_text(json.dumps(self._columns), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read them back."""
        made = cls()
        made._columns = json.loads(path.read_text(encoding="utf-8"))
        return made

    def _draw(self, n: int, rng: np.random.Generator) -> pl.DataFrame:
        return pl.DataFrame([_draw(column, n, rng) for column in self._columns])


def _learn(values: pl.Series, kind: str) -> dict[str, Any]:
    learned: dict[str, Any] = {
        "name": values.name,
        "kind": kind,
        "missing": values.null_count() / len(values),
    }
    present = values.drop_nulls()
    if kind in ("category", "flag"):
        counts = present.value_counts().sort(values.name)
        shares = counts["count"] / counts["count"].sum()
        return {**learned, "values": counts[values.name].to_list(), "shares": shares.to_list()}
    numbers = present.cast(pl.Datetime("us")).cast(pl.Int64) if kind in ("date", "datetime") else present
    grid = [knot / (KNOTS - 1) for knot in range(KNOTS)]
    return {**learned, "quantiles": [numbers.quantile(q, "linear") for q in grid]}


def _draw(column: dict[str, Any], n: int, rng: np.random.Generator) -> pl.Series:
    import numpy as np

    name, kind = column["name"], column["kind"]
    missing = rng.random(n) < column["missing"]
    if "values" in column:
        codes = rng.choice(len(column["values"]), size=n, p=column["shares"])
        dtype = pl.Int64 if kind == "flag" else pl.String
        series = pl.Series(name, column["values"], dtype=dtype).gather(codes)
    else:
        drawn = np.interp(rng.random(n), np.linspace(0, 1, KNOTS), column["quantiles"])
        series = pl.Series(name, drawn)
        if kind != "number":
            series = series.round().cast(pl.Int64)
        if kind in ("date", "datetime"):
            series = series.cast(pl.Datetime("us"))
        if kind == "date":
            series = series.cast(pl.Date)
    return pl.select(pl.when(pl.Series(~missing)).then(series).alias(name)).to_series()
