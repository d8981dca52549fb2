"""The lot: which rows people are shown, fixed with its plan and seed before anybody looks."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from supplychain.errors import StoreFault
from supplychain.review.acceptance import Limits, Plan
from supplychain.store import sha256

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

FORMAT = 1
RANDOM, TARGETED, SEEDED, SLICED = "random", "targeted", "seeded", "slice"
"""The strata: rows drawn by chance, which alone decide; the most suspect ones; those that measure the reviewer; and
rows drawn by chance from a slice that has a plan of its own, where the others do not suffice."""
DEFECT, GOOD = "defect", "good"


@dataclass(frozen=True)
class Item:
    """One record to judge.

    Attributes:
        id: Its name on the desk; it says nothing of the stratum.
        stratum: random, targeted or seeded.
        values: Column to value, as it is shown; None where it is missing.
        order: Of a random row its place in the frozen order in which rows enter a plan; else -1.
        batch: `_batch` of the accepted row; empty for a planted defect.
        row: `_row` of the accepted row; -1 for a planted defect.
        truth: Of a seeded row `defect` or `good`; else empty.
        why: Why a targeted row was chosen, or what was planted.
        double: Whether a second reviewer judges it too.
        slices: The slices whose own plans it counts for from the start.
    """

    id: str
    stratum: str
    values: dict[str, str | None]
    order: int = -1
    batch: str = ""
    row: int = -1
    truth: str = ""
    why: str = ""
    double: bool = False
    slices: tuple[str, ...] = ()

    def is_shown(self, n: int) -> bool:
        """Whether it is judged under a plan of `n` rows drawn by chance, whatever slices want."""
        return self.order < n if self.stratum == RANDOM else self.stratum != SLICED

    @cached_property
    def content(self) -> str:
        """Hash of what is shown, 16 hexadecimal digits."""
        return sha256(json.dumps([self.id, self.values], sort_keys=True).encode())[:16]


@dataclass(frozen=True)
class Field:
    """One field of a record on the page: its column, words, group, and what is typical among real people.

    `low` and `high` are the 5% and 95% quantiles of a number, rounded; `typical` says them, or the commonest values.
    """

    name: str
    label: str
    unit: str
    group: str
    typical: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class SlicePlan:
    """The plan of a slice that must not fail.

    Attributes:
        name: The slice.
        plan: The rows to look at first: those for reviewers who find every defect.
        reserve: Ids of further rows of it, in the order in which they enter the plan of reviewers who do not.
    """

    name: str
    plan: Plan
    reserve: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lot:
    """What is frozen.

    Attributes:
        product: The product.
        window: The window.
        accepted: Content of the accepted rows that it was drawn from.
        seed: The seed of every draw.
        plan: The first plan: rows in the lot, rows to look at, defects that are accepted.
        most: Rows drawn by chance that are frozen in all, for larger plans.
        limits: The risks that the plan keeps.
        mode: single or sequential.
        settings: Figures of the product file that the verdict is computed by.
        reasons: Why a record may be rejected.
        fields: How a record is shown.
        items: In the order in which they are shown; rows for larger plans last.
        slices: Plans of slices that must not fail.
    """

    product: str
    window: str
    accepted: str
    seed: int
    plan: Plan
    most: int
    limits: Limits
    mode: str
    settings: dict[str, float]
    reasons: dict[str, str]
    fields: tuple[Field, ...]
    items: tuple[Item, ...] = field(repr=False)
    slices: tuple[SlicePlan, ...] = ()

    def active(self, n: int, more: Collection[str] = ()) -> list[Item]:
        """The items to judge under a plan of `n` rows drawn by chance, with `more` of those in reserve for slices."""
        return [item for item in self.items if item.slices or item.id in more or item.is_shown(n)]

    @cached_property
    def by_id(self) -> dict[str, Item]:
        """The items by their id."""
        return {item.id: item for item in self.items}

    @cached_property
    def drawn(self) -> list[Item]:
        """The rows drawn by chance, in their frozen order."""
        return sorted((item for item in self.items if item.stratum == RANDOM), key=lambda item: item.order)

    @property
    def seeded(self) -> list[Item]:
        """The rows that measure the reviewer."""
        return [item for item in self.items if item.stratum == SEEDED]

    @cached_property
    def content(self) -> str:
        """The hash by which the lot is known."""
        return sha256(self.to_json())

    def to_json(self) -> bytes:
        """The lot's file."""
        document: dict[str, Any] = {
            "format": FORMAT,
            **asdict(self),
            "reasons": list(self.reasons.items()),
        }  # their order is their keys
        for part in (document, *document["items"]):
            if not part["slices"]:
                del part["slices"]  # a lot without any is the file that it was before there were some
        return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()

    @classmethod
    def from_json(cls, data: bytes, *, where: str) -> Lot:
        """The lot in a file.

        Raises:
            StoreFault: It is damaged, or of a newer form.
        """
        try:
            document: dict[str, Any] = json.loads(data)
            if document.pop("format") > FORMAT:
                raise StoreFault(f"{where}: is of a newer form; update supplychain")
            parts: dict[str, Any] = {
                "plan": Plan(**document.pop("plan")),
                "reasons": dict(document.pop("reasons")),
                "limits": Limits(**document.pop("limits")),
                "fields": tuple(Field(**each) for each in document.pop("fields")),
                "items": tuple(
                    Item(**{**each, "slices": tuple(each.get("slices", ()))}) for each in document.pop("items")
                ),
                "slices": tuple(
                    SlicePlan(each["name"], Plan(**each["plan"]), tuple(each.get("reserve", ())))
                    for each in document.pop("slices", ())
                ),
            }
            return cls(**document, **parts)
        except (ValueError, KeyError, TypeError) as error:
            raise StoreFault(f"{where}: is no lot ({error}); run the window again") from None


def named(items: Sequence[Item]) -> tuple[Item, ...]:
    """The items with ids by their place: `r001` is shown first."""
    return tuple(
        Item(**{**asdict(item), "id": f"r{place:0{max(len(str(len(items))), 3)}d}"})
        for place, item in enumerate(items, start=1)
    )
