"""Power: the smallest leak that the exact tests would have seen, with so many people.

A batch in which nothing was found is only as clean as the search was keen. So copies of people are planted, in
thought, at growing shares of the batch, until a test at the level of 0.005 sees them four times in five.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplychain.validate.privacy.chance import top_p, tops_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

LEVEL = 0.005
POWER = 0.8
"""What `detectable` means: at this level, with this chance."""
DRAWS = 50
MOST_PLANTED = 2_000


def least_seen(seen: Callable[[int], float], most: int) -> int | None:
    """The least number of planted people that is seen with the wanted chance; None where not even the most is."""
    if seen(most) < POWER:
        return None
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if seen(middle) >= POWER else (middle, high)
    return high


def detectable_by_match(
    shared: NDArray[np.float32], known: NDArray[np.float32], members: int, level: float, seed: int
) -> int | None:
    """The least number of attacked members whose copies in the batch the exact test would see.

    A copied person shares all with the batch: their score becomes 1 less what the reference shares. Everybody else's
    is as measured, with members and others mixed, as if nothing had leaked.

    Args:
        shared: For each person, the share of information that the nearest synthetic row has.
        known: The same for the nearest reference row.
        members: How many of the people are members.
        level: P of the test below which it has seen something; corrected for the other tests by the caller.
        seed: Seed of the planting.
    """
    import numpy as np

    others, tops = len(shared) - members, tops_of(len(shared))
    needed = {top: _hits_needed(top, members, others, level / len(tops)) for top in tops}
    score = shared - known

    def seen(planted: int) -> float:
        rng = np.random.default_rng(seed)
        found = 0
        for _ in range(DRAWS):
            mixed = rng.permutation(len(score))
            scores = score[mixed]
            scores[:planted] = 1 - known[mixed[:planted]]
            surest = np.argpartition(-scores, tops[-1])[: tops[-1]]
            is_member = surest[np.argsort(-scores[surest])] < members
            found += any(is_member[:top].sum() >= hits for top, hits in needed.items())
        return found / DRAWS

    return least_seen(seen, min(members, MOST_PLANTED))


def _hits_needed(top: int, members: int, others: int, level: float) -> int:
    """Members among a top from which on its p is below the level; one more than all of them where it never is."""
    low = top * members // (members + others)
    return next((hits for hits in range(low, top + 1) if top_p(hits, top, members, others) < level), top + 1)


def detectable_by_copies(members: int, others: int, by_chance: float) -> int | None:
    """The least number of copied unique members that the exact test of copies would see.

    Args:
        members: Unique people that the generator saw.
        others: Unique people that it never saw.
        by_chance: The share of people whom a synthetic row equals by chance.
    """
    import numpy as np
    from scipy.stats import binom, hypergeom

    def seen(planted: int) -> float:
        rng = np.random.default_rng(planted)
        hits = planted + binom.rvs(members - planted, by_chance, size=DRAWS, random_state=rng)
        chance = binom.rvs(others, by_chance, size=DRAWS, random_state=rng)
        p = hypergeom.sf(hits - 1, members + others, members, hits + chance)
        return float((p < LEVEL).mean())

    return least_seen(seen, members) if members and others else None
