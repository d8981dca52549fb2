"""Utility evidence: what models that learned from accepted rows are worth on gold people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from supplychain.estimator import Estimator
from supplychain.measures.utility import tstr_and_trtr
from supplychain.validate.effect import LEAST_PEOPLE, Effect, slices_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supplychain.ledger import Evidence
    from supplychain.validate.subject import Subject

METRICS = ("tstr.auc", "trtr.auc", "tstr.ratio", "slice.fall", "bias.gap")


def utility(subject: Subject) -> Iterator[Evidence]:
    """A model trained on accepted rows alone, beside one trained on real ones."""
    subject.chain.progress("measuring utility on gold")
    real, accepted, gold = subject.named("real", "accepted", "gold")
    if accepted[subject.outcome].n_unique() < 2:
        for metric in ("tstr.auc", "trtr.auc", "tstr.ratio"):
            yield subject.row(metric, float("nan"), (None, None), None, gold.height)
        return
    scores = tstr_and_trtr(real, accepted, gold, subject.schema, subject.outcome, seed=subject.seed("utility"))
    references = {"tstr": scores["trtr"][0], "trtr": None, "ratio": 1.0}
    for name, metric in (("tstr", "tstr.auc"), ("trtr", "trtr.auc"), ("ratio", "tstr.ratio")):
        value, low, high = scores[name]
        yield subject.row(metric, value, (low, high), references[name], gold.height)


def effect(subject: Subject) -> Iterator[Evidence]:
    """How the loss falls per slice, and how far the gap between sensitive groups widens, where accepted rows join."""
    subject.chain.progress("training with and without the accepted rows")
    product, seed = subject.chain.product, subject.seed("effect")
    real, accepted, gold = subject.named("real", "accepted", "gold")
    weight = product.levers.risk.synthetic_weight
    settings = json.loads(str(subject.gaps.notes["settings"]))  # tuned on real rows
    estimator = Estimator(product.outcome.model or "", settings)
    measured = Effect.of(
        real, accepted, gold, subject.schema, subject.outcome, weight=weight, seed=seed, estimator=estimator
    )
    for slice_ in slices_of(product.all_slices, subject.plan):
        fell = measured.fall(slice_)
        if fell.n >= LEAST_PEOPLE:
            yield subject.row("slice.fall", fell.value, (fell.low, fell.high), fell.null, fell.n, slice_.name)
    for column in product.sensitive:
        if column in gold.columns and column != subject.outcome:
            value, low, high, n = measured.widening(column, seed=seed)
            yield subject.row("bias.gap", value, (low, high), 0.0, n, column)
