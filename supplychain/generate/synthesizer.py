"""What a synthesizer is, and how one is found by its name."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

import polars as pl

from supplychain.errors import BadInput, nearest, one_line
from supplychain.slices import ALL_ROWS, Slice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pandas as pd

ENTRY_POINTS = "supplychain.synthesizers"
DRAWS_PER_ROW = 200
"""Rows drawn at most, for one row wanted in a slice, by a synthesizer that can only reject."""


@dataclass(frozen=True)
class Hints:
    """What the chain knows of a product's rows beyond the rows themselves.

    A synthesizer names in `takes` those that its constructor wants; what the product file sets by itself stays so.

    Attributes:
        first: Columns to draw first: those of planned slices, and the outcome. Conditions will name them.
        rules: Domain rules as SQL conditions on a row; a row on which one is unknown breaks none.
        weight: The column of survey weights, if there is one.
    """

    first: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    weight: str | None = None

    def added(self, settings: Mapping[str, Any], kind: type[Synthesizer]) -> dict[str, Any]:
        """The settings, and those hints that the synthesizer takes and the settings do not hold."""
        wanted = {name: getattr(self, name) for name in getattr(kind, "takes", ()) if hasattr(self, name)}
        return {**{name: value for name, value in wanted.items() if value}, **settings}


@runtime_checkable
class Synthesizer(Protocol):
    """A generator of rows like those it was fitted on.

    A third party offers one by an entry point in the group `supplychain.synthesizers`, whose name is what a product
    file writes under `generate.synthesizer`. Frames come as polars (pandas is accepted) and go as polars.
    Columns that begin with `_` are the chain's, such as `_entity`, which tells people apart: to lean on, not to make.
    Every random choice follows from the seeds: the same frame and seeds give the same rows in any process.
    A class attribute `takes`, a tuple of names of `Hints`, asks the chain for more than the frame; the constructor has
    to do without them too. A synthesizer with an attribute `progress` is given a function there that takes a line of
    text, to be called while a fit is long, from any thread. A class attribute `baseline` that is true keeps it from
    winning a tournament, unless nobody else may be used.
    `supplychain.generate.modelfile` writes what wrote a file before what it wrote, and refuses what is newer.
    A method `sample_each(orders)`, of orders `(n, seed, where)`, may give an iterator of each order's rows, the very
    ones that a call of `sample` would give: for hundreds of slices in one pass, where that is faster.
    """

    def fit(self, frame: pl.DataFrame, *, seed: int) -> Self:
        """Learn from a frame, and return itself."""
        ...

    def sample(self, n: int, *, seed: int, where: Slice | str | None = None) -> pl.DataFrame:
        """Up to n rows, all of them in `where`; fewer where the slice is too rare for the synthesizer."""
        ...

    def save(self, path: Path) -> None:
        """Write the fitted synthesizer to one file."""
        ...

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a fitted synthesizer back. The file is code: load only what the lineage log vouches for."""
        ...


def installed() -> list[str]:
    """Names of the synthesizers that are installed, sorted."""
    return sorted({entry.name for entry in entry_points(group=ENTRY_POINTS)})


def synthesizer_class(name: str) -> type[Synthesizer]:
    """The class behind a name.

    Raises:
        BadInput: No such synthesizer is installed, or it does not import.
    """
    found = {entry.name: entry for entry in entry_points(group=ENTRY_POINTS)}
    if name not in found:
        raise BadInput(f"there is no synthesizer {name!r}", place="generate.synthesizer", remedy=nearest(name, found))
    try:
        loaded: type[Synthesizer] = found[name].load()
    except ImportError as error:
        raise BadInput(
            f"{name} cannot be imported ({error})",
            place="generate.synthesizer",
            remedy="install its package, or choose another",
        ) from None
    return loaded


def synthesizer(name: str, **settings: Any) -> Synthesizer:  # noqa: ANN401  (each synthesizer has its own)
    """A synthesizer, not fitted yet.

    Args:
        name: `trees`, `gaussian-copula`, `ctgan`, `tvae`, `copula-gan`, `marginals`, or any other that is installed.
        settings: Its settings.

    Raises:
        BadInput: No such synthesizer, or a setting that it does not take.
    """
    try:
        return synthesizer_class(name)(**settings)
    except TypeError as error:
        raise BadInput(
            f"{name} does not take these settings ({one_line(str(error))})",
            place="generate.settings",
            remedy="mend their names",
        ) from None


def as_polars(frame: pl.DataFrame | pd.DataFrame) -> pl.DataFrame:
    """The frame as polars, whichever of the two it came as."""
    if isinstance(frame, pl.DataFrame):
        return frame
    return pl.from_pandas(frame.reset_index(drop=True), nan_to_null=True)


def as_slice(where: Slice | str | None) -> Slice:
    """The condition as a slice; None is every row."""
    if isinstance(where, str):
        return Slice("where", where)
    return where or ALL_ROWS


def by_rejection(draw: Callable[[int], pl.DataFrame], n: int, where: Slice) -> pl.DataFrame:
    """Draw until n rows lie in a slice, or `DRAWS_PER_ROW` draws a row are spent.

    Args:
        draw: Gives that many new rows, from a stream that goes on from call to call.
        n: Rows wanted.
        where: The slice.

    Returns:
        At most n rows, in the order drawn.
    """
    if where == ALL_ROWS or n == 0:
        return draw(n)
    kept = [where.pick(draw(min(max(4 * n, 100), 20_000)))]
    drawn, budget = min(max(4 * n, 100), 20_000), n * DRAWS_PER_ROW
    while (have := sum(part.height for part in kept)) < n and drawn < budget:
        share = max(have, 1) / drawn
        more = min(int((n - have) / share * 1.2) + 100, 100_000, budget - drawn)
        kept.append(where.pick(draw(more)))
        drawn += more
    return pl.concat(kept).head(n)
