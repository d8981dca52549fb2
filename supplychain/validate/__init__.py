"""Validate: candidates are accepted or rejected by the rules, then measured, then judged."""

from supplychain.validate.evidence import METRICS, PRIVATE, SHARES, judge_evidence, measure
from supplychain.validate.screen import screen

__all__ = ["METRICS", "PRIVATE", "SHARES", "judge_evidence", "measure", "screen"]
