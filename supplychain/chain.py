"""What a step works with: a product, the store, the lineage log, and a recorder that commits its work.

A step reads and writes through `Chain.step`, so that its lineage is exactly what it did:

    with chain.step("merge", window) as step:
        real = step.read("real")
        step.write("blend", blend(real))
    return step.done

Tables are written first and the commit last; a step that fails takes its tables back, one that is killed
leaves nothing that anyone reads.
"""

from __future__ import annotations

import resource
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from supplychain import __version__, seeds
from supplychain.errors import StoreFault
from supplychain.kept import keep
from supplychain.ledger import Commit, Ledger
from supplychain.ledger.costs import Rate, costs_of
from supplychain.step import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    import numpy as np

    from supplychain.gates import Suite
    from supplychain.plan import Plan
    from supplychain.product import Product
    from supplychain.store import Store


def _silent(_: str) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Chain:
    """One product in one store, for one run.

    Attributes:
        product: The declared product.
        store: Where tables, models and releases live.
        ledger: The lineage log of that store.
        root: The project: sources and expectations are relative to it.
        run: Id of the run, for lineage.
        plan: The plan that the run was started with; None where the levers decide.
        progress: Called with a line of text while a step is long.
    """

    product: Product
    store: Store
    ledger: Ledger
    root: Path
    run: str = "adhoc"
    plan: Plan | None = None
    progress: Callable[[str], None] = _silent

    @classmethod
    def open(cls, product: Product, root: Path, home: str | Path | None = None) -> Chain:
        """The chain of a product in the store at `home`."""
        from supplychain.store import Store

        store = Store.open(home)
        ledger = Ledger(store)
        return cls(product.with_windows((*ledger.windows(product.name), *product.windows)), store, ledger, root)

    def seed(self, purpose: str, *, window: str = "", slice_: str = "", attempt: int = 0) -> np.random.SeedSequence:
        """The seed of a random stream of this product; see `supplychain.seeds`."""
        return seeds.sequence(
            self.product.name,
            self.product.recipe_hash,
            window=window,
            slice_=slice_,
            attempt=attempt,
            purpose=purpose,
        )

    def suite_file(self, suite: str) -> Path:
        """The file of one of the product's expectation suites."""
        return self.root / "expectations" / self.product.name / f"{suite}.yaml"

    def suite(self, name: str, **checked: Collection[str]) -> Suite:
        """One of the product's suites, read strictly, with the product's levers where a limit names one.

        Args:
            name: real, synthetic or evidence.
            checked: `columns` or `metrics` that the suite may name; without them names are not checked.
        """
        from supplychain.gates import read_suite

        return read_suite(self.suite_file(name), root=self.root, levers=self.product.lever_values, **checked)

    def _compute_rate(self) -> Rate | None:
        """What an hour of a processor costs, if the product file says it."""
        price = self.product.roi.inputs.compute_price
        if price is None or price.middle is None:
            return None
        return Rate(price.middle, self.product.levers.cost.currency, price.source, price.ref)

    def _commit(self, step: Step, seconds: float, cpu_seconds: float) -> Commit:
        """What the log is told of a step that took so long."""
        rows = sum(output.rows for output in step.outputs)
        refused = any(gate.blocks for gate in step.gates)
        spent = costs_of(step.name, seconds, cpu_seconds, rows, self._compute_rate(), refused=refused)
        return Commit(
            id=uuid.uuid4().hex,
            sequence=0,
            recorded_at="",
            product=self.product.name,
            window=step.window,
            step=step.name,
            run=self.run,
            spec=self.product.spec_hash,
            code=__version__,
            seconds=round(seconds, 3),
            cpu_seconds=round(cpu_seconds, 3),
            inputs=tuple(step.inputs),
            outputs=tuple(step.outputs),
            batches=tuple(step.batches),
            evidence=tuple(step.evidence),
            gates=tuple(step.gates),
            waivers=tuple(step.waivers),
            withdrawals=tuple(step.withdrawals),
            removals=tuple(step.removals),
            erasure=step.erasure,
            gold_looks=step.gold_looks,
            release=step.release,
            recipe=self.product.shape_hash,
            costs=(*spent, *step.extra_costs),
        )

    @contextmanager
    def step(self, name: str, window: str, *, declared: bool = True) -> Iterator[Step]:
        """Record a step on a window, and commit it where the block ends without an error.

        Args:
            name: The step.
            window: The window.
            declared: Whether it has to be one that the product file has today.
        """
        step = Step(self, name, self.product.check_window(window) if declared else window)
        started, cpu_started = time.perf_counter(), _cpu_seconds()
        try:
            yield step
        except BaseException:
            step.undo()
            raise
        commit = self._commit(step, time.perf_counter() - started, _cpu_seconds() - cpu_started)
        try:
            keep(self, step.gates)
            step.done = self.ledger.append(commit)
        except StoreFault:
            # Only where it is sure that nobody can read the commit: a store far away may have taken it all the same.
            if self.store.local and not self.ledger.has(commit):
                step.undo()
            raise
        step.clear()


def _cpu_seconds() -> float:
    """Processor seconds of this process and of those that it has waited for."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)
