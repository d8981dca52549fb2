"""Privacy: our own attacks on the people a generator was fitted on, each against people whom it never saw."""

from supplychain.validate.privacy.chance import Interval
from supplychain.validate.privacy.ensemble import Finding, membership
from supplychain.validate.privacy.rows import METRICS, history_rows, privacy_rows

__all__ = ["METRICS", "Finding", "Interval", "history_rows", "membership", "privacy_rows"]
