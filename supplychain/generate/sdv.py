"""SDV's single-table synthesizers behind our protocol.

SDV is under the Business Source License (see README) and is imported only where one of these is used. Written for
SDV 2.0, whose own default repeats rows: every synthesizer that is loaded, or fitted anew, yields the same sample,
because one fixed seed is set before the first. Here all of its random states are set from the seed of the batch.
"""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Self

import polars as pl

from supplychain.errors import BadInput
from supplychain.generate.synthesizer import as_polars, as_slice, by_rejection
from supplychain.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from supplychain.slices import Slice

TABLE = "rows"
FEW_VALUES = 30
"""Whole numbers with at most so many values are ordered categories to SDV: their shares survive, and their order."""
_SDTYPES = {
    "integer": "numerical",
    "number": "numerical",
    "category": "categorical",
    "flag": "categorical",
    "date": "datetime",
    "datetime": "datetime",
}


class _Sdv:
    """An SDV synthesizer of one table."""

    class_name: ClassVar[str]
    needs: ClassVar[str] = "sdv"
    """The package without which there is none of these."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401  (SDV's own)
        import inspect

        known = set(inspect.signature(self._sdv_class()).parameters) - {"metadata"}
        unknown = sorted(set(settings) - known)
        if unknown:
            raise TypeError(f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(known))}")
        self._settings = settings
        self._schema: Schema | None = None
        self._model: Any = None

    def fit(self, frame: pl.DataFrame | pd.DataFrame, *, seed: int) -> Self:
        """Fit on a frame; numpy's and torch's global states are seeded for the while, and put back."""
        frame = as_polars(frame)
        self._schema = Schema.of(frame)
        with _quiet(), _seeded_globals(seed):
            self._model = self._sdv_class()(_metadata(self._schema, frame), **self._settings)
            self._model.fit({TABLE: _to_pandas(frame.select(self._schema.names), self._schema)})
        return self

    def sample(self, n: int, *, seed: int, where: Slice | str | None = None) -> pl.DataFrame:
        """Up to n rows in `where`, by rejection: SDV's own conditions are slow and biased."""
        with _quiet(), _seeded_globals(seed):
            _reseed(self._model, seed)
            return by_rejection(self._draw, n, as_slice(where))

    def save(self, path: Path) -> None:
        """Pickle the fitted synthesizer."""
        import cloudpickle

        path.write_bytes(cloudpickle.dumps(self))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Unpickle one: this runs code from the file."""
        import cloudpickle

        made: Self = cloudpickle.loads(path.read_bytes())  # the caller has checked the file's hash
        return made

    def _draw(self, n: int) -> pl.DataFrame:
        assert self._schema is not None
        if n == 0:
            return pl.DataFrame({name: [] for name in self._schema.names})
        made = self._model.sample(n)[TABLE]
        return self._schema.conform(pl.from_pandas(made, nan_to_null=True))

    @classmethod
    def _sdv_class(cls) -> Any:  # noqa: ANN401  (SDV has no types)
        with _quiet():
            try:
                import sdv.single_table
            except ImportError:
                raise BadInput(
                    "SDV is not installed",
                    place="generate.synthesizer",
                    remedy="run `pip install 'supplychain[sdv]'`, or choose `synthesizer: marginals`",
                ) from None
        return getattr(sdv.single_table, cls.class_name)


class GaussianCopula(_Sdv):
    """SDV's GaussianCopulaSynthesizer: fast; keeps marginals and correlations, little else."""

    class_name = "GaussianCopulaSynthesizer"


class CTGAN(_Sdv):
    """SDV's CTGANSynthesizer: a conditional GAN; minutes on a processor. `epochs` is its main setting."""

    class_name = "CTGANSynthesizer"


def _metadata(schema: Schema, frame: pl.DataFrame) -> Any:  # noqa: ANN401  (SDV has no types)
    from sdv.metadata import Metadata

    columns: dict[str, dict[str, Any]] = {}
    for column in schema.columns:
        columns[column.name] = {"sdtype": _SDTYPES[column.kind]}
        values = frame[column.name].drop_nulls().unique().sort()
        if column.kind == "integer" and len(values) <= FEW_VALUES and not column.missing:
            columns[column.name] = {"sdtype": "ordinal", "range_values": values.to_list()}
        if column.kind in ("date", "datetime"):
            columns[column.name]["datetime_format"] = "%Y-%m-%d" if column.kind == "date" else "%Y-%m-%d %H:%M:%S"
    return Metadata.load_from_dict(
        {"tables": {TABLE: {"columns": columns}}, "relationships": [], "METADATA_SPEC_VERSION": "V1"}
    )


def _to_pandas(frame: pl.DataFrame, schema: Schema) -> pd.DataFrame:
    """As SDV reads best: text as objects, numbers with gaps as floats, dates as pandas' own."""
    dates = [
        pl.col(column.name).cast(pl.Datetime("ns")) for column in schema.columns if column.kind in ("date", "datetime")
    ]
    made = frame.with_columns(dates).to_pandas()
    for column in schema.columns:
        if column.kind == "category":
            made[column.name] = made[column.name].astype(object)
    return made


def _reseed(model: Any, seed: int) -> None:  # noqa: ANN401  (SDV has no types)
    """Set every random state of a fitted SDV synthesizer: the model's, and each column transformer's own.

    SDV has no public seed (its issues 2265 and 2307); these attributes are its private ones in 2.0, and a test
    that draws a thousand batches holds them.
    """
    import numpy as np

    model.reset_sampling()
    by_column = model._data_processor._hyper_transformer.field_transformers
    # A column that the model takes as it is has no transformer.
    transformers = [by_column[column] for column in sorted(by_column, key=str) if by_column[column] is not None]
    states = np.random.SeedSequence(seed).generate_state(1 + len(transformers))
    model._set_random_state(int(states[0]))
    for state, transformer in zip(states[1:], transformers, strict=True):
        transformer.random_states["reverse_transform"] = np.random.RandomState(int(state))


@contextmanager
def _seeded_globals(seed: int) -> Iterator[None]:
    """Seed numpy's and torch's global generators, which SDV's neural models draw from, and put them back after."""
    import numpy as np
    import torch

    before, torch_before = np.random.get_state(), torch.get_rng_state()
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed % 2**63)
    try:
        yield
    finally:
        np.random.set_state(before)
        torch.set_rng_state(torch_before)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep SDV's advice to its own users out of our output."""
    logging.getLogger("sdv").setLevel(logging.ERROR)
    logging.getLogger("rdt").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
