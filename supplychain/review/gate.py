"""The review gate: the desk's log becomes a verdict in the lineage log, which `blend` reads as it reads all gates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl

from supplychain.gates.judgement import RULES, VALUES
from supplychain.ledger import Cost, Evidence, GateResult
from supplychain.ledger.verdicts import FAIL, PASS
from supplychain.review.blind import blind_results
from supplychain.review.files import Docket, awaited
from supplychain.review.journal import START, Record
from supplychain.review.verdict import AWAITING, EXTEND, Verdict, advanced
from supplychain.slices import EVERYTHING
from supplychain.store import sha256

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supplychain.chain import Chain
    from supplychain.ledger import Commit
    from supplychain.review.blind import BlindTest
    from supplychain.review.journal import Journal
    from supplychain.review.rates import Tally
    from supplychain.review.waiting import UnderReview
    from supplychain.step import Step

SUITE = "review"
REFUSED = "review:"
"""How the reason of a row begins that a person rejected."""


def take_verdict(chain: Chain, window: str) -> Commit:
    """Compute the verdict on a window's lot, and take it and the desk's log into the lineage log.

    Rows that were rejected go to the table `rejected`, each with its reason and who said so, and `blend` leaves them
    out. Working time since the last time becomes cost.

    Raises:
        GateRefused: The lot is superseded: a verdict on its rows says nothing of those that are accepted now.
    """
    with chain.step("review", window) as step:
        under = awaited(chain, window)
        accepted = step.refer("accepted").content
        step.note_input("lot", window, under.lot.content)
        found = advanced(under.lot, under.journal)
        data = under.journal.content()
        records = under.journal.read()
        before = _taken_before(chain, window, under.lot.content)
        step.write_document(
            "review",
            data,
            rows=len(records),
            lot=under.lot.content,
            head=records[-1].hash if records else START,
            verdict=found.outcome,
            final=found.final,
        )
        step.gates.extend(_gates(chain, found, under, accepted))
        step.measured(_evidence(found))
        if under.blind:
            _take_blind(step, under.blind, under.blind_journal)
        if found.final and found.rejected:
            _reject(step, found)
        step.extra_costs.extend(_costs(chain, records[before:]))
    return step.done


def _taken_before(chain: Chain, window: str, lot: str) -> int:
    """Records of this lot's log that an earlier verdict took in: their time has been paid for."""
    found = chain.ledger.find(chain.product.name, "review", window)
    return found[1].rows if found and found[1].notes.get("lot") == lot else 0


def _gates(chain: Chain, found: Verdict, under: Docket, accepted: str) -> Iterator[GateResult]:
    """The verdict, the reviewers' pace, and the approvals where some are wanted, as gates on the accepted rows."""
    lot = under.lot
    limits = f"at most {max(found.plan.c, lot.plan.c if found.missing else 0)} of {found.plan.n} rows rejected"
    yield _result(chain, under, accepted, "verdict", found.outcome == "accept", found.words, limits, _figures(found))
    for each in found.slices:
        held = found.outcome not in (AWAITING, EXTEND) and not each.fails
        observed = f"{each.called.count} of {each.called.n} rows rejected"
        figures = {"producers_risk": each.producers_risk, "if_bad": each.if_bad, "possible": each.possible}
        limit = f"none of {each.plan.n} rows rejected"
        yield _result(chain, under, accepted, f"slice-{each.name}", held, observed, limit, figures)
    least = lot.settings.get("least_seconds", 0.0)
    paces = {each.name: each.pace for each in found.reviewers if each.pace is not None}
    pace = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in paces.items()) or "not known"
    wanted = f"a median of {least:g} s or more for a record"
    yield _result(chain, under, accepted, "pace", not found.hasty, pace, wanted, paces, severity="warning")
    if found.approvals:
        held = len(found.approved) >= found.approvals and found.outcome == "accept"
        observed = f"{len(found.approved)} ({', '.join(found.approved) or 'nobody'})"
        yield _result(chain, under, accepted, "approvals", held, observed, f"{found.approvals} people", {})


def _result(
    chain: Chain,
    under: Docket,
    accepted: str,
    rule: str,
    held: bool,
    observed: str,
    limit: str,
    figures: dict[str, float],
    severity: str = "critical",
) -> GateResult:
    where = chain.product.review.desk if chain.product.review else ""
    return GateResult(
        suite=SUITE,
        suite_hash=under.lot.content[:16],
        gate=SUITE,
        rule=rule,
        type="human_review",
        severity=severity,
        outcome=PASS if held else FAIL,
        observed=observed,
        limit=limit,
        failed_rows=0,
        why=f"People see what no rule says; the desk is at {where}, `supplychain review serve {chain.product.name}`.",
        asset="accepted",
        content=accepted,
        set_by="review",
        figures=figures,
    )


def _figures(found: Verdict) -> dict[str, float]:
    return {
        row.metric.removeprefix("review."): row.value
        for row in _evidence(found)
        if row.value is not None and row.scope == EVERYTHING
    }


def _evidence(found: Verdict) -> list[Evidence]:
    """What a review measured, as rows of evidence in the log."""
    figures = {
        "defect_rate": (found.rate, found.called.n),
        "called_share": (found.called.figure, found.called.n),
        "sensitivity": (found.sensitivity.figure, found.sensitivity.n),
        "specificity": (found.specificity.figure, found.specificity.n),
        "agreement.raw": (found.agreement.raw, found.agreement.n),
        "agreement.ac1": (found.agreement.ac1, found.agreement.n),
        "agreement.kappa": (found.agreement.kappa, found.agreement.n),
    }
    return [
        *(
            Evidence(f"review.{name}", EVERYTHING, figure.value, figure.low, figure.high, None, n, found.seconds)
            for name, (figure, n) in figures.items()
        ),
        *(
            Evidence("review.called_share", each.name, *_ends(each.called), None, each.called.n, 0.0)
            for each in found.slices
        ),
        *(
            Evidence("review.pace", each.name, each.pace, None, None, None, len(each.answers), each.seconds)
            for each in found.reviewers
        ),
    ]


def _ends(tally: Tally) -> tuple[float | None, float | None, float | None]:
    return tally.figure.value, tally.figure.low, tally.figure.high


def _take_blind(step: Step, test: BlindTest, journal: Journal) -> None:
    """The blind test's log, and what people told: it stops nothing."""
    told = journal.read()
    if told:
        step.write_document("blind_log", journal.content(), rows=len(told), head=told[-1].hash)
    step.measured(
        Evidence("blind.accuracy", name, each.accuracy.value, each.accuracy.low, each.accuracy.high, 0.5, each.n, 0.0)
        for name, each in blind_results(test, told).items()
        if each.n
    )


def _reject(step: Step, found: Verdict) -> None:
    """Put the rows that people rejected beside those that a rule did, in their place of the accepted table's order."""
    accepted, rejected = step.read("accepted"), step.read("rejected")
    said = pl.DataFrame(
        [
            (item.batch, item.row, [f"{REFUSED}{record.reason or 'other'}"], [_who(record)])
            for item, record in found.rejected
        ],
        schema={
            "_batch": pl.String,
            "_row": accepted.schema["_row"],
            RULES: pl.List(pl.String),
            VALUES: pl.List(pl.String),
        },
        orient="row",
    ).unique(["_batch", "_row"], keep="first", maintain_order=True)
    rows = accepted.join(said, on=["_batch", "_row"], how="inner", maintain_order="left")
    by_rules = rejected.filter(~is_by_people())
    step.write("rejected", pl.concat([by_rules, rows], how="diagonal_relaxed"), by_people=rows.height)


def is_by_people() -> pl.Expr:
    """Whether a rejected row was rejected by a person."""
    return pl.col(RULES).list.first().str.starts_with(REFUSED).fill_null(value=False)


def _who(record: Record) -> str:
    words = [f"by {record.reviewer}", ", ".join(record.fields), record.note]
    return "; ".join(word for word in words if word)


def _costs(chain: Chain, records: list[Record]) -> Iterator[Cost]:
    """The hours that people worked, at the reviewers' wage where the product file has one, and what that was a row."""
    seconds = sum(record.seconds for record in records)
    judged = sum(record.type in ("decision", "adjudicate") for record in records)
    if not seconds or not judged:
        return
    yield Cost("validate", float(judged), "reviewed row")
    yield Cost("validate", round(seconds / 60 / judged, 4), "min/row")
    hours, wage = seconds / 3600, chain.product.roi.inputs.reviewer_wage
    if wage is None or wage.middle is None:
        yield Cost("validate", round(hours, 4), "h")
        return
    basis = wage.source if wage.source in ("measured", "quoted") else "assumed"
    money = round(hours * wage.middle, 4)
    yield Cost("validate", round(hours, 4), "h", money, chain.product.levers.cost.currency, basis, wage.ref)


def is_taken(found: UnderReview) -> bool:
    """Whether the lineage log has exactly this verdict, resting on exactly these answers."""
    taken = found.chain.ledger.find(found.chain.product.name, "review", found.window)
    return taken is not None and taken[1].content == sha256(found.docket.journal.content())


def verdict_id(under: Docket, found: Verdict) -> str:
    """A name for a verdict and the answers that it rests on: a sensor asks for one run for each."""
    return sha256(json.dumps([under.lot.content, found.outcome, sha256(under.journal.content())]).encode())[:16]
