"""The table `feedback`: how a model that was trained on a release does, per slice and stretch of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain import seeds
from supplychain.ledger import Evidence
from supplychain.monitor.observed import KNOWN, TIME, current_predictions, landed_schema
from supplychain.monitor.performance import NOTHING, Calibrated, Scored, Span, error, estimated, overconfidence_in
from supplychain.monitor.reference import newest_release
from supplychain.monitor.regions import EXPECTED_OUTSIDE, Regions, regions_of
from supplychain.slices import EVERYTHING
from supplychain.yardstick import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from supplychain.chain import Chain
    from supplychain.ledger import Commit
    from supplychain.slices import Slice
    from supplychain.step import Step

MOST_ROWS = 20_000
"""Rows of a slice and a stretch of time that calibration is measured on, and regions are told of."""
SPANS = ("error", "ece", "brier", "over", "over_synthetic", "outside", "estimated_error")
SCHEMA: dict[str, Any] = {
    "slice": pl.String,
    "period": pl.String,
    "rows": pl.Int64,
    "outcomes": pl.Int64,
    **{name: pl.Float64 for span in SPANS for name in (span, f"{span}_low", f"{span}_high")},
    "ece_null": pl.Float64,
    "ece_p": pl.Float64,
    "in_synthetic": pl.Float64,
    "basis": pl.String,
    "verdict": pl.String,
}
"""Columns of the table `feedback`."""
PERIODS = {"day": "1d", "week": "1w", "month": "1mo", "quarter": "1q", "year": "1y"}
ALWAYS = "all"
FINE, OVERCONFIDENT, TOO_FEW, UNLABELLED = "fine", "overconfident", "too few", "no outcomes yet"


def measure_feedback(chain: Chain, window: str) -> Commit:
    """Measure the window's feedback: error, calibration, overconfidence and where it lies, per slice and time.

    Without feedback the table is empty, and says so in its notes.
    """
    with chain.step("monitor", window) as step:
        rows = current_predictions(chain, step, window)
        landed = landed_schema(chain)
        if rows is None or landed is None:
            step.write("feedback", pl.DataFrame(schema=SCHEMA), observed="nothing yet: `supplychain observe`")
        else:
            _measure(chain, step, window, rows, landed)
    return step.done


def _measure(chain: Chain, step: Step, window: str, rows: pl.DataFrame, landed: pl.DataFrame) -> None:
    chain.progress(f"measuring {rows.height:,} predictions")
    target = Target.of(chain.product.outcome.name, landed)
    rows = rows.with_columns(pl.col(target.name).cast(landed.schema[target.name], strict=False))
    measured = _Measured(chain, step, rows, target, seeds.integer(chain.seed("feedback", window=window)))
    lines = list(measured.lines())
    step.measured(one for line in lines if line["period"] == ALWAYS for one in evidence_of(line))
    release = newest_release(chain)
    step.write(
        "feedback",
        pl.DataFrame(lines, schema=SCHEMA),
        release=release.version if release else None,
        predictions=rows.height,
        outcomes=rows.height - rows[target.name].null_count(),
        **{name: lines[0].get(name) for name in ("error", "over", "outside", "estimated_error")},
    )


@dataclass(frozen=True)
class _Measured:
    """The window's feedback, and what is needed to measure it."""

    chain: Chain
    step: Step
    rows: pl.DataFrame
    target: Target
    seed: int

    def lines(self) -> Iterator[dict[str, Any]]:
        """A line for every slice, then for every stretch of time and slice."""
        scored = Scored.of(self.rows, self.target)
        place = self._regions()
        for period, when in self._periods():
            for slice_ in self._slices():
                inside = when & slice_.mask(self.rows).to_numpy()
                if inside.any() or slice_.name == EVERYTHING:
                    yield {"slice": slice_.name, "period": period, **self._line(scored, inside, place, slice_.name)}

    def _slices(self) -> list[Slice]:
        there = set(self.rows.columns) - {self.target.name}
        return [slice_ for slice_ in self.chain.product.all_slices if set(slice_.columns) <= there]

    def _periods(self) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """All of the time, then each stretch of it that has a prediction."""
        import numpy as np

        yield ALWAYS, np.ones(self.rows.height, dtype=bool)
        times = self.rows[TIME]
        if times.null_count() == len(times):
            return
        starts = times.dt.truncate(PERIODS[self.chain.product.monitor.period]).dt.strftime("%Y-%m-%d")
        for start in starts.drop_nulls().unique().sort():
            yield start, (starts == start).fill_null(value=False).to_numpy()

    def _regions(self) -> tuple[Regions, NDArray[np.int64]] | None:
        """Where rows lie that have features, and which rows these are; at most so many, drawn by chance."""
        import numpy as np

        places = np.flatnonzero(self.rows[KNOWN].to_numpy())
        if len(places) > MOST_ROWS:
            places = np.sort(np.random.default_rng(self.seed).choice(places, MOST_ROWS, replace=False))
        found = regions_of(self.chain, self.step, self.rows[places], self.seed) if len(places) else None
        return (found, places) if found else None

    def _line(
        self,
        scored: Scored,
        inside: NDArray[np.bool_],
        place: tuple[Regions, NDArray[np.int64]] | None,
        slice_: str,
    ) -> dict[str, Any]:
        least = self.chain.product.monitor.least_rows
        here = scored.within(inside)
        come = int(here.come.sum())
        line: dict[str, Any] = {"rows": int(inside.sum()), "outcomes": come, "verdict": TOO_FEW}
        if inside.sum() < least:
            return line
        line |= _spans("outside", self._outside(place, inside))
        guess = estimated(here, _gold(self.chain, slice_), least=least, seed=self.seed)
        line |= {**_spans("estimated_error", guess.error), "basis": guess.basis, "verdict": UNLABELLED}
        if come < least:
            return line | {"verdict": TOO_FEW if come else UNLABELLED}
        line |= {**_spans("error", error(here)), "verdict": FINE}
        return line if here.is_quantity else line | self._calibration(scored, inside, place)

    def _calibration(
        self, scored: Scored, inside: NDArray[np.bool_], place: tuple[Regions, NDArray[np.int64]] | None
    ) -> dict[str, Any]:
        import numpy as np

        known = np.flatnonzero(inside & scored.come)
        if len(known) > MOST_ROWS:
            known = np.random.default_rng(self.seed).choice(known, MOST_ROWS, replace=False)
        some = np.zeros(len(inside), dtype=bool)
        some[known] = True
        found = Calibrated.of(scored.within(some), self.seed)
        line: dict[str, Any] = {
            **_spans("ece", found.ece),
            **_spans("brier", found.brier),
            **_spans("over", found.over),
        }
        line |= {"ece_null": found.ece_null, "ece_p": found.ece_p}
        line["verdict"] = OVERCONFIDENT if (found.over[1] or 0.0) > 0 else FINE
        if place:
            regions, places = place
            there = inside[places]
            here, mostly = scored.within(inside_of(places[there], len(inside))), regions.mostly_synthetic[there]
            line |= _spans("over_synthetic", overconfidence_in(here, mostly))
            line["in_synthetic"] = float(mostly.mean()) if len(mostly) else None
        return line

    def _outside(self, place: tuple[Regions, NDArray[np.int64]] | None, inside: NDArray[np.bool_]) -> Span:
        if place is None or not inside[place[1]].any():
            return NOTHING
        return place[0].outside(inside[place[1]], self.seed)


def inside_of(places: NDArray[np.int64], rows: int) -> NDArray[np.bool_]:
    """Places as a mask."""
    import numpy as np

    mask = np.zeros(rows, dtype=bool)
    mask[places] = True
    return mask


def evidence_of(line: dict[str, Any]) -> Iterator[Evidence]:
    """The line's figures as measurements of the lineage log."""
    references = {"ece": line.get("ece_null"), "over": 0.0, "over_synthetic": 0.0, "outside": EXPECTED_OUTSIDE}
    for span in SPANS:
        if line.get(span) is not None:
            low, high = line[f"{span}_low"], line[f"{span}_high"]
            n = line["rows"] if span in ("outside", "estimated_error") else line["outcomes"]
            yield Evidence(f"feedback.{span}", line["slice"], line[span], low, high, references.get(span), n, 0.0)
    if line.get("ece_p") is not None:
        yield Evidence("feedback.ece_p", line["slice"], line["ece_p"], None, None, None, line["outcomes"], 0.0)


def _spans(name: str, span: Span) -> dict[str, float | None]:
    return dict(zip((name, f"{name}_low", f"{name}_high"), span, strict=True))


def _gold(chain: Chain, slice_: str) -> tuple[float, float, float, int] | None:
    """Overconfidence on gold of a model that learned from the newest blend: of the slice, else of all rows."""
    for commit in reversed(chain.ledger.commits(chain.product.name)):
        found = {row.scope: row for row in commit.evidence if row.metric == "confidence.over"}
        row = found.get(slice_) or found.get(EVERYTHING)
        if row and row.value is not None and row.low is not None and row.high is not None:
            return row.value, row.low, row.high, row.n
    return None
