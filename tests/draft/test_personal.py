"""Personal data and sensitive attributes, by name and by shape."""

from __future__ import annotations

import random

import polars as pl
import pytest

from supplychain.draft import personal
from supplychain.draft.personal import sensitive
from tests.draft.nasty import PERSONAL, table

WANTED = {
    "contact": "name of a person",
    "Nachname": "name of a person",
    "reached_by": "e-mail address",
    "col7": "phone number",
    "iban_like": "bank account",
    "a1": "NHS",
    "a2": "Spain",
    "a3": "payment card",
    "a4": "Germany",
    "a5": "France",
    "a6": "US",
    "a7": "UK",
    "lives": "postal address",
    "PLZ": "postcode",
    "seen_from": "IP address",
    "page": "link",
    "date_of_birth": "date of birth",
}


@pytest.mark.parametrize("name", WANTED)
def test_each_kind_is_found(name):
    assert WANTED[name] in personal.personal(name, table()[name])


def test_honest_columns_are_not_accused():
    rows = table()
    for name in set(rows.columns) - set(PERSONAL):
        assert personal.personal(name, rows[name]) == "", name


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("phone_calls", [str(number % 40) for number in range(200)]),
        ("email_opens", [str(number % 40) for number in range(200)]),
        ("product_name", [f"Gadget {number}" for number in range(200)]),
        ("region", ["East Anglian Region", "North Region", "Scotland", "Wales"] * 50),
        ("cap-shape", list("bcxfks") * 30),
        ("day", [f"{number % 28 + 1:02d}/{number % 12 + 1:02d}/2021" for number in range(300)]),
        ("amount", [str(10**9 + 7919 * number) for number in range(300)]),
        ("cell_size", [str(number) for number in range(1, 60)]),
    ],
)
def test_look_alikes_are_not_accused(name, values):
    assert personal.personal(name, pl.Series(name, values)) == ""


@pytest.mark.parametrize(
    ("check", "right"),
    [
        (personal.is_nhs, "943 476 5919"),
        (personal.is_german_tax_id, "86095742719"),
        (personal.is_french_nir, "255081416802538"),
        (personal.is_spanish_id, "12345678Z"),
        (personal.is_spanish_id, "X1234567L"),
        (personal.is_iban, "GB82 WEST 1234 5698 7654 32"),
        (personal.is_card, "4111 1111 1111 1111"),
    ],
)
def test_check_digits_of_published_examples(check, right):
    """Examples that the issuers publish; any one digit changed fails."""
    assert check(right)
    places = [place for place, sign in enumerate(right) if sign.isdigit()]
    for place in places:
        wrong = f"{right[:place]}{(int(right[place]) + 1) % 10}{right[place + 1 :]}"
        assert not check(wrong), wrong


def test_random_digits_do_not_pass_for_ids():
    rng = random.Random(3)
    for length in (10, 11, 15, 16):
        values = pl.Series("x", ["4" + "".join(rng.choices("0123456789", k=length - 1)) for _ in range(500)])
        assert personal.personal("x", values) == ""


@pytest.mark.parametrize(
    ("name", "values", "what"),
    [
        ("sex", [0, 1], "sex"),
        ("x", ["M", "F"], "sex"),
        ("x", ["White", "Black", "Asian", "Other"], "race"),
        ("ageBand", ["1", "2"], "age"),
        ("marital_status", ["a"], "marital"),
        ("RAC1P", [1, 2], "race"),
        ("x", ["single", "married", "divorced"], "marital"),
        ("page", ["a", "b"], ""),
        ("average", [1, 2], ""),
        ("x", ["Y", "N"], ""),
    ],
)
def test_sensitive_attributes(name, values, what):
    found = sensitive(name, pl.Series(name, values))
    assert what in found and bool(found) == bool(what)
