"""What a plan is drawn up from: gaps as the window has them, prices, and what the last release was found to need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from supplychain import rebalance
from supplychain.define.pricing import Prices, prices_of
from supplychain.learning import Curve
from supplychain.slices import Slice

if TYPE_CHECKING:
    from supplychain.chain import Chain
    from supplychain.ledger import Output


@dataclass(frozen=True)
class Gap:
    """A line of the table `gaps`, as far as a plan needs it."""

    slice: str
    predicate: str
    verdict: str
    kind: str | None
    rows: int
    share: float
    loss: float | None
    low: float | None
    high: float | None
    curve: Curve | None
    steepness: tuple[float, float] = (1.0, 1.0)
    """How much flatter, and how much steeper, than its curve the slice may really be: ends of the gain's interval."""

    @classmethod
    def of(cls, row: dict[str, Any]) -> Gap:
        """From a row of the table."""
        curve = [float(part) for name in "abc" if (part := row[f"curve_{name}"]) is not None]
        return cls(
            slice=row["slice"],
            predicate=row["predicate"],
            verdict=row["verdict"],
            kind=row["kind"],
            rows=int(row["rows"]),
            share=float(row["share"] or 0.0),
            loss=row["loss"],
            low=row["low"],
            high=row["high"],
            curve=Curve(*curve) if len(curve) == 3 else None,
            steepness=_steepness(row.get("gain"), row.get("gain_low"), row.get("gain_high")),
        )


def _steepness(gain: float | None, low: float | None, high: float | None) -> tuple[float, float]:
    if not gain or gain <= 0 or low is None or high is None:
        return 0.0, 1.0
    return max(low / gain, 0.0), high / gain


@dataclass(frozen=True)
class Basis:
    """What a plan is drawn up from, read."""

    gaps: dict[str, Gap]
    support: dict[str, int]
    prices: Prices
    changes: dict[str, rebalance.Change]

    @classmethod
    def read(cls, chain: Chain, window: str, inputs: dict[str, Output]) -> Basis:
        """That of a window: `inputs` are its `real` and `gaps`."""
        real, table = (chain.store.read_table(inputs[name].table) for name in ("real", "gaps"))
        gaps = {row["slice"]: Gap.of(row) for row in table.iter_rows(named=True)}
        support = {name: Slice(name, gap.predicate).pick(real).height for name, gap in gaps.items()}
        found = rebalance.current(chain, window)
        return cls(gaps, support, prices_of(chain, window, table), rebalance.changes(found[1]) if found else {})
