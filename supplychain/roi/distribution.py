"""A figure that is not known for sure, as the product file gives it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from supplychain.part import Part, misplaced

PARAMETERS: dict[str, tuple[str, ...]] = {
    "fixed": ("value",),
    "triangular": ("low", "mode", "high"),
    "pert": ("low", "mode", "high"),
    "lognormal": ("p10", "p90"),
    "beta": ("passes", "fails"),
    "measured": (),
}
"""Distributions, and the figures that each is given by."""
READS = ("stage", "logged", "evidence")

Figure = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]


class Distribution(Part):
    """A figure that is not known for sure: a distribution, its unit, and who says so."""

    dist: Literal["fixed", "triangular", "pert", "lognormal", "beta", "measured"] = Field(
        description="`fixed` (value), `triangular` and `pert` (low, mode, high), `lognormal` (p10, p90), `beta` "
        "(passes and fails as counted; for a share), or `measured`: what the log says, from two measurements on."
    )
    value: Figure | None = Field(None, description="`fixed`: the figure.")
    low: Figure | None = Field(None, description="`triangular`, `pert`: the least that it can be.")
    mode: Figure | None = Field(None, description="`triangular`, `pert`: what is likeliest.")
    high: Figure | None = Field(None, description="`triangular`, `pert`: the most that it can be.")
    p10: Figure | None = Field(None, description="`lognormal`: one time in ten it is below this.")
    p90: Figure | None = Field(None, description="`lognormal`: one time in ten it is above this.")
    passes: Figure | None = Field(None, description="`beta`: how often it happened.")
    fails: Figure | None = Field(None, description="`beta`: how often it did not.")
    stage: str | None = Field(None, description="`measured`: read what was logged under this stage.")
    logged: str | None = Field(None, description="`measured`: with `stage`, the unit of the quantities to read.")
    evidence: str | None = Field(None, description="`measured`: read this metric of the evidence, scope `all`.")
    unit: str = Field(description="The unit, as the input asks for it; money names its currency, such as `EUR/h`.")
    source: Literal["measured", "quoted", "literature", "assumed"] = Field(
        description="Who says so: it was measured here, somebody quoted it, it was published, or it is assumed."
    )
    ref: str = Field("", description="Which offer, paper or log; needed where the source is `quoted` or `literature`.")
    as_of: date | None = Field(None, description="The day that the figure is of.")

    @model_validator(mode="after")
    def _possible(self) -> Distribution:
        wanted = PARAMETERS[self.dist]
        given = [key for key in _FIGURES if getattr(self, key) is not None]
        words = ", ".join(wanted) or "no figures"
        for key in given:
            if key not in wanted:
                raise misplaced((key,), f"does not belong to a {self.dist} distribution; give {words}")
        for key in wanted:
            if key not in given:
                raise misplaced((), f"is a {self.dist} distribution without {key}; give {words}")
        self._check_figures()
        self._check_source()
        return self

    def _check_figures(self) -> None:
        if self.low is not None and self.mode is not None and self.high is not None:
            if not self.low <= self.mode <= self.high:
                key = "low" if self.low > self.mode else "high"
                raise misplaced(
                    (key,), f"{self._order()} is impossible; let low be at most mode, and mode at most high"
                )
            if self.low == self.high:
                raise misplaced(("high",), "low equals high; write dist: fixed with a value")
        if self.p10 is not None and self.p90 is not None:
            if self.p10 >= self.p90:
                raise misplaced(("p10",), f"{self._order()} is impossible; let p10 be below p90")
            if self.p10 == 0:
                raise misplaced(("p10",), "a lognormal is never 0; give p10 above 0, or another distribution")

    def _check_source(self) -> None:
        reads = [key for key in READS if getattr(self, key) is not None]
        if reads and self.dist != "measured":
            raise misplaced((reads[0],), "belongs to dist: measured alone; remove it")
        if bool(self.stage) != bool(self.logged) or (self.stage and self.evidence):
            raise misplaced((reads[0],), "does not say what to read; give stage and logged, or evidence alone")
        if self.dist == "measured" and self.source != "measured":
            raise misplaced(("source",), f"is {self.source} where dist is measured; write source: measured")
        if self.source in ("quoted", "literature") and not self.ref:
            raise misplaced(("source",), f"is {self.source} and does not say by whom; add ref")

    def _order(self) -> str:
        return ", ".join(f"{key} {getattr(self, key):g}" for key in PARAMETERS[self.dist])

    @property
    def least(self) -> float:
        """The lower end of what it can be."""
        return self.value if self.value is not None else self.low if self.low is not None else 0.0

    @property
    def most(self) -> float:
        """The upper end of what it can be; infinite for a lognormal, 1 for a beta."""
        if self.dist in ("lognormal", "measured"):
            return float("inf")
        return next(float(end) for end in (self.value, self.high, 1.0) if end is not None)

    @property
    def middle(self) -> float | None:
        """A middle value, without drawing: the mean, for a lognormal the median; None for one that is measured."""
        if self.value is not None:
            return self.value
        if self.low is not None and self.mode is not None and self.high is not None:
            weight = 4 if self.dist == "pert" else 1
            return (self.low + weight * self.mode + self.high) / (2 + weight)
        if self.p10 is not None and self.p90 is not None:
            return float((self.p10 * self.p90) ** 0.5)
        if self.passes is not None and self.fails is not None:
            return (self.passes + 0.5) / (self.passes + self.fails + 1)
        return None


_FIGURES = tuple(dict.fromkeys(key for keys in PARAMETERS.values() for key in keys))
