"""Erasure: people, and windows that were kept long enough, are taken out of all that the store holds of them."""

from supplychain.erasure.erasing import Erased, clear_removed, erase, erase_expired
from supplychain.erasure.finding import Found, expired_windows, find_people, find_window
from supplychain.erasure.keys import KEY_VARIABLE, ErasureKey, erasure_key
from supplychain.erasure.stale import Stale, stale_windows
from supplychain.erasure.suppress import records_of, windows_gone, without_erased, without_people

__all__ = [
    "KEY_VARIABLE",
    "Erased",
    "ErasureKey",
    "Found",
    "Stale",
    "clear_removed",
    "erase",
    "erase_expired",
    "erasure_key",
    "expired_windows",
    "find_people",
    "find_window",
    "records_of",
    "stale_windows",
    "windows_gone",
    "without_erased",
    "without_people",
]
