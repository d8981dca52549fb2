"""Candidates: the rows that the plan asks for, batch by batch, each under a seed of its own."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import polars as pl

from supplychain import seeds
from supplychain.doubts import Doubts
from supplychain.errors import SupplyChainError
from supplychain.gates import derivations, judge, kept_rows, unread
from supplychain.generate.batches import Maker, Order, sampler
from supplychain.ledger import Batch
from supplychain.progress import Ticker
from supplychain.rows import Novelty
from supplychain.slices import Slice
from supplychain.unmet import Unmet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from supplychain.chain import Chain
    from supplychain.ledger import Commit, Output
    from supplychain.ledger.entries import Scalar
    from supplychain.step import Step
    from supplychain.tables import TableWriter


FIRST_MARGIN = 1.1
"""Candidates of the first round for a row wanted: a few will be refused."""
NEXT_MARGIN = 1.2
"""Candidates of a later round for a row that is still missing, over what the yield so far asks for."""
MOST_ROUNDS = 20


@dataclass
class Quota:
    """How far a slice of the plan is filled.

    Attributes:
        slice: The slice.
        wanted: Rows planned.
        budget: Candidates that may be asked for.
        asked: Candidates asked for so far.
        good: Rows among them that no rule refuses, whose values have met, that copy nobody, repeat nothing and break
            no doubt oftener than people do.
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

    A good row breaks no domain rule, has no two values that many real people should have and none has, copies no real
    row, repeats no other, and breaks no doubt oftener than people of its slice do. Which rows are accepted is not
    decided here: the gates say it, of all candidates. A candidate whose only fault is a column that a rule derives
    from others has that column computed anew; see `supplychain.gates.derived`.

    Writes `candidates` with `_batch`, `_slice`, `_row` (the row's number within its batch) and `_repaired`. The rows do
    not depend on the number of workers, nor on a crash: batches that were finished before it are used again.

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
        with step.open_table("candidates") as table:
            filling = _Filling(chain, step, model, real, quotas)
            filling.fill(table)
            if not table.rows:
                raise _nothing(
                    chain,
                    window,
                    "the synthesizer made no row in any planned slice; widen the slices, or choose another synthesizer",
                )
            table.notes |= filling.notes()
    return step.done


def _nothing(chain: Chain, window: str, why: str) -> SupplyChainError:
    return SupplyChainError(f"product {chain.product.name}: window {window}: {why}")


class _Filling:
    """The rounds in which the quotas are filled; candidates are told good or not as they come, and not held."""

    def __init__(self, chain: Chain, step: Step, model: Output, real: pl.DataFrame, quotas: list[Quota]) -> None:
        plain = pl.Schema({name: dtype for name, dtype in real.schema.items() if not name.startswith("_")})
        self._chain, self._step, self._quotas = chain, step, quotas
        self._suite = chain.suite("synthetic", columns=plain.names())
        self._unread = unread(self._suite, plain)
        self._novelty = Novelty(real, chain.product.identifying)
        risk, entity = chain.product.levers.risk, chain.product.entity
        wanted = {quota.slice: quota.wanted for quota in quotas}
        self._unmet = Unmet(real, risk.unmet, wanted, entity=entity)
        self._doubts = Doubts(self._suite, real, wanted, risk.doubted, entity=entity)
        self._maker = Maker(chain.store, model, plain, derivations(self._suite), step.scratch())
        self._repaired: Counter[str] = Counter()

    def fill(self, table: TableWriter) -> None:
        """Sample round by round into a table."""
        chain, generate = self._chain, self._chain.product.generate
        rows, workers = generate.batch_rows, generate.workers
        with sampler(self._maker, workers=workers, group_rows=rows, progress=chain.progress) as sampled:
            for number in range(1, MOST_ROUNDS + 1):
                orders = [order for quota in self._quotas for order in self._orders(quota)]
                if not orders:
                    break
                asked = sum(order.candidates for order in orders)
                chain.progress(f"round {number}: {asked:,} candidates in {len(orders):,} batches")
                ticker = Ticker(chain.progress, f"round {number}: candidates sampled", asked)
                for group, made in sampled(orders):
                    table.write(made)
                    self._note(group, made)
                    ticker.add(sum(order.candidates for order in group))

    def notes(self) -> dict[str, Scalar]:
        """What the quotas came to."""
        exhausted = [quota.words for quota in self._quotas if quota.missing]
        for words in exhausted:
            self._chain.progress(f"exhausted: {words}; raise levers.cost.candidates_per_row")
        by_rule = "; ".join(f"{rule}: {rows:,}" for rule, rows in sorted(self._repaired.items()))
        return {
            "batches": len(self._step.batches),
            "wanted": sum(quota.wanted for quota in self._quotas),
            "good": sum(min(quota.good, quota.wanted) for quota in self._quotas),
            "exhausted": "; ".join(exhausted) or None,
            "repaired": by_rule or None,
        }

    def _note(self, orders: Sequence[Order], rows: pl.DataFrame) -> None:
        """Note a group's batches, and how many good rows each slice has now."""
        sizes = dict(rows.group_by("_batch").len().iter_rows())
        for order in orders:
            self._step.batches.append(_batch(self._step.window, self._maker, order, sizes.get(order.id, 0)))
        self._repaired.update(dict(rows["_repaired"].drop_nulls().explode().value_counts().iter_rows()))
        kept = rows.filter(self._kept(rows))
        kept = kept.filter(self._unmet.pairs(kept).is_null())
        kept, _ = self._doubts.split(kept.filter(self._novelty.reasons(kept).is_null()))
        good = dict(kept.group_by("_slice").len().iter_rows())
        for quota in self._quotas:
            quota.good += good.get(quota.slice.name, 0)

    def _kept(self, rows: pl.DataFrame) -> pl.Series:
        """Whether each row breaks no rule; Great Expectations is asked where it alone can say."""
        kept = kept_rows(rows, self._suite)
        if not self._unread.rules:
            return kept
        failing = judge(rows.select(self._maker.schema.names()), self._unread).failing
        return kept & ~pl.int_range(rows.height, eager=True).is_in(
            [place for places in failing.values() for place in places]
        )

    def _orders(self, quota: Quota) -> Iterator[Order]:
        """A slice's next round, parted into batches of at most `generate.batch_rows` candidates."""
        chain, model = self._chain, self._maker.model
        left, missing = quota.next_round, quota.missing
        while left > 0:
            candidates = min(left, chain.product.generate.batch_rows)
            stream = chain.seed("sample", window=self._step.window, slice_=quota.slice.name, attempt=quota.batches)
            made_by = f"{self._maker.name}{model.notes.get('settings', '')}"  # of one seed, by another entrant
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


def _quotas(plan: pl.DataFrame) -> list[Quota]:
    lines = plan.filter(pl.col("rows") > 0).select("slice", "predicate", "rows", "candidate_budget")
    return [Quota(Slice(name, where), rows, budget) for name, where, rows, budget in lines.iter_rows()]


def _batch(window: str, maker: Maker, order: Order, sampled: int) -> Batch:
    return Batch(
        id=order.id,
        window=window,
        slice=order.slice.name,
        attempt=order.attempt,
        synthesizer=maker.name,
        model=maker.model.content,
        seed=str(order.seed),
        wanted=order.wanted,
        sampled=sampled,
        candidates=order.candidates,
    )
