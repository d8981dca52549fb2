"""The product file: one model, read by Dagster and by the command alike.

A product is `assets/products/NAME/defs.yaml`, whose `attributes` are a `Product`. Unknown keys are refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr, model_validator

from supplychain.documents import line_of, read_yaml
from supplychain.errors import BadInput, nearest
from supplychain.generation import Generate
from supplychain.levers import Levers
from supplychain.monitoring import Monitor
from supplychain.part import Name, Part, Predicate, misplaced
from supplychain.publishing import Publish
from supplychain.refreshing import Refresh
from supplychain.retention import Retention
from supplychain.reviewing import Review
from supplychain.roi.inputs import Roi, foreign_money
from supplychain.sections import Column, Entity, Flag, Gaps, Outcome, Roles, Source, Window
from supplychain.slices import ALL_ROWS, EVERYTHING, Slice

ONLY_WINDOW = "all"
"""The name of the one window of a product that declares none."""


class Product(Part):
    """One declared data product."""

    name: Name = Field(description="The product's name, the same as its folder's.")
    levers: Levers
    description: str = Field("", description="What it is for, in a sentence or two.")
    owners: tuple[str, ...] = Field((), description="Who answers for it: `team:NAME` or an e-mail address.")
    source: Source
    entity: Entity | None = Field(None, description="Without it each row is an entity of its own.")
    window: Window | None = Field(None, description="Without it there is one window, `all`.")
    outcome: Outcome
    columns: dict[str, Column] = Field(default_factory=dict)
    drop: tuple[str, ...] = Field((), description="Columns that are read but neither modelled nor released.")
    sensitive: tuple[str, ...] = Field((), description="Columns of protected groups.")
    identifying: tuple[str, ...] = Field(
        (),
        description="Columns by which a person could be told: no synthetic row equals a real one in all of them, where "
        "that real one is the only one of its kind. All modelled columns where empty.",
    )
    weight: str | None = Field(
        None,
        description="A column of survey weights: how many people of the population a row stands for. Synthesizers that "
        "take the hint `weight` make rows as common as the population has them, each with the mean weight.",
    )
    slices: dict[Name, Predicate] = Field(
        default_factory=dict, description="Named SQL predicates to watch and to fill."
    )
    flags: dict[Name, tuple[Flag, ...]] = Field(
        default_factory=dict,
        description="What makes real rows of a slice hard to obtain, per slice; stands beside its friction.",
    )
    roles: Roles = Field(default_factory=Roles)
    gaps: Gaps = Field(default_factory=Gaps)
    roi: Roi = Field(default_factory=Roi)
    generate: Generate = Field(default_factory=Generate)
    retention: Retention | None = Field(None, description="Without it rows are kept until somebody erases them.")
    publish: Publish = Field(default_factory=Publish)
    monitor: Monitor = Field(default_factory=Monitor)
    refresh: Refresh | None = Field(None, description="Without it nothing is rebuilt by itself.")
    _found: tuple[str, ...] = PrivateAttr(())
    review: Review | None = Field(
        None, description="People judge a sample of each window before its release; nobody does without this section."
    )

    @model_validator(mode="after")
    def _people_are_asked_where_risk_wants_it(self) -> Product:
        wanted = self.levers.risk.human_review
        if self.requires_review and self.review is None:
            problem = f"is {wanted}, and there is no section review; write review: {{}}, or another value"
            raise misplaced(("levers", "risk", "human_review"), problem)
        return self

    @model_validator(mode="after")
    def _nothing_is_reviewed_twice(self) -> Product:
        review = self.review or Review()
        grouped = tuple(name for names in review.groups.values() for name in names)
        for key, names, problem in (
            ("groups", grouped, "stands in more than one group; leave it in one"),
            ("slices", review.slices, "stands twice; leave it once"),
        ):
            twice = next((name for name in names if names.count(name) > 1), None)
            if twice:
                raise misplaced(("review", key), f"{twice} {problem}")
        return self

    @model_validator(mode="after")
    def _slices_are_known(self) -> Product:
        if EVERYTHING in self.slices:
            problem = "this name always means every row; give the slice another"
            raise misplaced(("slices", EVERYTHING), problem)
        coverage = self.levers.coverage
        places: tuple[tuple[tuple[str, ...], Iterable[str]], ...] = (
            (("levers", "coverage", "rows"), coverage.rows),
            (("levers", "coverage", "targets"), coverage.targets),
            (("flags",), self.flags),
            (("roi", "slices"), self.roi.slices),
            (("review", "slices"), self.review.slices if self.review else ()),
        )
        for path, names in places:
            for name in names:
                if name != EVERYTHING and name not in self.slices:
                    hint = nearest(name, (*self.slices, EVERYTHING))
                    problem = f"{name} is no slice" if path[0] == "review" else "there is no such slice"
                    raise misplaced((*path, name), f"{problem}; {hint}")
        return self

    @model_validator(mode="after")
    def _money_is_of_one_currency(self) -> Product:
        found = foreign_money(self.roi, self.levers.cost.currency)
        if found:
            raise misplaced(("roi", *found[0]), found[1])
        return self

    @cached_property
    def spec_hash(self) -> str:
        """Hash of everything in the file, 16 hexadecimal digits."""
        return _hash(self.model_dump(mode="json"))

    @cached_property
    def recipe_hash(self) -> str:
        """Hash of what shapes the rows, 16 hexadecimal digits: seeds follow from it.

        Words for people, levers and the number of workers are left out: a window or a slice that is added, or rows
        that are asked for, must not change the rows of others, whose names are in their seeds. So are the entrants of
        a tournament: one that loses changes no row. Keys at their defaults are left out too, so that a key which a
        later version of this library adds changes no seed.
        """
        dumped = self.model_dump(mode="json", exclude_defaults=True, exclude=_SHAPES_NO_ROW)
        recipe = {key: value for key, value in dumped.items() if value != {}}  # nothing but what shapes no row
        recipe["columns"] = {name: column.kind for name, column in self.columns.items() if column.kind}
        own = {name: column.missing for name, column in self.columns.items() if column.missing}
        return _hash({**recipe, "missing": own} if own else recipe)

    @cached_property
    def shape_hash(self) -> str:
        """Hash of what shapes a release, 16 hexadecimal digits: where it differs, a window is stale.

        Words for people, who refreshes when, and how many processes sample change nothing that is released. Keys at
        their defaults are left out, so that a key which a later version of this library adds makes nothing stale.
        """
        dumped = self.model_dump(mode="json", exclude_defaults=True, exclude=_SHAPES_NO_RELEASE)
        kinds = {name: column.kind for name, column in self.columns.items() if column.kind}
        missing = {name: column.missing for name, column in self.columns.items() if column.missing}
        return _hash({**dumped, "columns": kinds, "missing": missing})

    def alone(self, synthesizer: str, settings: dict[str, Any]) -> Product:
        """The same product with that synthesizer and no tournament."""
        document = self.model_dump(mode="json", exclude={"generate": {"entrants"}})
        document["generate"] |= {"synthesizer": synthesizer, "settings": settings}
        return Product.model_validate(document).with_windows(self._found)

    @property
    def windows(self) -> tuple[str, ...]:
        """Names of the windows, in order of arrival; of those found in the source, the ones that are known yet."""
        if self.window is None:
            return (ONLY_WINDOW,)
        return tuple(self.window.values) if self.window.values else self._found

    @property
    def finds_windows(self) -> bool:
        """Whether windows are found in the source, and not declared."""
        return self.window is not None and self.window.values is None

    def with_windows(self, found: Iterable[str]) -> Product:
        """The same product, knowing these windows of its source; nothing changes where they are declared."""
        if not self.finds_windows:
            return self
        product = self.model_copy()
        product._found = tuple(dict.fromkeys(found))
        return product

    def slice_named(self, name: str) -> Slice:
        """The declared slice of that name; `all` is every row."""
        return ALL_ROWS if name == EVERYTHING else Slice(name, self.slices[name])

    @property
    def all_slices(self) -> tuple[Slice, ...]:
        """Every row, then the declared slices in their order."""
        return (ALL_ROWS, *(Slice(name, where) for name, where in self.slices.items()))

    @cached_property
    def lever_values(self) -> dict[str, float | str]:
        """The levers that are a number or a word, by their dotted keys: limits in suites may name the numbers."""
        sections = {name: getattr(self.levers, name) for name in type(self.levers).model_fields}
        return {
            f"levers.{section}.{key}": value
            for section, part in sections.items()
            for key, value in part
            if isinstance(value, int | float | str)
        }

    @property
    def approvals(self) -> int:
        """People who have to approve the release of a window: two at least where the risk is high."""
        wanted = self.review.approvals if self.review else 0
        return max(wanted, 2) if self.levers.risk.human_review == "high" else wanted

    @property
    def requires_review(self) -> bool:
        """Whether nothing may be released that people have not judged."""
        return self.levers.risk.human_review in ("rows", "high")

    @property
    def file(self) -> str:
        """The product file, relative to the project."""
        return f"assets/products/{self.name}/defs.yaml"

    def at(self, root: Path, *path: str) -> str:
        """A place in the product file as `file:line`; the file alone where it is not there to look into."""
        try:
            document = read_yaml(root / self.file, Path(self.file))
        except BadInput:
            return self.file
        return f"{self.file}:{line_of(document, ('attributes', *path))}"

    def check_window(self, window: str) -> str:
        """The window's name, if the product has it.

        Raises:
            BadInput: It has not.
        """
        if window not in self.windows:
            raise BadInput(
                f"there is no window {window!r}",
                where=self.file,
                place="window" if self.window is None or self.finds_windows else "window.values",
                remedy=nearest(window, self.windows),
            )
        return window


_SHAPES_NO_ROW: Any = {
    "description": True,
    "owners": True,
    "sensitive": True,
    "identifying": True,
    "columns": True,
    "source": {"origin", "licence"},
    "window": {"values"},
    "outcome": {"model", "settings"},
    "slices": True,
    "levers": True,
    "flags": True,
    "gaps": True,
    "roi": True,
    "retention": True,
    "publish": True,
    "monitor": True,
    "refresh": True,
    "review": True,
    "generate": {"workers", "entrants", "tournament_seconds"},
}
_SHAPES_NO_RELEASE: Any = {
    "description": True,
    "owners": True,
    "columns": True,
    "source": {"origin", "licence"},
    "window": {"values"},
    "monitor": True,
    "refresh": True,
    "retention": True,
    "generate": {"workers", "tournament_seconds"},
}


def _hash(content: Any) -> str:  # noqa: ANN401  (plain values)
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
