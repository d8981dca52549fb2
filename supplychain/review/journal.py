"""The desk's own log: one JSON line a record, each with the hash of the one before; nothing in it is ever changed."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from supplychain import __version__
from supplychain.errors import StoreFault
from supplychain.store import sha256

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

START = "0" * 64
"""What stands for the record before the first one."""
TYPES = ("opened", "decision", "undo", "flag", "adjudicate", "extend", "approve", "told", "invite", "take", "end")


@dataclass(frozen=True)
class Record:
    """One thing that happened at the desk.

    Attributes:
        type: opened, decision, undo, flag, adjudicate, extend, approve, or told (the blind test); in the log of who
            may come in invite, take (a role away), or end (a link).
        lot: The lot's content; empty in the log of who may come in.
        item: The item's id; empty where it is about the lot.
        item_content: The hash of what was shown.
        reviewer: Who.
        role: As what.
        answer: accept, reject or skip; real or synthetic; of an approval the verdict.
        reason: Why rejected.
        note: In the person's own words.
        fields: The fields that the person marked as wrong.
        confidence: Of the blind test, 1 to 4.
        seconds: How long the record was looked at.
        key: The sender's own id for it: what is sent twice counts once.
        n: Of an extension, the rows of the larger plan.
        at: When, UTC.
        ui: Version of the library.
        prev: Hash of the record before.
        hash: Hash of this record with all of the above.
    """

    type: str
    lot: str
    item: str = ""
    item_content: str = ""
    reviewer: str = ""
    role: str = ""
    answer: str = ""
    reason: str = ""
    note: str = ""
    fields: tuple[str, ...] = ()
    confidence: int | None = None
    seconds: float = 0.0
    key: str = ""
    n: int = 0
    at: str = ""
    ui: str = ""
    prev: str = ""
    hash: str = ""

    def sealed(self, prev: str) -> Record:
        """The record as it stands in the log after another."""
        written = replace(
            self, prev=prev, ui=__version__, at=datetime.now(UTC).isoformat(timespec="milliseconds"), hash=""
        )
        return replace(written, hash=written.digest())

    def digest(self) -> str:
        """The hash of the record, without its own."""
        return sha256(json.dumps({**asdict(self), "hash": ""}, sort_keys=True).encode())

    def to_line(self) -> bytes:
        """The record's line."""
        return json.dumps(asdict(self), sort_keys=True).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Record:
        """The record in a line."""
        document: dict[str, Any] = json.loads(line)
        document["fields"] = tuple(document["fields"])
        return cls(**{each.name: document[each.name] for each in fields(cls)})


@dataclass(frozen=True)
class Journal:
    """A log file on this machine. Any number of processes may append to it at once."""

    path: Path

    def read(self) -> list[Record]:
        """Every record, with the chain of hashes checked.

        Raises:
            StoreFault: A line was changed, taken out or put in.
        """
        return self._checked(self.path.read_bytes()) if self.path.is_file() else []

    def content(self) -> bytes:
        """The file as it is, without a line that was cut off when a process was killed."""
        data = self.path.read_bytes() if self.path.is_file() else b""
        return data[: data.rfind(b"\n") + 1]

    def append(self, records: Sequence[Record]) -> list[Record]:
        """Append records; they are on the disk when this returns. What has a key that is there already is left out."""
        with self._opened() as handle:
            data = handle.read()
            whole = data[: data.rfind(b"\n") + 1]
            if len(whole) < len(data):  # of a process that was killed; nobody was told that it was there
                handle.truncate(len(whole))
            there = self._checked(whole)
            known = {record.key for record in there if record.key}
            prev, added = there[-1].hash if there else START, list[Record]()
            for record in records:
                if record.key and record.key in known:
                    continue
                known.add(record.key)
                added.append(record.sealed(prev))
                prev = added[-1].hash
            handle.seek(0, os.SEEK_END)
            handle.write(b"".join(record.to_line() for record in added))
            handle.flush()
            os.fsync(handle.fileno())
        return added

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a+b") as handle:
                fcntl.flock(handle, fcntl.LOCK_EX)
                handle.seek(0)
                yield handle
        except OSError as error:
            raise StoreFault(
                f"{self.path}: cannot be written ({error.strerror}); free some room, or mend its rights"
            ) from None

    def _checked(self, data: bytes) -> list[Record]:
        prev, records = START, list[Record]()
        for number, line in enumerate(data[: data.rfind(b"\n") + 1].splitlines(), start=1):
            try:
                record = Record.from_line(line)
            except (ValueError, KeyError, TypeError):
                raise self._broken(number, "is no record") from None
            if record.prev != prev or record.digest() != record.hash:
                raise self._broken(number, "does not follow from the line before, or was changed")
            records.append(record)
            prev = record.hash
        return records

    def _broken(self, number: int, what: str) -> StoreFault:
        return StoreFault(f"{self.path}:{number}: {what}; put the file back from a copy, no answer in it counts")
