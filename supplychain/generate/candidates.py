"""Candidates: the rows that the plan asks for, batch by batch, each under a seed of its own."""

from __future__ import annotations

import hashlib
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from multiprocessing import get_context
from typing import TYPE_CHECKING

import polars as pl

from supplychain import seeds
from supplychain.errors import SupplyChainError
from supplychain.gates import kept_rows
from supplychain.generate.fit import load_model
from supplychain.ledger import Batch
from supplychain.rows import not_new
from supplychain.slices import Slice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from supplychain.chain import Chain, Step
    from supplychain.gates import Suite
    from supplychain.generate.synthesizer import Synthesizer
    from supplychain.ledger import Commit, Output
    from supplychain.store import Store


FIRST_MARGIN = 1.1
"""Candidates of the first round for a row wanted: a few will be refused."""
NEXT_MARGIN = 1.2
"""Candidates of a later round for a row that is still missing, over what the yield so far asks for."""
MOST_ROUNDS = 20


@dataclass(frozen=True)
class Order:
    """One batch that is to be sampled."""

    id: str
    slice: Slice
    attempt: int
    wanted: int
    candidates: int
    seed: int


@dataclass
class Quota:
    """How far a slice of the plan is filled.

    Attributes:
        slice: The slice.
        wanted: Rows planned.
        budget: Candidates that may be asked for.
        asked: Candidates asked for so far.
        good: Rows among them that no rule refuses, that copy nobody and repeat nothing.
        batches: Batches so far.
    """

    slice: Slice
    wanted: int
    budget: int
    asked: int = 0
    good: int = 0
    batches: int = 0

    @property
    def missing(self) -> int:
        """Rows that are still wanted."""
        return max(self.wanted - self.good, 0)

    @property
    def next_round(self) -> int:
        """Candidates to ask for next: what is missing over the yield so far, within the budget."""
        if not self.missing:
            return 0
        share = max(self.good, 1) / self.asked if self.asked else NEXT_MARGIN / FIRST_MARGIN
        return min(ceil(self.missing / share * NEXT_MARGIN) + 2 * bool(self.asked), self.budget - self.asked)

    @property
    def words(self) -> str:
        """What the slice came to, where it was not filled."""
        share = f"{self.good / self.asked:.1%}" if self.asked else "0%"
        return f"{self.slice.name}: {self.good:,} of {self.wanted:,} after {self.asked:,} candidates ({share} good)"


def sample_candidates(chain: Chain, window: str) -> Commit:
    """Sample candidates, round by round, until every slice has as many good rows as planned or its budget is spent.

    A good row breaks no domain rule, copies no real row and repeats no other. Which rows are accepted is not decided
    here: the gates say it, of all candidates.

    Writes `candidates` with `_batch`, `_slice` and `_row` (the row's number within its batch). The rows do not
    depend on the number of workers, nor on the order in which batches are done.

    Raises:
        SupplyChainError: The plan asks for no row, or the synthesizer made none at all.
    """
    with chain.step("generate", window) as step:
        model, real = step.refer("synthesizer"), step.read("real")
        quotas = _quotas(step.read("plan"))
        if not quotas:
            raise _nothing(
                chain,
                window,
                "the plan asks for no row: no gap was found that rows close; ask for rows under levers.coverage.rows, "
                "or leave this window as it is",
            )
        candidates = _filled(chain, step, model, real, quotas)
        if not candidates.height:
            raise _nothing(
                chain,
                window,
                "the synthesizer made no row in any planned slice; widen the slices, or choose another synthesizer",
            )
        exhausted = [quota.words for quota in quotas if quota.missing]
        for words in exhausted:
            chain.progress(f"exhausted: {words}; raise levers.cost.candidates_per_row")
        step.write(
            "candidates",
            candidates,
            batches=len(step.batches),
            wanted=sum(quota.wanted for quota in quotas),
            good=sum(min(quota.good, quota.wanted) for quota in quotas),
            exhausted="; ".join(exhausted) or None,
        )
    return step.done


def _nothing(chain: Chain, window: str, why: str) -> SupplyChainError:
    return SupplyChainError(f"product {chain.product.name}: window {window}: {why}")


def _filled(chain: Chain, step: Step, model: Output, real: pl.DataFrame, quotas: list[Quota]) -> pl.DataFrame:
    """Candidates of all rounds; the quotas know what they came to."""
    product, window = chain.product, step.window
    suite = chain.suite("synthetic", columns=[name for name in real.columns if not name.startswith("_")])
    parts: list[pl.DataFrame] = []
    with _sampler(chain, model) as sample:
        for number in range(1, MOST_ROUNDS + 1):
            orders = [order for quota in quotas for order in _orders(chain, window, quota, model)]
            if not orders:
                break
            candidates = sum(order.candidates for order in orders)
            chain.progress(f"round {number}: {candidates:,} candidates in {len(orders)} batches")
            for order, rows in zip(orders, sample(orders), strict=True):
                parts.append(_labelled(rows, order))
                step.batches.append(_batch(str(model.notes["synthesizer"]), window, model, order, rows.height))
            _count_good(quotas, pl.concat(parts), real, suite, product.identifying)
    return pl.concat(parts)


def _quotas(plan: pl.DataFrame) -> list[Quota]:
    lines = plan.filter(pl.col("rows") > 0).select("slice", "predicate", "rows", "candidate_budget")
    return [Quota(Slice(name, where), rows, budget) for name, where, rows, budget in lines.iter_rows()]


def _orders(chain: Chain, window: str, quota: Quota, model: Output) -> Iterator[Order]:
    """A slice's next round, parted into batches of at most `generate.batch_rows` candidates."""
    product = chain.product
    left, missing = quota.next_round, quota.missing
    while left > 0:
        candidates = min(left, product.generate.batch_rows)
        stream = chain.seed("sample", window=window, slice_=quota.slice.name, attempt=quota.batches)
        made_by = f"{model.notes['synthesizer']}{model.notes.get('settings', '')}"  # of one seed, by another entrant
        identity = f"{stream.entropy:x}:{model.notes['trained_on']}:{made_by}:{candidates}"
        yield Order(
            id=hashlib.sha256(identity.encode()).hexdigest()[:16],
            slice=quota.slice,
            attempt=quota.batches,
            wanted=min(missing, candidates),
            candidates=candidates,
            seed=seeds.integer(stream),
        )
        left, missing = left - candidates, max(missing - candidates, 0)
        quota.asked += candidates
        quota.batches += 1


def _count_good(
    quotas: list[Quota], rows: pl.DataFrame, real: pl.DataFrame, suite: Suite, identifying: Sequence[str]
) -> None:
    """How many rows of each slice can be accepted."""
    good = rows.filter(kept_rows(rows, suite) & not_new(rows, real, identifying).is_null())
    counts = dict(good.group_by("_slice").len().iter_rows())
    for quota in quotas:
        quota.good = counts.get(quota.slice.name, 0)


@contextmanager
def _sampler(chain: Chain, output: Output) -> Iterator[Callable[[list[Order]], Iterator[pl.DataFrame]]]:
    """What samples orders, in their order, by one process or several."""
    name, workers = str(output.notes["synthesizer"]), chain.product.generate.workers
    if workers <= 1:
        model = load_model(chain.store, name, output)
        yield lambda orders: (_sample(model, order) for order in orders)
        return
    # Spawned, not forked: polars and torch hold threads that do not survive a fork.
    with ProcessPoolExecutor(workers, get_context("spawn"), _open_model, (chain.store, name, output)) as pool:
        yield lambda orders: pool.map(_sample_in_worker, orders)


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
