"""Fitting: one synthesizer for a window, on real `train` rows alone: the one that is named, or a tournament's best."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from supplychain import seeds
from supplychain.code import recipe, source_of
from supplychain.errors import StoreFault, SupplyChainError, one_line
from supplychain.gates import row_conditions
from supplychain.generate.synthesizer import Hints, Synthesizer, synthesizer, synthesizer_class
from supplychain.generate.tournament import hold
from supplychain.plan import planned_slices
from supplychain.schema import Schema
from supplychain.store import sha256

if TYPE_CHECKING:
    import polars as pl

    from supplychain.chain import Chain
    from supplychain.ledger import Commit, Output
    from supplychain.slices import Slice
    from supplychain.step import Step
    from supplychain.store import Store


def fit_synthesizer(chain: Chain, window: str) -> Commit:
    """Fit the product's synthesizer, or who wins the tournament, and keep it as `synthesizer`; its hash is in the log.

    The same rows are never fitted twice by the same code, settings and seed: the model that is there is used again.

    Raises:
        SupplyChainError: The synthesizer cannot be fitted on these rows, or no entrant may be used.
    """
    with chain.step("generate", window) as step:
        real, plan = step.refer("real"), step.read("plan")
        rows = chain.store.read_table(real.table)  # with `_entity`: a floor on people has to know them
        hints = _hints(chain, planned_slices(plan), rows.schema)
        if chain.product.generate.is_tournament:
            hold(chain, step, real, rows, plan, hints)
        else:
            _fit_one(chain, step, real, rows, hints)
    return step.done


def _fit_one(chain: Chain, step: Step, real: Output, rows: pl.DataFrame, hints: Hints) -> None:
    name, window = chain.product.generate.synthesizer, step.window
    settings = hints.added(chain.product.generate.settings, synthesizer_class(name))
    seed = seeds.integer(chain.seed("fit", window=window))
    by = source_of(synthesizer_class(name))
    made_of = recipe(real=real.content, synthesizer=name, by=by, settings=settings, seed=seed)
    if not step.reuse("synthesizer", recipe=made_of):
        chain.progress(f"fitting {name} on {rows.height:,} real rows")
        model = _fitted(chain, window, rows, settings, seed)
        step.write_model(
            "synthesizer",
            _to_bytes(model),
            synthesizer=name,
            trained_on=real.content,
            rows_seen=rows.height,
            columns=len(Schema.of(rows).columns),
            recipe=made_of,
            **{name: getattr(model, name) for name in ("epsilon", "delta") if hasattr(model, name)},
        )


def _fitted(chain: Chain, window: str, rows: pl.DataFrame, settings: dict[str, Any], seed: int) -> Synthesizer:
    name = chain.product.generate.synthesizer
    model = synthesizer(name, **settings)
    if hasattr(model, "progress"):
        model.progress = chain.progress
    try:
        return model.fit(rows, seed=seed)
    except SupplyChainError:
        raise
    except Exception as error:
        raise SupplyChainError(
            f"product {chain.product.name}: window {window}: {name} could not be fitted "
            f"({type(error).__name__}: {one_line(str(error))[:300]}); choose another synthesizer, or see --debug"
        ) from error


def _hints(chain: Chain, planned: list[Slice], schema: pl.Schema) -> Hints:
    """What the chain knows of the rows: a slice whose columns come first is met without drawing rows in vain."""
    named = {column for slice_ in planned for column in slice_.columns}
    suite = chain.suite("synthetic", columns=[name for name in schema if not name.startswith("_")])
    first, rules = (*sorted(named), chain.product.outcome.name), row_conditions(suite, schema)
    return Hints(first=first, rules=rules, weight=chain.product.weight)


def load_model(store: Store, name: str, output: Output) -> Synthesizer:
    """Read a fitted synthesizer back.

    Raises:
        StoreFault: The file is not the one in the lineage log: it is code, and is not run.
    """
    data = store.read(output.path)
    if sha256(data) != output.content:
        raise StoreFault(f"{store.path(output.path)}: is not the model of the lineage log; it is not loaded")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        path.write_bytes(data)
        return synthesizer_class(name).load(path)


def _to_bytes(model: Synthesizer) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        model.save(path)
        return path.read_bytes()
