"""Privacy: our own attacks on the people a generator was fitted on, each against people whom it never saw."""

from supplychain.validate.privacy.chance import Interval
from supplychain.validate.privacy.ensemble import Finding, membership

__all__ = ["Finding", "Interval", "membership"]
