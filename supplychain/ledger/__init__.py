"""Lineage: an append-only log of commits, and a DuckDB index that can be rebuilt from it at any time."""

from supplychain.ledger.entries import (
    Batch,
    Cause,
    Cost,
    Erasure,
    Evidence,
    Input,
    Output,
    Pull,
    Refreshed,
    Release,
    Removal,
    Withdrawal,
)
from supplychain.ledger.events import FORMAT, Commit
from supplychain.ledger.log import Ledger
from supplychain.ledger.verdicts import GateResult, Waiver

__all__ = [
    "FORMAT",
    "Batch",
    "Cause",
    "Commit",
    "Cost",
    "Erasure",
    "Evidence",
    "GateResult",
    "Input",
    "Ledger",
    "Output",
    "Pull",
    "Refreshed",
    "Release",
    "Removal",
    "Waiver",
    "Withdrawal",
]
