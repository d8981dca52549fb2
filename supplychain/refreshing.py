"""The section `refresh` of the product file: when the chain looks for what has changed, and how much it may start."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from supplychain.cron import check_cron, check_zone
from supplychain.part import Part

Cron = Annotated[str, AfterValidator(check_cron)]
Zone = Annotated[str, AfterValidator(check_zone)]


class Refresh(Part):
    """What keeps the releases up to date. Without this section nothing is started by itself."""

    schedule: Cron | None = Field(
        None,
        description="When all that is stale is rebuilt, whatever `monitor.act` says: five fields as cron has them, "
        "such as `0 3 * * 1`. Without it nothing is scheduled.",
    )
    time_zone: Zone = Field("UTC", description="The time zone of `schedule`, such as Europe/Berlin.")
    watch: bool = Field(
        True, strict=True, description="Whether a sensor looks for new windows, changes and drift between schedules."
    )
    look_seconds: int = Field(
        60,
        strict=True,
        ge=5,
        le=86_400,
        description="The least seconds between two looks. One at files that have not changed costs next to nothing; a "
        "`source.python` is called each time.",
    )
    most_a_day: int = Field(
        4, strict=True, ge=1, le=1000, description="Refreshes that the sensor may start in 24 hours; others wait."
    )
