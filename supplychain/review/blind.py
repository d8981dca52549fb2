"""The blind test: real and synthetic rows, half and half, and a person who says which is which.

It shows real people's rows, of role tune, and so is made only where the product file says so, by a role of its own,
into a log of its own that names each real row that was shown. It decides nothing about a release.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from supplychain import seeds
from supplychain.errors import StoreFault
from supplychain.ledger.behind import maker_of
from supplychain.review.lot import Item
from supplychain.review.rates import Telling, telling
from supplychain.review.shown import records
from supplychain.schema import Column, Schema

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supplychain.chain import Chain
    from supplychain.review.journal import Record
    from supplychain.reviewing import Blind
    from supplychain.step import Step

REAL, SYNTHETIC = "real", "synthetic"
TABLES = {REAL: "tune", SYNTHETIC: "accepted"}
"""Where each kind of row is from."""
SURE = range(1, 5)
"""How sure an answer is: 1 a guess, 4 certain."""


def blind_test(chain: Chain, step: Step, blind: Blind) -> bytes:
    """The rows of a blind test in the order in which they are shown, with their truth.

    It names rows by their place in a table, and holds none: when a person is erased, the table goes, and with it what
    the test would show. Where fewer rows were accepted than it wants, or people were erased since, it shows as many as
    there are: what was computed until then is not lost for a test that stops no release.
    """
    import numpy as np

    tables = {kind: step.read(asset) for kind, asset in TABLES.items()}
    half = min(blind.rows // 2, *(table.height for table in tables.values()))
    if half < blind.rows // 2:
        there = f"{tables[REAL].height:,} of role tune and {tables[SYNTHETIC].height:,} accepted"
        chain.progress(f"the blind test shows {2 * half:,} rows, not {blind.rows:,}: there are {there}")
    rng = np.random.default_rng(seeds.integer(chain.seed("blind", window=step.window)))
    chosen = [(kind, int(row)) for kind, table in tables.items() for row in rng.permutation(table.height)[:half]]
    width = max(len(str(len(chosen))), 3)
    document = {
        "margin": blind.margin,
        "columns": {column.name: column.kind for column in Schema.of(step.read("real")).columns},
        "contents": {kind: step.refer(asset).content for kind, asset in TABLES.items()},
        "items": [
            {"id": f"b{place:0{width}d}", "truth": chosen[k][0], "row": chosen[k][1]}
            for place, k in enumerate(rng.permutation(len(chosen)).tolist(), start=1)
        ],
    }
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()


@dataclass(frozen=True)
class BlindTest:
    """A blind test of a window.

    Attributes:
        chain: The product in its store.
        window: The window.
        document: The test's file.
        content: The hash by which it is known.
    """

    chain: Chain
    window: str
    document: dict[str, Any]
    content: str = ""

    @property
    def margin(self) -> float:
        """How far from a coin's share of right answers still counts as alike."""
        return float(self.document["margin"])

    @cached_property
    def rows(self) -> dict[str, tuple[str, int]]:
        """Id to truth and place in the table, in the order in which they are shown."""
        return {each["id"]: (each["truth"], int(each["row"])) for each in self.document["items"]}

    def item(self, name: str) -> Item:
        """A row as it is shown.

        Raises:
            StoreFault: The table that it stood in is gone: somebody was erased from it.
        """
        truth, row = self.rows[name]
        content, asset = self.document["contents"][truth], TABLES[truth]
        store, commits = self.chain.store, self.chain.ledger.commits(self.chain.product.name)
        made = maker_of(commits, asset, self.window, content)
        if made is None or not store.exists(made.output(asset).path):
            raise StoreFault(
                f"window {self.window}: the rows of this blind test are there no more; run the window again for another"
            )
        frame = store.read_table(made.output(asset).table)[row]
        schema = Schema(tuple(Column(name, kind, 0.0) for name, kind in self.document["columns"].items()))
        return Item(name, truth, records(frame, schema)[0], truth=truth)


def blind_results(test: BlindTest, records_: Iterable[Record]) -> dict[str, Telling]:
    """What each person told, by name, and all together; the last answer to a row counts."""
    answers: dict[tuple[str, str], tuple[bool, bool, int]] = {}
    for record in records_:
        if record.type == "told" and record.item in test.rows:
            truth = test.rows[record.item][0] == REAL
            answers[record.reviewer, record.item] = (truth, record.answer == REAL, record.confidence or 1)
    people = dict.fromkeys(name for name, _ in answers)
    told = {name: telling([each for (who, _), each in answers.items() if who == name], test.margin) for name in people}
    return {"all": telling(list(answers.values()), test.margin), **told}
