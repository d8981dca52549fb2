"""Membership: every attack on every group of people, and one p value for each group that all of them share.

Many tests at once find something by chance. The hypotheses of each test (attacks x groups) are corrected together by
Holm's method with weights (Holm, 1979): half of the error rate is for all people, half is shared by the groups.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from supplychain.validate.privacy.attacks import ATTACKS, Attacked, attack
from supplychain.validate.privacy.chance import LEAST_PEOPLE, Interval, auc, epsilon_low, top_test, tpr
from supplychain.validate.privacy.sample import (
    MOST_MEMBERS,
    MOST_OTHERS,
    MOST_ROWS,
    People,
    draw_people,
    draw_rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.schema import Schema

ALL, ISOLATED = "all", "isolated"
MOST_ISOLATED = 0.05
"""The share of people, farthest from the reference, who are attacked as a group of their own."""
CERTAIN = 1 - 0.05 / len(ATTACKS)
"""The level of each attack's limits, so that those of all attacks hold at once in 95 of 100 batches."""
MOST_GROUPS = 8
"""Values of a sensitive column that are groups."""


@dataclass(frozen=True)
class Finding:
    """What one attack found in one group of people. Its limits are at 99%: those of all five hold at once at 95%.

    Attributes:
        attack: match, crowd, cells, neighbour or density; see `attacks.attack`.
        scope: all, isolated, or `column=value`.
        members: Members attacked.
        others: Other people attacked.
        auc: The chance that a member scores higher than another; 0.5 is chance.
        p_top: Exact two-sided test of the members among the surest people, corrected for those of all findings.
        p_rank: Two-sided rank test of all scores, corrected likewise.
        tpr_at_1pct: Members taken at a false positive rate of 1%.
        tpr_at_01pct: The same at 0.1%, or at the lowest rate that the people allow.
        fpr: The two rates that were reached in expectation.
        epsilon_low: Lower limit on epsilon, from the members among the surest.
    """

    attack: str
    scope: str
    members: int
    others: int
    auc: Interval
    p_top: float
    p_rank: float
    tpr_at_1pct: Interval
    tpr_at_01pct: Interval
    fpr: tuple[float, float]
    epsilon_low: float


def membership(
    made: pl.DataFrame,
    members: pl.DataFrame,
    others: pl.DataFrame,
    reference: pl.DataFrame,
    schema: Schema,
    *,
    seed: int,
    sensitive: Iterable[str] = (),
) -> list[Finding]:
    """Attack: all people, the most isolated twentieth, and each value of sensitive columns with people enough.

    Args:
        made: Synthetic rows.
        members: Real rows that the generator was fitted on; with `_entity`, rows of the same person stay together.
        others: Real rows of people it never saw, drawn like the members.
        reference: Real rows of still other people, which the attacker has.
        schema: The real rows' schema.
        seed: Seed of samples, halves and ties.
        sensitive: Columns whose values are groups.

    Returns:
        One finding an attack and group, those of all people first; none where a side has fewer than 50 people.
    """
    attacked = attack_people(made, members, others, reference, schema, seed=seed)
    return judged(attacked, seed, sensitive) if attacked else []


@dataclass(frozen=True)
class AttackedPeople:
    """The people of both sides, and what the attacks found for each: members first."""

    inside: People
    outside: People
    found: Attacked


def attack_people(
    made: pl.DataFrame,
    members: pl.DataFrame,
    others: pl.DataFrame,
    reference: pl.DataFrame,
    schema: Schema,
    *,
    seed: int,
) -> AttackedPeople | None:
    """Draw people and attack them; None where a side has too few."""
    inside = draw_people(members, schema.names, MOST_MEMBERS, seed)
    outside = draw_people(others, schema.names, MOST_OTHERS, seed + 1)
    if min(len(inside), len(outside)) < LEAST_PEOPLE or not made.height or not reference.height:
        return None
    looked_at, known = (draw_rows(frame, schema.names, MOST_ROWS, seed + 2) for frame in (made, reference))
    rows = pl.concat([inside.rows, outside.rows], how="vertical_relaxed")
    found = attack(rows, looked_at, known, schema, seed)
    return AttackedPeople(inside, outside, _by_person(found, inside, outside))


def judged(attacked: AttackedPeople, seed: int, sensitive: Iterable[str] = ()) -> list[Finding]:
    """The findings on attacked people."""
    scores, is_member = attacked.found.scores, _is_member(len(attacked.inside), len(attacked.outside))
    findings = [
        _finding(name, scope, scores[name][mask & is_member], scores[name][mask & ~is_member], seed)
        for scope, mask in _groups(attacked.found, attacked.inside, attacked.outside, sensitive)
        for name in ATTACKS
    ]
    return _corrected(findings)


def _by_person(found: Attacked, inside: People, outside: People) -> Attacked:
    """One figure a person: the greatest of their rows'."""
    import numpy as np

    everyone = People(inside.rows, np.concatenate([inside.start, outside.start + inside.rows.height]))
    return Attacked(
        {name: everyone.worst(scores) for name, scores in found.scores.items()},
        everyone.worst(found.shared),
        everyone.worst(found.known),
        everyone.worst(found.isolation),
    )


def _is_member(members: int, others: int) -> NDArray[np.bool_]:
    import numpy as np

    return np.arange(members + others) < members


def _groups(
    found: Attacked, inside: People, outside: People, sensitive: Iterable[str]
) -> list[tuple[str, NDArray[np.bool_]]]:
    """Each group's name and whether each person is in it; groups with too few people of a side are left out."""
    import numpy as np

    far = found.isolation
    groups = [(ALL, np.ones(len(far), dtype=bool)), (ISOLATED, far >= np.quantile(far, 1 - MOST_ISOLATED))]
    first = pl.concat([inside.first, outside.first], how="vertical_relaxed")
    for column in sensitive:
        common = first[column].drop_nulls().value_counts(sort=True)[column].head(MOST_GROUPS).sort()
        groups += [
            (f"{column}={value}", (first[column] == value).fill_null(value=False).to_numpy()) for value in common
        ]
    is_member = _is_member(len(inside), len(outside))
    return [
        (name, mask)
        for name, mask in groups
        if min(int((mask & is_member).sum()), int((mask & ~is_member).sum())) >= LEAST_PEOPLE
    ]


def _finding(name: str, scope: str, members: NDArray[np.float32], others: NDArray[np.float32], seed: int) -> Finding:
    p_top, hits, k = top_test(members, others, seed)
    area, p_rank = auc(members, others, CERTAIN)
    (one, one_rate), (thousandth, thousandth_rate) = (
        tpr(members, others, rate, seed, CERTAIN) for rate in (0.01, 0.001)
    )
    prior = len(members) / (len(members) + len(others))
    return Finding(
        attack=name,
        scope=scope,
        members=len(members),
        others=len(others),
        auc=area,
        p_top=p_top,
        p_rank=p_rank,
        tpr_at_1pct=one,
        tpr_at_01pct=thousandth,
        fpr=(one_rate, thousandth_rate),
        epsilon_low=epsilon_low(hits, k, prior, CERTAIN),
    )


def _corrected(findings: list[Finding]) -> list[Finding]:
    """The findings with the p values of each test corrected for one another."""
    from dataclasses import replace

    of_all = sum(finding.scope == ALL for finding in findings)
    groups = len(findings) - of_all
    share = 0.5 if groups else 1.0
    weights = [share / of_all if f.scope == ALL else (1 - share) / groups for f in findings]
    tops, ranks = (holm([getattr(f, name) for f in findings], weights) for name in ("p_top", "p_rank"))
    return [replace(f, p_top=top, p_rank=rank) for f, top, rank in zip(findings, tops, ranks, strict=True)]


def holm(ps: list[float], weights: list[float]) -> list[float]:
    """P values corrected for one another (Holm, 1979, with weights): an error rate of a holds for all at once.

    Args:
        ps: P values.
        weights: The share of the error rate that each is given; they add up to 1.
    """
    order = sorted(range(len(ps)), key=lambda i: ps[i] / weights[i])
    corrected, left, worst = [1.0] * len(ps), sum(weights), 0.0
    for i in order:
        worst = max(worst, min(ps[i] / weights[i] * left, 1.0))
        corrected[i] = worst
        left -= weights[i]
    return corrected
