"""Publish: an immutable, versioned, verifiable folder that a trainer consumes."""

from supplychain.publish.load import load_release
from supplychain.publish.release import publish
from supplychain.publish.verify import Verified, verify

__all__ = ["Verified", "load_release", "publish", "verify"]
