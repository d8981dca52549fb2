"""Monitor: how far a new window lies from what the release was trained on."""

from supplychain.monitor.drift import judge_drift, measure_drift
from supplychain.monitor.feedback import METRICS as OF_FEEDBACK
from supplychain.monitor.feedback import measure_feedback
from supplychain.monitor.findings import METRICS as OF_DRIFT
from supplychain.monitor.observe import Taken, observe

METRICS = (*OF_DRIFT, *OF_FEEDBACK)

__all__ = ["METRICS", "Taken", "judge_drift", "measure_drift", "measure_feedback", "observe"]
