"""Monitor: how far a new window lies from what the release was trained on."""

from supplychain.monitor.drift import METRICS, judge_drift, measure_drift

__all__ = ["METRICS", "judge_drift", "measure_drift"]
