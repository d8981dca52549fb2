"""A made-up table of people with everything in it that must never leave: names, addresses, numbers of people."""

from __future__ import annotations

import random

import polars as pl

FIRST = (
    "Anna Bruno Clara David Emma Felix Greta Henri Ines Jonas Katja Luis Maria Nils Olga Paul Rosa Said Tove Uwe"
).split()
LAST = (
    "Almeida Becker Costa Dubois Eriksen Ferrari Garcia Huber Ivanov Jansen Kowalski Lopez Moreau Novak Olsen".split()
)


def iban(rng: random.Random) -> str:
    account = "".join(rng.choices("0123456789", k=18))
    check = 98 - int(account + "131400") % 97
    return f"DE{check:02d}{account}"


def nhs(rng: random.Random) -> str:
    while True:
        digits = rng.choices(range(10), k=9)
        check = -sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check < 10:
            text = "".join(map(str, [*digits, check]))
            return f"{text[:3]} {text[3:6]} {text[6:]}"


def dni(rng: random.Random) -> str:
    number = rng.randrange(10_000_000, 99_999_999)
    return f"{number}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}"


def card(rng: random.Random) -> str:
    digits = [4, *rng.choices(range(10), k=14)]
    double = sum(sum(divmod(digit * (2 - place % 2), 10)) for place, digit in enumerate(reversed(digits)))
    return "".join(map(str, [*digits, -double % 10]))


def tax_id(rng: random.Random) -> str:
    digits = [rng.randrange(1, 10), *rng.choices(range(10), k=9)]
    product = 10
    for digit in digits:
        product = ((digit + product) % 10 or 10) * 2 % 11
    return "".join(map(str, [*digits, (11 - product) % 10]))


def nir(rng: random.Random) -> str:
    number = rng.randrange(1_500_101_001_001, 2_991_295_990_999)
    return f"{number}{97 - number % 97:02d}"


PERSONAL = {
    "contact": lambda rng: f"{rng.choice(FIRST)}{rng.choice('aeiou')} {rng.choice(LAST)}{rng.choice('sen')}",
    "Nachname": lambda rng: f"{rng.choice(LAST)}{rng.choice(LAST).lower()}",
    "reached_by": lambda rng: f"{rng.choice(FIRST).lower()}{rng.randrange(10**6)}@example.org",
    "col7": lambda rng: f"+49 30 {rng.randrange(10**6, 10**7)}",
    "iban_like": iban,
    "a1": nhs,
    "a2": dni,
    "a3": card,
    "a4": tax_id,
    "a5": nir,
    "a6": lambda rng: f"{rng.randrange(100, 899)}-{rng.randrange(10, 99)}-{rng.randrange(1000, 9999)}",
    "a7": lambda rng: f"AB{rng.randrange(10**5, 10**6)}C",
    "lives": lambda rng: f"{rng.choice(LAST)}straße {rng.randrange(1, 150)}",
    "PLZ": lambda rng: f"{rng.randrange(100, 9999)}7".zfill(5),
    "seen_from": lambda rng: ".".join(str(rng.randrange(1, 255)) for _ in range(4)),
    "page": lambda rng: f"https://example.org/{rng.randrange(10**9)}",
    "date_of_birth": lambda rng: f"{rng.randrange(1930, 2005)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}",
    "notes": lambda rng: " ".join(rng.choices([*FIRST, *LAST, "called", "about", "a", "bill", "and", "left"], k=9)),
}
"""Columns of personal data, each with a maker of its values."""


def table(rows: int = 800, seed: int = 7) -> pl.DataFrame:
    """People with all of it, a few honest columns, and gaps of every kind; texts, as a CSV file has them."""
    rng = random.Random(seed)
    columns: dict[str, list[str]] = {"row": [str(number + 1) for number in range(rows)]}
    columns |= {name: [make(rng) for _ in range(rows)] for name, make in PERSONAL.items()}
    age = [rng.randrange(20, 80) for _ in range(rows)]
    smoker = [rng.choice("YN") for _ in range(rows)]
    income = [rng.lognormvariate(8, 0.5) * (1 + (one > 50)) for one in age]
    late = [rng.random() < 0.2 + 0.4 * (one > 50) + 0.2 * (two == "Y") for one, two in zip(age, smoker, strict=True)]
    columns["gender"] = [rng.choice(["female", "male", "male", "divers"]) for _ in range(rows)]
    columns["age"] = [str(one) for one in age]
    columns["smoker"] = smoker
    columns["visits"] = [rng.choice(["N", *"0123456789"]) for _ in range(rows)]
    columns["income"] = [rng.choice(["?", f"{one:.2f}", f"{one:.2f}", f"{one:.2f}"]) for one in income]
    columns["plan"] = [rng.choice(["basic", "plus", "plus", "NA"]) for _ in range(rows)]
    columns["code"] = [f"{rng.randrange(30):03d}" for _ in range(rows)]
    columns["joined"] = [f"2019-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}" for _ in range(rows)]
    columns["left"] = [f"{rng.randrange(1, 29):02d}/{rng.randrange(1, 13):02d}/2021" for _ in range(rows)]
    columns["fee"] = [f"{rng.randrange(100)},{rng.randrange(100):02d}" for _ in range(rows)]
    columns["always"] = ["here"] * rows
    columns["never"] = [""] * rows
    columns["paid_late"] = ["yes" if one else "no" for one in late]
    columns["reminder_sent"] = ["1" if one else "0" for one in late]
    return pl.DataFrame(columns)
