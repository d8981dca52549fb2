"""What one commit of the lineage log says, and the file that holds it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from supplychain.errors import StoreFault
from supplychain.ledger.entries import (
    Batch,
    Cost,
    Erasure,
    Evidence,
    Input,
    Output,
    Pull,
    Refreshed,
    Release,
    Removal,
    Withdrawal,
)
from supplychain.ledger.verdicts import GateResult, Waiver
from supplychain.store import sha256

FORMAT = 5
"""Version of the event files. A reader refuses a newer one, and reads older ones: 1 had no costs, 2 no third outcome
and no waivers, 3 no withdrawals, removals, refreshes, waivers taken back or links between events, 4 no pulls."""

_TAIL = ', "digest": "{}"}}'
"""What an event file ends with: the hash of all that stands before, closed by its bracket."""


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
