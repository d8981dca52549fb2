"""Every random stream of the chain, derived from what it is for.

No two (product, recipe, window, slice, attempt, purpose) share a stream, and the same six always give the
same one, whichever worker asks and in whatever order.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def sequence(
    product: str,
    recipe: str,
    *,
    window: str = "",
    slice_: str = "",
    attempt: int = 0,
    purpose: str,
) -> np.random.SeedSequence:
    """The seed sequence of one stream.

    Args:
        product: The product's name.
        recipe: The hash of what shapes the rows in the product's specification.
        window: The window's name, empty for what is not bound to one.
        slice_: The slice's name, empty likewise.
        attempt: The count of the batch within its window and slice.
        purpose: What is drawn: `fit`, `sample`, `bootstrap`, ...
    """
    import numpy as np

    # Lengths make the join unambiguous: ("ab", "c") and ("a", "bc") must not meet.
    parts = (product, recipe, window, slice_, str(attempt), purpose)
    text = "".join(f"{len(part)}:{part}" for part in parts)
    digest = hashlib.sha256(text.encode()).digest()
    return np.random.SeedSequence(int.from_bytes(digest, "big"))


def integer(stream: np.random.SeedSequence) -> int:
    """A 63-bit integer seed for code that takes no `SeedSequence`."""
    import numpy as np

    return int(stream.generate_state(1, np.uint64)[0] >> np.uint64(1))
