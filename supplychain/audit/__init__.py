"""Audit: what a reviewer needs to judge a product's data, in one folder, and no row of a person."""

from supplychain.audit.export import Exported, export

__all__ = ["Exported", "export"]
