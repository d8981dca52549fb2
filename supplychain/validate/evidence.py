"""Evidence: every measurement of a window's accepted rows, and the verdict of the gates on it."""

from __future__ import annotations

import itertools
import json
import time
from typing import TYPE_CHECKING

import polars as pl

from supplychain import seeds
from supplychain.errors import BadInput
from supplychain.estimator import Estimator
from supplychain.gates import judge
from supplychain.ledger import Evidence
from supplychain.measures.copies import copied_share, excess, wilson
from supplychain.measures.fidelity import auc_margin, discriminator_auc, marginal_similarity, pair_similarity
from supplychain.measures.membership import attack_advantage
from supplychain.measures.utility import tstr_and_trtr
from supplychain.schema import Schema
from supplychain.tables import scan_table
from supplychain.validate.effect import LEAST_PEOPLE, Effect, slices_of
from supplychain.validate.population import as_common
from supplychain.validate.privacy import METRICS as OF_PRIVACY
from supplychain.validate.privacy import history_rows, privacy_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from supplychain.chain import Chain
    from supplychain.ledger import Commit, Output

METRICS = (
    "rows.of_plan",
    "marginal.similarity",
    "marginal.mean",
    "pair.mean",
    "pair.worst",
    "discriminator.auc",
    "tstr.auc",
    "trtr.auc",
    "tstr.ratio",
    "copies.share",
    "copies.excess",
    "attack.advantage",
    "slice.fall",
    "bias.gap",
    *OF_PRIVACY,
)
"""Every metric of `evidence`; a suite that names another is refused."""

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
OWN = ("_entity", "_batch", "_slice", "_row", "_repaired", "_rules")
MOST_ROWS = 200_000
"""Accepted rows that are measured, drawn by chance where there are more; copies are counted in all of them."""


def measure(chain: Chain, window: str) -> Commit:
    """Measure a window's accepted rows against real ones, and write `evidence`.

    The reference of a fidelity measure is the same measure for `gold` against `train`: what real rows reach that
    the generator did not see.
    """
    with chain.step("validate", window) as step:
        output = step.refer("accepted")
        accepted, rejected = scan_table(chain.store, output.table), step.scan("rejected")
        seed = seeds.integer(chain.seed("evidence", window=window))
        people = {name: step.read(name) for name in ("real", "gold", "tune")}  # with `_entity`: attacks are on people
        scans = {"accepted": accepted, "rejected": rejected}
        drawn = {name: scan.sample(MOST_ROWS, seed=seed) for name, scan in scans.items()}
        whole = {name: frame.drop(OWN, strict=False) for name, frame in {**people, **drawn}.items()}
        tables = as_common(whole, chain.product.weight, seed=seed)
        of_plan = accepted.rows, int(output.notes["planned"] or 0)
        rows = list(_measurements(chain, window, tables["real"], tables["accepted"], tables["gold"], of_plan))
        chain.progress("counting copies of train rows")
        # Of all candidates: copies were taken out one by one, and a generator that makes them leaks all the same.
        pieces = itertools.chain(accepted.pieces(), rejected.pieces())
        rows.extend(_copies(_Watch(), whole["real"], pieces, whole["gold"]))
        chain.progress("attacking: who was the generator fitted on?")
        rows.append(_attack(chain, window, whole))
        made = pl.concat([whole["accepted"], whole["rejected"].select(whole["accepted"].columns)])
        rows.extend(_privacy(chain, window, people, made, output.content))
        chain.progress("training with and without the accepted rows")
        rows.extend(_effect(chain, window, tables, step.read("plan"), step.refer("gaps")))
        step.measured(rows)
        step.write("evidence", as_frame(rows), measurements=len(rows))
    return step.done


def _effect(
    chain: Chain, window: str, tables: dict[str, pl.DataFrame], plan: pl.DataFrame, gaps: Output
) -> Iterator[Evidence]:
    """How the loss falls per slice, and how far the gap between sensitive groups widens, where accepted rows join."""
    watch, product = _Watch(), chain.product
    real, accepted, gold = (tables[name] for name in ("real", "accepted", "gold"))
    seed = seeds.integer(chain.seed("effect", window=window))
    weight = product.levers.risk.synthetic_weight
    estimator = Estimator(product.outcome.model or "", json.loads(str(gaps.notes["settings"])))  # tuned on real rows
    effect = Effect.of(
        real, accepted, gold, Schema.of(real), product.outcome.name, weight=weight, seed=seed, estimator=estimator
    )
    for slice_ in slices_of(product.all_slices, plan):
        fell = effect.fall(slice_)
        if fell.n >= LEAST_PEOPLE:
            yield watch.row("slice.fall", fell.value, (fell.low, fell.high), fell.null, fell.n, slice_.name)
    for column in product.sensitive:
        if column in gold.columns and column != product.outcome.name:
            value, low, high, n = effect.widening(column, seed=seed)
            yield watch.row("bias.gap", value, (low, high), 0.0, n, column)


def _attack(chain: Chain, window: str, tables: dict[str, pl.DataFrame]) -> Evidence:
    """The membership attack's advantage; 0 is chance."""
    watch, schema = _Watch(), Schema.of(tables["real"])
    seed = seeds.integer(chain.seed("attack", window=window))
    made, members, others, reference = (tables[name] for name in ("accepted", "real", "gold", "tune"))
    value, low, high, n = attack_advantage(made, members, others, reference, schema, seed=seed)
    return watch.row("attack.advantage", value, (low, high), 0.0, n)


def _privacy(
    chain: Chain, window: str, people: dict[str, pl.DataFrame], made: pl.DataFrame, accepted: str
) -> Iterator[Evidence]:
    """Attacks on the people of role train, and what the log says of earlier tries on them."""
    watch, product, schema = _Watch(), chain.product, Schema.of(people["real"])
    sensitive = tuple(column for column in product.sensitive if column in schema.names)
    members, others, reference = (people[name] for name in ("real", "gold", "tune"))
    seed = seeds.integer(chain.seed("privacy", window=window))
    secrets = tuple(dict.fromkeys((product.outcome.name, *sensitive)))
    yield from privacy_rows(
        watch.row, made, members, others, reference, schema, seed=seed, sensitive=sensitive, secrets=secrets
    )
    yield from history_rows(watch.row, chain.ledger.commits(product.name), window, accepted)


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


def _measurements(
    chain: Chain, window: str, real: pl.DataFrame, accepted: pl.DataFrame, gold: pl.DataFrame, of_plan: tuple[int, int]
) -> Iterator[Evidence]:
    schema = Schema.of(real)
    watch = _Watch()
    # A distance between samples shrinks with their size: the value and its reference compare as many rows.
    size = min(accepted.height, gold.height)
    seed = seeds.integer(chain.seed("fidelity", window=window))
    drawn, control = (frame.sample(size, seed=seed) for frame in (accepted, gold))
    there, wanted = of_plan
    yield watch.row("rows.of_plan", there / max(wanted, 1), wilson(there, max(wanted, there)), 1.0, wanted)
    chain.progress("measuring fidelity: columns and pairs")
    yield from _marginals(watch, real, drawn, control, schema)
    yield from _pairs(watch, real, drawn, control, schema)
    chain.progress("measuring fidelity: a classifier tries to tell real from synthetic")
    yield _discriminator(watch, chain, window, real, accepted, gold, schema)
    chain.progress("measuring utility on gold")
    yield from _utility(watch, chain, window, real, accepted, gold, schema)


class _Watch:
    """Turns measurements into rows, with the seconds since the last one."""

    def __init__(self) -> None:
        self._last = time.perf_counter()

    def row(
        self,
        metric: str,
        value: float,
        interval: tuple[float | None, float | None],
        reference: float | None,
        n: int,
        scope: str = "all",
    ) -> Evidence:
        now = time.perf_counter()
        seconds, self._last = now - self._last, now
        low, high = (_finite(end) for end in interval)
        return Evidence(metric, scope, _finite(value), low, high, _finite(reference), n, round(seconds, 4))


def _finite(value: float | None) -> float | None:
    """The value, or None where it is no number: the gates refuse that."""
    from math import isfinite

    return float(value) if value is not None and isfinite(value) else None


def _marginals(
    watch: _Watch, real: pl.DataFrame, accepted: pl.DataFrame, gold: pl.DataFrame, schema: Schema
) -> Iterator[Evidence]:
    values, references = [], []
    for column in schema.columns:
        value = marginal_similarity(real, accepted, column)
        reference = marginal_similarity(real, gold, column)
        margin = 1.36 * (1 / real.height + 1 / accepted.height) ** 0.5  # 95% of the Kolmogorov distribution
        yield watch.row(
            "marginal.similarity",
            value,
            (max(value - margin, 0.0), min(value + margin, 1.0)),
            reference,
            accepted.height,
            column.name,
        )
        values.append(value)
        references.append(reference)
    mean = sum(values) / len(values)
    yield watch.row("marginal.mean", mean, _spread(values), sum(references) / len(references), accepted.height)


def _pairs(
    watch: _Watch, real: pl.DataFrame, accepted: pl.DataFrame, gold: pl.DataFrame, schema: Schema
) -> Iterator[Evidence]:
    if len(schema.columns) < 2:
        return
    pairs, ceiling = pair_similarity(real, accepted, schema), pair_similarity(real, gold, schema)
    values, references = list(pairs.values()), list(ceiling.values())
    mean = sum(values) / len(values)
    yield watch.row("pair.mean", mean, _spread(values), sum(references) / len(references), accepted.height)
    worst = min(pairs, key=lambda pair: pairs[pair] - ceiling[pair])
    yield watch.row(
        "pair.worst", pairs[worst], (None, None), ceiling[worst], accepted.height, f"{worst[0]} x {worst[1]}"
    )


def _spread(values: list[float]) -> tuple[float, float]:
    """A 95% interval of the mean over columns or pairs, from their spread."""
    from statistics import fmean, stdev

    mean = fmean(values)
    margin = 1.96 * stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0.0
    return max(mean - margin, 0.0), min(mean + margin, 1.0)


def _discriminator(
    watch: _Watch,
    chain: Chain,
    window: str,
    real: pl.DataFrame,
    accepted: pl.DataFrame,
    gold: pl.DataFrame,
    schema: Schema,
) -> Evidence:
    seed = seeds.integer(chain.seed("discriminator", window=window))
    value, n = discriminator_auc(real, accepted, schema, seed=seed)
    reference, _ = discriminator_auc(real, gold, schema, seed=seed)
    margin = auc_margin(value, n, n)
    interval = (max(value - margin, 0.0), min(value + margin, 1.0))
    return watch.row("discriminator.auc", value, interval, reference, n)


def _utility(
    watch: _Watch,
    chain: Chain,
    window: str,
    real: pl.DataFrame,
    accepted: pl.DataFrame,
    gold: pl.DataFrame,
    schema: Schema,
) -> Iterator[Evidence]:
    outcome = chain.product.outcome.name
    if accepted[outcome].n_unique() < 2:
        for metric in ("tstr.auc", "trtr.auc", "tstr.ratio"):
            yield watch.row(metric, float("nan"), (None, None), None, gold.height)
        return
    seed = seeds.integer(chain.seed("utility", window=window))
    scores = tstr_and_trtr(real, accepted, gold, schema, outcome, seed=seed)
    references = {"tstr": scores["trtr"][0], "trtr": None, "ratio": 1.0}
    for name, metric in (("tstr", "tstr.auc"), ("trtr", "trtr.auc"), ("ratio", "tstr.ratio")):
        value, low, high = scores[name]
        yield watch.row(metric, value, (low, high), references[name], gold.height)


def _copies(watch: _Watch, real: pl.DataFrame, made: Iterable[pl.DataFrame], gold: pl.DataFrame) -> Iterator[Evidence]:
    counted = [(0, 0), *(copied_share(piece, real) for piece in made)]
    count, n = (sum(parts) for parts in zip(*counted, strict=True))
    control, control_n = copied_share(gold, real)
    yield watch.row("copies.share", count / max(n, 1), wilson(count, n), control / max(control_n, 1), n)
    value, low, high = excess(count, n, control, control_n)
    yield watch.row("copies.excess", value, (low, high), 0.0, n)
