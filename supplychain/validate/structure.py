"""Structure evidence: what holds between columns, beside unseen real rows and rows whose columns were shuffled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplychain.measures.bins import Table, crossings
from supplychain.measures.structure import associations, margin, shuffled, similarities
from supplychain.validate.power import least_shift

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.ledger import Evidence
    from supplychain.validate.subject import Subject

METRICS = (
    "triple.mean",
    "triple.naive",
    "triple.kept",
    "association.shift",
    "association.naive",
    "association.worst",
    "structure.detectable",
)
ROWS = 20_000
"""Rows of each table at most."""
BINS = 12
"""Bins of a column at most: rarer categories share one, so that a crossing of three has few cells."""
TRIPLES = 100
PAIRS = 200
OTHERS = ("accepted", "gold", "naive")


def structure(subject: Subject) -> Iterator[Evidence]:
    """Three-way marginals and associations of pairs, numbers in the real rows' deciles."""
    columns = len(subject.schema.names)
    if columns < 2:
        return
    subject.chain.progress("measuring fidelity: what holds between columns")
    table, seed = _table(subject), subject.seed("structure")
    yield from _associations(subject, table, crossings(columns, 2, PAIRS, seed=seed))
    if columns > 2:
        yield from _triples(subject, table, crossings(columns, 3, TRIPLES, seed=seed))


def _table(subject: Subject) -> Table:
    """Train; and accepted, gold and shuffled gold rows in equal numbers: a similarity grows with the rows."""
    seed, schema = subject.seed("structure"), subject.schema
    real, accepted, gold = subject.named("real", "accepted", "gold")
    size = min(accepted.height, gold.height, ROWS)
    frames = {"real": real.sample(min(real.height, ROWS), seed=seed, shuffle=True)}
    frames |= {
        name: frame.select(schema.names).sample(size, seed=seed, shuffle=True)
        for name, frame in (("accepted", accepted), ("gold", gold))
    }
    frames["naive"] = shuffled(frames["gold"], seed=seed)
    return Table.of(frames, schema, frames["real"]).folded("real", BINS)


def _triples(subject: Subject, table: Table, crossed: list[tuple[int, ...]]) -> Iterator[Evidence]:
    """The mean similarity of crossings of three, and what share of the way from shuffled to real rows it is."""
    draws = {name: part.mean(1) for name, part in similarities(table, "real", OTHERS, crossed).items()}
    n, ceiling = len(table.codes["accepted"]), float(draws["gold"][0])
    for metric, name in (("triple.mean", "accepted"), ("triple.naive", "naive")):
        value, half = float(draws[name][0]), margin(draws[name])
        yield subject.row(metric, value, (max(value - half, 0.0), min(value + half, 1.0)), ceiling, n)
    value, half = _kept(draws)
    yield subject.row("triple.kept", value, (value - half, value + half), 1.0, n)
    least = least_shift((2**0.5) * margin(draws["gold"]))
    yield subject.row("structure.detectable", least, (None, None), None, n, "triple.mean")


def _kept(draws: dict[str, NDArray[np.float64]]) -> tuple[float, float]:
    """(accepted - naive) / (gold - naive), with half the width of its interval: each of the three varies alone.

    NaN where shuffling costs nothing: there is no structure to keep.
    """
    fixed = {name: part[0] for name, part in draws.items()}

    def share(parts: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        reach = parts["gold"] - parts["naive"]
        return (parts["accepted"] - parts["naive"]) / reach

    if fixed["gold"] <= fixed["naive"]:
        return float("nan"), float("nan")
    varied = (margin(share({**fixed, name: part})) for name, part in draws.items())
    return float(share(fixed)), sum(half**2 for half in varied) ** 0.5


def _associations(subject: Subject, table: Table, pairs: list[tuple[int, ...]]) -> Iterator[Evidence]:
    """The mean change of Cramer's V against train, and the pair that changed most beyond what gold shows."""
    found = associations(table, ("real", *OTHERS), pairs)
    shifts = {name: abs(found[name] - found["real"][0]) for name in OTHERS}
    n, reference = len(table.codes["accepted"]), float(shifts["gold"][0].mean())
    for metric, name in (("association.shift", "accepted"), ("association.naive", "naive")):
        value, half = float(shifts[name][0].mean()), margin(shifts[name].mean(1))
        yield subject.row(metric, value, (max(value - half, 0.0), value + half), reference, n)
    worst = int((shifts["accepted"][0] - shifts["gold"][0]).argmax())
    value, half = float(shifts["accepted"][0, worst]), margin(shifts["accepted"][:, worst])
    scope, control = " x ".join(table.names[place] for place in pairs[worst]), float(shifts["gold"][0, worst])
    yield subject.row("association.worst", value, (max(value - half, 0.0), value + half), control, n, scope)
    least = least_shift((2**0.5) * margin(shifts["gold"].mean(1)))
    yield subject.row("structure.detectable", least, (None, None), None, n, "association.shift")
