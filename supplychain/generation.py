"""The section `generate` of the product file: who makes candidates, and how."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field, model_validator

from supplychain.part import Name, Part, misplaced, or_list_of_names

AUTO = "auto"
"""The synthesizer of a product that leaves the choice to a tournament."""


class Entrant(Part):
    """A synthesizer with its settings, which takes part in the tournament under a name."""

    synthesizer: Name | None = Field(
        None, description="Name of the synthesizer; the entrant's own name where not given."
    )
    settings: dict[str, Any] = Field(default_factory=dict, description="Settings of that synthesizer.")


class Generate(Part):
    """How candidates are made."""

    model_config = ConfigDict(json_schema_extra=or_list_of_names("entrants", "string"))

    synthesizer: Name = Field(
        "trees",
        description="Name of the synthesizer, see `supplychain doctor`; `auto` fits several, measures each on role "
        "tune and takes the best by the levers.",
    )
    settings: dict[str, Any] = Field(default_factory=dict, description="Settings of that synthesizer.")
    entrants: dict[Name, Entrant] = Field(
        default_factory=dict,
        description="With `auto`, who takes part, by name; a list where the names are synthesizers without settings. "
        "Several may be of one synthesizer. Without it `marginals`, `trees`, and `gaussian-copula` where SDV is "
        "installed; `marginals` is the baseline, and wins only if nobody else may.",
    )
    tournament_seconds: float = Field(
        600.0,
        strict=True,
        gt=0,
        description="With `auto`, the wall seconds in which all entrants are to be fitted. Each has an equal share of "
        "what is left, in the order of the file, and is stopped at its end.",
    )
    batch_rows: int = Field(
        50_000, strict=True, ge=1, description="The most rows of one batch, each under a seed of its own."
    )
    workers: int = Field(
        1,
        strict=True,
        ge=1,
        le=256,
        description="Processes that sample; the rows are the same for any number.",
    )

    @model_validator(mode="before")
    @classmethod
    def _list_of_names(cls, data: Any) -> Any:  # noqa: ANN401  (what YAML holds)
        if isinstance(data, dict) and isinstance(data.get("entrants"), list):
            return {**data, "entrants": {str(name): {} for name in data["entrants"]}}
        return data

    @model_validator(mode="after")
    def _settings_have_one_place(self) -> Generate:
        if self.is_tournament and self.settings:
            raise misplaced(("settings",), "auto has no settings; give them to an entrant, under entrants")
        if self.entrants and not self.is_tournament:
            problem = f"{self.synthesizer} is fitted alone; write synthesizer: {AUTO}, or take entrants out"
            raise misplaced(("entrants",), problem)
        for name, entrant in self.entrants.items():
            if (entrant.synthesizer or name) == AUTO:
                raise misplaced(("entrants", name), f"{AUTO} is the tournament itself; name a synthesizer")
        return self

    @property
    def is_tournament(self) -> bool:
        """Whether a tournament chooses the synthesizer."""
        return self.synthesizer == AUTO
