"""Where a review stands: what the desk's log says, as answers. Everything follows from the lot and the log."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import median
from typing import TYPE_CHECKING

from supplychain.review.lot import DEFECT, GOOD, SEEDED, Item, Lot
from supplychain.review.people import ADJUDICATOR
from supplychain.review.rates import Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from supplychain.review.journal import Record

ACCEPT, REJECT, SKIP = "accept", "reject", "skip"
ANSWERS = (ACCEPT, REJECT, SKIP)
PLAN = "plan"
"""As what a larger plan of the window is in the log."""


def slice_role(name: str) -> str:
    """As what a larger plan of a slice is in the log."""
    return f"plan of slice {name}"


@dataclass(frozen=True)
class Reviewer:
    """One person's answers and what they are worth.

    Attributes:
        name: Who.
        answers: Item id to the record that counts: the newest one that was not undone; skipped ones are not in it.
        skipped: Ids of items that were put off.
        sensitivity: Planted defects that were rejected, of those that were judged.
        specificity: Good rows that were accepted, likewise.
        measured: Whether all seeded rows were judged.
        void: Whether the answers do not count: too many defects passed, or too many good rows refused.
        seconds: Working time.
        pace: Median seconds of the answers whose time is known; None where it is of none.
        hasty: Whether that is less than the product's `least_seconds`: a flag for people, the answers count.
    """

    name: str
    answers: dict[str, Record]
    skipped: frozenset[str]
    sensitivity: Tally
    specificity: Tally
    measured: bool
    void: bool
    seconds: float
    pace: float | None = None
    hasty: bool = False


class Standing:
    """A lot and the records of its log, read once."""

    def __init__(self, lot: Lot, records: Sequence[Record]) -> None:
        self.lot = lot
        self.records = [record for record in records if record.lot == lot.content]

    @cached_property
    def n(self) -> int:
        """Rows drawn by chance that are to be judged now: those of the first plan, or of the newest larger one."""
        most = self.lot.most if self.lot.mode == "sequential" else self.lot.plan.n
        return max([most, *(record.n for record in self._extended(PLAN))])

    def _extended(self, what: str) -> list[Record]:
        return [record for record in self.records if record.type == "extend" and record.role == what]

    @cached_property
    def of_slices(self) -> dict[str, list[str]]:
        """Of each slice with a plan of its own, the ids of the rows that it looks at now."""
        found = {}
        for each in self.lot.slices:
            n = max([each.plan.n, *(record.n for record in self._extended(slice_role(each.name)))])
            first = [item.id for item in self.lot.items if each.name in item.slices]
            found[each.name] = [*first, *each.reserve[: n - each.plan.n]]
        return found

    @cached_property
    def items(self) -> list[Item]:
        """The items to judge now, in the order in which they are shown; those of slices' own plans by two."""
        strict = {item for rows in self.of_slices.values() for item in rows}
        active = self.lot.active(self.n, strict)
        return [replace(item, double=True) if item.id in strict and not item.double else item for item in active]

    @cached_property
    def reviewers(self) -> dict[str, Reviewer]:
        """Everybody who judged something, by name."""
        by_name: dict[str, list[Record]] = defaultdict(list)
        for record in self.records:
            if record.type in ("decision", "undo") and record.role != ADJUDICATOR:
                by_name[record.reviewer].append(record)
        return {name: self._reviewer(name, records) for name, records in by_name.items()}

    def _reviewer(self, name: str, records: list[Record]) -> Reviewer:
        newest: dict[str, list[Record]] = defaultdict(list)
        for record in records:
            if record.type == "undo":
                newest[record.item] = newest[record.item][:-1]
            else:
                newest[record.item].append(record)
        standing = {item: given[-1] for item, given in newest.items() if given and item in self.lot.by_id}
        answers = {item: record for item, record in standing.items() if record.answer != SKIP}
        found, passed = (self._tally(answers, truth, answer) for truth, answer in ((DEFECT, REJECT), (GOOD, ACCEPT)))
        measured = all(item.id in answers for item in self.lot.seeded)
        least = self.lot.settings
        void = measured and (found.share < least["sensitivity"] or passed.share < least["specificity"])
        skipped = frozenset(standing.keys() - answers.keys())
        seconds = sum(record.seconds for record in records)
        timed = [record.seconds for record in answers.values() if record.seconds]
        pace = round(median(timed), 2) if timed else None
        hasty = pace is not None and pace < least.get("least_seconds", 0.0)
        return Reviewer(name, answers, skipped, found, passed, measured, void, seconds, pace, hasty)

    def _tally(self, answers: dict[str, Record], truth: str, right: str) -> Tally:
        given = [answers[item.id].answer for item in self.lot.seeded if item.truth == truth and item.id in answers]
        return Tally(given.count(right), len(given))

    @cached_property
    def given(self) -> dict[str, list[Record]]:
        """Item id to the answers that count, in the order of the log: of no void session, and not to seeded rows."""
        given: dict[str, list[Record]] = defaultdict(list)
        place = {record.hash: number for number, record in enumerate(self.records)}
        for reviewer in self.reviewers.values():
            if not reviewer.void:
                for item, record in reviewer.answers.items():
                    if self.lot.by_id[item].stratum != SEEDED:
                        given[item].append(record)
        return {item: sorted(records, key=lambda record: place[record.hash]) for item, records in given.items()}

    @cached_property
    def settled(self) -> dict[str, Record]:
        """Item id to the third person's word on it that was not taken back, in the order of the log."""
        settled: dict[str, Record] = {}
        for record in self.records:
            if record.type in ("adjudicate", "undo") and record.role == ADJUDICATOR:
                settled.pop(record.item, None)  # the newest word comes last
                if record.type == "adjudicate":
                    settled[record.item] = record
        return settled

    def last_word(self, name: str) -> str | None:
        """The item on which a third person spoke last, and has not taken it back."""
        return next((item for item, record in reversed(self.settled.items()) if record.reviewer == name), None)

    @cached_property
    def disputed(self) -> list[str]:
        """Ids of items on which two answers differ and nobody has decided."""
        return [
            item
            for item, records in self.given.items()
            if len({record.answer for record in records}) > 1 and item not in self.settled
        ]

    @cached_property
    def final(self) -> dict[str, Record]:
        """Item id to the record that decides; items that are disputed or lack a second answer are not in it."""
        final = {}
        for item in self.items:
            given = self.given.get(item.id, [])
            if item.id in self.settled:
                final[item.id] = self.settled[item.id]
            elif len(given) >= (2 if item.double else 1) and item.id not in self.disputed:
                final[item.id] = given[0]
        return final

    def wants(self, item: Item, name: str) -> bool:
        """Whether a person's answer to an item is still wanted."""
        own = self.reviewers.get(name)
        if own and (own.void or item.id in own.answers):
            return False
        if item.stratum == SEEDED:
            return True
        return item.id not in self.settled and len(self.given.get(item.id, [])) < (2 if item.double else 1)

    def queue(self, name: str) -> list[Item]:
        """The items that a person is to judge, in order; those that the person put off come last.

        A person who has nothing else left to judge needs no more seeded rows, if all are done.
        """
        wanted = [item for item in self.items if self.wants(item, name)]
        own = self.reviewers.get(name)
        if all(item.stratum == SEEDED for item in wanted) and not (
            own and own.answers.keys() - {i.id for i in self.lot.seeded}
        ):
            return []  # nothing of theirs would count: no need to measure them
        skipped = own.skipped if own else frozenset()
        return sorted(wanted, key=lambda item: item.id in skipped)

    def done(self, name: str) -> int:
        """How many items a person has judged."""
        own = self.reviewers.get(name)
        return len(own.answers) if own else 0
