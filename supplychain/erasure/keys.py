"""The key that erased people are hashed with. It is kept outside of the store: who has the log alone can tell nobody.

With the key, anybody who has a person's id can prove that they were erased, and landing can keep them out.
"""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from supplychain.errors import BadInput

if TYPE_CHECKING:
    from supplychain.store import Store

KEY_VARIABLE = "SUPPLYCHAIN_ERASURE_KEY"
LEAST = 16
"""Bytes of a key."""


@dataclass(frozen=True)
class ErasureKey:
    """A secret, and what it makes of people."""

    secret: bytes

    @property
    def id(self) -> str:
        """What the key is known by in the log, 16 hexadecimal digits: it gives the key away to nobody."""
        return self._digest("key")[:16]

    def person(self, product: str, entity: str) -> str:
        """What the log knows an erased person by: 32 hexadecimal digits.

        Args:
            product: The product's name.
            entity: The person's hash as it stood in `_entity`.
        """
        return self._digest(f"person\x1f{product}\x1f{entity}")[:32]

    def _digest(self, text: str) -> str:
        return hmac.new(self.secret, text.encode(), "sha256").hexdigest()


def erasure_key(store: Store, *, why: str) -> ErasureKey:
    """The key: what `SUPPLYCHAIN_ERASURE_KEY` holds, or the file that it names.

    Raises:
        BadInput: It is not set, too short, or lies in the store; the line says `why` it is needed.
    """
    given = os.environ.get(KEY_VARIABLE, "")
    if not given:
        remedy = f"set it to a secret of {LEAST} characters or more, or to a file with one, outside of the store"
        raise BadInput(f"is not set, and {why}", where=KEY_VARIABLE, remedy=remedy)
    secret = given.encode()
    if _is_file(given):
        file = Path(given).resolve()
        if store.local and file.is_relative_to(store.local.resolve()):
            problem = f"names {file}, which lies in the store"
            raise BadInput(problem, where=KEY_VARIABLE, remedy="keep the key where the store's readers cannot read it")
        secret = file.read_bytes().strip()
    elif os.sep in given:
        raise BadInput(f"names {given}, and there is no such file", where=KEY_VARIABLE, remedy="mend the path")
    if len(secret) < LEAST:
        raise BadInput(f"is shorter than {LEAST} characters", where=KEY_VARIABLE, remedy="make a longer one, by chance")
    return ErasureKey(secret)


def _is_file(given: str) -> bool:
    try:
        return Path(given).is_file()
    except (OSError, ValueError):  # a secret may be no path at all
        return False
