"""The attacks: each gives every attacked row a score, the higher the surer that its person was in the training rows.

All are calibrated by a reference of other real people, after Watson et al., On the Importance of Difficulty
Calibration in Membership Inference Attacks (ICLR 2022): that a row is near to synthetic ones says little, that it is
nearer to them than to as many real ones says something.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplychain.validate.privacy.encoding import points, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from supplychain.schema import Schema

    Scores = NDArray[np.float32]

CHUNK = 500
NEAR = 0.05
"""A distance below which nothing is nearer: ratios of distances of 0 would decide alone."""
AXES = 8
"""Principal axes in which densities are estimated."""
TARGETS, MADE, REFERENCE = 0, 1, 2
ATTACKS = ("match", "crowd", "cells", "neighbour", "density")
TRIPLES = 200
"""Triples of columns whose cells are counted."""


@dataclass(frozen=True)
class Attacked:
    """What the attacks found for each row.

    Attributes:
        scores: Attack to a score for each attacked row.
        shared: The share of a row's information that the nearest synthetic row has too, 0 to 1.
        known: The same for the nearest reference row.
        isolation: The distance to the nearest people of the reference.
    """

    scores: dict[str, Scores]
    shared: Scores
    known: Scores
    isolation: Scores


def attack(targets: pl.DataFrame, made: pl.DataFrame, reference: pl.DataFrame, schema: Schema, seed: int) -> Attacked:
    """Score the rows of targets by every attack.

    * match: the most information that one synthetic row shares with the row, less what one reference row shares, as a
      share of the row's own. It sees copies.
    * crowd: the same for the mean of the 20 synthetic rows that share most. It sees what leaves of trees give away.
    * cells: how many more synthetic than reference rows lie in the row's cells of 200 triples of columns, in logs.
    * neighbour: how much nearer the nearest synthetic row is than the nearest reference row.
    * density: the density of synthetic rows over that of reference rows (van Breugel et al., Membership Inference
      Attacks against Synthetic Data through Overfitting Detection, AISTATS 2023), by kernels on principal axes.
    """
    import numpy as np

    frames = [targets, made, reference]
    rows = tokens(frames, schema, (TARGETS, REFERENCE))
    whole = np.maximum(rows.information(TARGETS), 1e-9)
    shared, crowd, known, crowd_known = (
        (most / whole).astype(np.float32) for other in (MADE, REFERENCE) for most in rows.matches(TARGETS, other)
    )
    where, _ = points(frames, schema, (TARGETS, REFERENCE))
    near, far = (_nearest(where[TARGETS], where[other]) for other in (MADE, REFERENCE))
    axes = _principal(where)
    dense, sparse = (_log_density(axes[TARGETS], axes[other]) for other in (MADE, REFERENCE))
    scores: dict[str, Scores] = {
        "match": shared - known,
        "crowd": crowd - crowd_known,
        "cells": _cells([codes[:, rows.coarse] for codes in rows.codes], seed),
        "neighbour": np.log((far + NEAR) / (near + NEAR)),
        "density": dense - sparse,
    }
    return Attacked(scores, shared, known, far)


def _cells(codes: list[NDArray[np.int32]], seed: int) -> Scores:
    """The log ratio of synthetic to reference rows in each row's cells, summed over triples of columns."""
    import numpy as np

    ends, together = np.cumsum([len(part) for part in codes])[:-1], np.concatenate(codes).astype(np.int64)
    columns, rng = together.shape[1], np.random.default_rng(seed)
    sizes, ratio = together.max(0) + 1, len(codes[REFERENCE]) / len(codes[MADE])
    total = np.zeros(len(codes[TARGETS]))
    for _ in range(TRIPLES):
        key = np.zeros(len(together), dtype=np.int64)
        for column in rng.permutation(columns)[:3]:
            key = key * sizes[column] + together[:, column]
        cell = np.unique(key, return_inverse=True)[1]
        mine, made, known = np.split(cell, ends)
        counts = [np.bincount(part, minlength=int(cell.max()) + 1)[mine] for part in (made, known)]
        total += np.log((counts[0] * ratio + 0.5) / (counts[1] + 0.5))
    return total.astype(np.float32)


def _squares(targets: Scores, rows: Scores) -> Iterator[Scores]:
    """Squared distances of chunks of targets to all rows."""
    import numpy as np

    norms = (rows**2).sum(1)
    for start in range(0, len(targets), CHUNK):
        part = targets[start : start + CHUNK]
        square = part @ (-2 * rows.T)
        square += norms
        square += (part**2).sum(1)[:, None]
        yield np.maximum(square, 0, out=square)


def _chunked(targets: Scores, rows: Scores, what: Callable[[Scores], Scores]) -> Scores:
    import numpy as np

    return np.concatenate([what(square) for square in _squares(targets, rows)]).astype(np.float32)


def _nearest(targets: Scores, rows: Scores) -> Scores:
    """The distance to the nearest row."""
    import numpy as np

    return _chunked(targets, rows, lambda square: np.sqrt(square.min(axis=1)))


def _principal(where: list[Scores]) -> list[Scores]:
    """The points on the reference's principal axes, each of unit spread."""
    import numpy as np

    centre = where[REFERENCE].mean(0)
    spread = np.cov(where[REFERENCE], rowvar=False).reshape(len(centre), -1)
    values, vectors = np.linalg.eigh(spread)
    kept = np.argsort(-values)[:AXES]
    kept = kept[values[kept] > 1e-6 * max(float(values.max()), 1e-12)]
    turn = (vectors[:, kept] / np.sqrt(values[kept])).astype(np.float32)
    return [(frame - centre) @ turn for frame in where]


def _log_density(targets: Scores, rows: Scores) -> Scores:
    """Log of a Gaussian kernel density with Scott's bandwidth, up to a constant that both densities share."""
    import numpy as np

    width = len(rows) ** (-1 / (rows.shape[1] + 4))

    def estimate(square: Scores) -> Scores:
        square *= -0.5 / width**2
        top = square.max(axis=1, keepdims=True)
        return np.log(np.exp(square - top).mean(axis=1)) + top[:, 0]  # type: ignore[no-any-return]

    return _chunked(targets, rows, estimate)
