"""Rows that nobody who knows the field would believe, written by hand from what the columns mean.

Each is a name and the values that are put over an ordinary row. All lie within what real people have, and no real
person has them together. None was chosen by a count of what is rare.

In `seen.py`, FIRST was written while the looks of supplychain/review/suspects.py were chosen. BLIND was written
afterwards by a second author who had not read them; every other one of it was looked at while they were changed, and
all of it for data sets with later authors. A third, a fourth, a fifth and a sixth had read neither looks nor plants.
The suite of `drug-spend`, whose rules the third and the fourth were told to keep, was given doubts while they worked:
the third wrote before that and saw them later, the fourth may have read them. The fifth and the sixth were shown no
doubt, nor were the third and the fourth of `diabetes130`. Doubts were added, and what is refused and how doubts count
was changed, after plants of the first five had been measured, and looking at them; the sixth's chose nothing. Who
wrote the doubts had seen no plant.
"""

from __future__ import annotations

from bench.implausible.fifth import FIFTH
from bench.implausible.fourth import FOURTH
from bench.implausible.kind import Plants
from bench.implausible.seen import BLIND, FIRST
from bench.implausible.sixth import SIXTH
from bench.implausible.third import THIRD

__all__ = ["BLIND", "Plants", "plants"]

AUTHORS = {"third": THIRD, "fourth": FOURTH, "fifth": FIFTH, "sixth": SIXTH}


def plants(data: str) -> dict[str, Plants]:
    """Those of a data set: `known` while the looks were changed, and those of later authors."""
    if data in THIRD:
        return {"known": FIRST[data] | BLIND[data], **{name: author[data] for name, author in AUTHORS.items()}}
    blind = list(BLIND[data].items())
    return {"known": {**FIRST.get(data, {}), **dict(blind[::2])}, "unseen": dict(blind[1::2])}
