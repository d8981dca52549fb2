"""How events hold together: each names, by hash, its writer's last event and whatever it has in sight.

A writer lists the log, and names those events that no other event in sight names (as a commit of git names its
parents); the rest it names through them. So an event that is edited or lost is noticed by every later one, whoever
wrote it. The last event of a log has nobody after it: see `supplychain.ledger.checking` for who misses it.
"""

from __future__ import annotations

import os
import socket
import uuid
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from supplychain.ledger.events import Commit

    Load = Callable[[str], tuple[Commit, str]]
    """From an event file's name to its commit and the hash of its bytes."""

_last: dict[tuple[int, str, str], str] = {}
"""Process, store and product to the hash of the event that this process wrote there last."""


@cache
def _name_of(process: int) -> str:
    return f"{socket.gethostname()}-{process}-{uuid.uuid4().hex[:6]}"


def writer() -> str:
    """The name of this process as a writer; a fork is another."""
    return _name_of(os.getpid())


def machine_of(writer: str) -> str:
    """The host of a writer, by its name."""
    return writer.rsplit("-", 2)[0]


class Sight:
    """What a process has in sight of a product's log."""

    def __init__(self, store: str, product: str) -> None:
        self._place = (store, product)
        self._hashes: dict[str, str] = {}
        self._named: set[str] = set()

    @property
    def previous(self) -> str:
        """The hash of this process's last event, or nothing."""
        return _last.get((os.getpid(), *self._place), "")

    def wrote(self, digest: str) -> None:
        """This process has written an event of that hash."""
        _last[os.getpid(), *self._place] = digest

    def heads(self, names: list[str], load: Load) -> dict[str, str]:
        """The events in sight that no other one names, with their hashes.

        Events are read from the newest back to one that has every older one behind it: where one writer follows
        another, that is the newest.

        Args:
            names: All event files in sight, in the order of the log.
            load: Reads one.
        """
        new = [place for place, name in enumerate(names) if name not in self._hashes and name not in self._named]
        for place in reversed(new):
            commit, self._hashes[names[place]] = load(names[place])
            self._named |= commit.heads.keys()
            if commit.behind == place:
                self._named.update(names[:place])
                break
        return {name: self._hashes[name] for name in names if name in self._hashes and name not in self._named}
