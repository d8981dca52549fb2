"""Evidence from SDMetrics, the figures that peers print; only where the package is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplychain.measures.reports import has_sdmetrics, report_scores
from supplychain.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supplychain.ledger import Evidence
    from supplychain.validate.subject import Subject

METRICS = ("sdmetrics.quality", "sdmetrics.diagnostic")
ROWS = 2_000
COLUMNS = 30
"""The first columns, and the outcome, are scored: pairs are many."""


def reports(subject: Subject) -> Iterator[Evidence]:
    """SDMetrics' quality and diagnostic scores, beside those of gold."""
    if not has_sdmetrics():
        return
    subject.chain.progress("measuring fidelity: the scores of SDMetrics")
    real, accepted, gold = subject.named("real", "accepted", "gold")
    names = list(dict.fromkeys([*subject.schema.names[: COLUMNS - 1], subject.outcome]))
    size, seed = min(accepted.height, gold.height, ROWS), subject.seed("reports")
    few = real.select(names).sample(min(real.height, ROWS), seed=seed)
    schema = Schema.of(few)
    scores = [report_scores(few, frame.sample(size, seed=seed), schema) for frame in (accepted, gold)]
    for name, (value, half) in scores[0].items():
        limits = max(value - half, 0.0), min(value + half, 1.0)
        yield subject.row(f"sdmetrics.{name}", value, limits, scores[1][name][0], size)
