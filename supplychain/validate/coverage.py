"""Coverage evidence: whether what was planned is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplychain.measures.copies import wilson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supplychain.ledger import Evidence
    from supplychain.validate.subject import Subject

METRICS = ("rows.of_plan",)


def coverage(subject: Subject) -> Iterator[Evidence]:
    """How much of the plan was accepted."""
    there, wanted = subject.scans["accepted"].rows, int(subject.accepted.notes["planned"] or 0)
    interval = wilson(there, max(wanted, there))
    yield subject.row("rows.of_plan", there / max(wanted, 1), interval, 1.0, wanted)
