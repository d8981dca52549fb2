"""The section `publish` of the product file: for whom a release is made, under which terms, and what it is not for."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from supplychain.part import Part

Audience = Literal["internal", "external"]
INTERNAL: Audience = "internal"
EXTERNAL: Audience = "external"
AUDIENCES: tuple[Audience, ...] = (INTERNAL, EXTERNAL)


class Publish(Part):
    """For whom a release is made, under which terms, and what it is not for."""

    audiences: tuple[Audience, ...] = Field(
        (INTERNAL,),
        description="`internal` has the real rows and the synthetic ones, and every figure; `external` adds, in the "
        "same release, a folder that may be handed on: synthetic rows alone, and no figure that real rows gave.",
    )
    licence: str = Field(
        "", description="The licence of the release, best as an SPDX id such as CC-BY-4.0; `source.licence` if empty."
    )
    not_for: tuple[str, ...] = Field((), description="What the rows must not be used for, a sentence each.")
    same_distribution: float = Field(
        0.05,
        strict=True,
        gt=0,
        lt=1,
        description="How far a column of a rebuilt release may lie from the one before (Kolmogorov-Smirnov or total "
        "variation distance) to be a patch; farther is a minor version.",
    )
    signed: bool = Field(
        False, description="Whether a release without a signature is refused; SUPPLYCHAIN_SIGNING_KEY names the key."
    )

    @field_validator("audiences")
    @classmethod
    def _has_a_record(cls, audiences: tuple[Audience, ...]) -> tuple[Audience, ...]:
        if INTERNAL not in audiences:
            raise ValueError("lacks internal; it is the record that drift, lineage and rebuilds lean on: add it")
        return tuple(one for one in AUDIENCES if one in audiences)
