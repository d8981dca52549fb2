"""Lineage: an append-only log of commits, and a DuckDB index that can be rebuilt from it at any time."""

from supplychain.ledger.events import (
    FORMAT,
    Batch,
    Commit,
    Cost,
    Erasure,
    Evidence,
    Input,
    Output,
    Release,
    Removal,
    Withdrawal,
)
from supplychain.ledger.log import Ledger
from supplychain.ledger.verdicts import GateResult, Waiver

__all__ = [
    "FORMAT",
    "Batch",
    "Commit",
    "Cost",
    "Erasure",
    "Evidence",
    "GateResult",
    "Input",
    "Ledger",
    "Output",
    "Release",
    "Removal",
    "Waiver",
    "Withdrawal",
]
