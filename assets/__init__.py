"""The Dagster code location. It wires the library's steps into assets and checks, and computes nothing."""

from assets.component import DataProduct

__all__ = ["DataProduct"]
