"""What a step cost, as cost events; and what a person logs of the work that no step sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplychain.ledger.entries import Cost
from supplychain.ledger.events import Commit

if TYPE_CHECKING:
    from supplychain.ledger.log import Ledger

PIPELINES = {
    "locate": "real",
    "permissions": "real",
    "collect": "real",
    "clean": "real",
    "label": "real",
    "relabel": "real",
    "define": "synthetic",
    "generate": "synthetic",
    "validate": "synthetic",
    "iterate": "synthetic",
    "govern": "shared",
}
"""Stage to the pipeline that it belongs to."""
_STAGE_OF = {"define": "define", "generate": "generate", "validate": "validate"}
LOGGED = "log"
"""The step of a commit that a person logged."""
HOUR = 3600.0


@dataclass(frozen=True)
class Rate:
    """The price of an hour, and who says so."""

    money: float
    currency: str
    source: str
    ref: str = ""


def costs_of(
    step: str, seconds: float, cpu_seconds: float, rows: int, compute: Rate | None, *, refused: bool
) -> tuple[Cost, ...]:
    """What a step of the chain took: wall seconds, processor seconds at the product's own price, and rows made.

    A batch that a gate refuses is work towards another one: its stage is `iterate`.
    """
    stage = "iterate" if refused else _STAGE_OF.get(step, "govern")
    worked = Cost(stage, round(cpu_seconds, 3), "cpu second")
    if compute:
        basis = compute.source if compute.source in ("measured", "quoted") else "assumed"
        money = cpu_seconds / HOUR * compute.money
        worked = Cost(stage, worked.quantity, worked.unit, money, compute.currency, basis, compute.ref)
    made = (Cost(stage, float(rows), "row made"),) if rows else ()
    return (Cost(stage, round(seconds, 3), "wall second"), worked, *made)


def log_cost(ledger: Ledger, product: str, spec: str, window: str, cost: Cost) -> Commit:
    """Append a cost that arose outside the chain to the lineage log; it is in the log when this returns."""
    from supplychain import __version__

    return ledger.append(Commit("", 0, "", product, window, LOGGED, "", spec, __version__, 0.0, 0.0, costs=(cost,)))
