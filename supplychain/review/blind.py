"""The blind test: real and synthetic rows, half and half, and a person who says which is which.

It shows real people's rows, of role tune, and so is made only where the product file says so, by a role of its own,
into a log of its own that names each real row that was shown. It decides nothing about a release.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from supplychain import seeds
from supplychain.errors import BadInput
from supplychain.review.lot import Item, named
from supplychain.review.rates import Telling, telling
from supplychain.review.shown import records
from supplychain.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supplychain.chain import Chain, Step
    from supplychain.review.journal import Record
    from supplychain.reviewing import Blind

REAL, SYNTHETIC = "real", "synthetic"
SURE = range(1, 5)
"""How sure an answer is: 1 a guess, 4 certain."""


def blind_test(chain: Chain, step: Step, blind: Blind) -> bytes:
    """The rows of a blind test in the order in which they are shown, with their truth."""
    import numpy as np

    real, accepted = step.read("tune"), step.read("accepted")
    half = blind.rows // 2
    if min(real.height, accepted.height) < half:
        problem = f"wants {half} rows of each kind, there are {real.height} of role tune and {accepted.height} accepted"
        raise BadInput(problem, where=chain.product.file, place="review.blind.rows", remedy="ask for fewer")
    rng = np.random.default_rng(seeds.integer(chain.seed("blind", window=step.window)))
    schema = Schema.of(step.read("real"))
    items = [
        Item("", kind, values, truth=kind)
        for kind, frame in ((REAL, real), (SYNTHETIC, accepted))
        for values in records(frame[rng.permutation(frame.height)[:half]], schema)
    ]
    shown = named([items[place] for place in rng.permutation(len(items))])
    document = [{"id": item.id, "truth": item.truth, "values": item.values} for item in shown]
    return (json.dumps({"margin": blind.margin, "items": document}, indent=1, sort_keys=True) + "\n").encode()


def read_blind(data: bytes) -> tuple[float, dict[str, Item]]:
    """The margin and the items of a blind test."""
    document: dict[str, Any] = json.loads(data)
    items = {
        each["id"]: Item(each["id"], each["truth"], each["values"], truth=each["truth"]) for each in document["items"]
    }
    return float(document["margin"]), items


def blind_results(items: dict[str, Item], records_: Iterable[Record], margin: float) -> dict[str, Telling]:
    """What each person told, by name, and all together; the last answer to a row counts."""
    answers: dict[tuple[str, str], tuple[bool, bool, int]] = {}
    for record in records_:
        if record.type == "told" and record.item in items:
            truth = items[record.item].truth == REAL
            answers[record.reviewer, record.item] = (truth, record.answer == REAL, record.confidence or 1)
    people = dict.fromkeys(name for name, _ in answers)
    told = {name: telling([each for (who, _), each in answers.items() if who == name], margin) for name in people}
    return {"all": telling(list(answers.values()), margin), **told}
