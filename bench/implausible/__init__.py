"""Rows that nobody who knows the field would believe, written by hand from what the columns mean.

Each is a name and the values that are put over an ordinary row. All lie within what real people have, and no real
person has them together. None was chosen by a count of what is rare.

In `seen.py`, FIRST was written while the looks of supplychain/review/suspects.py were chosen. BLIND was written
afterwards by somebody who had not read them; every other one of it was looked at while they were changed, and all of it
for data sets with `unseen.py`: LATER and LAST there are by a third and a fourth author, who had read neither looks nor
plants. The suite of `drug-spend`, whose rules both were told to keep, was given its doubts while they worked: the third
wrote before that and saw them later, the fourth may have read them. Those of `diabetes130` lay elsewhere, and neither
was shown them.
"""

from __future__ import annotations

from bench.implausible.kind import Plants
from bench.implausible.seen import BLIND, FIRST
from bench.implausible.unseen import LAST, LATER

__all__ = ["BLIND", "Plants", "plants"]


def plants(data: str) -> dict[str, Plants]:
    """Those of a data set: `known` while the looks were changed, and `unseen`."""
    if data in LATER:
        return {"known": FIRST[data] | BLIND[data], "unseen": LATER[data], "unseen too": LAST[data]}
    blind = list(BLIND[data].items())
    return {"known": {**FIRST.get(data, {}), **dict(blind[::2])}, "unseen": dict(blind[1::2])}
