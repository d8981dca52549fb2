"""Rebuild: a release is made again from the lineage log, and held against what was published."""

from supplychain.rebuild.rebuild import Rebuilt, rebuild_release

__all__ = ["Rebuilt", "rebuild_release"]
