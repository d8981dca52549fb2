"""Utility evidence: what models that learned from accepted rows are worth on gold people."""

from __future__ import annotations

import json
from math import isfinite
from typing import TYPE_CHECKING

from supplychain.estimator import Estimator
from supplychain.falls import RELEASED, TRUSTED
from supplychain.learning import Curve
from supplychain.measures.groups import LEAST_PEOPLE
from supplychain.measures.utility import tstr_and_trtr
from supplychain.slices import ALL_ROWS
from supplychain.validate.bias import METRICS as OF_BIAS
from supplychain.validate.bias import Made, bias
from supplychain.validate.confidence import METRICS as OF_CONFIDENCE
from supplychain.validate.confidence import confidence
from supplychain.validate.effect import Effect, slices_of
from supplychain.validate.population import as_common
from supplychain.validate.regularity import OF_ARMS as OF_SURPRISE
from supplychain.validate.regularity import surprises

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supplychain.ledger import Evidence
    from supplychain.slices import Slice
    from supplychain.validate.subject import Subject

METRICS = (
    "tstr.auc",
    "trtr.auc",
    "tstr.ratio",
    "loss.real",
    "fall.null",
    "fall.plain",
    "fall.weighted",
    "fall.blend",
    TRUSTED,
    RELEASED,
    "fall.per_100",
    "exchange.rate",
    "weight.best",
    "weight.chosen",
    *OF_CONFIDENCE,
    *OF_SURPRISE,
    *OF_BIAS,
)
LAST_HALF = "last half"
"""The scope of what the second half of the synthetic rows brings."""


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
    """What the arms say: of the loss in each slice, of confidence, and of the gaps between groups."""
    subject.chain.progress("training the arms: real, null, plain, weighted, blend")
    found = _trained(subject)
    slices = slices_of(subject.chain.product.all_slices, subject.plan)
    for slice_ in slices:
        yield from _falls(subject, found, slice_)
    yield from _worth(subject, found)
    yield from _weights(subject, found)
    subject.chain.progress("measuring confidence and bias")
    yield from confidence(subject.row, found, slices)
    yield from surprises(subject.row, found, slices)
    real, accepted, gold = subject.named("real", "accepted", "gold")
    # The rows of the subject, drawn alike, with the slice that each was made for.
    made = Made.of(accepted, subject.made_for, real, slices, subject.outcome)
    yield from bias(subject.row, found, made, gold, subject.chain.product.sensitive)


def _trained(subject: Subject) -> Effect:
    product = subject.chain.product
    real, accepted = subject.named("real", "accepted")
    # Thinned as the subject's own rows are, with `_entity`: intervals are of people.
    people = as_common(subject.people, product.weight, seed=subject.seed("evidence"))
    settings = json.loads(str(subject.gaps.notes["settings"]))  # tuned on real rows
    return Effect.of(
        real,
        accepted,
        people["gold"],
        people["tune"],
        subject.schema,
        subject.outcome,
        weight=product.levers.risk.synthetic_weight,
        seed=subject.seed("effect"),
        estimator=Estimator(product.outcome.model or "", settings),
        made_for=subject.made_for,
        share=product.levers.risk.synthetic_share,
    )


def _falls(subject: Subject, found: Effect, slice_: Slice) -> Iterator[Evidence]:
    """The loss of a slice by real rows alone, and how far each other arm lowers it; nothing of too few people."""
    fell, released = found.fall(slice_), found.fall(slice_, "blend")
    if fell.n < LEAST_PEOPLE:
        return
    value, *ends = found.loss(slice_, "real")
    yield subject.row("loss.real", value, ends, None, fell.n, slice_.name)
    for arm, null in (("null", 0.0), ("plain", fell.null), ("weighted", fell.null), ("blend", released.null)):
        value, *ends = found.between(slice_, "real", arm)
        yield subject.row(f"fall.{arm}", value, ends, null, fell.n, slice_.name)
    for metric, of in ((TRUSTED, fell), (RELEASED, released)):
        yield subject.row(metric, of.value, (of.low, of.high), of.null, of.n, slice_.name)


def _worth(subject: Subject, found: Effect) -> Iterator[Evidence]:
    """What a hundred synthetic rows change, on average and of the last half; what one is worth in real rows."""
    fell, curve, real = found.fall(ALL_ROWS), _curve(subject), found.real.height
    if fell.n < LEAST_PEOPLE or found.added.height < 2:
        return
    by_real = curve.loss(real) - curve.loss(real + 100) if curve else None
    rows = found.added.height
    for scope, (value, *ends), of in (
        ("all", (fell.value, fell.low, fell.high), rows),
        (LAST_HALF, found.last_half(), rows - rows // 2),
    ):
        yield subject.row("fall.per_100", value * 100 / of, [end * 100 / of for end in ends], by_real, fell.n, scope)
    if curve:
        value, *ends = ((_more_rows(curve, real, fall)) / rows for fall in (fell.value, fell.low, fell.high))
        if isfinite(value):  # a fall that no number of real rows would bring has no rate
            yield subject.row("exchange.rate", value, ends, 1.0, fell.n)


def _weights(subject: Subject, found: Effect) -> Iterator[Evidence]:
    """What a synthetic row weighs: all alike with the least loss on tune, and as chosen for each slice."""
    weights, n = found.weights, found.bench.tune.height
    yield subject.row("weight.best", weights.best, weights.near, found.weight, n)
    for slice_ in sorted(subject.taken):
        chosen = weights.slices.get(slice_, weights.joint)
        yield subject.row("weight.chosen", chosen, (None, None), weights.prior, n, slice_)


def _curve(subject: Subject) -> Curve | None:
    """The learning curve of all rows, as the gap search measured it out of fold; None where it has none."""
    table = subject.chain.store.read_table(subject.gaps.table)
    line = table.row(0, named=True)
    parts = [line[f"curve_{name}"] for name in "abc"]
    return None if None in parts or not parts[0] else Curve(*parts)


def _more_rows(curve: Curve, rows: int, fall: float) -> float:
    """Real rows beside so many that would lower the loss as far."""
    return curve.rows_for(curve.loss(rows) - fall) - rows
