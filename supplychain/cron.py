"""Cron: five fields, checked where they are written, so that a schedule which could never tick has its line."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from supplychain.errors import nearest

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_DAYS = "sun mon tue wed thu fri sat".split()
FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, tuple(_MONTHS)),
    ("day of the week", 0, 7, tuple(_DAYS)),
)
"""Name, least, most and words of each field."""
LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
EXAMPLE = "write five fields: minute, hour, day of the month, month, day of the week, such as `0 3 * * 1`"


def check_cron(text: str) -> str:
    """The schedule, if it can tick.

    Raises:
        ValueError: It has other than five fields, one that is no list, range or step within its bounds, or a day that
            none of its months has.
    """
    parts = text.split()
    if len(parts) != len(FIELDS):
        raise ValueError(f"{text!r} has {len(parts)} fields; {EXAMPLE}")
    found = [_values(part, *field) for part, field in zip(parts, FIELDS, strict=True)]
    days, months, weekdays = found[2], found[3], parts[4]
    if weekdays == "*" and min(days) > max(LONGEST[month - 1] for month in months):
        raise ValueError(f"{text!r} never comes: no month of it has a day {min(days)}; mend the day or the month")
    return text


def _values(part: str, name: str, least: int, most: int, words: tuple[str, ...]) -> set[int]:
    """The numbers that a field stands for."""
    values: set[int] = set()
    for item in part.lower().split(","):
        matched = re.fullmatch(r"(?:\*|(\w+)(?:-(\w+))?)(?:/(\d+))?", item)
        if matched is None:
            raise ValueError(f"{item!r} is no {name}; {EXAMPLE}")
        first, last, step = matched.groups()
        if step is not None and not int(step):
            raise ValueError(f"{item!r} has a step of 0 in the {name}; write a step of at least 1")
        begin = least if first is None else _number(first, name, least, most, words)
        lone = last is None and first is not None
        end = _number(last, name, least, most, words) if last is not None else begin if lone and not step else most
        if begin > end:
            raise ValueError(f"{item!r} ends before it begins in the {name}; turn the two around")
        values |= set(range(begin, end + 1, int(step or 1)))
    return values


def _number(text: str, name: str, least: int, most: int, words: tuple[str, ...]) -> int:
    if text in words:
        return least + words.index(text)
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise ValueError(f"{text!r} is no {name}; write {least} to {most}{' or a name' if words else ''}")
    return int(text)


def check_zone(name: str) -> str:
    """The name, if it is a time zone of the IANA database.

    Raises:
        ValueError: It is not.
    """
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        from zoneinfo import available_timezones

        raise ValueError(f"there is no time zone {name!r}; {_hint(name, available_timezones())}") from None
    return name


def _hint(name: str, known: set[str]) -> str:
    hint = nearest(name, known)
    return hint if hint.startswith("did") else "write one such as UTC or Europe/Berlin"
