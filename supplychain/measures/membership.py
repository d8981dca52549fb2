"""Membership: how well an attacker who holds the synthetic rows tells whose real rows the generator was fitted on.

The attack scores a person by the most that any synthetic row shares with them, a rare value counting more than a
common one, less what a reference sample of other real people shares; the calibration by a reference follows Watson et
al., On the Importance of Difficulty Calibration in Membership Inference Attacks (ICLR 2022). A threshold that is
chosen on one half of the people is scored on the other half, so that the figure is 0 on average where nothing leaks.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import polars as pl

from supplychain.measures.copies import excess

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supplychain.schema import Schema

MOST_TARGETS = 2_000
"""People of each side that are attacked; more sharpen the interval and cost time."""
MOST_ROWS = 5_000
"""Synthetic and reference rows that the attacker looks through."""
PERCENTILES = 100
"""Numbers match where they lie in the same of so many equal parts."""
CHUNK = 200
LEAST_TARGETS = 20


def attack_advantage(
    made: pl.DataFrame,
    members: pl.DataFrame,
    others: pl.DataFrame,
    reference: pl.DataFrame,
    schema: Schema,
    *,
    seed: int,
) -> tuple[float, float, float, int]:
    """True less false positive rate of the attack, with its 95% limits (Newcombe, 1998), and the people attacked.

    Args:
        made: Synthetic rows.
        members: Real rows that the generator was fitted on.
        others: Real rows that it was not.
        reference: Real rows of still other people.
        schema: The real rows' schema.
        seed: Seed of the samples.

    Returns:
        Value, low and high; NaN each where a side has fewer than 20 people.
    """
    n = min(members.height, others.height, MOST_TARGETS)
    if n < LEAST_TARGETS or not made.height or not reference.height:
        return float("nan"), float("nan"), float("nan"), n
    frames = [
        frame.sample(min(frame.height, most), seed=seed, shuffle=True)
        for frame, most in ((members, n), (others, n), (made, MOST_ROWS), (reference, MOST_ROWS))
    ]
    caught, false_alarms = _crossed(*attack_scores(frames[2], frames[0], frames[1], frames[3], schema))
    return (*excess(caught, n, false_alarms, n), n)


def attack_scores(
    made: pl.DataFrame, members: pl.DataFrame, others: pl.DataFrame, reference: pl.DataFrame, schema: Schema
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How surely the attack takes each member, and each other person, for a member: one score a row, in their order."""
    frames = [frame.select(schema.names) for frame in (members, others, made, reference)]
    inside, outside, rows, control = _tokens(frames, schema)
    worth = [_surprise([part[column] for part in (inside, outside, rows, control)]) for column in range(len(inside))]
    sides = (_best_match(side, rows, worth) - _best_match(side, control, worth) for side in (inside, outside))
    return next(sides), next(sides)


def _tokens(frames: list[pl.DataFrame], schema: Schema) -> list[list[NDArray[np.int32]]]:
    """Each frame as columns of tokens: categories and missing values as they are, numbers in percentiles."""
    import numpy as np

    together = pl.concat(frames, how="vertical_relaxed")
    ends = list(itertools.accumulate((frame.height for frame in frames), initial=0))
    columns = []
    for column in schema.columns:
        values = together[column.name]
        if not column.is_discrete:
            numbers = values.to_physical().cast(pl.Float64).fill_null(float("inf")).to_numpy()
            cuts = np.unique(np.quantile(numbers[np.isfinite(numbers)], np.linspace(0, 1, PERCENTILES + 1)[1:-1]))
            columns.append(np.searchsorted(cuts, numbers, side="right") + np.isinf(numbers))
        else:
            columns.append(values.rank("dense").fill_null(0).to_numpy())
    return [[column[low:high].astype(np.int32) for column in columns] for low, high in itertools.pairwise(ends)]


def _surprise(parts: list[NDArray[np.int32]]) -> NDArray[np.float32]:
    """What a match on each token is worth: the information in it, in nats."""
    import numpy as np

    counts = np.bincount(np.concatenate(parts))
    worth: NDArray[np.float32] = -np.log(np.maximum(counts, 1) / counts.sum()).astype(np.float32)
    return worth


def _best_match(
    targets: list[NDArray[np.int32]], rows: list[NDArray[np.int32]], worth: list[NDArray[np.float32]]
) -> NDArray[np.float32]:
    """The most that any row shares with each target, as a share of the target's whole surprise."""
    import numpy as np

    n = len(targets[0])
    best = np.zeros(n, dtype=np.float32)
    for start in range(0, n, CHUNK):
        part = slice(start, start + CHUNK)
        shared = np.zeros((len(best[part]), len(rows[0])), dtype=np.float32)
        for target, row, value in zip(targets, rows, worth, strict=True):
            shared += (target[part, None] == row[None, :]) * value[target[part], None]
        best[part] = shared.max(axis=1)
    whole = np.sum([value[target] for target, value in zip(targets, worth, strict=True)], axis=0)
    share: NDArray[np.float32] = best / np.maximum(whole, 1e-9)
    return share


def _crossed(members: NDArray[np.float32], others: NDArray[np.float32]) -> tuple[int, int]:
    """Members and others above the threshold that was best on the other half of both."""
    import numpy as np

    caught = false_alarms = 0
    for first, second in ((0, 1), (1, 0)):
        seen, unseen = members[first::2], others[first::2]
        thresholds = np.unique(np.concatenate([seen, unseen]))
        gain = _above(seen, thresholds) / len(seen) - _above(unseen, thresholds) / len(unseen)
        threshold = thresholds[int(np.argmax(gain))]
        caught += int((members[second::2] >= threshold).sum())
        false_alarms += int((others[second::2] >= threshold).sum())
    return caught, false_alarms


def _above(scores: NDArray[np.float32], thresholds: NDArray[np.float32]) -> NDArray[np.int64]:
    """How many scores reach each threshold."""
    import numpy as np

    return len(scores) - np.searchsorted(np.sort(scores), thresholds, side="left")
