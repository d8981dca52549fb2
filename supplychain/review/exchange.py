"""A lot for other labelling tools, and their answers back: JSON lines, one a record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from supplychain.errors import BadInput
from supplychain.review.journal import Record
from supplychain.review.standing import ACCEPT, REJECT, SKIP, Standing
from supplychain.review.verdict import advanced

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from supplychain.review.files import Docket
    from supplychain.review.lot import Item, Lot

WORDS = {"accept": ACCEPT, "reject": REJECT, "skip": SKIP, "ignore": SKIP}
"""Answers as this desk and Prodigy say them."""
MARK = "@"
"""Between a record's name and the lot's in an exported id: records of all lots have the same names."""


def exported(under: Docket, reviewer: str) -> Iterator[dict[str, Any]]:
    """The records that a person is to judge, as tasks; nothing tells a stratum or a planted defect."""
    standing = Standing(under.lot, under.journal.read())
    for item in standing.queue(reviewer):
        yield {
            "id": f"{item.id}{MARK}{under.lot.content[:16]}",
            "text": "\n".join(
                f"{field.label}: {_value(item, field.name)} {field.unit}".rstrip() for field in under.lot.fields
            ),
            "fields": item.values,
            "question": "Could this record exist?",
            "options": [{"id": name, "text": words} for name, words in under.lot.reasons.items()],
            "meta": {"lot": under.lot.content, "content": item.content, "reviewer": reviewer},
        }


def _value(item: Item, name: str) -> str:
    value = item.values.get(name)
    return "missing" if value is None else value


def imported(under: Docket, lines: Iterable[str], *, where: str, reviewer: str = "") -> int:
    """Append answers from JSON lines to the desk's log; all of them or none. How many were new is returned.

    A line has `id`, `answer` (accept, reject, skip or ignore), for a rejection `reason` (or a list `accept` with one
    option), and may have `note`, `seconds` and `reviewer`; `id` or `meta` as they were exported tie it to the lot.

    Raises:
        BadInput: A line is no answer, is about another lot, or does not say about which.
    """
    records = [
        _answer(under.lot, line, f"{where}:{number}", reviewer)
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    added = under.journal.append(records)
    advanced(under.lot, under.journal)
    return len(added)


def _answer(lot: Lot, line: str, where: str, reviewer: str) -> Record:
    try:
        given: dict[str, Any] = json.loads(line)
        meta = given.get("meta") or {}
        name, _, mark = str(given["id"]).partition(MARK)
        answer = WORDS.get(str(given["answer"]))
        chosen = given.get("reason") or next(iter(given.get("accept") or []), "")
        who = reviewer or str(given.get("reviewer") or meta.get("reviewer") or "")
        seconds = float(given.get("seconds") or 0.0)
    except (ValueError, KeyError, TypeError, AttributeError):
        remedy = f'write {{"id": "r001{MARK}{lot.content[:16]}", "answer": "accept"}}'
        raise BadInput("is no answer", where=where, remedy=remedy) from None
    item = _of_lot(lot, name, mark, meta, where)
    if answer is None or not who:
        raise BadInput(
            "has no answer, or nobody who gave it", where=where, remedy="answer accept, reject or skip, and name --by"
        )
    if answer == REJECT and chosen not in lot.reasons:
        raise BadInput(f"{chosen!r} is no reason", where=where, remedy=f"give one of {', '.join(lot.reasons)}")
    note, key = " ".join(str(given.get("note") or "").split())[:500], f"import {who} {item.id} {answer} {chosen}"
    return Record(
        "decision",
        lot.content,
        item.id,
        item.content,
        who,
        "reviewer",
        answer,
        str(chosen) if answer == REJECT else "",
        note,
        seconds=min(max(seconds, 0.0), 600.0),
        key=key,
    )


def _of_lot(lot: Lot, name: str, mark: str, meta: dict[str, Any], where: str) -> Item:
    """The record of the lot that a line is about, by what it says of the lot in its id, in `meta`, or in both."""
    lots = {each[:16] for each in (mark, str(meta.get("lot") or "")) if each}
    if not lots:
        remedy = "give `id` or `meta` back as they were exported"
        raise BadInput("does not say of which lot", where=where, remedy=remedy)
    item = lot.by_id.get(name)
    if item is None or lots != {lot.content[:16]} or meta.get("content", item.content) != item.content:
        raise BadInput("is about a record of another lot", where=where, remedy="export the lot again, it has changed")
    return item
