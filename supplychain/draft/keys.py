"""Which columns name things: a person (the entity), a row, or something else that is no quantity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl

from supplychain.draft.personal import words_of
from supplychain.draft.rounding import figure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from supplychain.draft.profile import Profile

_ID = set("id ids key nbr nr no num number code uuid guid identifier pk ref nummer numero index unnamed row".split())
_PERSON = set(
    "person patient customer client student employee user member subject account participant respondent applicant "
    "policyholder policy household citizen resident donor voter borrower player athlete child pupil worker kunde "
    "kunden patienten konto cliente paciente individual passenger driver tenant".split()
)
_CODE = set("id code cd type cat category class group kind status".split())
LEAST = 30
"""Entities below which roles cannot be filled."""
MOST_CODES = 50


@dataclass(frozen=True)
class Key:
    """The column by which rows belong to one entity."""

    column: str
    rows: Literal["one", "many"]
    reason: str


def entity(
    columns: Iterable[Profile], sample: pl.DataFrame, kinds: Mapping[str, str], protected: Iterable[str]
) -> Key | None:
    """The column that tells people apart, if there is one.

    Args:
        columns: The profiles.
        sample: A sample of the rows.
        kinds: Column to the kind of personal data in it.
        protected: Sensitive columns: a key in whose rows these never change names a person.
    """
    found: list[tuple[int, Key]] = []
    for profile in columns:
        if profile.missing or profile.distinct < LEAST or profile.form not in ("integer", "category", "key"):
            continue
        words = set(words_of(profile.name)) or {"index"}
        repeated = profile.distinct < profile.rows
        rows: Literal["one", "many"] = "many" if repeated else "one"
        how = "stands in several rows" if repeated else "is another in every row"
        if words & _PERSON and (words & _ID or profile.distinct > profile.rows / 2):
            reason = f"names a person or account, and {how}"
            found.append((3 if repeated else 2, Key(profile.name, rows, reason)))
        elif profile.distinct < 0.98 * profile.rows and kinds.get(profile.name, "").startswith(
            ("national id", "e-mail", "bank")
        ):
            found.append((2, Key(profile.name, rows, f"is a person's own ({kinds[profile.name]}), and {how}")))
        elif repeated and words & _ID and profile.distinct > profile.rows / 20:
            if _constant_within(sample, profile.name, protected):
                reason = f"{how}, in which sex, birth and the like never change"
                found.append((2, Key(profile.name, rows, reason)))
            elif profile.distinct > profile.rows / 5:
                found.append((1, Key(profile.name, rows, f"{how}: rows that share it belong together")))
    return max(found, key=lambda one: one[0])[1] if found else None


def _constant_within(sample: pl.DataFrame, key: str, protected: Iterable[str]) -> bool:
    """Whether nearly all groups of several rows have one value in each protected column."""
    names = [name for name in protected if name != key]
    groups = sample.group_by(key).agg(pl.len().alias("_rows"), *(pl.col(name).n_unique() for name in names))
    several = groups.filter(pl.col("_rows") > 1)
    return bool(names) and several.height >= 10 and all(figure((several[name] == 1).mean()) > 0.98 for name in names)


def names_a_row(profile: Profile) -> str:
    """Why a column is a row's or a thing's name and no quantity; empty where it is none."""
    if profile.form != "integer":
        return ""
    words = set(words_of(profile.name)) or {"index"}
    unique = profile.distinct == profile.rows and not profile.missing
    counted = profile.low is not None and profile.high is not None and profile.high - profile.low + 1 == profile.rows
    if unique and (counted or words & (_ID | _PERSON)):
        return "another in every row: it names the row, it says nothing of it"
    if words & (_ID - {"num", "number", "no"}) and profile.distinct > max(profile.rows / 20, 1_000):
        return "an id of something: a name, not a quantity"
    return ""


def is_code(profile: Profile) -> bool:
    """Whether whole numbers are names of kinds, such as `admission_type_id`."""
    few = 2 < profile.distinct <= MOST_CODES
    return (
        profile.form == "integer"
        and few
        and words_of(profile.name)[-1:] != []
        and (words_of(profile.name)[-1] in _CODE)
    )
