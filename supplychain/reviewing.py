"""The section `review` of the product file: people judge a sample of a window's rows before it is released."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from supplychain.errors import BadInput
from supplychain.part import Name, Part, misplaced

Share = Annotated[float, Field(strict=True, gt=0, lt=1)]
REASONS = {
    "impossible-together": "Two or more values cannot go together",
    "impossible-value": "One value cannot be",
    "not-like-our-people": "It could be, but nobody of ours is like that",
    "wrong-meaning": "A value does not mean what the field means",
    "tells-of-a-person": "It seems to be a person whom I know",
    "other": "Something else; the note says what",
}
"""The reasons to reject a record, where the product file names none."""


class Sampling(Part):
    """Which risks a sample is to keep; how many rows that takes is computed."""

    aql: Share = Field(0.01, description="The share of implausible rows that is still good.")
    ltpd: Share = Field(0.05, description="The share of implausible rows that is bad. Nearer to `aql`, more rows.")
    alpha: Share = Field(0.05, description="The chance that a good window is rejected.")
    beta: Share = Field(0.10, description="The chance that a bad window is accepted.")
    mode: Literal["single", "sequential"] = Field(
        "single",
        description="`sequential` stops as soon as the rows that were looked at decide (Wald's test): fewer rows as a "
        "rule, and nobody knows beforehand how many.",
    )

    @model_validator(mode="after")
    def _rates_are_in_order(self) -> Sampling:
        if self.aql >= self.ltpd:
            raise misplaced(("ltpd",), f"is {self.ltpd:g}, not above aql {self.aql:g}; raise it")
        return self


class Blind(Part):
    """The blind test: can people tell real rows from synthetic ones? It shows real rows to the role `real-viewer`."""

    rows: int = Field(216, strict=True, ge=20, le=2_000, description="Rows in it, half of them real ones of role tune.")
    margin: float = Field(
        0.1,
        strict=True,
        gt=0,
        lt=0.5,
        description="How far from a coin's share of right answers still counts as alike.",
    )

    def require(self, where: str, **there: int) -> None:
        """Refuse where there are too few rows of a kind: said as soon as it can be known.

        Args:
            where: The product file, with the line where it is known.
            there: What rows are called to how many there are, or can be at most.

        Raises:
            BadInput: Half of the test's rows are more than those.
        """
        fewest = min(there.values())
        if fewest < self.rows // 2:
            found = " and ".join(f"{rows:,} {name.replace('_', ' ')}" for name, rows in there.items())
            least = next(each.ge for each in type(self).model_fields["rows"].metadata if hasattr(each, "ge"))
            remedy = f"write {2 * fewest} or fewer" if 2 * fewest >= least else "leave review.blind out"
            problem = f"wants {self.rows // 2:,} rows of each kind, and of this window there are {found}"
            raise BadInput(problem, where=where, place="review.blind.rows", remedy=remedy)


class Review(Part):
    """Human review of a window's rows; without this section nobody is asked, and nothing waits."""

    plan: Sampling = Field(default_factory=Sampling)
    targeted: int = Field(
        24, strict=True, ge=0, le=500, description="Rows beside the sample that are most likely to be wrong."
    )
    defects: int = Field(
        20, strict=True, ge=10, le=200, description="Planted defects that each reviewer is to find unknowingly."
    )
    good: int = Field(20, strict=True, ge=10, le=200, description="Unsuspicious rows that measure false alarms.")
    sensitivity: Share = Field(
        0.7, description="The least share of planted defects that a reviewer has to find, or all answers are void."
    )
    specificity: Share = Field(0.7, description="The least share of good rows to let pass, likewise.")
    least_seconds: float = Field(
        1.0,
        strict=True,
        ge=0,
        le=60,
        description="A reviewer whose median time a record is shorter is flagged; the answers count all the same.",
    )
    second: float = Field(
        0.2,
        strict=True,
        ge=0,
        le=1,
        description="The share of rows that a second reviewer judges, not seeing the first.",
    )
    slices: tuple[Name, ...] = Field(
        (),
        description="Slices that must not fail: each has a plan of its own, that accepts no defect among rows drawn "
        "by chance from it (45 of a large one) and judged by two people.",
    )
    approvals: int = Field(0, strict=True, ge=0, le=5, description="People who have to approve a verdict to accept.")
    reasons: dict[Name, str] = Field(
        default_factory=lambda: dict(REASONS), min_length=1, max_length=9, description="Why a record may be rejected."
    )
    groups: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="How a record's fields are grouped on the page, in its order."
    )
    desk: str = Field(
        "http://127.0.0.1:8650/", pattern=r"^https?://\S+/$", description="Where the desk is, for links in Dagster."
    )
    blind: Blind | None = Field(None, description="Whether, and how, the blind real-or-synthetic test may be made.")
