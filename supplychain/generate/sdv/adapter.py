"""SDV's single-table synthesizers behind our protocol.

SDV is under the Business Source License (see README) and is imported only where one of these is used. Written for
SDV 2.0, whose own default repeats rows: every synthesizer that is loaded, or fitted anew, yields the same sample,
because one fixed seed is set before the first. Here all of its random states are set from the seed of the batch.
"""

from __future__ import annotations

import io
import logging
import warnings
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, ClassVar, Self

import polars as pl

from supplychain.errors import BadInput, StoreFault, one_line
from supplychain.generate.modelfile import read_model, write_model
from supplychain.generate.sdv.constraints import Constraint, constraints
from supplychain.generate.sdv.training import watched
from supplychain.generate.synthesizer import as_polars, as_slice, by_rejection
from supplychain.schema import Column, Schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import pandas as pd

    from supplychain.slices import Slice

TABLE = "rows"
FORM = 1
"""Of our part of the model file."""
FEW_VALUES = 30
"""Whole numbers with at most so many values are ordered categories to SDV: their shares survive, and their order."""
_SDTYPES = {"category": "categorical", "flag": "categorical"}


class _Sdv:
    """An SDV synthesizer of one table.

    Args:
        rules: Domain rules as SQL conditions; those that SDV has a constraint for are kept by construction.
        settings: SDV's own.

    Attributes:
        progress: Called with a line of text while a fit is long.
    """

    takes: ClassVar = ("rules",)
    class_name: ClassVar[str]
    needs: ClassVar[str] = "sdv"
    """The package without which there is none of these."""

    def __init__(self, *, rules: Sequence[str] = (), **settings: Any) -> None:  # noqa: ANN401  (SDV's own)
        import inspect

        known = set(inspect.signature(self._sdv_class()).parameters) - {"metadata"}
        unknown = sorted(set(settings) - known)
        if unknown:
            raise TypeError(f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(known | {'rules'}))}")
        # A graphics card's sums are not the same from run to run: it is used where the product file asks for it.
        self._settings = {"enable_gpu": False, **settings} if "enable_gpu" in known else settings
        self._rules = rules
        self.progress: Callable[[str], None] = _silent
        self._schema = Schema(())
        self._model: Any = None

    def fit(self, frame: pl.DataFrame | pd.DataFrame, *, seed: int) -> Self:
        """Fit on a frame; numpy's and torch's global states are seeded for the while, and put back.

        Raises:
            BadInput: There is no value in any column.
        """
        frame = as_polars(frame)
        schema = Schema.of(frame)
        filled = Schema(tuple(column for column in schema.columns if column.missing < 1))
        if not frame.height or not filled.columns:
            raise BadInput("there is no value to fit on", place="generate", remedy="bring rows")
        with _quiet(), _seeded_globals(seed):
            model, processed = self._prepared(frame.select(filled.names), filled)
            if epochs := getattr(model, "epochs", 0):
                with watched(model, epochs, self.progress):
                    model.fit_processed_data(processed)
            else:
                model.fit_processed_data(processed)
        self._schema, self._model = schema, model
        return self

    def sample(self, n: int, *, seed: int, where: Slice | str | None = None) -> pl.DataFrame:
        """Up to n rows in `where`, by rejection: SDV's own conditions are slow and biased."""
        with _quiet(), _seeded_globals(seed):
            _reseed(self._model, seed)
            return by_rejection(self._draw, n, as_slice(where))

    def save(self, path: Path) -> None:
        """Write the fitted synthesizer: SDV's own, pickled, after a line that says by which versions."""
        import cloudpickle

        kinds = [[column.name, column.kind] for column in self._schema.columns]
        body = cloudpickle.dumps(self._model)
        write_model(path, body, kind=self.class_name, form=FORM, sdv=version("sdv"), columns=kinds)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read one back: this runs code from the file, and the caller has checked its hash.

        Raises:
            StoreFault: It was written by something else, a newer form or an SDV of another minor version.
        """
        import cloudpickle

        made = cls()
        head, body = read_model(path, kind=cls.class_name, form=FORM)
        _check_version(head["sdv"])
        made._schema = Schema(tuple(Column(name, kind, 0.0) for name, kind in head["columns"]))
        try:
            with _quiet():
                made._model = cloudpickle.loads(body)
        except Exception as error:
            raise StoreFault(
                f"the model file of SDV {head['sdv']} cannot be read with the libraries that are installed "
                f"({type(error).__name__}: {one_line(str(error))[:200]}); fit again"
            ) from error
        return made

    def _prepared(self, frame: pl.DataFrame, schema: Schema) -> tuple[Any, Any]:
        """SDV's synthesizer, not trained yet, and the rows as it trains on them; constraints as many as it takes."""
        sdtypes = _sdtypes(frame, schema)
        wanted = constraints(self._rules, frame, {name: entry["sdtype"] for name, entry in sdtypes.items()})
        rows = _to_pandas(frame, schema)
        while True:
            model = self._sdv_class()(_metadata(sdtypes), **self._settings)
            try:
                processed = self._preprocessed(model, wanted, rows)
            except Exception as error:
                if not wanted:
                    raise
                self.progress(f"SDV refuses {wanted.pop()} ({type(error).__name__}: {one_line(str(error))[:100]})")
            else:
                if wanted:
                    self.progress(f"rules kept by construction: {'; '.join(str(constraint) for constraint in wanted)}")
                return model, processed

    def _preprocessed(self, model: Any, wanted: list[Constraint], rows: pd.DataFrame) -> Any:  # noqa: ANN401
        if wanted:
            model.add_constraints([constraint.made() for constraint in wanted])
            model._update_default_transformers()  # or SDV 2.0.0 forgets that its neural models take categories as such
        with redirect_stdout(io.StringIO()) as printed:  # ctgan's advice on many categories
            processed = model.preprocess({TABLE: rows.copy()})
        if printed.getvalue():
            self.progress(one_line(printed.getvalue().partition("\n")[0]))
        # SDV's order of columns is that of a Python set, another one in each process.
        places = {name: place for place, name in enumerate(rows.columns)}
        order = sorted(processed[TABLE].columns, key=lambda name: (places.get(name, len(places)), name))
        return {TABLE: processed[TABLE][order]}

    def _draw(self, n: int) -> pl.DataFrame:
        schema = self._schema
        if n == 0:
            return schema.conform(pl.DataFrame({name: [] for name in schema.names}))
        with redirect_stderr(io.StringIO()):  # with constraints, SDV draws a bar
            rows = self._model.sample(n)[TABLE]
        made = pl.from_pandas(rows, nan_to_null=True)
        empty = [pl.lit(None).alias(name) for name in schema.names if name not in made.columns]
        return schema.conform(made.with_columns(empty))

    @classmethod
    def _sdv_class(cls) -> Any:  # noqa: ANN401  (SDV has no types)
        with _quiet():
            try:
                import sdv.single_table
            except ImportError:
                raise BadInput(
                    "SDV is not installed",
                    place="generate.synthesizer",
                    remedy="run `pip install 'supplychain[sdv]'`, or choose `synthesizer: trees`",
                ) from None
        return getattr(sdv.single_table, cls.class_name)


class GaussianCopula(_Sdv):
    """SDV's GaussianCopulaSynthesizer: fast; keeps marginals and correlations, little else."""

    class_name = "GaussianCopulaSynthesizer"


class CTGAN(_Sdv):
    """SDV's CTGANSynthesizer: a conditional GAN; minutes on a processor. `epochs` is its main setting."""

    class_name = "CTGANSynthesizer"


class TVAE(_Sdv):
    """SDV's TVAESynthesizer: a variational autoencoder, quicker than CTGAN; loses rare values. Set `epochs`."""

    class_name = "TVAESynthesizer"


class CopulaGAN(_Sdv):
    """SDV's CopulaGANSynthesizer: CTGAN on numbers made normal first. Set `epochs`."""

    class_name = "CopulaGANSynthesizer"


def _sdtypes(frame: pl.DataFrame, schema: Schema) -> dict[str, dict[str, Any]]:
    """What each column is to SDV; dates are numbers, since it knows years 1677 to 2262 only, and seconds at best."""
    sdtypes: dict[str, dict[str, Any]] = {}
    for column in schema.columns:
        sdtypes[column.name] = {"sdtype": _SDTYPES.get(column.kind, "numerical")}
        values = frame[column.name].unique().sort()
        if column.kind == "integer" and len(values) <= FEW_VALUES and not column.missing:
            sdtypes[column.name] = {"sdtype": "ordinal", "range_values": values.to_list()}
    return sdtypes


def _metadata(sdtypes: dict[str, dict[str, Any]]) -> Any:  # noqa: ANN401  (SDV has no types)
    from sdv.metadata import Metadata

    return Metadata.load_from_dict(
        {"tables": {TABLE: {"columns": sdtypes}}, "relationships": [], "METADATA_SPEC_VERSION": "V1"}
    )


def _to_pandas(frame: pl.DataFrame, schema: Schema) -> pd.DataFrame:
    """As SDV reads best: text as objects, numbers with gaps as floats, dates as days, times as microseconds."""
    of_kind = {kind: [c.name for c in schema.columns if c.kind == kind] for kind in ("date", "datetime", "category")}
    times = pl.col(of_kind["datetime"]).cast(pl.Datetime("us"))
    made = frame.with_columns(times).with_columns(pl.col(of_kind["date"] + of_kind["datetime"]).to_physical())
    return made.to_pandas().astype(dict.fromkeys(of_kind["category"], object))


def _check_version(written: str) -> None:
    """Refuse a pickle of an SDV whose major or minor version is another."""
    installed = version("sdv")
    if written.split(".")[:2] != installed.split(".")[:2]:
        raise StoreFault(f"the model file was written with SDV {written}, and {installed} is installed; fit again")


def _silent(_: str) -> None:
    """Nobody listens."""


def _reseed(model: Any, seed: int) -> None:  # noqa: ANN401  (SDV has no types)
    """Set every random state of a fitted SDV synthesizer: the model's, and each column transformer's own.

    SDV has no public seed (its issues 2265 and 2307); these attributes are its private ones in 2.0, and a test
    that draws a thousand batches holds them.
    """
    import numpy as np

    model.reset_sampling()
    # CopulaGAN makes numbers normal by transformers of its own.
    both = (model._data_processor._hyper_transformer, getattr(model, "_gaussian_normalizer_hyper_transformer", None))
    by_column = [sorted(each.field_transformers.items()) for each in both if each is not None]
    # A column that the model takes as it is has no transformer.
    transformers = [transformer for columns in by_column for _, transformer in columns if transformer is not None]
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
