"""Candidates: the rows that the plan asks for, batch by batch, each under a seed of its own."""

from __future__ import annotations

import hashlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING

import polars as pl

from supplychain import seeds
from supplychain.errors import SupplyChainError
from supplychain.generate.fit import load_model
from supplychain.ledger import Batch
from supplychain.slices import Slice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supplychain.chain import Chain
    from supplychain.generate.synthesizer import Synthesizer
    from supplychain.ledger import Commit, Output
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


def sample_candidates(chain: Chain, window: str) -> Commit:
    """Sample the plan's candidates: more than the rows wanted, for the gates will refuse some.

    Writes `candidates` with `_batch`, `_slice` and `_row` (the row's number within its batch). The rows do not
    depend on the number of workers, nor on the order in which batches are done.

    Raises:
        SupplyChainError: The synthesizer made no row at all.
    """
    product = chain.product
    with chain.step("generate", window) as step:
        model = step.refer("synthesizer")
        plan = step.read("plan")
        orders = list(_orders(chain, window, plan, model))
        if not orders:
            raise SupplyChainError(
                f"product {product.name}: window {window}: the plan asks for no row: no gap was found that rows close; "
                "ask for rows under levers.coverage.rows, or leave this window as it is"
            )
        parts = []
        for number, (order, rows) in enumerate(_sampled(chain, model, orders), start=1):
            chain.progress(f"batch {number} of {len(orders)}: {rows.height:,} candidates for slice {order.slice.name}")
            parts.append(_labelled(rows, order) if rows.height else None)
            step.batches.append(_batch(product.generate.synthesizer, window, model, order, rows.height))
        made = [part for part in parts if part is not None]
        if not made:
            raise SupplyChainError(
                f"product {product.name}: window {window}: the synthesizer made no row in any planned slice; "
                "widen the slices under levers.coverage.rows, or choose another synthesizer"
            )
        candidates = pl.concat(made)
        step.write("candidates", candidates, batches=len(orders), wanted=sum(order.wanted for order in orders))
    return step.done


def _orders(chain: Chain, window: str, plan: pl.DataFrame, model: Output) -> Iterator[Order]:
    """The plan's lines, parted into batches of at most `generate.batch_rows` candidates."""
    product = chain.product
    per_row = product.levers.cost.candidates_per_row
    for line in plan.iter_rows(named=True):
        left, attempt = int(line["rows"]), 0
        most = max(product.generate.batch_rows // per_row, 1)
        while left > 0:
            wanted = min(left, most)
            stream = chain.seed("sample", window=window, slice_=line["slice"], attempt=attempt)
            identity = f"{stream.entropy:x}:{model.notes['trained_on']}:{product.generate.synthesizer}"
            yield Order(
                id=hashlib.sha256(identity.encode()).hexdigest()[:16],
                slice=Slice(line["slice"], line["predicate"]),
                attempt=attempt,
                wanted=wanted,
                candidates=wanted * per_row,
                seed=seeds.integer(stream),
            )
            left, attempt = left - wanted, attempt + 1


def _sampled(chain: Chain, output: Output, orders: list[Order]) -> Iterator[tuple[Order, pl.DataFrame]]:
    """Each order with its rows, in order, by one process or several."""
    name, workers = chain.product.generate.synthesizer, min(chain.product.generate.workers, len(orders))
    if workers <= 1:
        model = load_model(chain.store, name, output)
        for order in orders:
            yield order, _sample(model, order)
        return
    # Spawned, not forked: polars and torch hold threads that do not survive a fork.
    with ProcessPoolExecutor(workers, get_context("spawn"), _open_model, (chain.store, name, output)) as pool:
        yield from zip(orders, pool.map(_sample_in_worker, orders), strict=True)


def _sample(model: Synthesizer, order: Order) -> pl.DataFrame:
    rows = model.sample(order.candidates, seed=order.seed, where=order.slice)
    return rows.select(name for name in rows.columns if not name.startswith("_"))  # what is ours is not to be made


_worker: list[Synthesizer] = []
"""The model of a worker process, loaded once."""


def _open_model(store: Store, name: str, output: Output) -> None:
    _worker.append(load_model(store, name, output))


def _sample_in_worker(order: Order) -> pl.DataFrame:
    return _sample(_worker[0], order)


def _labelled(rows: pl.DataFrame, order: Order) -> pl.DataFrame:
    return rows.with_columns(
        pl.lit(order.id).alias("_batch"),
        pl.lit(order.slice.name).alias("_slice"),
        pl.int_range(rows.height, dtype=pl.Int64).alias("_row"),
    )


def _batch(name: str, window: str, model: Output, order: Order, sampled: int) -> Batch:
    return Batch(
        id=order.id,
        window=window,
        slice=order.slice.name,
        attempt=order.attempt,
        synthesizer=name,
        model=model.content,
        seed=str(order.seed),
        wanted=order.wanted,
        sampled=sampled,
        candidates=order.candidates,
    )
