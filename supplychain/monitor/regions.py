"""Where feedback lies: outside the support of real rows, or in regions that were trained mostly on synthetic ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from supplychain.measures.axes import axes, nearest
from supplychain.measures.density import FAR, distances, far_share
from supplychain.monitor.reference import newest_release
from supplychain.schema import Schema

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supplychain.chain import Chain
    from supplychain.ledger import Release
    from supplychain.step import Step

NEIGHBOURS = 25
"""Rows of the release by which a region is told."""
MOSTLY = 0.5
"""The share of them that are synthetic from which on a region was trained mostly on synthetic rows."""
MOST_RELEASED = 10_000
MOST_CONTROL = 2_000
EXPECTED_OUTSIDE = FAR
"""The share of real rows that nobody trained on which lie as far out."""


@dataclass(frozen=True)
class Regions:
    """Of each row of feedback where it lies.

    Attributes:
        synthetic: The share of synthetic rows among the nearest of the release.
        far: Its distance from real rows of the release.
        control: The same of real rows of role tune, which nothing was trained on.
    """

    synthetic: NDArray[np.float64]
    far: NDArray[np.float64]
    control: NDArray[np.float64]

    def outside(self, inside: NDArray[np.bool_], seed: int) -> tuple[float, float, float]:
        """The share of rows farther from real ones than 95% of unseen real rows are, with 95% limits."""
        import numpy as np

        return far_share(self.far[inside], self.control, np.ones(len(self.control)), seed=seed)

    @property
    def mostly_synthetic(self) -> NDArray[np.bool_]:
        """Which rows lie in regions that were trained mostly on synthetic rows."""
        return self.synthetic > MOSTLY


def regions_of(chain: Chain, step: Step, rows: pl.DataFrame, seed: int) -> Regions | None:
    """Where feedback lies in the newest release; None where there is none, or features are not known.

    Args:
        chain: The product and its store.
        step: The step that reads.
        rows: Feedback with features.
        seed: Seed of what is drawn where there are many rows.
    """
    release = newest_release(chain)
    if release is None:
        return None
    blend, tune = _released(chain, step, release), _unseen(chain, step, release)
    outcome, weight = chain.product.outcome.name, chain.product.weight
    names = [
        name
        for name in blend.columns
        if name in rows.columns and not name.startswith("_") and name not in (outcome, weight)
    ]
    if not names or not rows.height:
        return None
    blend = blend.sample(min(blend.height, MOST_RELEASED), seed=seed % 2**63)
    tune = tune.sample(min(tune.height, MOST_CONTROL), seed=seed % 2**63)
    schema = Schema.of(blend.select(names))
    made, near, control = axes([blend.select(names), rows.select(names), tune.select(names)], schema)
    is_real = (blend["_origin"] == "real").to_numpy()
    synthetic = 1 - is_real[nearest(near, made, NEIGHBOURS)].mean(axis=1)
    return Regions(synthetic, distances(near, made[is_real]), distances(control, made[is_real]))


def _released(chain: Chain, step: Step, release: Release) -> pl.DataFrame:
    """The rows of the release, with their origin."""
    import json

    manifest = json.loads(chain.store.read(f"{release.path}/manifest.json"))
    contents = {entry["window"]: entry["blend"] for entry in manifest["windows"]}
    step.note_input("release", ", ".join(release.windows), release.manifest)
    tables = {
        made.content: made.table
        for commit in chain.ledger.commits(chain.product.name)
        for made in commit.outputs
        if made.asset == "blend" and contents.get(commit.window) == made.content
    }
    return pl.concat([chain.store.read_table(table) for table in tables.values()], how="diagonal_relaxed")


def _unseen(chain: Chain, step: Step, release: Release) -> pl.DataFrame:
    """Real rows of role tune of the release's windows."""
    known = [name for name in release.windows if name in chain.product.windows]
    return pl.concat([step.read("tune", window=name) for name in known], how="diagonal_relaxed")
