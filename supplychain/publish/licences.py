"""Licences in the words of each format: an SPDX id where one is given, else the text."""

from __future__ import annotations

import re

_SPDX = re.compile(
    r"^(CC-BY|CC-BY-SA|CC-BY-NC|CC-BY-ND|CC-BY-NC-SA|CC-BY-NC-ND|CC0|ODbL|PDDL|MIT|Apache|BSD|CDLA)[-0-9A-Za-z.]*$"
)


def is_spdx(licence: str) -> bool:
    """Whether a licence is given by its SPDX id; those that data are released under are known.

    Example:
        >>> is_spdx("CC-BY-4.0"), is_spdx("ask us")
        (True, False)
    """
    return bool(_SPDX.match(licence))


def address(licence: str) -> str:
    """Where the licence can be read; the text itself where it is none that SPDX knows."""
    return f"https://spdx.org/licenses/{licence}.html" if is_spdx(licence) else licence
