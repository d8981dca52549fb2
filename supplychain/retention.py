"""The section `retention` of the product file: how long a window's people are kept."""

from __future__ import annotations

from pydantic import Field

from supplychain.part import Part


class Retention(Part):
    """How long real rows are kept."""

    days: int = Field(
        strict=True,
        ge=1,
        description="Days that a window is kept after its rows landed first, as the lineage log says; "
        "`supplychain erase PRODUCT --expired` takes older ones out of the store.",
    )
