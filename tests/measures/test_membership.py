"""The membership attack finds copies, and finds nothing where nothing leaks."""

from __future__ import annotations

import polars as pl
import pytest

from supplychain.measures.membership import attack_advantage
from supplychain.schema import Schema

SPLITS = range(8)


@pytest.fixture(scope="module")
def survey(people):
    return people.drop("person")


def parts(survey, seed, copied):
    """Fresh real people with a share of members' copies among them, members, others, a reference."""
    mixed = survey.sample(fraction=1, shuffle=True, seed=seed)
    members, others, fresh, reference = (mixed.slice(start, 2_500) for start in range(0, 10_000, 2_500))
    made = pl.concat([members.sample(int(copied * 2_500), seed=seed), fresh.head(2_500 - int(copied * 2_500))])
    return attack_advantage(made, members, others, reference, Schema.of(survey), seed=seed)


def test_fresh_real_people_betray_nobody(survey):
    """Over eight splits the mean is near 0, and no lower limit lies above the lever's default."""
    found = [parts(survey, seed, 0.0) for seed in SPLITS]
    assert abs(sum(value for value, *_ in found) / len(found)) < 0.03
    assert all(low < 0.1 for _, low, *_ in found)


def test_a_fifth_of_copies_is_found_every_time(survey):
    assert all(parts(survey, seed, 0.2)[1] > 0.1 for seed in SPLITS)


def test_members_as_they_are_are_told_almost_all(survey):
    value, low, high, n = parts(survey, 1, 1.0)
    assert value > 0.9
    assert low <= value <= high
    assert n == 2_000


def test_too_few_people_give_no_figure(survey):
    few = survey.head(10)
    value, *_, n = attack_advantage(survey.head(100), few, few, few, Schema.of(survey), seed=1)
    assert value != value
    assert n == 10


def test_texts_dates_and_missing_values_are_attacked_too():
    import datetime

    days = [datetime.date(2020, 1, 1) + datetime.timedelta(days=7 * i) for i in range(300)]
    texts = [None if i % 7 == 0 else f"t{i % 50}" for i in range(300)]
    people = pl.DataFrame({"day": days, "text": texts, "number": [None if i % 5 else i / 3 for i in range(300)]})
    members, others, reference = people.head(100), people.slice(100, 100), people.tail(100)
    value, *_ = attack_advantage(members, members, others, reference, Schema.of(people), seed=1)
    assert value > 0.5
