"""Structure evidence: what holds between columns, beside unseen real rows and rows whose columns are unrelated."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from supplychain.measures.bins import Table, crossings, effective
from supplychain.measures.structure import associations, kept, margin, similarities, unrelated
from supplychain.slices import EVERYTHING
from supplychain.validate.power import least_shift

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.ledger import Evidence
    from supplychain.validate.subject import Subject

METRICS = (
    "pair.mean",
    "pair.worst",
    "triple.mean",
    "triple.naive",
    "triple.kept",
    "association.shift",
    "association.naive",
    "association.kept",
    "association.worst",
    "structure.detectable",
)
ROWS = 20_000
"""Rows of each table at most."""
BINS = 12
"""Bins of a column at most: rarer categories share one, so that a crossing of three has few cells."""
TRIPLES = 100
"""Crossings of three that are compared: those that hang together most, of `SOUGHT`."""
SOUGHT = 300
STRONG = 0.1
"""A column hangs together with another where Cramer's V is at least this, a small effect (Cohen, 1988)."""
PAIRS = 300
OTHERS = ("accepted", "gold", "naive")


def structure(subject: Subject) -> Iterator[Evidence]:
    """Two- and three-way marginals and associations of pairs, numbers in the real rows' deciles."""
    columns = len(subject.schema.names)
    if columns < 2:
        return
    subject.chain.progress("measuring fidelity: what holds between columns")
    table, seed = _table(subject), subject.seed("structure")
    pairs = crossings(columns, 2, PAIRS, seed=seed)
    yield from _pairs(subject, table, pairs)
    yield from _associations(subject, table, pairs)
    if columns > 2:
        yield from _triples(subject, table, _related(table, crossings(columns, 3, SOUGHT, seed=seed)))


def _table(subject: Subject) -> Table:
    """Train; and accepted, gold and naive rows in equal numbers: a similarity grows with the rows.

    Slices that were asked for are commoner among accepted rows on purpose. So real rows count as often as they would,
    had the plan been filled with real people.
    """
    seed, names = subject.seed("structure"), subject.schema.names
    real, gold = (
        frame.select(names).sample(min(frame.height, ROWS), seed=seed, shuffle=True)
        for frame in subject.named("real", "gold")
    )
    weights = {"real": subject.as_asked(real), "gold": subject.as_asked(gold)}
    accepted = subject.tables["accepted"].select(names)
    size = min(accepted.height, max(round(effective(weights["gold"])), 1))
    frames = {
        "real": real,
        "gold": gold,
        "accepted": accepted.sample(size, seed=seed, shuffle=True),
        "naive": unrelated(gold, size, seed=seed, weights=weights["gold"]),
        "unrelated": unrelated(real, real.height, seed=seed, weights=weights["real"]),
    }
    table = Table.of(frames, subject.schema, real)
    return replace(table, weights=weights).folded("real", BINS)


def _pairs(subject: Subject, table: Table, pairs: list[tuple[int, ...]]) -> Iterator[Evidence]:
    """The mean similarity of pairs of columns, and the pair that is worst beside what gold reaches."""
    found = similarities(table, "real", ("accepted", "gold"), pairs)
    draws = found["accepted"].mean(1)
    n, value, half = len(table.codes["accepted"]), float(draws[0]), margin(draws)
    limits = max(value - half, 0.0), min(value + half, 1.0)
    yield subject.row("pair.mean", value, limits, float(found["gold"][0].mean()), n)
    worst = int((found["accepted"][0] - found["gold"][0]).argmin())
    value, half = float(found["accepted"][0, worst]), margin(found["accepted"][:, worst])
    limits, scope = (max(value - half, 0.0), min(value + half, 1.0)), _crossing(table, pairs[worst])
    yield subject.row("pair.worst", value, limits, float(found["gold"][0, worst]), n, scope)
    yield _detectable(subject, found["gold"].mean(1), n, "pair.mean")


def _crossing(table: Table, columns: tuple[int, ...]) -> str:
    return " x ".join(table.names[place] for place in columns)


def _related(table: Table, crossed: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """The crossings that hang together most among train rows: where nothing holds, nothing is lost."""
    (whole, *_) = similarities(table, "real", ("unrelated",), crossed)["unrelated"]
    return [crossed[place] for place in sorted(whole.argsort(kind="stable")[:TRIPLES].tolist())]


def _triples(subject: Subject, table: Table, crossed: list[tuple[int, ...]]) -> Iterator[Evidence]:
    """The mean similarity of crossings of three, and what share of the way from naive to real rows it is."""
    draws = {name: part.mean(1) for name, part in similarities(table, "real", OTHERS, crossed).items()}
    n, ceiling = len(table.codes["accepted"]), float(draws["gold"][0])
    for metric, name in (("triple.mean", "accepted"), ("triple.naive", "naive")):
        value, half = float(draws[name][0]), margin(draws[name])
        yield subject.row(metric, value, (max(value - half, 0.0), min(value + half, 1.0)), ceiling, n)
    value, half = _kept_triples(draws)
    yield subject.row("triple.kept", value, (value - half, value + half), 1.0, n)
    yield _detectable(subject, draws["gold"], n, "triple.mean")


def _associations(subject: Subject, table: Table, pairs: list[tuple[int, ...]]) -> Iterator[Evidence]:
    """The mean change of Cramer's V against train, the pair that changed most beyond gold, and what is kept of it."""
    found = associations(table, ("real", *OTHERS), pairs)
    shifts = {name: abs(found[name] - found["real"][0]) for name in OTHERS}
    n, reference = len(table.codes["accepted"]), float(shifts["gold"][0].mean())
    for metric, name in (("association.shift", "accepted"), ("association.naive", "naive")):
        value, half = float(shifts[name][0].mean()), margin(shifts[name].mean(1))
        yield subject.row(metric, value, (max(value - half, 0.0), value + half), reference, n)
    worst = int((shifts["accepted"][0] - shifts["gold"][0]).argmax())
    value, half = float(shifts["accepted"][0, worst]), margin(shifts["accepted"][:, worst])
    scope, control = _crossing(table, pairs[worst]), float(shifts["gold"][0, worst])
    yield subject.row("association.worst", value, (max(value - half, 0.0), value + half), control, n, scope)
    yield _detectable(subject, shifts["gold"].mean(1), n, "association.shift")
    for scope, of in _by_column(table, pairs):
        real = found["real"][0, of]
        if real.max(initial=0.0) >= STRONG:
            draws = kept(found["accepted"][:, of], real)
            value, half, control = float(draws[0]), margin(draws), float(kept(found["gold"][:, of], real)[0])
            yield subject.row("association.kept", value, (value - half, value + half), control, n, scope)


def _by_column(table: Table, pairs: list[tuple[int, ...]]) -> Iterator[tuple[str, list[int]]]:
    """The places of all pairs, then of those that each column is in."""
    yield EVERYTHING, list(range(len(pairs)))
    for column, name in enumerate(table.names):
        yield name, [place for place, pair in enumerate(pairs) if column in pair]


def _kept_triples(draws: dict[str, NDArray[np.float64]]) -> tuple[float, float]:
    """(accepted - naive) / (gold - naive), with half the width of its interval: each of the three varies alone.

    NaN where naive rows are as good as real ones: there is no structure to keep.
    """
    fixed = {name: part[0] for name, part in draws.items()}
    if fixed["gold"] <= fixed["naive"]:
        return float("nan"), float("nan")

    def share(parts: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        return (parts["accepted"] - parts["naive"]) / (parts["gold"] - parts["naive"])

    varied = (margin(share({**fixed, name: part})) for name, part in draws.items())
    return float(share(fixed)), sum(half**2 for half in varied) ** 0.5


def _detectable(subject: Subject, control: NDArray[np.float64], n: int, metric: str) -> Evidence:
    """The least difference from gold that shows: both samples vary as gold's does."""
    return subject.row("structure.detectable", least_shift(2**0.5 * margin(control)), (None, None), None, n, metric)
