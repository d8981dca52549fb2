"""Publish: an immutable, versioned, verifiable folder that a trainer consumes."""

from supplychain.publish.again import is_made_as_now, windows_of_next, withdrawn_again
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
    "is_made_as_now",
    "load_release",
    "point",
    "publish",
    "pull",
    "verify",
    "verify_copy",
    "windows_of_next",
    "withdraw",
    "withdrawn_again",
]
