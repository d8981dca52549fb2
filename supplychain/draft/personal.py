"""Probable personal data and probable sensitive attributes, by a column's name and the shape of its values.

What is found here is left out of generation by default. A number that has a check digit is taken for an id only where
nearly all values pass the check. Nothing here returns a value: only what kind of value it is.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

LOOK = 1_000
"""Different values that are looked at."""
SHARE = 0.2
"""The share of values of a personal shape that makes a column personal."""
CHECKED = 0.95
"""The share that must pass a check digit, which one in ten random numbers does."""
LEAST_CHECKED = 10

_WORDS: tuple[tuple[str, str], ...] = (
    ("e-mail address", "email mail e_mail emailaddress courriel correo"),
    ("phone number", "phone telephone tel mobile cell cellphone handy telefon telefono fax msisdn portable"),
    (
        "name of a person",
        "firstname lastname surname forename fullname givenname familyname middlename maidenname fname lname "
        "vorname nachname familienname prenom apellido apellidos cognome achternaam voornaam imie nazwisko efternamn "
        "fornavn etternavn sobrenome",
    ),
    ("national id", "ssn nino nhs nhsnumber steuerid taxid nir dni nie bsn pesel cpf passport passeport reisepass"),
    ("bank account", "iban bic accountnumber creditcard cardnumber kontonummer"),
    ("postal address", "address addr adresse anschrift street strasse straße rue calle direccion indirizzo"),
    ("postcode", "zip zipcode postcode postal postalcode plz postleitzahl codepostal cap"),
    ("date of birth", "dob birthdate dateofbirth birthday geburtsdatum geburtstag naissance nacimiento"),
    ("IP address", "ip ipaddress ipaddr"),
    ("link", "url website homepage link"),
)
_NAME, _THING = (
    {"name", "nom", "nombre", "navn", "namn", "naam", "nome"},
    (
        "product brand company firm city town state country school course module event category item file team station "
        "hospital clinic department region district program project variable column feature type class test drug model"
    ).split(),
)
_WHO = (
    "person patient customer client student employee user member contact first last full family middle given "
    "father mother spouse applicant owner doctor"
).split()

_SHAPES: tuple[tuple[str, str], ...] = (
    ("e-mail address", r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"),
    ("link", r"(https?://|www\.)\S+"),
    ("IP address", r"(\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{0,4}){4,7}"),
    ("national id (US)", r"\d{3}-\d{2}-\d{4}"),
    ("national id (UK)", r"[A-CEGHJ-PR-TW-Za-z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-Da-d]"),
    ("postcode (UK)", r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}"),
    ("phone number", r"(\+\d{1,3}|\(0?\d{2,4}\)|0\d{1,4}[ /-]|\d{3}[-. ]\d{3}[-. ](?=\d{4}$))[\d ()/.-]{5,16}\d"),
    (
        "postal address",
        r"\d+[a-z]? ([\w.'-]+ )+(street|st|road|rd|avenue|ave|lane|ln|drive|dr|court|ct|way|boulevard|blvd)\.?"
        r"|[\w .-]+(straße|strasse|str\.|weg|gasse|platz|allee) ?\d+ ?[a-z]?|\d+,? (rue|avenue|boulevard|place) .+",
    ),
)
_DAY = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}( .*)?")
_PERSON = (
    r"(?:(?:Dr|Mr|Mrs|Ms|Prof|Herr|Frau|Mme|M)\.? )?[^\W\d_]['’\w-]+,? (?:[^\W\d_]\.? )?"
    r"(?:(?:van|von|de|der|den|la|da|di) ){0,2}[^\W\d_]['’\w-]+"
)

SENSITIVE: tuple[tuple[str, str], ...] = (
    ("sex or gender", "sex gender geschlecht sexe sexo genere female male woman man"),
    ("race or ethnicity", "race rac ethnicity ethnic ethnie ethnicgroup hispanic hisp latino black asian indigenous"),
    ("religion", "religion religious faith confession konfession denomination"),
    ("disability", "disability disabled handicap behinderung dis drem dphy deye dear ddrs dout impairment"),
    ("age", "age agep alter edad eta leeftijd ageband agegroup birthyear yob"),
    ("marital status", "marital maritalstatus marriage married marry mar msp civilstatus familienstand spouse"),
    (
        "nationality or origin",
        "nationality citizenship citizen cit nativity immigrant migrant foreign foreigner "
        "birthplace staatsangehörigkeit pobp",
    ),
    ("sexual orientation", "orientation lgbt"),
    ("politics or union", "union political party"),
    ("poverty or deprivation", "imd deprivation poverty poor"),
    ("pregnancy", "pregnant pregnancy"),
)
_GROUPS: tuple[tuple[str, frozenset[str]], ...] = (
    ("sex or gender", frozenset("male female m f w man woman other unknown diverse männlich weiblich".split())),
    (
        "race or ethnicity",
        frozenset(
            "white black asian hispanic caucasian africanamerican african-american other latino mixed unknown".split()
        ),
    ),
    ("marital status", frozenset("single married divorced widowed separated unmarried other unknown".split())),
)


def words_of(name: str) -> list[str]:
    """The words of a column's name, in small letters: `customerFirst_Name2` has customer, first and name.

    Example:
        >>> words_of("customerFirst_Name2")
        ['customer', 'first', 'name']
    """
    apart = re.sub(r"([a-zà-ÿ])([A-ZÀ-Þ])", r"\1 \2", name)
    return re.findall(r"[^\W\d_]+", apart.lower())


def personal(name: str, values: pl.Series) -> str:
    """What kind of personal data a column probably holds; empty where none.

    Args:
        name: The column's name.
        values: Its values, or a sample of them, of any type.
    """
    texts = _looked_at(values)
    by_name = _by_name(name, texts)
    if by_name or not texts:
        return by_name
    undated = [text for text in texts if not _DAY.fullmatch(text)]
    for what, pattern in _SHAPES:
        if _share(undated, re.compile(pattern).fullmatch) * len(undated) >= SHARE * len(texts):
            return what
    if len(texts) >= LEAST_CHECKED:
        for what, check in _CHECKS:
            if _share(texts, check) >= CHECKED:
                return what
    many = len(texts) >= 20 and len(texts) > 0.3 * min(len(values.drop_nulls()), LOOK)
    return "name of a person" if many and _share(texts, re.compile(_PERSON).fullmatch) > 0.8 and _titled(texts) else ""


def sensitive(name: str, values: pl.Series) -> str:
    """What protected attribute a column probably holds; empty where none."""
    found = words_of(name)
    whole = "".join(found)
    for what, words in SENSITIVE:
        if set(words.split()) & {*found, whole}:
            return what
    if values.dtype != pl.String:
        return ""
    groups = {value.strip().lower().replace(" ", "") for value in values.drop_nulls().unique().head(LOOK)}
    for what, known in _GROUPS:
        if 2 <= len(groups) <= 8 and len(groups & known) >= max(2, 0.75 * len(groups)):
            return what
    return ""


def _looked_at(values: pl.Series) -> list[str]:
    if values.dtype.is_float() or values.dtype.is_temporal() or values.dtype.is_nested() or values.dtype == pl.Binary:
        return []
    present = values.drop_nulls().cast(pl.String, strict=False).drop_nulls()
    return [text for text in present.unique(maintain_order=True).head(LOOK).str.strip_chars().to_list() if text]


def _by_name(name: str, texts: list[str]) -> str:
    found = words_of(name)
    whole = "".join(found)
    pairs = {first + second for first, second in pairwise(found)}
    for what, words in _WORDS:
        known = set(words.split())
        if known & {whole, *pairs} or (known & set(found) and _fits(what, texts)):
            return what
    is_name = bool(_NAME & set(found)) and not set(found) & set(_THING)
    if is_name and (set(found) & set(_WHO) or len(found) == 1) and _fits("name of a person", texts):
        return "name of a person"
    return ""


def _fits(what: str, texts: list[str]) -> bool:
    """Whether the values do not speak against what one word of the name says: a count of mails is no mail address."""
    if len(texts) <= 20:
        return False
    digits = [sum(sign.isdigit() for sign in text) for text in texts]
    if what in _LEAST_DIGITS:
        return sum(count >= _LEAST_DIGITS[what] for count in digits) > len(texts) / 2
    return sum(count < len(text.strip("+-.")) for count, text in zip(digits, texts, strict=True)) > len(texts) / 2


_LEAST_DIGITS = {"phone number": 7, "national id": 6, "bank account": 6, "postcode": 3, "date of birth": 4}


def _share(texts: list[str], holds: Callable[[str], object]) -> float:
    return sum(bool(holds(text)) for text in texts) / max(len(texts), 1)


def _titled(texts: list[str]) -> bool:
    return _share(texts, lambda text: text.title() == text or text.isupper() or ", " in text) > 0.6


def _digits(text: str) -> list[int]:
    return [int(sign) for sign in re.sub(r"[ -]", "", text) if sign.isascii() and sign.isdigit()]


def is_nhs(text: str) -> bool:
    """A number of the National Health Service of England: ten digits, the last a check modulo 11."""
    digits = _digits(text)
    if not re.fullmatch(r"\d{3}[ -]?\d{3}[ -]?\d{4}", text):
        return False
    rest = -sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return rest == digits[9]


def is_german_tax_id(text: str) -> bool:
    """A German tax id: eleven digits, the last a check by ISO 7064, modulo 11, 10."""
    digits = _digits(text)
    if not re.fullmatch(r"[1-9]\d ?\d{3} ?\d{3} ?\d{3}", text):
        return False
    product = 10
    for digit in digits[:10]:
        product = ((digit + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == digits[10]


def is_french_nir(text: str) -> bool:
    """A French NIR: thirteen digits and a key of two, 97 less the number modulo 97."""
    plain = re.sub(r"[ -]", "", text).upper().replace("2A", "19").replace("2B", "18")
    return bool(re.fullmatch(r"[1-478]\d{14}", plain)) and 97 - int(plain[:13]) % 97 == int(plain[13:])


def is_spanish_id(text: str) -> bool:
    """A Spanish DNI or NIE: eight digits (the first X, Y or Z for foreigners) and a letter, modulo 23."""
    plain = re.sub(r"[ -]", "", text).upper()
    if not re.fullmatch(r"[XYZ\d]\d{7}[A-Z]", plain):
        return False
    number = int(plain[:8].replace("X", "0").replace("Y", "1").replace("Z", "2"))
    return "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23] == plain[8]


def is_iban(text: str) -> bool:
    """An international bank account number: ISO 13616, modulo 97."""
    plain = text.replace(" ", "").upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z\d]{10,30}", plain):
        return False
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


def is_card(text: str) -> bool:
    """A payment card's number: 13 to 19 digits, the last a check by Luhn."""
    digits = _digits(text)
    if not re.fullmatch(r"[2-6](?:[ -]?\d){12,18}", text):
        return False
    return sum(sum(divmod(digit * (1 + place % 2), 10)) for place, digit in enumerate(reversed(digits))) % 10 == 0


_CHECKS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("bank account (IBAN)", is_iban),
    ("national id (Spain)", is_spanish_id),
    ("national id (France)", is_french_nir),
    ("national id (Germany)", is_german_tax_id),
    ("payment card", is_card),
    ("national id (NHS number)", is_nhs),
)
