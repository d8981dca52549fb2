"""The verdict on a lot: computed from the answers, chosen by nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplychain.review.acceptance import (
    GO_ON,
    Plan,
    Sequential,
    acceptance,
    decide,
    few_if_bad,
    many_if_good,
    next_plan,
)
from supplychain.review.agreement import Agreement, Figure, agreement
from supplychain.review.journal import Record
from supplychain.review.lot import RANDOM, SEEDED, Lot
from supplychain.review.rates import Tally, corrected
from supplychain.review.slicing import SliceFound, slice_found
from supplychain.review.standing import ACCEPT, PLAN, REJECT, Reviewer, Standing, slice_role

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from supplychain.review.journal import Journal
    from supplychain.review.lot import Item

AWAITING, EXTEND = "awaiting", "extend"


@dataclass(frozen=True)
class Verdict:
    """What the answers say.

    Attributes:
        outcome: awaiting, accept, reject, or extend (by a larger plan).
        missing: What it waits for, in words; empty where it is computed.
        plan: The plan by which it is computed, with the defects that accept given how the reviewers see.
        called: Rows drawn by chance that were called defects, of those that were decided.
        sensitivity: Planted defects that were found, by all reviewers whose session counts.
        specificity: Good rows that were let pass, likewise.
        rate: The defect rate of the window, corrected for both, with its 95% interval.
        if_bad: The chance that a bad window would have shown so few.
        if_good: The chance that a good window would have shown so many.
        agreement: Of first and second answers, before anybody decided between them.
        reviewers: Everybody's part.
        rejected: Items that were rejected in the end, with the record that decided.
        flags: Records by which somebody asked for another look.
        approved: Who approved the verdict.
        approvals: How many have to.
        judged: Rows that are decided.
        wanted: Rows that are to be decided, without the seeded ones.
        seconds: Time that people worked.
        slices: What was found in each slice with a plan of its own.
        in_doubt: Whether the window's own plan neither accepts nor rejects.
    """

    outcome: str
    missing: tuple[str, ...]
    plan: Plan
    called: Tally
    sensitivity: Tally
    specificity: Tally
    rate: Figure
    if_bad: float
    if_good: float
    agreement: Agreement
    reviewers: tuple[Reviewer, ...]
    rejected: tuple[tuple[Item, Record], ...]
    flags: tuple[Record, ...]
    approved: tuple[str, ...]
    approvals: int
    judged: int
    wanted: int
    seconds: float
    slices: tuple[SliceFound, ...] = ()
    in_doubt: bool = False

    @property
    def final(self) -> bool:
        """Whether nothing that people still do would change it: accepted with its approvals, or rejected."""
        return self.outcome == REJECT or (self.outcome == ACCEPT and len(self.approved) >= self.approvals)

    @property
    def releases(self) -> bool:
        """Whether the window may be released."""
        return self.final and self.outcome == ACCEPT

    @property
    def hasty(self) -> dict[str, float]:
        """Who answered faster than the product file says that anybody reads: name to median seconds a record."""
        return {each.name: each.pace for each in self.reviewers if each.hasty and each.pace is not None}

    @property
    def words(self) -> str:
        """The verdict in one line."""
        if self.outcome == AWAITING:
            return f"awaits review: {self.judged} of {self.wanted} rows judged; {'; '.join(self.missing)}"
        found = f"{self.called.count} of {self.called.n} rows drawn by chance were rejected"
        if self.outcome == ACCEPT and not self.final:
            return f"accepted ({found}), awaits approval: {len(self.approved)} of {self.approvals}"
        told = [f"{found}, at most {max(self.plan.c, 0)} accept{_rate_words(self.rate)}", *self._slice_words]
        if self.failed_slices:  # what decided comes first
            told = told[1:] + told[:1]
        return f"{self.outcome}: {'; '.join(told)}"

    @property
    def failed_slices(self) -> list[str]:
        """The slices whose own plan rejects the window."""
        return [each.name for each in self.slices if each.fails]

    @property
    def _slice_words(self) -> list[str]:
        return [each.words for each in sorted(self.slices, key=lambda one: not one.fails)]


def _rate_words(rate: Figure) -> str:
    if rate.value is None or rate.low is None or rate.high is None:
        return ""
    ends = f"[{100 * rate.low:.1f}, {100 * rate.high:.1f}]"
    return f"; defect rate, less the reviewers' errors, {100 * rate.value:.1f}% {ends}"


def verdict(lot: Lot, records: Sequence[Record]) -> Verdict:
    """The verdict on a lot from the records of its log."""
    standing = Standing(lot, records)
    final, counting = standing.final, [each for each in standing.reviewers.values() if not each.void]
    found, passed = _pooled([each.sensitivity for each in counting]), _pooled([each.specificity for each in counting])
    drawn = [item for item in lot.drawn if item.order < standing.n]
    decided = [final[item.id].answer == REJECT for item in drawn if item.id in final]
    called, plan = Tally(sum(decided), len(decided)), Plan(lot.plan.lot, standing.n, -1)
    outcome, missing = AWAITING, _missing(standing, counting)
    if lot.mode == "sequential":
        called, outcome, missing = _sequential(standing, found, missing)
        plan = Plan(lot.plan.lot, called.n, called.count if outcome == ACCEPT else called.count - 1)
    elif not missing:
        kept = {"sensitivity": found.share, "specificity": passed.share}
        plan = Plan(lot.plan.lot, called.n, acceptance(lot.plan.lot, called.n, lot.limits, found.share))
        outcome = decide(called.count, plan, lot.limits, most=lot.most, **kept)
    slices, in_doubt = _slices(standing, found.share), outcome == GO_ON
    if outcome != AWAITING and any(each.fails for each in slices):
        outcome, in_doubt = REJECT, False
    elif in_doubt or (outcome == ACCEPT and any(each.is_short for each in slices)):
        outcome = EXTEND
    wanted = [item for item in standing.items if item.stratum != SEEDED]
    return Verdict(
        outcome=outcome,
        missing=tuple(missing) if outcome == AWAITING else (),
        plan=plan,
        called=called,
        sensitivity=found,
        specificity=passed,
        rate=corrected(called, found, passed, seed=lot.seed),
        if_bad=few_if_bad(called.count, plan, lot.limits, found.share) if called.n else 1.0,
        if_good=many_if_good(called.count, plan, lot.limits, found.share, passed.share) if called.n else 1.0,
        agreement=_agreement(standing),
        reviewers=tuple(standing.reviewers.values()),
        rejected=tuple(
            (item, final[item.id]) for item in wanted if item.id in final and final[item.id].answer == REJECT
        ),
        flags=tuple(record for record in standing.records if record.type == "flag"),
        approved=_approved(standing),
        approvals=int(lot.settings["approvals"]),
        judged=sum(item.id in final for item in wanted),
        wanted=len(wanted),
        seconds=sum(record.seconds for record in standing.records),
        slices=slices,
        in_doubt=in_doubt,
    )


def _slices(standing: Standing, sensitivity: float) -> tuple[SliceFound, ...]:
    """What was found in each slice that has a plan of its own, given the share of defects that reviewers find."""
    final, found, lot = standing.final, list[SliceFound](), standing.lot
    for each in lot.slices:
        rows = standing.of_slices[each.name]
        answers = [final[item].answer for item in rows if item in final]
        called = Tally(answers.count(REJECT), len(answers))
        found.append(slice_found(each, len(rows), called, lot.limits, sensitivity))
    return tuple(found)


def _pooled(tallies: list[Tally]) -> Tally:
    return Tally(sum(tally.count for tally in tallies), sum(tally.n for tally in tallies))


def _missing(standing: Standing, counting: list[Reviewer]) -> list[str]:
    """What is still to be done, in words; nothing where the verdict can be computed."""
    lot, words = standing.lot, []
    for each in standing.reviewers.values():
        if each.void:
            words_of = f"{each.sensitivity.count} of {each.sensitivity.n} planted defects"
            words.append(f"the answers of {each.name} are void ({words_of}), somebody else has to judge")
    wanted = [item for item in standing.items if item.stratum != SEEDED]
    first = sum(not standing.given.get(item.id) and item.id not in standing.settled for item in wanted)
    second = sum(
        item.double and len(standing.given.get(item.id, [])) == 1 and item.id not in standing.settled for item in wanted
    )
    unmeasured = [each.name for each in counting if each.answers and not each.measured]
    todo = [
        _counted(first, "has no answer", "have no answer"),
        _counted(second, "wants a second reviewer", "want a second reviewer"),
        _counted(len(standing.disputed), "wants a third person's word", "want a third person's word"),
        f"{', '.join(unmeasured)} {'has' if len(unmeasured) == 1 else 'have'} not judged every row yet"
        if unmeasured
        else "",
        "nobody has judged yet" if not counting and lot.items else "",
    ]
    open_ones = [each for each in todo if each]
    return [*words, *open_ones] if open_ones else []


def _counted(rows: int, one: str, more: str) -> str:
    return f"{rows} {f'row {one}' if rows == 1 else f'rows {more}'}" if rows else ""


def _sequential(standing: Standing, found: Tally, missing: list[str]) -> tuple[Tally, str, list[str]]:
    """The verdict of the sequential test on the rows in their frozen order, up to the first that is not decided."""
    lot, answers = standing.lot, list[bool]()
    for item in lot.drawn:
        if item.id not in standing.final:
            break
        answers.append(standing.final[item.id].answer == REJECT)
    strict = {item for rows in standing.of_slices.values() for item in rows}
    targeted = [item.id for item in standing.items if item.stratum not in (SEEDED, RANDOM) or item.id in strict]
    open_ = sum(item not in standing.final for item in targeted)
    unmeasured = any(not each.measured for each in standing.reviewers.values() if each.answers and not each.void)
    outcome = Sequential(lot.limits, len(lot.drawn)).decide(answers, sensitivity=found.share or 1e-6)
    called = Tally(sum(answers), len(answers))
    if outcome == GO_ON or open_ or unmeasured or not answers:
        return called, AWAITING, missing or [f"{open_} rows beside those drawn by chance are to be judged"]
    return called, outcome, []


def _agreement(standing: Standing) -> Agreement:
    counts = {(True, True): 0, (True, False): 0, (False, True): 0, (False, False): 0}
    for records in standing.given.values():
        if len(records) >= 2:
            counts[records[0].answer == REJECT, records[1].answer == REJECT] += 1
    return agreement(counts[True, True], counts[True, False], counts[False, True], counts[False, False])


def _approved(standing: Standing) -> tuple[str, ...]:
    """Who approved, after the last answer: an approval is of the answers that were there."""
    changing = ("decision", "undo", "adjudicate", "extend")
    last = max([place for place, record in enumerate(standing.records) if record.type in changing], default=-1)
    return tuple(dict.fromkeys(record.reviewer for record in standing.records[last + 1 :] if record.type == "approve"))


def advanced(lot: Lot, journal: Journal) -> Verdict:
    """The verdict, after the log was given the next larger plans where the answers leave a doubt."""
    while True:
        found = verdict(lot, journal.read())
        if found.outcome != EXTEND:
            return found
        journal.append(
            [
                Record("extend", lot.content, n=n, key=f"extend-{lot.content[:16]}-{key}", role=role, answer=EXTEND)
                for role, key, n in _larger(lot, found)
            ]
        )


def _larger(lot: Lot, found: Verdict) -> Iterator[tuple[str, str, int]]:
    """The larger plans that are wanted, of the window or of slices: as what, under which key, and how many rows."""
    if found.in_doubt:
        plan = Plan(lot.plan.lot, found.plan.n, found.plan.c)
        shares = {"sensitivity": found.sensitivity.share, "specificity": found.specificity.share}
        n = next_plan(plan, lot.limits, most=lot.most, **shares).n
        yield PLAN, str(n), n
    for each in found.slices:
        if each.is_short:
            yield slice_role(each.name), f"{each.name}-{each.wanted}", each.wanted
