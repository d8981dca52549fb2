"""Lineage: an append-only log of commits, and a DuckDB index that can be rebuilt from it at any time."""

from supplychain.ledger.events import (
    FORMAT,
    Batch,
    Commit,
    Cost,
    Evidence,
    Input,
    Output,
    Release,
    Withdrawal,
)
from supplychain.ledger.log import Ledger
from supplychain.ledger.verdicts import GateResult, Waiver

__all__ = [
    "FORMAT",
    "Batch",
    "Commit",
    "Cost",
    "Evidence",
    "GateResult",
    "Input",
    "Ledger",
    "Output",
    "Release",
    "Waiver",
    "Withdrawal",
]
