"""What a commit of the lineage log is made of: what was read and made, measured, published, taken back and spent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from supplychain.store import StoredTable

Scalar = str | int | float | bool | None


@dataclass(frozen=True)
class Input:
    """Something that a step read: an asset's content, in a window."""

    asset: str
    window: str
    content: str


@dataclass(frozen=True)
class Output:
    """Something that a step made.

    Attributes:
        asset: The asset's noun.
        content: Hash of what was made.
        path: Its key in the store; empty where it is no file.
        rows: Rows of a table, else 0.
        bytes: Size in the store.
        notes: What a person wants to know of it; numbers are plotted over time by Dagster.
        columns: Name and type of a table's columns.
    """

    asset: str
    content: str
    path: str = ""
    rows: int = 0
    bytes: int = 0
    notes: dict[str, Scalar] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)

    @property
    def table(self) -> StoredTable:
        """The output as a table of the store."""
        return StoredTable(self.path, self.content, self.rows, self.bytes)


@dataclass(frozen=True)
class Batch:
    """Rows sampled for one (window, slice, attempt) from one fitted synthesizer under one derived seed."""

    id: str
    window: str
    slice: str
    attempt: int
    synthesizer: str
    model: str
    seed: str
    wanted: int
    sampled: int
    candidates: int


@dataclass(frozen=True)
class Evidence:
    """One measurement.

    Attributes:
        metric: What was measured, such as `discriminator.auc`.
        scope: Where: `all`, a slice, a column, a pair of columns, or of a review a person.
        value: The measured value.
        low: Lower end of its 95% interval.
        high: Upper end of it.
        reference: The same measure for real rows that the generator did not see, or what chance gives.
        n: Rows measured.
        seconds: Wall seconds that it took.
    """

    metric: str
    scope: str
    value: float | None
    low: float | None
    high: float | None
    reference: float | None
    n: int
    seconds: float


@dataclass(frozen=True)
class Release:
    """A published version."""

    version: str
    path: str
    manifest: str
    windows: tuple[str, ...]
    rows: int
    synthetic_rows: int


@dataclass(frozen=True)
class Withdrawal:
    """A published version that nobody is to use any more.

    Attributes:
        version: The release's version.
        reason: Why.
        by: Who answers for it.
    """

    version: str
    reason: str
    by: str


@dataclass(frozen=True)
class Pull:
    """A copy of a published version that somebody took.

    Attributes:
        version: The release's version.
        audience: Which of its audiences.
        by: Who took it.
        folder: Where the copy was put, on the machine that the commit's `writer` names.
    """

    version: str
    audience: str
    by: str
    folder: str


@dataclass(frozen=True)
class Removal:
    """A file that was taken out of the store.

    Attributes:
        asset: What it was: an asset, or `release` for the data of one.
        window: Its window.
        content: Its hash: the lineage keeps it.
        path: Where it lay.
        became: Hash of the table that took its place, without the rows that had to go; empty where none did.
        new_path: Where that table lies.
        rows: Rows that went.
    """

    asset: str
    window: str
    content: str
    path: str
    became: str = ""
    new_path: str = ""
    rows: int = 0


@dataclass(frozen=True)
class Erasure:
    """The record that people were erased, without their names.

    Attributes:
        kind: `request`, or `retention` for a window that was kept long enough.
        reason: Why.
        by: Who answers for it.
        key: Which key the people are hashed with, as a hash of it; the key itself is kept outside of the store.
        hashed_by: Which key of roles the product had, as a hash: with another one they could not be told again.
        people: A keyed hash (HMAC-SHA256, 32 digits) of each person; none for a whole window.
        tainted: Contents of the models that were trained on them.
    """

    kind: str
    reason: str
    by: str
    key: str = ""
    hashed_by: str = ""
    people: tuple[str, ...] = ()
    tainted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cost:
    """What a stage of a pipeline took.

    Attributes:
        stage: locate, permissions, collect, clean, label, relabel, define, generate, validate, iterate or govern.
        quantity: How much of the unit.
        unit: What was counted: `h`, `month`, `row`, `fee`, `wall second`, `cpu second`, ...
        money: What that cost in all; None where it has no price.
        currency: Of the money; empty where there is none.
        basis: Where the figure is from: measured, quoted or assumed. A quantity that was measured at a price that was
            assumed is assumed.
        ref: Who or what says so.
    """

    stage: str
    quantity: float
    unit: str
    money: float | None = None
    currency: str = ""
    basis: str = "measured"
    ref: str = ""


@dataclass(frozen=True)
class Cause:
    """Why a window is stale, or what about it waits for a person.

    Attributes:
        window: The window.
        kind: new, changed, shrunk, unreleased, drift, recipe, suite, erased or rebalance.
        key: Hash of what makes it so: the same cause found again has the same key.
        why: One clause in words.
    """

    window: str
    kind: str
    key: str
    why: str


@dataclass(frozen=True)
class Refreshed:
    """What was decided on stale windows, or what came of it.

    Attributes:
        incident: Hash of the causes; a second attempt on the same ones has another.
        action: started, proposed, due (a schedule came while something was under way) or ended.
        by: sensor, schedule or command.
        causes: Why.
        reason: What was decided and why, or what came of it, in words.
        outcome: released, refused, cancelled or failed; empty until it has ended.
        release: The version in force when it had ended.
        runs: Dagster runs.
        seconds: Wall seconds that the steps took.
        cpu_seconds: Processor seconds that they took.
        money: What they cost; None where an hour of a processor has no price. The same money stands in the costs of
            the steps: do not add the two.
        currency: Of the money.
    """

    incident: str
    action: str
    by: str
    causes: tuple[Cause, ...]
    reason: str
    outcome: str = ""
    release: str = ""
    runs: tuple[str, ...] = ()
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    money: float | None = None
    currency: str = ""

    @classmethod
    def from_log(cls, entry: dict[str, Any]) -> Refreshed:
        """The refresh in an event file."""
        causes = tuple(Cause(**cause) for cause in entry.pop("causes"))
        return cls(causes=causes, runs=tuple(entry.pop("runs")), **entry)
