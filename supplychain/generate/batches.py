"""Batches: orders of a slice each, sampled in groups, in this process or several, and kept until the step is done.

What a group holds follows from its orders alone: neither the number of workers nor a crash in the middle changes a row.
A group that is done lies in the store as a part, under a name that says what it was made by and what is in it.
"""

from __future__ import annotations

import io
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from multiprocessing import get_context, parent_process
from typing import TYPE_CHECKING

import polars as pl

from supplychain.code import recipe, source_of
from supplychain.errors import StoreFault, SupplyChainError, one_line
from supplychain.gates import repaired
from supplychain.generate.fit import load_model
from supplychain.generate.synthesizer import synthesizer_class
from supplychain.slices import Slice
from supplychain.step import UNFINISHED
from supplychain.store import sha256

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supplychain.gates import Derivation
    from supplychain.generate.synthesizer import Synthesizer
    from supplychain.ledger import Ledger, Output
    from supplychain.store import Store


@dataclass(frozen=True)
class Order:
    """One batch that is to be sampled."""

    id: str
    slice: Slice
    attempt: int
    wanted: int
    candidates: int
    seed: int


@dataclass(frozen=True)
class Maker:
    """All that decides what an order comes to; it goes to the workers as it is.

    Attributes:
        store: Where the model lies, and where finished groups are kept.
        model: The fitted synthesizer, as the log has it.
        schema: The columns of a candidate.
        derived: Columns that a rule derives from others.
        folder: The step's folder for unfinished work.
    """

    store: Store
    model: Output
    schema: pl.Schema
    derived: tuple[Derivation, ...]
    folder: str

    @property
    def name(self) -> str:
        """The synthesizer that was fitted."""
        return str(self.model.notes["synthesizer"])

    @cached_property
    def parts(self) -> str:
        """The folder of finished groups that this model made, with this code and these rules."""
        return f"{self.folder}/{parts_of(self.model)}"

    def recipe_of(self, orders: Sequence[Order]) -> str:
        """What a group is made by."""
        made_of = [(order.id, order.slice.where, order.candidates, order.seed) for order in orders]
        columns = {name: str(dtype) for name, dtype in self.schema.items()}
        return recipe(orders=made_of, derived=[(one.rule, one.text) for one in self.derived], columns=columns)


def parts_of(model: Output) -> str:
    """The name of the folder in which groups of a model are kept: by its content, and by the code that sampled them."""
    by = source_of(synthesizer_class(str(model.notes["synthesizer"])))
    return recipe(model=model.content, by=by)


def stale_work(ledger: Ledger, product: str) -> Iterator[str]:
    """Keys of a product's unfinished work that no run would use: all but groups of the present models."""
    store = ledger.store
    for window in store.names(f"{UNFINISHED}/{product}"):
        found = ledger.find(product, "synthesizer", window)
        current = parts_of(found[1]) if found else ""
        for step in store.names(f"{UNFINISHED}/{product}/{window}"):
            folder = f"{UNFINISHED}/{product}/{window}/{step}"
            work = store.names(folder)
            if current not in work:
                yield folder
                continue
            yield from (f"{folder}/{name}" for name in work if name != current)


ENTITY = "_entity"
Made = tuple[Sequence[Order], pl.DataFrame]
"""A group of orders and its candidates."""


@contextmanager
def sampler(
    maker: Maker, *, workers: int, group_rows: int, progress: Callable[[str], None]
) -> Iterator[Callable[[Sequence[Order]], Iterator[Made]]]:
    """What samples orders: group by group in their order, at most `group_rows` candidates each, by some processes."""
    parts = _Parts(maker)
    if workers <= 1:
        model = load_model(maker.store, maker.name, maker.model)

        def here(orders: Sequence[Order]) -> Iterator[Made]:
            for group in groups(orders, group_rows):
                rows = parts.found(group)
                yield group, parts.keep(group, made(model, maker, group)) if rows is None else rows

        yield here
    else:
        # Spawned, not forked: polars and torch hold threads that do not survive a fork.
        with ProcessPoolExecutor(workers, get_context("spawn"), _open_worker, (maker,)) as pool:
            yield lambda orders: _in_order(pool, parts, groups(orders, group_rows), ahead=2 * workers)
    if parts.used_again:
        progress(f"{parts.used_again:,} batches were finished before, used again")


def groups(orders: Iterable[Order], rows: int) -> Iterator[list[Order]]:
    """Orders next to one another, so many together that they ask for at most `rows` candidates."""
    group: list[Order] = []
    for order in orders:
        if group and sum(one.candidates for one in group) + order.candidates > rows:
            yield group
            group = []
        group.append(order)
    if group:
        yield group


def made(model: Synthesizer, maker: Maker, orders: Sequence[Order]) -> pl.DataFrame:
    """The candidates of a group, with `_batch`, `_slice`, `_row` and `_repaired`."""
    try:
        drawn = each(model, orders)
        parts = [_candidates(rows, maker, order) for order, rows in zip(orders, drawn, strict=True)]
    except SupplyChainError:
        raise
    except MemoryError as error:
        raise SupplyChainError(f"{maker.name} ran out of memory; make generate.batch_rows smaller") from error
    except Exception as error:
        raise SupplyChainError(
            f"{maker.name} could not sample {', '.join(sorted({order.slice.name for order in orders})[:5])} "
            f"({type(error).__name__}: {one_line(str(error))[:300]}); choose another synthesizer, or see --debug"
        ) from error
    return pl.concat(parts)


def each(model: Synthesizer, orders: Sequence[Order]) -> Iterable[pl.DataFrame]:
    """The rows of each order: in one pass where the synthesizer offers one, else by a call each."""
    asked = [(order.candidates, order.seed, order.slice) for order in orders]
    if hasattr(model, "sample_each"):
        drawn: Iterable[pl.DataFrame] = model.sample_each(asked)
        return drawn
    return (model.sample(n, seed=seed, where=where) for n, seed, where in asked)


def _candidates(rows: pl.DataFrame, maker: Maker, order: Order) -> pl.DataFrame:
    """An order's candidates: what is not of its slice, or more than was asked for, is none."""
    rows = order.slice.pick(_fitting(rows, maker)).head(order.candidates)
    rows = repaired(rows, maker.derived, order.slice)
    return rows.select(
        *maker.schema.names(),
        pl.lit(order.id).alias("_batch"),
        pl.lit(order.slice.name).alias("_slice"),
        pl.int_range(rows.height, dtype=pl.Int64).alias("_row"),
        "_repaired",
        *([pl.format("{}-{}", pl.lit(order.id), ENTITY).alias(ENTITY)] if ENTITY in rows.columns else []),
    )


def _fitting(rows: pl.DataFrame, maker: Maker) -> pl.DataFrame:
    """The rows with the columns and types of real ones; a column of nothing but missing values has any type."""
    there, wanted = rows.schema, maker.schema
    odd = [name for name, dtype in wanted.items() if there.get(name) not in (dtype, pl.Null)]
    widened = [name for name in odd if name in there and there[name].is_integer() and wanted[name].is_integer()]
    wrong = [
        f"{name} ({there[name]})" if name in there else f"{name} (not there)" for name in odd if name not in widened
    ]
    if wrong:
        raise SupplyChainError(
            f"{maker.name} made other columns than the real ones: {', '.join(wrong[:5])}; "
            "a synthesizer gives the columns and types that it was fitted on"
        )
    own = [ENTITY] if ENTITY in there else []  # people that a synthesizer made up
    return rows.select(*(pl.col(name).cast(dtype) for name, dtype in wanted.items()), *own)


def _alike(dtype: pl.DataType | None, wanted: pl.DataType) -> bool:
    """Whether values of a type fit another without loss, or not at all: whole numbers, moments of another unit."""
    if dtype is None:
        return False
    return (dtype.is_integer() and wanted.is_integer()) or (dtype == pl.Datetime and wanted == pl.Datetime)


class _Parts:
    """The finished groups in the store: `GROUP-CONTENT.parquet`, so that one that was changed is not taken."""

    def __init__(self, maker: Maker) -> None:
        self._maker, self._store = maker, maker.store
        self.used_again = 0
        self._names = {name.partition("-")[0]: name for name in self._store.names(maker.parts)}

    def found(self, orders: Sequence[Order]) -> pl.DataFrame | None:
        """A group that was finished before a crash."""
        name = self._names.get(self._maker.recipe_of(orders))
        rows = self.read(name) if name else None
        self.used_again += len(orders) if rows is not None else 0
        return rows

    def read(self, name: str) -> pl.DataFrame | None:
        """A finished group, unless its file is gone or is not what was written."""
        try:
            data = self._store.read(f"{self._maker.parts}/{name}")
        except StoreFault:
            return None
        unharmed = name.endswith(f"-{sha256(data)[:16]}.parquet")
        return pl.read_parquet(io.BytesIO(data)) if unharmed else None

    def keep(self, orders: Sequence[Order], rows: pl.DataFrame) -> pl.DataFrame:
        """Keep a group, and give it back."""
        self.put(orders, rows)
        return rows

    def put(self, orders: Sequence[Order], rows: pl.DataFrame) -> str:
        """Keep a group; the name of its file."""
        buffer = io.BytesIO()
        rows.write_parquet(buffer, compression="lz4", statistics=False)
        name = f"{self._maker.recipe_of(orders)}-{sha256(buffer.getvalue())[:16]}.parquet"
        self._store.write(f"{self._maker.parts}/{name}", buffer.getvalue())
        return name


def _in_order(pool: ProcessPoolExecutor, parts: _Parts, wanted: Iterator[list[Order]], *, ahead: int) -> Iterator[Made]:
    """Groups in their order, while workers are a few ahead; a group comes by way of its file."""
    waiting: deque[tuple[list[Order], Future[str] | pl.DataFrame]] = deque()

    def fill() -> None:
        while len(waiting) < ahead and (group := next(wanted, None)):
            found = parts.found(group)
            waiting.append((group, pool.submit(_make_in_worker, group) if found is None else found))

    fill()
    while waiting:
        group, coming = waiting.popleft()
        rows = coming if isinstance(coming, pl.DataFrame) else parts.read(_result(coming))
        if rows is None:
            raise StoreFault("a finished batch is gone from the store; run again, the others are used again")
        yield group, rows
        fill()


def _result(coming: Future[str]) -> str:
    try:
        return coming.result()
    except BrokenProcessPool:
        raise SupplyChainError(
            "a worker was killed, most likely for want of memory: set generate.workers or generate.batch_rows lower "
            "and run again; finished batches are used again"
        ) from None


_worker: list[tuple[Maker, Synthesizer, _Parts]] = []
"""What a worker process works with, loaded once."""


def _open_worker(maker: Maker) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _worker.append((maker, load_model(maker.store, maker.name, maker.model), _Parts(maker)))


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for its next group for ever."""
    parent = parent_process()
    if parent:
        parent.join()
        os._exit(1)


def _make_in_worker(orders: list[Order]) -> str:
    maker, model, parts = _worker[0]
    return parts.put(orders, made(model, maker, orders))
