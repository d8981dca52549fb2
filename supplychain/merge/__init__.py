"""Merge: real `train` rows and accepted synthetic rows, side by side, each with its origin and weight."""

from supplychain.merge.blend import blend

__all__ = ["blend"]
