"""What would have been seen is seen, and what would not is not."""

from __future__ import annotations

import numpy as np

from supplychain.validate.privacy.chance import top_test
from supplychain.validate.privacy.power import LEVEL, detectable_by_copies, detectable_by_match


def test_the_planted_number_is_about_where_detection_begins():
    rng = np.random.default_rng(1)
    shared, known = rng.uniform(0.2, 0.6, (2, 3_000)).astype(np.float32)
    least = detectable_by_match(shared, known, 2_000, LEVEL, 1)
    assert least is not None

    def rate(planted):
        hits = 0
        for seed in range(40):
            mixed = np.random.default_rng(100 + seed).permutation(3_000)
            scores = (shared - known)[mixed]
            scores[:planted] = 1 - known[mixed[:planted]]
            hits += top_test(scores[:2_000], scores[2_000:], seed)[0] < LEVEL
        return hits / 40

    assert rate(least) > 0.6 > 0.35 > rate(least // 3)


def test_more_people_see_smaller_leaks():
    few, many = (detectable_by_copies(members, members // 2, 0.0) for members in (60, 6_000))
    assert (few, many) == (13, 14), "nobody is met by chance: (2/3)^13 is above 0.005, (2/3)^14 below"
    noisy = detectable_by_copies(6_000, 3_000, 0.1)
    assert noisy is not None and noisy > 60
    assert detectable_by_copies(3, 3, 0.0) is None
