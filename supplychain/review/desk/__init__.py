"""The desk: a small web page of this machine, where people judge one record at a time."""

from supplychain.review.desk.app import desk

__all__ = ["desk"]
