"""Orders of rows parted into runs of a few thousand, and runs put together that can be drawn at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplychain.generate.synthesizer import as_slice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from supplychain.slices import Slice

CHUNK = 32_768
"""Rows drawn at a time, with those that are not chosen: what they need stays in the processor's cache, and memory does
not grow with the rows."""


@dataclass(frozen=True)
class Run:
    """Some rows of one order, drawn from a stream of their own."""

    order: int
    rows: int
    seed: list[int]
    where: Slice


def runs_of(orders: Sequence[tuple[int, int, Slice | str | None]], most: int) -> Iterator[Run]:
    """Each order in runs of at most so many rows, each under a seed of its own."""
    for number, (n, seed, where) in enumerate(orders):
        for place in range(0, n, most):
            yield Run(number, min(most, n - place), [seed, place // most], as_slice(where))


def blocks_of(runs: Iterator[Run], most: int, stands_alone: Callable[[Slice], bool]) -> Iterator[list[Run]]:
    """Runs that are drawn together: at most so many rows, and one alone that cannot be drawn with others."""
    block: list[Run] = []
    for run in runs:
        alone = stands_alone(run.where)
        if block and (alone or sum(other.rows for other in block) + run.rows > most):
            yield block
            block = []
        if alone:
            yield [run]
        else:
            block.append(run)
    if block:
        yield block
