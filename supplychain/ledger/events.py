"""What one commit of the lineage log says."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from supplychain.errors import StoreFault
from supplychain.ledger.verdicts import GateResult, Waiver
from supplychain.store import StoredTable, sha256

FORMAT = 5
"""Version of the event files. A reader refuses a newer one, and reads older ones: 1 had no costs, 2 no third outcome
and no waivers, 3 no withdrawals, removals, refreshes, waivers taken back or links between events, 4 no pulls."""

_TAIL = ', "digest": "{}"}}'
"""What an event file ends with: the hash of all that stands before, closed by its bracket."""

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


@dataclass(frozen=True)
class Commit:
    """One step's work on one window: everything or nothing of it is in the log.

    Attributes:
        id: Unique, so that a retried write is harmless.
        sequence: Larger than that of every commit which the writer had seen.
        recorded_at: UTC, ISO 8601; for people, never for order.
        product: The product's name.
        window: The window.
        step: define, generate, validate, review, merge, publish or monitor; `log` where a person logged a cost,
            `waive` where one waived rules, `withdraw` where one withdrew a release, `pull` where one took a copy of
            it, `erase` where people were erased, `refresh` where stale windows were decided on.
        run: The run that made it.
        spec: Hash of the product file.
        code: Version of this library.
        seconds: Wall seconds of the step.
        cpu_seconds: Processor seconds of the step.
        gold_looks: How often the step read gold rows.
        costs: What the step took, or what a person says that work outside the chain took.
        waivers: What a person waived, or what the blend leans on.
        withdrawals: The versions that were withdrawn.
        removals: What was taken out of the store.
        erasure: The record of people who were erased with this commit.
        writer: The process that wrote it: host, process id, and six digits by chance.
        previous: Hash of that writer's event before this one in the product's log; empty for its first.
        heads: The events in sight that no other event in sight names: file name to hash. Through them it names, by
            hash, every event that its writer had in sight.
        behind: How many events the writer had in sight.
        recipe: Hash of what in the product file shapes a release; empty before format 4.
        refreshes: What was decided on stale windows.
        pulls: Copies of versions that were taken.
    """

    id: str
    sequence: int
    recorded_at: str
    product: str
    window: str
    step: str
    run: str
    spec: str
    code: str
    seconds: float
    cpu_seconds: float
    inputs: tuple[Input, ...] = ()
    outputs: tuple[Output, ...] = ()
    batches: tuple[Batch, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    gates: tuple[GateResult, ...] = ()
    gold_looks: int = 0
    release: Release | None = None
    costs: tuple[Cost, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    removals: tuple[Removal, ...] = ()
    erasure: Erasure | None = None
    writer: str = ""
    previous: str = ""
    heads: dict[str, str] = field(default_factory=dict)
    behind: int = 0
    recipe: str = ""
    refreshes: tuple[Refreshed, ...] = ()
    pulls: tuple[Pull, ...] = ()

    def output(self, asset: str) -> Output:
        """The output of that noun."""
        return next(output for output in self.outputs if output.asset == asset)

    @property
    def file_name(self) -> str:
        """Name of the event file; names sort in the order of the log."""
        return f"{self.sequence:010d}-{self.id}.json"

    def to_json(self) -> bytes:
        """The event file's bytes."""
        fields = asdict(self)
        for gate in fields["gates"]:
            del gate["waiver"]
        body = json.dumps({"format": FORMAT, **fields}, sort_keys=True, allow_nan=False).encode()
        return body[:-1] + _TAIL.format(sha256(body)).encode()

    @classmethod
    def from_json(cls, data: bytes, *, where: str) -> Commit:
        """The commit in an event file.

        Raises:
            StoreFault: The file is damaged, or newer than this library.
        """
        try:
            fields: dict[str, Any] = json.loads(data)
            version = fields.pop("format")
            if version > FORMAT:
                raise StoreFault(
                    f"{where}: is of format {version}, this library reads up to {FORMAT}; update supplychain"
                )
            if fields.pop("digest", "") != _digest(data) and version >= _SEALED:
                raise StoreFault(f"{where}: was edited after it was written; put it back from a copy of the store")
            parts = {
                "inputs": Input,
                "outputs": Output,
                "batches": Batch,
                "evidence": Evidence,
                "costs": Cost,
                "waivers": Waiver,
                "withdrawals": Withdrawal,
                "removals": Removal,
                "pulls": Pull,
            }
            fields = {**dict.fromkeys((*_SINCE, "refreshes"), ()), **fields}
            if fields.get("erasure"):
                named = fields["erasure"]
                fields["erasure"] = Erasure(**{**named, **{key: tuple(named[key]) for key in ("people", "tainted")}})
            fields["gates"] = tuple(GateResult.from_log(item) for item in fields["gates"])
            fields["refreshes"] = tuple(Refreshed.from_log(item) for item in fields["refreshes"])
            for name, kind in parts.items():
                fields[name] = tuple(kind(**item) for item in fields[name])
            if fields["release"]:
                windows = tuple(fields["release"].pop("windows"))
                fields["release"] = Release(windows=windows, **fields["release"])
            return cls(**fields)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StoreFault(
                f"{where}: is damaged ({error}); put it back from a copy of the store, the log is the truth"
            ) from None


_SINCE = ("costs", "waivers", "withdrawals", "removals", "pulls")
"""Parts that older formats lack."""
_SEALED = 4
"""The first format whose files end with a digest."""


def _digest(data: bytes) -> str:
    """What the digest of an event file should be, by the bytes before it."""
    return sha256(data[: -len(_TAIL.format("0" * 64))] + b"}")
