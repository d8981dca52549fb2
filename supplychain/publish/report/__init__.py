"""The report of a release: one self-contained page for people, without script or request."""

from supplychain.publish.report.page import REPORT, report

__all__ = ["REPORT", "report"]
