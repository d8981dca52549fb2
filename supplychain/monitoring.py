"""The section `monitor` of the product file: what is looked at after a release, and what is done by itself."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from supplychain.part import Part

Act = Literal["propose", "refresh", "rebuild"]
Period = Literal["day", "week", "month", "quarter", "year"]


class Feedback(Part):
    """How files of predictions and outcomes are read: the names of their columns."""

    folder: str | None = Field(
        None, description="A folder that is watched for files of feedback, relative to the project."
    )
    key: str = Field("prediction", description="The column that names a prediction; its outcome joins by it.")
    score: str = Field(
        "score",
        description="The column of the score: the predicted probability of the outcome (of its last class), or for a "
        "quantity what was predicted.",
    )
    predicted: str = Field(
        "predicted",
        description="Of an outcome of several classes: the column of the class predicted; `score` is its probability.",
    )
    time: str = Field("time", description="The column of the time of a prediction.")
    settle_seconds: float = Field(
        2.0, strict=True, ge=0, description="A file that changed within so many seconds is still being written."
    )


class Monitor(Part):
    """What happens after a release: feedback, drift, and what follows from them."""

    act: Act = Field(
        "propose",
        description="What is done by itself. `propose`: nothing, a person decides; `refresh`: windows whose real rows "
        "are new or corrected are rebuilt, and batches that did harm on gold are left out of the next plan; `rebuild`: "
        "windows that drifted, and proposals of more or fewer synthetic rows, too.",
    )
    feedback: Feedback = Field(default_factory=Feedback)
    period: Period = Field("month", description="Feedback is also shown for each such stretch of time.")
    least_rows: int = Field(
        200, strict=True, ge=20, description="Fewer rows of a window, or of a slice in it, are `too few`: no guess."
    )
    false_alarms: float = Field(
        0.05,
        strict=True,
        gt=0,
        le=0.5,
        description="The chance that a window which has not drifted alarms, over all columns, slices and tests.",
    )
    season: int = Field(
        1,
        strict=True,
        ge=1,
        description="Windows in a cycle, such as 12 for months of a year: a window is held against those of the "
        "release that lie whole cycles away, where there are any. 1: there are no seasons.",
    )
