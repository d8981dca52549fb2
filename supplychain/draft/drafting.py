"""A stranger's table becomes a draft: every decision, with its reason, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.draft import keys, outcome, personal, slicing
from supplychain.draft.profile import Profile, profiles
from supplychain.draft.reach import TRAIN
from supplychain.draft.reading import read_table
from supplychain.draft.rounding import down
from supplychain.errors import BadInput
from supplychain.schema import typed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from supplychain.draft.keys import Key
    from supplychain.draft.outcome import Goal
    from supplychain.draft.reading import Table
    from supplychain.draft.slicing import Watched
    from supplychain.sections import Kind

MOST_ROWS = 20_000


@dataclass(frozen=True)
class Draft:
    """What was decided about a table.

    Attributes:
        table: The table.
        profiles: Column to its profile, in the table's order.
        personal: Column to the kind of personal data that it probably holds.
        sensitive: Kept column to the protected attribute that it probably holds.
        entity: The column by which rows belong to one person.
        goal: The outcome.
        drops: Column that is left out, and why.
        missing: Texts that stand for a missing value in every column where they stand.
        own: Column to further such texts.
        kinds: Column to the kind that is declared.
        window: A column that could part the rows, and its values.
        slices: What to watch.
        rows: Synthetic rows to ask for.
        frame: A typed sample of the columns that are modelled, the outcome among them.
    """

    table: Table
    profiles: dict[str, Profile]
    personal: dict[str, str]
    sensitive: dict[str, str]
    entity: Key | None
    goal: Goal
    drops: dict[str, str]
    missing: tuple[str, ...]
    own: dict[str, tuple[str, ...]]
    kinds: dict[str, Kind]
    window: tuple[str, list[Any]] | None
    slices: list[Watched]
    rows: int
    frame: pl.DataFrame = field(repr=False)


def make_draft(file: Path, *, target: str | None, progress: Callable[[str], None]) -> Draft:
    """Look at a table and decide.

    Args:
        file: The table.
        target: The outcome's column; None to have one suggested.
        progress: Told what is under way.

    Raises:
        BadInput: The table, or the target, cannot be used.
    """
    progress(f"reading {file.name}")
    table = read_table(file)
    progress(f"looking at {len(table.types)} columns of {table.rows:,} rows")
    found = {profile.name: profile for profile in profiles(table)}
    if table.rows < keys.LEAST:
        raise BadInput(f"has {table.rows} rows", where=file, remedy=f"bring at least {2 * keys.LEAST}")
    about = {name: what for name in found if (what := _personal(table, found[name]))}
    protected = {
        name: what
        for name, profile in found.items()
        if name not in about and not profile.unfit and (what := personal.sensitive(name, table.sample[name]))
    }
    key = keys.entity(found.values(), table.sample, about, [name for name in protected if name != target])
    if key and key.column == target:
        key = None
    drops = {name: why for name, profile in found.items() if (why := _left_out(profile, about)) and name != target}
    if key:
        drops.pop(key.column, None)
    missing, own = _markers(table, found)
    # Columns under drop are read too: one of numbers and texts has to be declared there as well.
    kinds = {name: kind for name, profile in found.items() if (kind := _declared(profile, name in drops))}
    left = [found[name] for name in found if name not in drops and not (key and key.column == name)]
    if not left:
        raise BadInput("has no column that can be modelled", where=file, remedy="bring one with few values or numbers")
    goal = (
        outcome.asked(target, table, found, about) if target is not None else outcome.suggested(table, left, protected)
    )
    if _is_class_as_number(found[goal.name]):
        kinds[goal.name] = "category" if table.types[goal.name] == pl.String else "integer"
    names = [profile.name for profile in left]
    frame = typed(table.sample.select(names), kinds, missing, where=str(file), own=own)
    progress(f"looking for columns that give {goal.name} away")
    frame, strength = _without_leaks(frame, goal, drops)
    protected = {name: what for name, what in protected.items() if name in frame.columns and name != goal.name}
    return Draft(
        table=table,
        profiles=found,
        personal=about,
        sensitive=protected,
        entity=key,
        goal=goal,
        drops={name: drops[name] for name in found if name in drops},
        missing=missing,
        own=own,
        kinds=kinds,
        window=slicing.window(frame, goal.name),
        slices=slicing.slices(frame, goal.name, protected, strength, table.sample[key.column] if key else None),
        rows=max(min(down(table.rows * TRAIN), MOST_ROWS), 50),
        frame=frame,
    )


def _declared(profile: Profile, dropped: bool) -> Kind | None:
    """The kind that is to be declared, because the chain would infer another."""
    return "category" if keys.is_code(profile) and not dropped else profile.declare


def _personal(table: Table, profile: Profile) -> str:
    if profile.form in ("empty", "nested", "constant"):
        return ""
    values = table.sample[profile.name]
    if values.dtype == pl.String:
        values = values.set(values.is_in(["", *profile.markers]).fill_null(value=False), None)
    return personal.personal(profile.name, values)


def _left_out(profile: Profile, about: dict[str, str]) -> str:
    """Why a column is neither modelled nor released; empty where it is."""
    if profile.name in about:
        return f"personal data: probably {about[profile.name]}"
    return profile.unfit or keys.names_a_row(profile)


def _markers(table: Table, found: dict[str, Profile]) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """Texts that are missing values wherever they stand, and those of single columns.

    `source.missing` is about every column: a text that is a value somewhere, as N beside Y, is not put there.
    """
    texts = sorted({marker for profile in found.values() for marker in profile.markers})
    if not texts:
        return (), {}
    others = {
        str(place): pl.col(name).cast(pl.String).is_in([text for text in texts if text not in found[name].markers])
        for place, (name, dtype) in enumerate(table.types.items())
        if dtype == pl.String
    }
    hits = table.exact(*(hit.any().alias(place) for place, hit in others.items()))
    names = list(table.types)
    mixed: set[str] = set()
    for place, hit in hits.items():
        name = names[int(place)]
        rest = [text for text in texts if text not in found[name].markers]
        if hit:
            there = table.exact(*((pl.col(name) == text).any().alias(str(number)) for number, text in enumerate(rest)))
            mixed |= {rest[int(number)] for number, stands in there.items() if stands}
    everywhere = tuple(text for text in texts if text not in mixed)
    own = {name: tuple(text for text in profile.markers if text in mixed) for name, profile in found.items()}
    return everywhere, {name: texts for name, texts in own.items() if texts}


def _is_class_as_number(profile: Profile) -> bool:
    """Whether classes are written 0.0 and 1.0: the chain would take the column for a quantity."""
    return profile.form == "number" and profile.distinct <= outcome.FEW_CLASSES


def _without_leaks(frame: pl.DataFrame, goal: Goal, drops: dict[str, str]) -> tuple[pl.DataFrame, dict[str, float]]:
    """The frame without columns that give the outcome away, and how much each other one tells of it."""
    strength: dict[str, float] = {}
    for name in [name for name in frame.columns if name != goal.name]:
        share, told = outcome.tells(frame[name], frame[goal.name])
        if share >= outcome.LEAK:
            drops[name] = f"gives the outcome away: alone it foretells {goal.name} almost always"
        else:
            strength[name] = told
    if not strength:
        raise BadInput(
            f"every column gives {goal.name!r} away, or none is left beside it",
            remedy="bring columns to tell it by, or name another outcome with --target",
        )
    return frame.select(name for name in frame.columns if name not in drops), strength
