"""Rows that arrived against the reference: columns, all of them jointly, and the outcome given the features.

The false alarms that a window may give are shared out among the tests, so that they hold over all of them together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplychain.measures.apart import Concept, Told, by_risk, concepts, joint, leaders, told
from supplychain.measures.bins import effective
from supplychain.measures.moved import Sides, moved
from supplychain.monitor import words
from supplychain.monitor.findings import MOVED, STAYED, TOO_FEW, UNTOLD, Finding, distance
from supplychain.schema import Schema
from supplychain.slices import EVERYTHING
from supplychain.yardstick import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from supplychain.product import Product

SHARES = {"column": 0.3, "joint": 0.05, "concept": 0.05, "quality": 0.1}
"""How the false alarms of a window are shared out among the kinds of test. The rest is kept back: the tests of models
hold in the limit of many rows."""
MOST_ROWS = 20_000
"""Rows of either side that are looked at."""
THIRDS = ("people of low expected outcome", "people of middling expected outcome", "people of high expected outcome")


@dataclass(frozen=True)
class Comparison:
    """What a comparison needs.

    Attributes:
        product: The product.
        alpha: The false alarms that all of its tests may give.
        seed: Seed of all that is drawn.
        prefix: `drift` or `traffic`: what the metrics' names begin with.
    """

    product: Product
    alpha: float
    seed: int
    prefix: str = "drift"

    def findings(
        self, reference: pl.DataFrame, arrived: pl.DataFrame, kinds: tuple[str, ...] = ("columns", "models")
    ) -> list[Finding]:
        """Hold rows that arrived against the reference; columns that only one side has are left out.

        Args:
            reference: The rows of a release.
            arrived: Rows that are held against them.
            kinds: `columns`: each by itself; `models`: all jointly, and the outcome. One left out leaves the others'
                limits as they are.
        """
        names = self._columns(reference, arrived)
        sides = Sides.of(reference, arrived, names, weight=self.product.weight, entity="_entity")
        sides = sides.sample(MOST_ROWS, seed=self.seed)
        known = effective(sides.weights[sides.arrived]) if sides.arrived.any() else 0.0
        held = effective(sides.weights[~sides.arrived]) if not sides.arrived.all() else 0.0
        if min(known, held) < self.product.monitor.least_rows:
            return [self._too_few(EVERYTHING, round(known), round(held))]
        schema = Schema.of(sides.rows)
        slices = self._slices(sides)
        large = {name: inside for name, inside in slices.items() if self._is_large(sides, inside)}
        thin = [
            self._too_few(name, int((inside & sides.arrived).sum()), int((inside & ~sides.arrived).sum()))
            for name, inside in slices.items()
            if name not in large
        ]
        of_kind = {"columns": self._moved, "models": self._models}
        return [*(one for kind in kinds for one in of_kind[kind](sides, schema, large)), *thin]

    def _columns(self, reference: pl.DataFrame, arrived: pl.DataFrame) -> list[str]:
        left_out = {self.product.weight, *([self.product.window.column] if self.product.window else [])}
        return [
            name
            for name in reference.columns
            if name in arrived.columns
            and not name.startswith("_")
            and name not in left_out
            and reference.schema[name].is_numeric() == arrived.schema[name].is_numeric()
        ]

    def _slices(self, sides: Sides) -> dict[str, NDArray[np.bool_]]:
        """Slices whose columns are there, and what they hold; one that is decided by the window alone has no rows."""
        return {
            slice_.name: slice_.mask(sides.rows).to_numpy()
            for slice_ in self.product.all_slices
            if set(slice_.columns) <= set(sides.rows.columns)
        }

    def _is_large(self, sides: Sides, inside: NDArray[np.bool_]) -> bool:
        least = self.product.monitor.least_rows
        return all(
            inside[side].any() and effective(sides.weights[inside & side]) >= least
            for side in (sides.arrived, ~sides.arrived)
        )

    def _moved(self, sides: Sides, schema: Schema, slices: dict[str, NDArray[np.bool_]]) -> Iterator[Finding]:
        alpha = self.alpha * SHARES["column"]
        for one in moved(sides, schema, slices, alpha=alpha, seed=self.seed):
            what = f"{one.column} missing" if one.missing else one.column
            scope = what if one.slice == EVERYTHING else f"{what} in {one.slice}"
            said = ""
            if one.value > one.chance:
                said = words.of_column(sides, schema[one.column], slices[one.slice], one)
            yield distance(
                f"{self.prefix}.distance",
                scope,
                one.value,
                one.chance,
                one.n,
                said,
                slice_=one.slice,
                column=one.column,
            )

    def _models(self, sides: Sides, schema: Schema, slices: dict[str, NDArray[np.bool_]]) -> Iterator[Finding]:
        name = self.product.outcome.name
        known = name in sides.rows.columns and not sides.rows[name].null_count()
        target = Target.of(name, sides.rows) if known else None
        features = [column for column in schema.names if column != name]
        if not features:
            return
        said = told(sides, schema, target, seed=self.seed)
        yield self._joint(sides, said)
        if target is None:
            return
        strata = {**slices, **dict(zip(THIRDS, by_risk(said, THIRDS).values(), strict=True))}
        for one in concepts(sides, said, target, strata, alpha=self.alpha * SHARES["concept"]):
            yield self._concept(one, target)

    def _joint(self, sides: Sides, said: Told) -> Finding:
        found = joint(sides, said, alpha=self.alpha * SHARES["joint"])
        n = int(sides.arrived.sum())
        low, high = max(found.auc - found.margin, 0.0), min(found.auc + found.margin, 1.0)
        verdict = MOVED if low > 0.5 else STAYED
        text = ""
        if verdict == MOVED:
            text = words.of_joint(found.auc, 0.5 + found.margin, leaders(sides, said, seed=self.seed))
        limit = 0.5 + found.margin
        return Finding(
            f"{self.prefix}.joint", EVERYTHING, EVERYTHING, None, found.auc, low, high, limit, None, n, verdict, text
        )

    def _concept(self, one: Concept, target: Target) -> Finding:
        metric, slice_ = f"{self.prefix}.concept", one.stratum if one.stratum not in THIRDS else EVERYTHING
        if one.change is None:
            said = f"{one.stratum}: the features alone tell these rows from the reference, nobody is alike"
            return Finding(metric, one.stratum, slice_, None, 0.0, 0.0, 1.0, None, None, one.n, UNTOLD, said)
        far = abs(one.change)
        low, high = max(far - one.margin, 0.0), far + one.margin
        verdict = MOVED if low > 0 else STAYED
        said = words.of_concept(one, target) if verdict == MOVED else ""
        return Finding(metric, one.stratum, slice_, None, far, low, high, one.margin, one.change, one.n, verdict, said)

    def _too_few(self, slice_: str, n: int, held: int) -> Finding:
        least = self.product.monitor.least_rows
        fewer = f"{n:,} rows arrived" if n < least else f"{held:,} rows are in the reference"
        said = f"{slice_}: too few to tell: {fewer}, {least} are needed (monitor.least_rows)"
        return Finding(f"{self.prefix}.distance", slice_, slice_, None, None, None, None, None, None, n, TOO_FEW, said)
