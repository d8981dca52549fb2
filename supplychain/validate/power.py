"""Power: the smallest effect that a measurement would have seen, four times in five, at the level of 5%.

A batch in which nothing was found is only as good as the search was keen.
"""

from __future__ import annotations

SEEN = 1.96 + 0.84
"""Standard errors that an effect must be from none to be seen four times in five (Cohen, 1988)."""


def least_shift(margin: float) -> float:
    """The smallest shift that shows, from half the width of a 95% interval where there is none."""
    return SEEN * margin / 1.96


def least_excess(share: float, n: int, control_n: int) -> float:
    """The smallest excess over a share that shows, with so many rows and so many beside them."""
    return float(SEEN * (share * (1 - share) * (1 / max(n, 1) + 1 / max(control_n, 1))) ** 0.5)
