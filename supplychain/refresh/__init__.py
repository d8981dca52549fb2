"""Refresh: which windows are stale and why, whether to rebuild them, and what came of it."""

from supplychain.refresh.again import never_again
from supplychain.refresh.decide import COMMAND, SCHEDULE, SENSOR, Decision, Incident, decide
from supplychain.refresh.history import History, finish, note
from supplychain.refresh.look import Look, look, mark

__all__ = [
    "COMMAND",
    "SCHEDULE",
    "SENSOR",
    "Decision",
    "History",
    "Incident",
    "Look",
    "decide",
    "finish",
    "look",
    "mark",
    "never_again",
    "note",
]
