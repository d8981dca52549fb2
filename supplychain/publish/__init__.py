"""Publish: an immutable, versioned, verifiable folder that a trainer consumes."""

from supplychain.publish.diff import diff
from supplychain.publish.latest import point
from supplychain.publish.load import FORMS, as_form, load_release
from supplychain.publish.manifest import MANIFEST, PUBLIC_KEY, SIGNATURE
from supplychain.publish.pull import Pulled, pull
from supplychain.publish.release import publish
from supplychain.publish.verify import Verified, verify, verify_copy
from supplychain.publish.withdraw import withdraw

__all__ = [
    "FORMS",
    "MANIFEST",
    "PUBLIC_KEY",
    "SIGNATURE",
    "Pulled",
    "Verified",
    "as_form",
    "diff",
    "load_release",
    "point",
    "publish",
    "pull",
    "verify",
    "verify_copy",
    "withdraw",
]
