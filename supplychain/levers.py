"""The three levers that a person holds: cost, risk and coverage. Each says what it trades against the other two."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from supplychain.part import Currency, Name, Part, Rows

Loss = Annotated[float, Field(strict=True, gt=0)]


class Cost(Part):
    """Cost: what a window may cost, in money and days. More money and time buy coverage, or real rows and less risk."""

    budget: float | None = Field(
        None,
        strict=True,
        gt=0,
        description="The most money that the plan of one window may spend, in `currency`; without it money binds "
        "nothing. A smaller budget leaves gaps open: coverage falls.",
    )
    currency: Currency = Field("EUR", description="The one currency of the budget and of every price under `roi`.")
    deadline_days: float | None = Field(
        None,
        strict=True,
        gt=0,
        description="Days by which the rows must be there. A nearer deadline rules out real rows that arrive later, "
        "and so leans on the generator: risk rises.",
    )
    candidates_per_row: int = Field(
        4,
        strict=True,
        ge=1,
        le=100_000,
        description="Candidates sampled for one row wanted; more fill the plan where rules refuse many, and cost time.",
    )


class Risk(Part):
    """Risk: how far synthetic rows are trusted. Less trust leans on real rows: it costs more and covers less."""

    synthetic_weight: float = Field(
        1.0,
        strict=True,
        gt=0,
        le=1,
        description="The most that a synthetic row weighs in training, beside 1 for a real row; what it weighs is "
        "measured, slice by slice, and may be nothing. Lower is safer and covers less.",
    )
    synthetic_share: float = Field(
        0.5,
        strict=True,
        gt=0,
        lt=1,
        description="The most that all synthetic rows weigh together in a release, as a share of the whole; real rows "
        "always stay, at their full weight. Lower is safer and covers less.",
    )
    synthetic_per_real: float = Field(
        20.0,
        strict=True,
        gt=0,
        description="The most synthetic rows that the plan adds by itself to a slice, for each real row in it. Lower "
        "is safer, and leaves rare slices thin: coverage falls.",
    )
    attack_advantage: float = Field(
        0.1,
        strict=True,
        gt=0,
        le=1,
        description="The membership-attack advantage (true less false positive rate) that is tolerated. Lower guards "
        "people better, and refuses closer fits: coverage falls, or cost rises.",
    )
    bias_gap: float = Field(
        0.05,
        strict=True,
        gt=0,
        le=1,
        description="How far synthetic rows may widen gaps between groups under `sensitive`, in risk and in errors. "
        "Lower is fairer, and refuses more batches: cost rises.",
    )
    unmet: int = Field(
        10,
        strict=True,
        ge=0,
        description="A candidate is refused that has two values which at least so many real people would have "
        "together, if its columns had nothing to do with one another, and which no real row has; 0 refuses none. "
        "Without `entity.rows: many` each row is a person. A pair that a planned slice names is let through. Lower is "
        "safer, and refuses more of what is new: coverage falls.",
    )
    doubted: float | None = Field(
        1.0,
        strict=True,
        ge=0,
        allow_inf_nan=False,
        description="How many times as often as real people of the slice surely do, synthetic rows may break a rule "
        "that doubts rows (`severity: info`); what is beyond is refused, and other rows are made. 0 refuses all that "
        "is doubted, null nothing. Lower is safer, and refuses more of what is rare: coverage falls.",
    )
    inconclusive: Literal["warn", "block"] = Field(
        "warn",
        description="What a critical limit on evidence does where there are too few data to tell whether it holds. "
        "`block` is for regulated use: it refuses more batches, and so needs more real rows: cost rises.",
    )
    human_review: Literal["none", "plan", "rows", "high"] = Field(
        "none",
        description="`plan`: nothing is generated until a person has read the plan and runs `run --plan FILE`. "
        "`rows`: nothing is released until people have judged a sample of it, see `review`. `high`: both, and two "
        "people approve the release. Safer, and slower: cost rises.",
    )


class Coverage(Part):
    """Coverage: which slices are to be filled, and how far. More rows cost more and lean more on the generator."""

    rows: dict[Name, Rows] = Field(
        default_factory=dict,
        description="Synthetic rows wanted per slice and window, whatever the plan finds; `all` is every row's slice.",
    )
    targets: dict[Name, Loss] = Field(
        default_factory=dict,
        description="The most that the outcome model may lose per row of a slice (log loss in nats; for a quantity, "
        "squared error over the outcome's variance). The plan adds the rows that are expected to reach it. A lower "
        "target costs more, and beyond what rows can teach nothing reaches it.",
    )
    most_rows: Rows | None = Field(
        None,
        description="Rows that the plan may spread by itself over the gaps that rows can close, where a row is worth "
        "most; without it only `rows` and `targets` are planned. More costs more and leans on the generator.",
    )
    lot: Rows = Field(100, description="Rows that are given to a slice at a time. Smaller lots spread finer.")
    keep: float = Field(
        0.25,
        strict=True,
        ge=0,
        lt=1,
        description="The share of the rows spread by the plan that goes to all people alike, so that slices which "
        "are fine stay so. More is safer, and fills gaps less.",
    )
    ways: Literal[0, 2, 3] = Field(
        2,
        description="Combinations of up to so many columns are looked through for those that the rules allow and the "
        "data lack; 0 looks for none. More ways find rarer holes and take more time.",
    )

    @model_validator(mode="after")
    def _asks_for_something(self) -> Coverage:
        if not (self.rows or self.targets or self.most_rows):
            raise ValueError("asks for nothing; give rows, targets or most_rows")
        return self


class Levers(Part):
    """The three dials that a person holds, before all else: cost, risk, coverage."""

    cost: Cost = Field(default_factory=Cost)
    risk: Risk = Field(default_factory=Risk)
    coverage: Coverage
