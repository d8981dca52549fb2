"""What the comparison is computed from: prices, hours and chances, each with its source. There are no defaults."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pydantic import Field, field_validator, model_validator

from supplychain.part import Name, Part, misplaced
from supplychain.roi.distribution import Distribution

if TYPE_CHECKING:
    from collections.abc import Iterator

MONEY = "money"
EXAMPLE = "EUR"
"""Stands for a currency where a message shows a unit."""
Given = Distribution | None


def _input(unit: str, text: str, *, reads: tuple[str, ...] = (), positive: bool = False) -> Any:  # noqa: ANN401  (a field)
    """A field for an input: its unit, and the measurements that update it (see `supplychain.roi.measured`)."""
    extra: dict[str, Any] = {"unit": unit, "reads": list(reads), "positive": positive}
    return Field(None, description=f"{text} Unit: `{unit.replace(MONEY, EXAMPLE)}`.", json_schema_extra=extra)


class InSlice(Part):
    """What is different in one slice; else the input of the same name for all slices holds."""

    exchange_rate: Given = _input("row/row", "Real rows that the first synthetic row in this slice is worth.")
    ceiling: Given = _input("row", "Real rows that all synthetic rows in this slice together are worth at most.")


class Inputs(Part):
    """Prices, hours and chances, each written as `wage` is. All may be left out: that is then named as not counted."""

    # People
    wage: Given = _input(
        "money/h", "An hour of whoever defines and builds; of others too where they have no wage of their own.",
        reads=("price", "define iterate locate", "h"),
    )  # fmt: skip
    legal_wage: Given = _input(
        "money/h", "An hour of whoever obtains permissions.", reads=("price", "permissions", "h")
    )
    reviewer_wage: Given = _input("money/h", "An hour of whoever reviews rows.", reads=("price", "validate", "h"))
    # The real pipeline
    locate_hours: Given = _input("h", "Finding who holds more real rows.", reads=("total", "locate", "h"))
    permission_hours: Given = _input(
        "h", "Applying, negotiating and waiting on calls for permission.", reads=("total", "permissions", "h")
    )
    permission_fees: Given = _input(
        "money", "What the holder and the regulators charge for access.", reads=("money", "permissions", "fee")
    )
    permission_months: Given = _input(
        "month", "From asking to receiving the first row.", reads=("total", "permissions", "month")
    )
    raw_row_price: Given = _input("money/row", "Collecting one row, before any is sorted out.",
        reads=("price", "collect", "row"))  # fmt: skip
    raw_yield: Given = _input(
        "share", "Share of the collected rows that are fit for use.", reads=("usable",), positive=True
    )
    clean_price: Given = _input("money/row", "Cleaning one collected row.", reads=("price", "clean", "row"))
    label_price: Given = _input("money/label", "One label by one person.", reads=("price", "label", "label"))
    label_votes: Given = _input("label/row", "Labels that a row needs; one where not given.", positive=True)
    collect_rate: Given = _input(
        "row/day", "Rows collected in a day.", reads=("each", "collect", "row/day"), positive=True
    )
    label_rate: Given = _input(
        "label/day", "Labels made in a day.", reads=("each", "label", "label/day"), positive=True
    )
    real_govern_price: Given = _input(
        "money/year", "Storing and governing more real rows: access, requests of people, deletion.",
        reads=("each", "govern", "money/year"),
    )  # fmt: skip
    # Both
    drift_rate: Given = _input("1/year", "Share of the rows that the world makes obsolete in a year.")
    compute_price: Given = _input("money/h", "An hour of a processor.")
    # The synthetic pipeline
    define_hours: Given = _input(
        "h", "Writing and agreeing the product file, its rules and limits.", reads=("total", "define", "h")
    )
    iterate_hours: Given = _input("h", "Work on the product after gates refused it.", reads=("each", "iterate", "h"))
    gate_pass: Given = _input(
        "share", "Chance that an attempt passes the gates.", reads=("gate_pass",), positive=True
    )  # fmt: skip
    fit_hours: Given = _input("h", "Processor hours of one fit of the synthesizer.", reads=("fit_hours",))
    row_seconds: Given = _input(
        "s/row", "Processor seconds of sampling and judging, for each accepted row.", reads=("row_seconds",)
    )
    licence_price: Given = _input("money/year", "The synthesizer's licence.")
    review_minutes: Given = _input("min/row", "A person's review of one row.", reads=("each", "validate", "min/row"))
    review_rows: Given = _input("row", "Rows that a person reviews in one attempt.", reads=("each", "validate", "row"))
    synthetic_govern_price: Given = _input("money/year", "Storing and governing synthetic rows.")
    exchange_rate: Given = _input("row/row", "Real rows that the first synthetic row in a slice is worth.")
    ceiling: Given = _input("row", "Real rows that all synthetic rows of a slice together are worth at most.")
    # What a better outcome is worth
    value_per_point: Given = _input(
        "money/month", "What it is worth in a month that the loss of all rows falls by a point (0.01 on average)."
    )
    decisions: Given = _input(
        "decision/month", "Decisions that the model takes or prepares, instead of value_per_point."
    )
    misses_per_point: Given = _input("share", "Missed cases avoided by a point, as a share of all decisions.")
    miss_cost: Given = _input("money/case", "What a missed case costs (a false negative).")
    alarms_per_point: Given = _input("share", "False alarms avoided by a point, as a share of all decisions.")
    alarm_cost: Given = _input("money/case", "What a false alarm costs (a false positive).")
    # Risk, as frequency times magnitude
    breach_rate: Given = _input("1/year", "Breaches of the added real rows.")
    breach_cost: Given = _input("money", "What one such breach costs.")
    attack_rate: Given = _input("1/year", "Attempts to read people out of released synthetic rows (memorisation).")
    attack_success: Given = _input("share", "Share of such attempts that succeed beyond chance.")
    leak_cost: Given = _input("money", "What one that succeeds costs.")
    harm_rate: Given = _input("1/year", "Cases of harm in the wild by a model that synthetic rows made wrong and sure.")
    harm_cost: Given = _input("money", "What one such case costs.")

    @model_validator(mode="after")
    def _each_fits(self) -> Inputs:
        _check_each(self)
        if self.value_per_point and self.decisions:
            raise misplaced(("decisions",), "says again what value_per_point says; give one of the two")
        return self


class Correlation(Part):
    """Two inputs that move together."""

    between: tuple[str, str] = Field(description="The names of two inputs that are given.")
    rank: float = Field(strict=True, gt=-1, lt=1, description="Their rank correlation (Spearman).")


class Roi(Part):
    """Prices, hours and chances for the comparison of real with synthetic rows. Empty: no money is computed."""

    horizon_months: int = Field(36, strict=True, ge=1, le=240, description="Months that are looked ahead.")
    discount: float = Field(
        0.0, strict=True, ge=0, le=1, description="The rate a year by which later money counts less."
    )
    price_year: int | None = Field(
        None, strict=True, ge=1900, le=2200, description="The year whose prices the inputs are in; shown beside money."
    )
    draws: int = Field(10_000, strict=True, ge=500, le=100_000, description="Draws from the inputs' distributions.")
    attempts: int = Field(
        6, strict=True, ge=1, le=100, description="Attempts to pass the gates, after which synthesis is given up."
    )
    headline_needs: float = Field(
        0.5,
        strict=True,
        ge=0,
        le=1,
        description="The share of the variance that has to rest on measured or quoted inputs; below it the result is "
        "called illustrative.",
    )
    correlations: tuple[Correlation, ...] = Field((), description="Inputs that move together; others are independent.")
    inputs: Inputs = Field(default_factory=Inputs)
    slices: dict[Name, InSlice] = Field(default_factory=dict, description="What is different in a slice.")

    @field_validator("slices")
    @classmethod
    def _each_fits(cls, slices: dict[str, InSlice]) -> dict[str, InSlice]:
        for name, part in slices.items():
            _check_each(part, name)
        return slices

    @model_validator(mode="after")
    def _correlations_are_possible(self) -> Roi:
        if not self.correlations:
            return self
        given = dict(given_in(self.inputs))
        for number, pair in enumerate(self.correlations):
            for name in pair.between:
                if name not in given:
                    raise misplaced(("correlations", number), f"{name!r} is no input that is given; give it first")
        if len({frozenset(pair.between) for pair in self.correlations if len(set(pair.between)) == 2}) != len(
            self.correlations
        ):
            raise misplaced(("correlations",), "a pair stands twice, or an input is paired with itself; remove one")
        if not _positive_definite(self.correlations):
            raise misplaced(("correlations",), "cannot hold all at once; weaken one of them")
        return self


def given_in(part: Inputs | InSlice) -> Iterator[tuple[str, Distribution]]:
    """The inputs that are given, by name, in the model's order."""
    for name in type(part).model_fields:
        value = getattr(part, name)
        if value is not None:
            yield name, value


def about(name: str, key: str) -> Any:  # noqa: ANN401  (what `_input` put there)
    """A word on an input: its `unit`, what it `reads`, whether it must be `positive`."""
    extra = Inputs.model_fields[name].json_schema_extra
    assert isinstance(extra, dict)
    return extra[key]


def unit_of(name: str, currency: str) -> str:
    """The unit of an input, with the currency in it."""
    return str(about(name, "unit")).replace(MONEY, currency)


def foreign_money(roi: Roi, currency: str) -> tuple[tuple[str, ...], str] | None:
    """The place and the complaint about the first price that is in another currency; None where there is none."""
    for name, given in given_in(roi.inputs):
        if MONEY in about(name, "unit") and given.unit != (wanted := unit_of(name, currency)):
            problem = f"is in {given.unit!r} where levers.cost.currency is {currency}; convert it to {wanted}"
            return ("inputs", name, "unit"), problem
    return None


def _check_each(part: Inputs | InSlice, *path: str) -> None:
    """Refuse an input whose unit or range cannot be."""
    for name, given in given_in(part):
        unit = str(about(name, "unit"))
        place = (*path, name)
        if not re.fullmatch(re.escape(unit).replace(MONEY, "[A-Z]{3}"), given.unit):
            wanted = unit.replace(MONEY, EXAMPLE)
            raise misplaced((*place, "unit"), f"is in {given.unit!r}; give it in {wanted}")
        if unit == "share" and (given.dist == "lognormal" or (given.most > 1 and given.dist != "measured")):
            what = "a lognormal goes above 1" if given.dist == "lognormal" else f"{given.most:g} is above 1"
            raise misplaced(place, f"{what}, and it is a share; give a beta, pert, triangular or fixed up to 1")
        if unit != "share" and given.dist == "beta":
            raise misplaced((*place, "dist"), "a beta lies between 0 and 1, and this is no share; give another")
        if about(name, "positive") and given.dist in ("fixed", "pert", "triangular") and given.least == 0:
            raise misplaced(place, "may be 0, and is divided by; let it begin above 0")
        if given.dist == "measured" and not (about(name, "reads") or given.stage or given.evidence):
            raise misplaced(place, "nothing measures it by itself; give stage and logged, or evidence")


def _positive_definite(pairs: tuple[Correlation, ...]) -> bool:
    import numpy as np

    return bool(np.linalg.eigvalsh(matrix(pairs)[1]).min() > 1e-9)


def matrix(pairs: tuple[Correlation, ...]) -> tuple[list[str], Any]:
    """The names that are paired, and the correlations of their normal scores: 2 sin(pi/6 rank) (Pearson, 1907)."""
    import numpy as np

    names = sorted({name for pair in pairs for name in pair.between})
    wanted = np.eye(len(names))
    for pair in pairs:
        i, j = (names.index(name) for name in pair.between)
        wanted[i, j] = wanted[j, i] = 2 * np.sin(np.pi / 6 * pair.rank)
    return names, wanted
