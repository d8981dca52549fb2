"""Lines of progress that come every few seconds, not every piece."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 3.0


class Ticker:
    """Tells how far something long has come, when the last line is some seconds old."""

    def __init__(self, progress: Callable[[str], None], doing: str, whole: int) -> None:
        self._progress, self._doing, self._whole = progress, doing, whole
        self._done, self._last = 0, time.monotonic()

    def add(self, done: int) -> None:
        """So much more is done."""
        self._done += done
        now = time.monotonic()
        if now - self._last >= SECONDS:
            self._last = now
            self._progress(f"{self._doing}: {self._done:,} of {self._whole:,}")
