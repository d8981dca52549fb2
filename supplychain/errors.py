"""What can go wrong, as one clear line: where, what, and what to do about it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

DONE, FAILED, CHANGES, REFUSED, USAGE = 0, 1, 2, 3, 64
"""The command's exit codes."""


class SupplyChainError(Exception):
    """Root of every error that the chain raises on purpose."""

    exit_code: int = FAILED


class BadInput(SupplyChainError):
    """A product file, a suite, a source or an argument that cannot be used as it is.

    Args:
        problem: What is wrong, with the offending value.
        where: The file (with `:line` where known), the table or the argument.
        place: The key, column or rule inside `where`.
        remedy: What to do, as an instruction.
    """

    exit_code = USAGE

    def __init__(
        self,
        problem: str,
        *,
        where: str | Path | None = None,
        place: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.problem, self.where, self.place, self.remedy = problem, where, place, remedy
        head = ": ".join(str(part) for part in (where, place) if part)
        line = f"{head}: {problem}" if head else problem
        super().__init__(one_line(f"{line}; {remedy}" if remedy else line))

    def at(self, where: str | Path, place: str) -> BadInput:
        """The same complaint at a place that its raiser could not know."""
        return BadInput(self.problem, where=where, place=place, remedy=self.remedy)


class GateRefused(SupplyChainError):
    """A critical gate refused a batch; nothing downstream was built."""

    exit_code = REFUSED


class StoreFault(SupplyChainError):
    """The state root cannot be read or written, or holds something other than it should."""


class Busy(SupplyChainError):
    """Another run of the same product is under way."""


def one_line(text: str) -> str:
    """The text with every run of white space folded into one blank."""
    return " ".join(text.split())


def nearest(name: str, known: Iterable[str]) -> str:
    """A remedy that suggests the nearest known name, or lists what is known.

    Example:
        >>> nearest("outcom", ["outcome", "source"])
        "did you mean 'outcome'?"
    """
    options = sorted({str(option) for option in known})
    close = get_close_matches(name, options, n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else f"known are: {', '.join(options) or 'none'}"
