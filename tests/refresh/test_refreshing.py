"""The section `refresh` of the product file: what cannot be is refused at its line."""

from __future__ import annotations

import pytest
from dagster._utils.schedules import is_valid_cron_schedule
from hypothesis import given
from hypothesis import strategies as st

from supplychain.cron import FIELDS, check_cron
from supplychain.errors import BadInput
from supplychain.project import find_product

DEFS = "assets/products/clinic/defs.yaml"


def of_field(least: int, most: int) -> st.SearchStrategy[str]:
    number = st.integers(least, most)
    span = st.tuples(number, number).map(lambda ends: f"{min(ends)}-{max(ends)}")
    step = st.integers(1, most - least or 1)
    begun = st.one_of(st.just("*"), span)
    return st.one_of(begun, number.map(str), st.tuples(begun, step).map(lambda both: f"{both[0]}/{both[1]}"))


@given(st.tuples(*(of_field(least, most) for _, least, most, _ in FIELDS[:4]), st.just("*")))
def test_what_is_taken_dagster_takes_too(fields):
    text = " ".join(fields)
    try:
        check_cron(text)
    except ValueError as error:
        assert "never comes" in str(error)
    else:
        assert is_valid_cron_schedule(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("0 3 * *", "has 4 fields"),
        ("60 3 * * *", "'60' is no minute"),
        ("0 24 * * *", "'24' is no hour"),
        ("0 3 0 * *", "'0' is no day of the month"),
        ("0 3 * foo *", "'foo' is no month"),
        ("0 3 * * 8", "'8' is no day of the week"),
        ("*/0 * * * *", "step of 0"),
        ("30-10 * * * *", "ends before it begins"),
        ("0 3 31 feb *", "never comes"),
        ("@daily", "has 1 fields"),
        ("0 3 * * 1#2", "is no day of the week"),
        ("", "has 0 fields"),
    ],
)
def test_a_cron_that_does_not_parse_is_refused_at_its_line(project, text, problem):
    project.edit(DEFS, "synthesizer: marginals}", f"synthesizer: marginals}}\n  refresh: {{schedule: '{text}'}}")
    with pytest.raises(BadInput) as refused:
        find_product("clinic", project.root)
    said = str(refused.value)
    assert said.startswith(f"{DEFS}:18: refresh.schedule: ") and problem in said and "\n" not in said


def test_a_time_zone_that_is_none_is_refused_at_its_line(project):
    section = "refresh: {schedule: 0 3 * * 1, time_zone: Europe/Belin}"
    project.edit(DEFS, "synthesizer: marginals}", f"synthesizer: marginals}}\n  {section}")
    with pytest.raises(BadInput) as refused:
        find_product("clinic", project.root)
    assert str(refused.value) == (
        f"{DEFS}:18: refresh.time_zone: there is no time zone 'Europe/Belin'; did you mean 'Europe/Berlin'?"
    )
