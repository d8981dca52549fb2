"""The privacy evidence: every attack's figures as rows of the table `evidence`.

Figures are rounded before anybody sees them, the gates too: how a figure moves in its last digits when a row is added
tells of that row.
"""

from __future__ import annotations

from math import floor, isfinite, log10
from typing import TYPE_CHECKING, Protocol

from supplychain.measures.copies import excess, met
from supplychain.validate.privacy.attacks import ATTACKS
from supplychain.validate.privacy.carried import (
    Copied,
    end_holders,
    exact_copies,
    fewest_holders,
    near_copies,
    people_in,
    rare_numbers,
)
from supplychain.validate.privacy.chance import Interval
from supplychain.validate.privacy.ensemble import ALL, AttackedPeople, Finding, attack_people, judged
from supplychain.validate.privacy.history import attempts, spent
from supplychain.validate.privacy.power import LEVEL, detectable_by_copies, detectable_by_match
from supplychain.validate.privacy.risks import three_risks
from supplychain.validate.privacy.sample import ENTITY, MOST_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from supplychain.ledger import Commit, Evidence
    from supplychain.schema import Schema

METRICS = (
    "membership.p_top",
    "membership.p_rank",
    "membership.auc",
    "membership.attack",
    "membership.tpr_at_1pct",
    "membership.tpr_at_01pct",
    "membership.epsilon",
    "membership.detectable",
    "copies.p",
    "copies.near",
    "copies.detectable",
    "values.fewest_people",
    "values.p",
    "ends.fewest_people",
    "risk.singling_out",
    "risk.linkability",
    "risk.inference",
    "attempts",
    "dp.epsilon",
    "dp.delta",
)
"""Every metric of the privacy evidence beside those that `evidence` has had before."""
DIGITS = 3
LEAST_P = 1e-6
MOST_SECRETS = 6
NAN = float("nan")


class Row(Protocol):
    """Makes a row of evidence."""

    def __call__(
        self,
        metric: str,
        value: float,
        interval: tuple[float | None, float | None],
        reference: float | None,
        n: int,
        scope: str = "all",
    ) -> Evidence:
        """One measurement."""
        ...


def rounded(value: float | None) -> float | None:
    """A share to three decimals."""
    return None if value is None or not isfinite(value) else round(value, DIGITS) + 0.0  # no -0


def rounded_p(p: float) -> float:
    """A p value to two digits that say something, and never below one in a million."""
    p = max(p, LEAST_P)
    return round(p, 1 - floor(log10(p)))


def membership_rows(row: Row, attacked: AttackedPeople | None, findings: list[Finding]) -> Iterator[Evidence]:
    """What the membership attacks found: the worst of them for each group, and each of them for all people."""
    if attacked is None:
        for metric in METRICS[:7]:
            yield row(metric, NAN, (None, None), None, 0)
        return
    for scope in dict.fromkeys(finding.scope for finding in findings):
        yield from _worst(row, [finding for finding in findings if finding.scope == scope])
    for finding in findings[: len(ATTACKS)]:
        yield _share(row, "membership.attack", finding.auc, 0.5, finding.members + finding.others, finding.attack)


def _worst(row: Row, findings: list[Finding]) -> Iterator[Evidence]:
    scope, n = findings[0].scope, findings[0].members + findings[0].others
    for metric, p in (
        ("membership.p_top", min(finding.p_top for finding in findings)),
        ("membership.p_rank", min(finding.p_rank for finding in findings)),
    ):
        yield row(metric, rounded_p(p), (rounded_p(p), rounded_p(p)), 1.0, n, scope)
    yield _share(row, "membership.auc", _most([finding.auc for finding in findings]), 0.5, n, scope)
    for place, (metric, rate) in enumerate((("membership.tpr_at_1pct", 0.01), ("membership.tpr_at_01pct", 0.001))):
        reached = findings[0].fpr[place]
        rates = [finding.tpr_at_01pct if place else finding.tpr_at_1pct for finding in findings]
        if reached <= 1.5 * rate:
            yield _share(row, metric, _most(rates), reached, findings[0].members, scope)
        elif scope == ALL:
            yield row(metric, NAN, (None, None), reached, findings[0].members, scope)
    low = rounded(max(finding.epsilon_low for finding in findings)) or 0.0
    yield row("membership.epsilon", low, (low, None), 0.0, n, scope)


def _most(found: list[Interval]) -> Interval:
    """The worst of several attacks: each end is the greatest."""
    return Interval(max(i.value for i in found), max(i.low for i in found), max(i.high for i in found))


def _share(row: Row, metric: str, found: Interval, reference: float, n: int, scope: str) -> Evidence:
    value, low, high, known = (rounded(x) for x in (found.value, found.low, found.high, reference))
    return row(metric, NAN if value is None else value, (low, high), known, n, scope)


def detectable_row(row: Row, attacked: AttackedPeople, findings: int, members: int, made: int, seed: int) -> Evidence:
    """The smallest share of verbatim copies in the batch that the membership attack `match` would have seen."""
    level = LEVEL * (0.5 if findings > len(ATTACKS) else 1.0) / len(ATTACKS)
    found, n = attacked.found, len(attacked.inside)
    planted = detectable_by_match(found.shared, found.known, n, level, seed)
    share = planted / (n / members * min(made, MOST_ROWS)) if planted is not None else 1.0
    return _figure(row, "membership.detectable", min(share, 1.0), n)


def copies_rows(
    row: Row, made: pl.DataFrame, members: pl.DataFrame, others: pl.DataFrame, schema: Schema, seed: int
) -> Iterator[Evidence]:
    """Exact and near copies of unique people beyond chance, and the least share of copies that would have been seen."""
    exact, near = exact_copies(made, members, others, schema), near_copies(made, members, others, schema, seed)
    for scope, found in (("exact", exact), ("near", near)):
        p = rounded_p(found.p)
        yield row("copies.p", p, (p, p), 1.0, found.members + found.others, scope)
    value, low, high = excess(near.hits, near.members, near.chance, near.others)
    yield _share(row, "copies.near", Interval(value, low, high), 0.0, near.members, ALL)
    yield _figure(row, "copies.detectable", _least_copies(exact, people_in(members), made.height), exact.members)


def met_rows(
    row: Row,
    made: pl.DataFrame,
    members: pl.DataFrame,
    others: pl.DataFrame,
    reference: pl.DataFrame,
    names: list[str],
    *,
    told_apart: bool,
) -> Iterator[Evidence]:
    """Whether candidates equal people of train, or of gold, more often than real people do.

    Where nothing but a row's content tells people apart, those who are alike have one entity and with it one role.
    """
    import polars as pl

    for scope, targets, strangers in (
        ("rows", members, (others, reference)),
        ("gold", others, (members, reference)),
    ):
        both = pl.concat([frame.select(names) for frame in strangers], how="vertical_relaxed")
        found = met(made, targets, both, names, ENTITY if told_apart else None)
        p = rounded_p(found.p)
        yield row("copies.p", p, (p, p), 1.0, found.rows, scope)


def _least_copies(found: Copied, people: int, made: int) -> float:
    planted = detectable_by_copies(found.members, found.others, found.chance / max(found.others, 1))
    return min(planted / max(found.members / people * made, 1), 1.0) if planted is not None else 1.0


def value_rows(
    row: Row, made: pl.DataFrame, members: pl.DataFrame, others: pl.DataFrame, schema: Schema, seed: int
) -> Iterator[Evidence]:
    """Values and ends of columns that came from few people; the worst column stands for all."""
    values, ends, ps = {}, {}, {}
    people = people_in(members)
    for column in schema.columns:
        if column.is_discrete:
            values[column.name] = fewest_holders(made, members, others, column)[0]
        elif column.kind in ("integer", "number"):
            ends[column.name] = end_holders(made, members, column)[0]
            ps[column.name] = rare_numbers(made, members, others, column, seed).p
    for metric, found in (("values.fewest_people", values), ("ends.fewest_people", ends)):
        for scope, count in ({ALL: min(found.values(), default=people)} | found).items():
            if scope == ALL or count < people:
                yield row(metric, count, (count, count), None, people, scope)
    p = rounded_p(min(min(ps.values(), default=1.0) * len(ps), 1.0))
    yield row("values.p", p, (p, p), 1.0, people)


def risk_rows(
    row: Row,
    made: pl.DataFrame,
    members: pl.DataFrame,
    others: pl.DataFrame,
    schema: Schema,
    secrets: list[str],
    seed: int,
) -> Iterator[Evidence]:
    """Singling-out, linkability and inference, each over its control."""
    risks = three_risks(made, members, others, schema, secrets[:MOST_SECRETS], seed=seed)
    for (attack, scope), risk in risks.items():
        metric = f"risk.{attack.replace('-', '_')}"
        yield _share(row, metric, Interval(risk.value, risk.low, risk.high), risk.control, risk.n, scope)


def history_rows(row: Row, commits: list[Commit], window: str, accepted: str) -> Iterator[Evidence]:
    """Which try on this fit and on these people this is, and what a differentially private generator has spent."""
    for scope, asset in (("fit", "synthesizer"), ("people", "real")):
        count = attempts(commits, window, accepted, asset)
        yield row("attempts", count, (count, count), 1.0, count, scope)
    claims = spent(commits, window, accepted)
    if not claims or claims[0] is None:
        return
    for scope, counted in (("fit", claims[:1]), ("composed", claims)):
        total = [sum(claim[i] for claim in counted if claim) if None not in counted else NAN for i in (0, 1)]
        for metric, value in zip(("dp.epsilon", "dp.delta"), total, strict=True):
            yield row(metric, value, (value, value), None, len(counted), scope)


def _figure(row: Row, metric: str, value: float, n: int) -> Evidence:
    value = rounded_p(value) if value else 0.0
    return row(metric, value, (value, value), None, n)


def privacy_rows(
    row: Row,
    made: pl.DataFrame,
    members: pl.DataFrame,
    others: pl.DataFrame,
    reference: pl.DataFrame,
    schema: Schema,
    *,
    seed: int,
    sensitive: tuple[str, ...] = (),
    secrets: tuple[str, ...] = (),
    told_apart: bool = True,
) -> Iterator[Evidence]:
    """All privacy evidence of a batch; `_entity` in the real tables says whose a row is.

    Args:
        row: Makes a row of evidence.
        made: All candidates: what was rejected tells of the generator too, and copies taken out would hide.
        members: Real rows that the generator was fitted on.
        others: Real rows of people whom it never saw.
        reference: Real rows of still other people, which the attacker has.
        schema: The real rows' schema.
        seed: Seed of all samples.
        sensitive: Columns of protected groups.
        secrets: Columns to be inferred.
        told_apart: Whether something beside the row's content says whose it is; else people who are alike have one
            `_entity`.
    """
    import polars as pl

    attacked = attack_people(made, members, others, reference, schema, seed=seed)
    findings = judged(attacked, seed, sensitive) if attacked else []
    yield from membership_rows(row, attacked, findings)
    if attacked:
        yield detectable_row(row, attacked, len(findings), people_in(members), made.height, seed)
    columns = [name for name in members.columns if name in others.columns and name in reference.columns]
    strangers = pl.concat([others.select(columns), reference.select(columns)], how="vertical_relaxed")
    yield from copies_rows(row, made, members.select(columns), strangers, schema, seed)
    yield from met_rows(row, made, members, others, reference, schema.names, told_apart=told_apart)
    yield from value_rows(row, made, members.select(columns), strangers, schema, seed)
    yield from risk_rows(row, made, members, others, schema, list(secrets), seed)
