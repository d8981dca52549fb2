"""Lineage: an append-only log of commits, and a DuckDB index that can be rebuilt from it at any time."""

from supplychain.ledger.events import (
    FORMAT,
    Batch,
    Cause,
    Commit,
    Cost,
    Evidence,
    Input,
    Output,
    Refreshed,
    Release,
)
from supplychain.ledger.log import Ledger
from supplychain.ledger.verdicts import GateResult, Waiver

__all__ = [
    "FORMAT",
    "Batch",
    "Cause",
    "Commit",
    "Cost",
    "Evidence",
    "GateResult",
    "Input",
    "Ledger",
    "Output",
    "Refreshed",
    "Release",
    "Waiver",
]
