"""What the lineage log says of the inputs: the chain's own seconds, rows and verdicts, and what people logged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from supplychain.ledger.costs import HOUR
from supplychain.roi.draws import ENOUGH, Law, Range, counted, law_of, updated
from supplychain.roi.inputs import about, given_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from supplychain.ledger import Commit, Cost
    from supplychain.product import Product
    from supplychain.roi.distribution import Distribution

FEE = "fee"
MONEY_UNITS = ("money/year",)


@dataclass(frozen=True)
class Measured:
    """Measurements per input: figures, or counts of passes and fails."""

    figures: dict[str, tuple[float, ...]] = field(default_factory=dict)
    counts: dict[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """An input as it is used: what was stated, updated by what was measured.

    Attributes:
        law: The distribution that is drawn from.
        stated: P10, P50 and P90 of what the product file says; None where it says `measured`.
        used: The same after the measurements.
        source: measured (from five measurements on), quoted, literature or assumed.
        measurements: How many there are.
        unit: Its unit.
    """

    law: Law
    stated: Range | None
    used: Range
    source: str
    measurements: int
    unit: str
    ref: str = ""

    @property
    def rests(self) -> bool:
        """Whether it rests on more than an opinion or somebody else's case."""
        return self.source in ("measured", "quoted")


def measurements(product: Product, commits: Iterable[Commit]) -> Measured:
    """What a product's log says of the inputs that its file gives.

    Money that was logged in another currency than the product's is not read.
    """
    commits = list(commits)
    currency = product.levers.cost.currency
    figures: dict[str, tuple[float, ...]] = {}
    counts: dict[str, tuple[int, int]] = {}
    for name, given in given_in(product.roi.inputs):
        if given.source == "measured" and given.dist != "measured":
            continue  # these are measurements already: the log's would count twice
        if given.evidence:
            figures[name] = tuple(_evidence(commits, given.evidence))
        elif given.stage and given.logged:
            found = (cost for commit in commits for cost in commit.costs if cost.stage == given.stage)
            figures[name] = tuple(cost.quantity for cost in found if cost.unit == given.logged)
        elif (reads := tuple(about(name, "reads"))) in _COUNTED:
            counts[name] = _COUNTED[reads](commits)
        elif reads in _FROM_STEPS:
            figures[name] = tuple(_FROM_STEPS[reads](commits))
        elif reads:
            figures[name] = tuple(_logged(commits, *reads, currency=currency))
    return Measured(
        {name: values for name, values in figures.items() if values},
        {name: both for name, both in counts.items() if sum(both)},
    )


def known_inputs(product: Product, measured: Measured) -> dict[str, Known]:
    """Every input that can be drawn, by name; one of a slice is `NAME.SLICE`."""
    found = {name: _known(given, measured, name) for name, given in given_in(product.roi.inputs)}
    for slice_, part in product.roi.slices.items():
        for name, given in given_in(part):
            found[f"{name}.{slice_}"] = _known(given, measured, f"{name}.{slice_}")
    return {name: known for name, known in found.items() if known is not None}


def _known(given: Distribution, measured: Measured, name: str) -> Known | None:
    prior = law_of(given)
    if name in measured.counts:
        n, law = sum(measured.counts[name]), counted(prior, *measured.counts[name])
    else:
        values = measured.figures.get(name, ())
        n, law = len(values), updated(prior, values)
    if law is None:
        return None
    source = "measured" if n >= ENOUGH else given.source
    return Known(law, prior.range if prior else None, law.range, source, n, given.unit, given.ref)


def _logged(commits: list[Commit], how: str, stages: str, unit: str, *, currency: str) -> Iterator[float]:
    """What was logged by people under a unit: each quantity, the total of a window, or money by quantity."""
    by_window: dict[str, float] = {}
    for window, cost in _costs(commits, stages.split()):
        if cost.unit != unit or (cost.money is not None and cost.currency != currency):
            continue
        if how == "price":
            if cost.money is not None and cost.quantity > 0:
                yield cost.money / cost.quantity
        elif how == "each":
            figure = cost.money if unit in MONEY_UNITS else cost.quantity
            if figure is not None:
                yield figure
        else:
            by_window[window] = by_window.get(window, 0.0) + ((cost.money or 0.0) if how == "money" else cost.quantity)
    yield from by_window.values()


def _costs(commits: list[Commit], stages: list[str]) -> Iterator[tuple[str, Cost]]:
    for commit in commits:
        for cost in commit.costs:
            if cost.stage in stages:
                yield commit.window, cost


def _evidence(commits: list[Commit], metric: str) -> Iterator[float]:
    for commit in commits:
        for row in commit.evidence:
            if row.metric == metric and row.scope == "all" and row.value is not None:
                yield row.value


def _verdicts(commits: list[Commit]) -> tuple[int, int]:
    """Batches that passed and that were refused: each content of evidence once, as it was judged last."""
    newest: dict[str, bool] = {}
    for commit in commits:
        about_evidence = [gate for gate in commit.gates if gate.asset == "evidence" and gate.suite == "evidence"]
        for content in {gate.content for gate in about_evidence}:
            newest[content] = not any(gate.blocks for gate in about_evidence if gate.content == content)
    return sum(newest.values()), len(newest) - sum(newest.values())


def _usable(commits: list[Commit]) -> tuple[int, int]:
    """Real rows that were landed and that were set aside: each content once."""
    landed: dict[str, tuple[int, int]] = {}
    for commit in commits:
        rows = {output.asset: output.rows for output in commit.outputs}
        if "set_aside" in rows:
            kept = rows.get("real", 0) + rows.get("tune", 0) + rows.get("gold", 0)
            landed[commit.window] = kept, rows["set_aside"]
    return sum(kept for kept, _ in landed.values()), sum(aside for _, aside in landed.values())


def _fit_hours(commits: list[Commit]) -> Iterator[float]:
    for commit in commits:
        if any(output.asset == "synthesizer" for output in commit.outputs):
            yield commit.cpu_seconds / HOUR


def _row_seconds(commits: list[Commit]) -> Iterator[float]:
    """Processor seconds of sampling and judging in a run, for each row that it accepted."""
    for run in dict.fromkeys((commit.run, commit.window) for commit in commits):
        own = [commit for commit in commits if (commit.run, commit.window) == run]
        rows = {output.asset: output.rows for commit in own for output in commit.outputs}
        nouns = {"candidates", "accepted", "evidence"}
        spent = sum(
            commit.cpu_seconds for commit in own if any(output.asset in nouns for output in commit.outputs)
        )  # fmt: skip
        if rows.get("candidates") and rows.get("accepted"):  # both in this run, or not all of its cost is
            yield spent / rows["accepted"]


_COUNTED = {("gate_pass",): _verdicts, ("usable",): _usable}
_FROM_STEPS = {("fit_hours",): _fit_hours, ("row_seconds",): _row_seconds}
