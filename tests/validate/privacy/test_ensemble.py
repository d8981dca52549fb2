"""The ensemble finds planted leaks of each kind, finds nothing in clean batches, and counts people, not rows."""

from __future__ import annotations

import datetime

import polars as pl
import pytest

from bench import plants
from supplychain.schema import Schema
from supplychain.validate.privacy import membership


@pytest.fixture(scope="module")
def survey(people):
    return people.drop("person")


def parts(survey, seed):
    """Members, other people, a reference, and fresh people."""
    mixed = survey.sample(fraction=1, shuffle=True, seed=seed)
    return mixed.head(4_000), mixed.slice(4_000, 2_000), mixed.slice(6_000, 2_000), mixed.slice(8_000)


def attacked(survey, made, seed=1, **more):
    members, others, reference, _ = parts(survey, seed)
    return membership(made, members, others, reference, Schema.of(survey), seed=seed, **more)


def worst(findings, scope="all"):
    return min(finding.p_top for finding in findings if finding.scope == scope)


def test_fresh_people_and_independent_columns_pass(survey):
    members, *_, fresh = parts(survey, 1)
    for made in (fresh, plants.marginals(members, 4_000, 1)):
        findings = attacked(survey, made, sensitive=("female", "black"))
        assert {finding.scope for finding in findings} >= {"all", "isolated", "female=0", "female=1", "black=1"}
        assert worst(findings) > 0.005 and max(finding.auc.low for finding in findings) < 0.55
        assert max(finding.epsilon_low for finding in findings) < 0.5


@pytest.mark.parametrize("plant", ["copies", "near_copies"])
def test_copies_among_fresh_people_are_found_at_the_top_where_the_auc_sees_nothing(survey, plant):
    members, *_, fresh = parts(survey, 1)
    findings = attacked(survey, getattr(plants, plant)(fresh, members, 0.03, 1))
    match = next(finding for finding in findings if finding.attack == "match")
    assert match.p_top < 0.005 and match.auc.value < 0.53
    assert match.tpr_at_01pct.low > match.fpr[1]


def test_unguarded_trees_are_found_by_ranks_and_at_the_top(survey):
    members, *_ = parts(survey, 1)
    findings = attacked(survey, plants.raw_trees(members, 4_000, 20, 1))
    match = next(finding for finding in findings if finding.attack == "match")
    assert match.auc.low > 0.55 and match.p_rank < 1e-6 and match.p_top < 0.005 and match.epsilon_low > 0.3


def test_a_leaked_holdout_is_found_too(survey):
    _, others, *_ = parts(survey, 1)
    findings = attacked(survey, others)
    assert worst(findings) < 1e-4 and min(finding.auc.high for finding in findings) < 0.45


def test_the_same_seed_gives_the_same_figures(survey):
    sides = [survey.slice(start, 400) for start in range(0, 1_600, 400)]
    first, second = (membership(*sides, Schema.of(survey), seed=3, sensitive=("female",)) for _ in range(2))
    assert first == second and len(first) >= 15


def test_people_are_counted_not_rows(survey):
    """Each person stands in three rows; one copied row of theirs is enough, and none of them counts thrice."""
    members, others, reference, fresh = parts(survey, 2)
    thrice = []
    for side, frame in enumerate((members.head(3_000), others.head(1_500))):
        rows = pl.concat([frame.with_columns(_entity=pl.int_range(pl.len()).cast(pl.String) + f"-{side}")] * 3)
        thrice.append(rows)
    made = plants.copies(fresh, members.head(3_000), 0.05, 1)
    findings = membership(made, *thrice, reference, Schema.of(survey), seed=1)
    assert findings[0].members == 3_000 and findings[0].others == 1_500
    assert worst(findings) < 0.005


def test_texts_dates_and_missing_values_are_attacked_too():
    days = [datetime.date(2020, 1, 1) + datetime.timedelta(days=3 * i) for i in range(600)]
    texts = [None if i % 7 == 0 else f"t{i % 50}" for i in range(600)]
    people = pl.DataFrame({"day": days, "text": texts, "number": [None if i % 5 else i / 3 for i in range(600)]})
    people = people.sample(fraction=1, shuffle=True, seed=1)
    members, others, reference = people.head(200), people.slice(200, 200), people.tail(200)
    findings = membership(members, members, others, reference, Schema.of(people), seed=1)
    assert findings[0].auc.value > 0.9 and findings[0].p_top < 1e-4


def test_too_few_people_give_no_finding(survey):
    few = survey.head(40)
    assert membership(survey, few, few, survey, Schema.of(survey), seed=1) == []
    assert membership(survey.head(0), survey, survey, survey, Schema.of(survey), seed=1) == []


@pytest.mark.long
def test_clean_batches_are_rarely_refused(survey):
    """Of forty splits with fresh people as the batch the exact test refuses one at the most at its level of 0.5%."""
    refused = [worst(attacked(survey, parts(survey, seed)[3], seed)) < 0.005 for seed in range(40)]
    assert sum(refused) <= 1
