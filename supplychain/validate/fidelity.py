"""Fidelity evidence: columns, pairs, and what a classifier sees, each beside what unseen real rows reach."""

from __future__ import annotations

from statistics import fmean, stdev
from typing import TYPE_CHECKING

from supplychain.measures.fidelity import auc_margin, marginal_similarity, pair_similarity, told_apart
from supplychain.slices import EVERYTHING
from supplychain.validate.effect import LEAST_PEOPLE, slices_of
from supplychain.validate.power import least_shift

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from supplychain.ledger import Evidence
    from supplychain.validate.subject import Subject

METRICS = (
    "marginal.similarity",
    "marginal.mean",
    "pair.mean",
    "pair.worst",
    "discriminator.auc",
    "discriminator.detectable",
)


def fidelity(subject: Subject) -> Iterator[Evidence]:
    """How near accepted rows are to real ones; the reference is the same measure for `gold` against `train`."""
    real, accepted, gold = subject.named("real", "accepted", "gold")
    # A distance between samples shrinks with their size: the value and its reference compare as many rows.
    size, seed = min(accepted.height, gold.height), subject.seed("fidelity")
    drawn, control = (frame.sample(size, seed=seed) for frame in (accepted, gold))
    subject.chain.progress("measuring fidelity: columns and pairs")
    yield from _marginals(subject, real, drawn, control)
    yield from _pairs(subject, real, drawn, control)
    subject.chain.progress("measuring fidelity: a classifier tries to tell real from synthetic")
    yield from _discriminator(subject, real, accepted, gold)


def _marginals(subject: Subject, real: pl.DataFrame, drawn: pl.DataFrame, control: pl.DataFrame) -> Iterator[Evidence]:
    values, references = [], []
    for column in subject.schema.columns:
        value = marginal_similarity(real, drawn, column)
        reference = marginal_similarity(real, control, column)
        margin = 1.36 * (1 / real.height + 1 / drawn.height) ** 0.5  # 95% of the Kolmogorov distribution
        interval = max(value - margin, 0.0), min(value + margin, 1.0)
        yield subject.row("marginal.similarity", value, interval, reference, drawn.height, column.name)
        values.append(value)
        references.append(reference)
    yield subject.row("marginal.mean", fmean(values), _spread(values), fmean(references), drawn.height)


def _pairs(subject: Subject, real: pl.DataFrame, drawn: pl.DataFrame, control: pl.DataFrame) -> Iterator[Evidence]:
    if len(subject.schema.columns) < 2:
        return
    pairs, ceiling = (pair_similarity(real, frame, subject.schema) for frame in (drawn, control))
    values, references = list(pairs.values()), list(ceiling.values())
    yield subject.row("pair.mean", fmean(values), _spread(values), fmean(references), drawn.height)
    worst = min(pairs, key=lambda pair: pairs[pair] - ceiling[pair])
    scope = f"{worst[0]} x {worst[1]}"
    yield subject.row("pair.worst", pairs[worst], (None, None), ceiling[worst], drawn.height, scope)


def _spread(values: list[float]) -> tuple[float, float]:
    """A 95% interval of the mean over columns or pairs, from their spread."""
    mean = fmean(values)
    margin = 1.96 * stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0.0
    return max(mean - margin, 0.0), min(mean + margin, 1.0)


def _discriminator(
    subject: Subject, real: pl.DataFrame, accepted: pl.DataFrame, gold: pl.DataFrame
) -> Iterator[Evidence]:
    """A classifier that never saw a row says how surely it is synthetic: one answer, scored overall and per slice.

    Within a slice it does not matter that slices were asked for on purpose.
    """
    seed = subject.seed("discriminator")
    told, control = (told_apart(real, frame, subject.schema, seed=seed) for frame in (accepted, gold))
    for slice_ in slices_of(subject.chain.product.all_slices, subject.plan):
        value, low, high, n = told.auc(slice_.mask(told.rows).to_numpy())
        reference, _, _, control_n = control.auc(slice_.mask(control.rows).to_numpy())
        if slice_.name == EVERYTHING or min(n, control_n) >= LEAST_PEOPLE:
            yield subject.row("discriminator.auc", value, (low, high), reference, n, slice_.name)
            least = 0.5 + least_shift(auc_margin(0.5, n, n)) if n else float("nan")
            yield subject.row("discriminator.detectable", least, (None, None), 0.5, n, slice_.name)
