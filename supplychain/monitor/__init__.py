"""Monitor: feedback from the wild, drift from what a release was trained on, and what follows for the next plan."""

from supplychain.monitor.drift import judge_drift, measure_drift
from supplychain.monitor.feedback import measure_feedback
from supplychain.monitor.findings import METRICS
from supplychain.monitor.incidents import Incident, incidents
from supplychain.monitor.observe import AGAIN, WRITING, Taken, folder_mark, observe
from supplychain.monitor.observed import unmeasured
from supplychain.monitor.rebalance import rebalance
from supplychain.monitor.words import alarm, cause, pictures

__all__ = [
    "AGAIN",
    "METRICS",
    "WRITING",
    "Incident",
    "Taken",
    "alarm",
    "cause",
    "folder_mark",
    "incidents",
    "judge_drift",
    "measure_drift",
    "measure_feedback",
    "observe",
    "pictures",
    "rebalance",
    "unmeasured",
]
