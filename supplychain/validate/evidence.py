"""Evidence: every measurement of a window's accepted rows, and the verdict of the gates on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from supplychain.errors import BadInput
from supplychain.gates import judge
from supplychain.validate import (
    coverage,
    exposure,
    fidelity,
    plausibility,
    regularity,
    reports,
    sequence,
    shape,
    structure,
    utility,
)
from supplychain.validate.subject import Subject

if TYPE_CHECKING:
    from supplychain.chain import Chain
    from supplychain.ledger import Commit, Evidence

FAMILIES = (
    coverage.coverage,
    plausibility.plausibility,
    fidelity.fidelity,
    structure.structure,
    shape.shape,
    sequence.sequence,
    reports.reports,
    utility.utility,
    exposure.exposure,
    utility.effect,
    regularity.regularity,
)
"""What is measured, in order; each gives rows of evidence on a `Subject`."""
METRICS = (
    *coverage.METRICS,
    *plausibility.METRICS,
    *fidelity.METRICS,
    *structure.METRICS,
    *shape.METRICS,
    *sequence.METRICS,
    *reports.METRICS,
    *utility.METRICS,
    *regularity.METRICS,
    *exposure.METRICS,
)
"""Every metric of `evidence`; a suite that names another is refused."""
SHARES = frozenset(
    "marginal.similarity marginal.mean pair.mean pair.worst triple.mean triple.naive missing.similarity "
    "calendar.similarity sequence.rows sequence.order sequence.change discriminator.auc sdmetrics.quality "
    "sdmetrics.diagnostic support.unseen density.far novelty.plausible cells.covered cells.worst values.lost "
    "tstr.auc trtr.auc confidence.ece confidence.ece_p copies.share copies.p membership.auc membership.p_top "
    "membership.tpr_at_1pct values.p".split()
)
"""Those that lie between 0 and 1, whatever the batch: a limit beyond that, nothing meets."""
PRIVATE = exposure.METRICS
"""Those that tell of people: no rule on one can be waived."""

SCHEMA = {
    "metric": pl.String,
    "scope": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "reference": pl.Float64,
    "n": pl.Int64,
}
"""Columns of the table `evidence`. Seconds are in the lineage log alone: the same measurements are the same bytes."""


def measure(chain: Chain, window: str) -> Commit:
    """Measure a window's accepted rows against real ones, and write `evidence`."""
    with chain.step("validate", window) as step:
        subject = Subject.of(chain, step)
        rows = [row for family in FAMILIES for row in family(subject)]
        step.measured(rows)
        step.write("evidence", as_frame(rows), measurements=len(rows))
    return step.done


def judge_evidence(chain: Chain, window: str) -> Commit:
    """Judge the current evidence of a window by the evidence suite as it stands now, and keep the verdict."""
    with chain.step("validate", window) as step:
        output = step.refer("evidence")
        suite = chain.suite("evidence").without("drift")
        if not suite.rules:
            raise BadInput("has no gate on the evidence of a batch", where=suite.file, remedy="add at least one")
        judgement = judge(chain.store.read_table(output.table), suite)
        step.judge(judgement, asset="evidence", content=output.content)
    return step.done


def as_frame(rows: list[Evidence]) -> pl.DataFrame:
    """Measurements as a table."""
    return pl.DataFrame([{name: getattr(row, name) for name in SCHEMA} for row in rows], schema=SCHEMA)
