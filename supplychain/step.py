"""The work of one step: what it read, wrote, measured and judged, until it is committed.

Each step's own file in the store has a name that no other writer shares, so that a step which fails takes back what it
wrote, and one that is killed leaves nothing that anyone reads.
"""

from __future__ import annotations

import uuid
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from supplychain.errors import StoreFault
from supplychain.ledger import (
    Batch,
    Commit,
    Cost,
    Erasure,
    Evidence,
    GateResult,
    Input,
    Output,
    Release,
    Removal,
    Waiver,
    Withdrawal,
)
from supplychain.store import parquet_bytes, sha256
from supplychain.tables import TableWriter, scan_table, types_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import polars as pl

    from supplychain.chain import Chain
    from supplychain.gates import Judgement
    from supplychain.ledger.entries import Scalar
    from supplychain.store import Store
    from supplychain.tables import TableScan

GOLD = "gold"
UNFINISHED = "parts"
"""The store's folder for unfinished work: `parts/PRODUCT/WINDOW/STEP`."""


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
    waivers: list[Waiver] = field(default_factory=list)
    gold_looks: int = 0
    release: Release | None = None
    withdrawals: list[Withdrawal] = field(default_factory=list)
    removals: list[Removal] = field(default_factory=list)
    erasure: Erasure | None = None
    extra_costs: list[Cost] = field(default_factory=list)
    """What was spent beside the step's own seconds, such as people's hours."""
    unheard: list[str] = field(default_factory=list)
    """What was put into the store for this step and is in the log only when it commits."""
    scratched: bool = False
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

    def scan(self, asset: str) -> TableScan:
        """The current table of an asset, to be read piece by piece; noted as an input."""
        return scan_table(self.chain.store, self.refer(asset).table)

    def write(self, asset: str, frame: pl.DataFrame, **notes: Scalar) -> Output:
        """Write an asset's table; it becomes current when the step commits."""
        return self._made(self.put_table(asset, frame, **notes))

    def put_table(self, asset: str, frame: pl.DataFrame, **notes: Scalar) -> Output:
        """Put a table into the store, and do not make it the asset's current one."""
        data = parquet_bytes(frame)
        key = self._put(asset, self._tables(asset), "parquet", data)
        return Output(asset, sha256(data), key, frame.height, len(data), dict(notes), types_of(frame.schema))

    def put_pieces(self, asset: str, pieces: Iterable[pl.DataFrame], **notes: Scalar) -> Output:
        """Put a long table into the store piece by piece, and do not make it the asset's current one."""
        store = self.chain.store
        with TableWriter(store.unfinished(self.scratch()), partial(store.explained, "write", asset)) as writer:
            for piece in pieces:
                writer.write(piece)
            writer.close()
            key = self._place(asset, self._tables(asset), "parquet", writer.content, partial(store.adopt, writer.file))
            return Output(asset, writer.content, key, writer.rows, writer.bytes, dict(notes), types_of(writer.schema))

    @contextmanager
    def open_table(self, asset: str) -> Iterator[TableWriter]:
        """Write an asset's table piece by piece; notes are put into the writer's `notes`.

        The table is there, whole, where the block ends without an error, and becomes current when the step commits.
        """
        store = self.chain.store
        with TableWriter(store.unfinished(self.scratch()), partial(store.explained, "write", asset)) as writer:
            yield writer
            writer.close()
            key = self._place(asset, self._tables(asset), "parquet", writer.content, partial(store.adopt, writer.file))
            self._made(
                Output(asset, writer.content, key, writer.rows, writer.bytes, writer.notes, types_of(writer.schema))
            )

    def output(self, asset: str) -> Output:
        """What the step has made so far, by its noun."""
        return next(output for output in self.outputs if output.asset == asset)

    def _tables(self, asset: str) -> str:
        return f"tables/{self.chain.product.name}/{asset}/{self.window}"

    def _made(self, output: Output) -> Output:
        self.outputs.append(output)
        return output

    def scratch(self) -> str:
        """The store's folder for this step's unfinished work; it is removed when the step is in the log."""
        self.scratched = True
        return f"{UNFINISHED}/{self.chain.product.name}/{self.window}/{self.name}"

    def clear(self) -> None:
        """Remove the unfinished work, this step's and that of one which was killed before."""
        if self.scratched:
            with suppress(StoreFault):  # in nobody's way; `doctor` removes it
                self.chain.store.remove(self.scratch())

    def write_model(self, asset: str, data: bytes, **notes: Scalar) -> Output:
        """Write an asset that is a fitted model; it becomes current when the step commits."""
        key = self._put(asset, f"models/{self.chain.product.name}/{self.window}", "model", data)
        return self._made(Output(asset, sha256(data), key, 0, len(data), dict(notes)))

    def write_document(self, asset: str, data: bytes, *, rows: int = 0, **notes: Scalar) -> Output:
        """Write an asset that is a text file of a review; it becomes current when the step commits."""
        key = self._put(asset, f"reviews/{self.chain.product.name}/{self.window}", "json", data)
        return self._made(Output(asset, sha256(data), key, rows, len(data), dict(notes)))

    def write_folder(self, asset: str, key: str, content: str, size: int, **notes: Scalar) -> None:
        """Note an asset that is a folder and stands in the store already."""
        self.outputs.append(Output(asset, content, key, 0, size, dict(notes)))

    def _put(self, asset: str, folder: str, suffix: str, data: bytes) -> str:
        return self._place(asset, folder, suffix, sha256(data), lambda key: self.chain.store.write(key, data))

    def _place(self, asset: str, folder: str, suffix: str, content: str, put: Callable[[str], None]) -> str:
        """Put a file that is this step's own, unless what is current is the same already; its key in the store.

        No two writers share a file before it is in the log, so that one which fails can take back what it wrote.
        """
        chain = self.chain
        found = chain.ledger.find(chain.product.name, asset, self.window)
        if found and found[1].content == content and chain.store.exists(found[1].path):
            return found[1].path
        key = f"{folder}/{content[:16]}-{uuid.uuid4().hex[:8]}.{suffix}"
        put(key)
        self.unheard.append(key)
        return key

    def reuse(self, *assets: str, recipe: str) -> bool:
        """Keep what is current, if it was made by the very same recipe: then there is nothing to do.

        An asset is kept by the note `recipe` that it was written with; see `supplychain.code.recipe`.
        """
        chain = self.chain
        found = [chain.ledger.find(chain.product.name, asset, self.window) for asset in assets]
        kept = [item[1] for item in found if item and item[1].notes.get("recipe") == recipe]
        if len(kept) < len(assets) or not all(_unharmed(chain.store, output) for output in kept):
            return False
        self.outputs.extend(kept)
        chain.progress(f"{', '.join(assets)}: nothing has changed, used again")
        return True

    def undo(self) -> None:
        """Take back what nobody was told of: a step that failed leaves the store as it was."""
        for key in self.unheard:
            with suppress(StoreFault):  # what cannot be removed now is in nobody's way
                self.chain.store.remove(key)

    def judge(self, judgement: Judgement, *, asset: str, content: str) -> None:
        """Keep what the gates said of a content."""
        self.gates.extend(judgement.results(asset=asset, content=content))

    def measured(self, evidence: Iterable[Evidence]) -> None:
        """Keep measurements."""
        self.evidence.extend(evidence)


def _unharmed(store: Store, output: Output) -> bool:
    """Whether an output's file is there, and is what the log says."""
    return store.exists(output.path) and store.digest(output.path) == output.content
