"""Who gets which record: several people work at once, and none is given what another has on the table."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from supplychain.review.lot import SEEDED

if TYPE_CHECKING:
    from collections.abc import Collection

    from supplychain.review.lot import Item
    from supplychain.review.standing import Standing

MINUTES = 5.0
AHEAD = 30
"""Records that a page holds ready: at 30 ms a key it needs a new one before the server can answer."""


@dataclass
class Table:
    """Records that are lent to people for some minutes. A restart forgets it: then a record may be judged twice."""

    lent: dict[tuple[str, str], tuple[str, float]] = field(default_factory=dict)

    def take(self, standing: Standing, name: str, without: Collection[str], most: int) -> list[Item]:
        """The next records for a person, lent from now on; some that the person has already are left out."""
        now = time.monotonic()
        self.lent = {key: (who, until) for key, (who, until) in self.lent.items() if until > now}
        free = [item for item in standing.queue(name) if item.id not in without and self._is_free(standing, item, name)]
        for item in free[:most]:
            if item.stratum != SEEDED:
                self.lent[standing.lot.content + item.id, name] = (name, now + 60 * MINUTES)
        return free[:most]

    def _is_free(self, standing: Standing, item: Item, name: str) -> bool:
        if item.stratum == SEEDED:
            return True
        # One whose answer is in has no need of the loan any more: people are counted, not both.
        people = {record.reviewer for record in standing.given.get(item.id, [])}
        people |= {who for key, who in self.lent if key == standing.lot.content + item.id}
        return len(people - {name}) < (2 if item.double else 1)
