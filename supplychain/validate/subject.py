"""What is measured: a window's accepted rows, and the real ones that they are held against."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING

import polars as pl

from supplychain import seeds
from supplychain.ledger import Evidence
from supplychain.plan import planned_slices
from supplychain.schema import Schema
from supplychain.tables import scan_table
from supplychain.validate.population import as_common

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.chain import Chain
    from supplychain.ledger import Output
    from supplychain.step import Step
    from supplychain.tables import TableScan

OWN = ("_entity", "_batch", "_slice", "_row", "_repaired", "_rules", "_values")
MOST_ROWS = 200_000
"""Synthetic rows that are measured, drawn by chance where there are more; copies are counted in all of them."""


@dataclass(frozen=True)
class Subject:
    """The tables of a window, read once, for every family of evidence.

    Attributes:
        chain: The product and its store.
        window: The window.
        people: Real rows of roles real (train), tune and gold, with `_entity`: attacks are on people.
        whole: The same and the drawn accepted and rejected rows, without the chain's own columns.
        tables: The same where survey weights are declared: real rows as common as they say.
        scans: All accepted and rejected rows, to be read piece by piece.
        accepted: The output `accepted`.
        plan: The table `plan`.
        gaps: The output `gaps`.
        made_for: The slice that each drawn accepted row was made for.
    """

    chain: Chain
    window: str
    people: dict[str, pl.DataFrame]
    whole: dict[str, pl.DataFrame]
    tables: dict[str, pl.DataFrame]
    scans: dict[str, TableScan]
    accepted: Output
    plan: pl.DataFrame
    gaps: Output
    made_for: pl.Series
    _clock: list[float] = field(default_factory=lambda: [time.perf_counter()])

    @classmethod
    def of(cls, chain: Chain, step: Step) -> Subject:
        """The window's tables, noted as inputs of the step."""
        accepted = step.refer("accepted")
        scans = {"accepted": scan_table(chain.store, accepted.table), "rejected": step.scan("rejected")}
        seed = seeds.integer(chain.seed("evidence", window=step.window))
        people = {name: step.read(name) for name in ("real", "gold", "tune")}
        drawn = {name: scan.sample(MOST_ROWS, seed=seed) for name, scan in scans.items()}
        whole = {name: frame.drop(OWN, strict=False) for name, frame in {**people, **drawn}.items()}
        tables = as_common(whole, chain.product.weight, seed=seed)
        plan, gaps, made_for = step.read("plan"), step.refer("gaps"), drawn["accepted"]["_slice"]
        return cls(chain, step.window, people, whole, tables, scans, accepted, plan, gaps, made_for)

    @cached_property
    def schema(self) -> Schema:
        """The schema of the measured columns, as the real rows have them."""
        return Schema.of(self.tables["real"])

    @property
    def outcome(self) -> str:
        """The outcome's column."""
        return self.chain.product.outcome.name

    def named(self, *names: str) -> tuple[pl.DataFrame, ...]:
        """Tables by name."""
        return tuple(self.tables[name] for name in names)

    @cached_property
    def taken(self) -> dict[str, int]:
        """Accepted rows of each planned slice."""
        found = Counter[str]()
        for piece in self.scans["accepted"].pieces(["_slice"]):
            found.update(dict(piece["_slice"].value_counts().iter_rows()))
        return dict(found)

    def as_asked(self, rows: pl.DataFrame) -> NDArray[np.float64]:
        """A weight for each real row, by which slices are as common as among the accepted rows that were asked for.

        What a perfect generator makes of a plan is real people of its slices, in the plan's proportions. Slices that
        hold none of the rows count for nothing; where that is all of them, every row counts alike.
        """
        import numpy as np

        weights = np.zeros(rows.height)
        for slice_ in planned_slices(self.plan):
            inside = slice_.mask(rows).to_numpy()
            weights += inside * (self.taken.get(slice_.name, 0) / max(inside.sum(), 1))
        return weights if weights.any() else np.ones(rows.height)

    def pieces(self) -> Iterator[pl.DataFrame]:
        """All candidates, piece by piece: what was rejected tells of the generator too."""
        for scan in self.scans.values():
            yield from scan.pieces()

    def seed(self, purpose: str) -> int:
        """The seed of a family's samples."""
        return seeds.integer(self.chain.seed(purpose, window=self.window))

    def row(
        self,
        metric: str,
        value: float,
        interval: Sequence[float | None],
        reference: float | None,
        n: int,
        scope: str = "all",
    ) -> Evidence:
        """A row of evidence, with the seconds since the last one; what is no number is None, which gates refuse."""
        now = time.perf_counter()
        seconds, self._clock[0] = now - self._clock[0], now
        low, high = (_finite(end) for end in interval)
        return Evidence(metric, scope, _finite(value), low, high, _finite(reference), n, round(seconds, 4))


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and isfinite(value) else None
