"""What a step works with: a product, the store, the lineage log, and a recorder that commits its work.

A step reads and writes through `Chain.step`, so that its lineage is exactly what it did:

    with chain.step("merge", window) as step:
        real = step.read("real")
        step.write("blend", blend(real))
    return step.done

Tables are written first and the commit last; a step that fails or is killed leaves nothing that anyone reads.
"""

from __future__ import annotations

import resource
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from supplychain import __version__, seeds
from supplychain.ledger import Batch, Commit, Evidence, GateResult, Input, Ledger, Output, Release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy as np
    import polars as pl

    from supplychain.gates import Judgement
    from supplychain.ledger.events import Scalar
    from supplychain.product import Product
    from supplychain.store import Store, StoredTable

GOLD = "gold"


def _silent(_: str) -> None:
    """Progress that nobody watches."""


@dataclass
class Step:
    """The work of one step on one window, until it is committed."""

    chain: Chain
    name: str
    window: str
    inputs: list[Input] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    gates: list[GateResult] = field(default_factory=list)
    gold_looks: int = 0
    release: Release | None = None
    done: Commit = field(init=False)

    def read(self, asset: str, *, window: str | None = None) -> pl.DataFrame:
        """The current table of an asset, noted as an input."""
        return self.chain.store.read_table(self.refer(asset, window=window).table)

    def refer(self, asset: str, *, window: str | None = None) -> Output:
        """The current content of an asset, noted as an input; a look at gold is counted."""
        window = window or self.window
        output = self.chain.ledger.current(self.chain.product.name, asset, window)
        self.note_input(asset, window, output.content)
        return output

    def note_input(self, asset: str, window: str, content: str) -> None:
        """Note something that was read otherwise."""
        self.inputs.append(Input(asset, window, content))
        self.gold_looks += asset == GOLD

    def write(self, asset: str, frame: pl.DataFrame, **notes: Scalar) -> StoredTable:
        """Write an asset's table; it becomes current when the step commits."""
        table = self.chain.store.write_table(f"tables/{self.chain.product.name}/{asset}/{self.window}", frame)
        self.outputs.append(Output(asset, table.content, table.path, table.rows, table.bytes, dict(notes)))
        return table

    def write_file(self, asset: str, key: str, content: str, size: int, **notes: Scalar) -> None:
        """Note an asset that is a file or a folder and stands in the store already."""
        self.outputs.append(Output(asset, content, key, 0, size, dict(notes)))

    def judge(self, judgement: Judgement, *, asset: str, content: str) -> None:
        """Keep what the gates said of a content."""
        self.gates.extend(judgement.results(asset=asset, content=content))

    def measured(self, evidence: Iterable[Evidence]) -> None:
        """Keep measurements."""
        self.evidence.extend(evidence)


@dataclass(frozen=True)
class Chain:
    """One product in one store, for one run.

    Attributes:
        product: The declared product.
        store: Where tables, models and releases live.
        ledger: The lineage log of that store.
        root: The project: sources and expectations are relative to it.
        run: Id of the run, for lineage.
        progress: Called with a line of text while a step is long.
    """

    product: Product
    store: Store
    ledger: Ledger
    root: Path
    run: str = "adhoc"
    progress: Callable[[str], None] = _silent

    @classmethod
    def open(cls, product: Product, root: Path, home: str | Path | None = None, **more: str) -> Chain:
        """The chain of a product in the store at `home`."""
        from supplychain.store import Store

        store = Store.open(home)
        return cls(product, store, Ledger(store), root, **more)

    def seed(self, purpose: str, *, window: str = "", slice_: str = "", attempt: int = 0) -> np.random.SeedSequence:
        """The seed of a random stream of this product; see `supplychain.seeds`."""
        return seeds.sequence(
            self.product.name,
            self.product.spec_hash,
            window=window,
            slice_=slice_,
            attempt=attempt,
            purpose=purpose,
        )

    def suite_file(self, suite: str) -> Path:
        """The file of one of the product's expectation suites."""
        return self.root / "expectations" / self.product.name / f"{suite}.yaml"

    @contextmanager
    def step(self, name: str, window: str) -> Iterator[Step]:
        """Record a step on a window, and commit it where the block ends without an error."""
        step = Step(self, name, self.product.check_window(window))
        started, cpu_started = time.perf_counter(), _cpu_seconds()
        yield step
        step.done = self.ledger.append(
            Commit(
                id="",
                sequence=0,
                recorded_at="",
                product=self.product.name,
                window=window,
                step=name,
                run=self.run,
                spec=self.product.spec_hash,
                code=__version__,
                seconds=round(time.perf_counter() - started, 3),
                cpu_seconds=round(_cpu_seconds() - cpu_started, 3),
                inputs=tuple(step.inputs),
                outputs=tuple(step.outputs),
                batches=tuple(step.batches),
                evidence=tuple(step.evidence),
                gates=tuple(step.gates),
                gold_looks=step.gold_looks,
                release=step.release,
            )
        )


def _cpu_seconds() -> float:
    """Processor seconds of this process and of those that it has waited for."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)
