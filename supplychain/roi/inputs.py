"""What the comparison is computed from: prices, hours and chances, each with its source. There are no defaults."""

from __future__ import annotations

from pydantic import Field

from supplychain.part import Part


class Roi(Part):
    """Prices, hours and chances for the comparison of real with synthetic rows. Empty: no money is computed."""

    horizon_months: int = Field(36, strict=True, ge=1, le=240, description="Months that are looked ahead.")
