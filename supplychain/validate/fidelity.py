"""Fidelity evidence: columns, and what a classifier sees, each beside what unseen real rows reach."""

from __future__ import annotations

from statistics import fmean, stdev
from typing import TYPE_CHECKING

from supplychain.measures.bins import effective
from supplychain.measures.fidelity import auc_margin, marginal_similarity, told_apart
from supplychain.measures.groups import LEAST_PEOPLE
from supplychain.slices import EVERYTHING
from supplychain.validate.effect import slices_of
from supplychain.validate.power import least_shift

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supplychain.ledger import Evidence
    from supplychain.validate.subject import Subject

METRICS = ("marginal.similarity", "marginal.mean", "discriminator.auc", "fidelity.detectable")


def fidelity(subject: Subject) -> Iterator[Evidence]:
    """How near accepted rows are to real ones; the reference is the same measure for `gold` against `train`."""
    subject.chain.progress("measuring fidelity: columns")
    yield from _marginals(subject)
    subject.chain.progress("measuring fidelity: a classifier tries to tell real from synthetic")
    yield from _discriminator(subject)


def _marginals(subject: Subject) -> Iterator[Evidence]:
    """Each column, and their mean; real rows count as often as the plan asks for people like them."""
    real, accepted, gold = subject.named("real", "accepted", "gold")
    whole, control = subject.as_asked(real), subject.as_asked(gold)
    # A distance between samples shrinks with their size: the value and its reference compare as many rows.
    size = min(accepted.height, max(round(effective(control)), 1))
    drawn = accepted.sample(size, seed=subject.seed("fidelity"))
    half = 1.36 * (1 / effective(whole) + 1 / size) ** 0.5  # 95% of the Kolmogorov distribution
    values, references = [], []
    for column in subject.schema.columns:
        value = marginal_similarity(real, drawn, column, (whole, None))
        reference = marginal_similarity(real, gold, column, (whole, control))
        interval = max(value - half, 0.0), min(value + half, 1.0)
        yield subject.row("marginal.similarity", value, interval, reference, size, column.name)
        values.append(value)
        references.append(reference)
    yield subject.row("marginal.mean", fmean(values), _spread(values), fmean(references), size)
    yield subject.row("fidelity.detectable", least_shift(half), (None, None), None, size, "marginal.similarity")


def _spread(values: list[float]) -> tuple[float, float]:
    """A 95% interval of the mean over columns or pairs, from their spread."""
    mean = fmean(values)
    margin = 1.96 * stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0.0
    return max(mean - margin, 0.0), min(mean + margin, 1.0)


def _discriminator(subject: Subject) -> Iterator[Evidence]:
    """A classifier that never saw a row says how surely it is synthetic: one answer, scored overall and per slice."""
    seed = subject.seed("discriminator")
    real, accepted, gold = subject.named("real", "accepted", "gold")
    weights = subject.as_asked(real)
    told = told_apart(real, accepted, subject.schema, seed=seed, weights=weights)
    control = told_apart(real, gold, subject.schema, seed=seed)
    for slice_ in slices_of(subject.chain.product.all_slices, subject.plan):
        value, low, high, n = told.auc(slice_.mask(told.rows).to_numpy())
        reference, _, _, control_n = control.auc(slice_.mask(control.rows).to_numpy())
        if slice_.name == EVERYTHING or min(n, control_n) >= LEAST_PEOPLE:
            yield subject.row("discriminator.auc", value, (low, high), reference, n, slice_.name)
        if slice_.name == EVERYTHING:
            least = 0.5 + least_shift(auc_margin(0.5, n, n)) if n else float("nan")
            yield subject.row("fidelity.detectable", least, (None, None), 0.5, n, "discriminator.auc")
