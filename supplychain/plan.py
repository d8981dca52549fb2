"""A plan: what a window's run will make, why, and what it was drawn up from. It can be read before anything is made.

A saved plan is applied exactly as it is, or not at all: it knows the product file, the tables and the levers that it
was drawn up from, and its own hash.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.errors import BadInput
from supplychain.slices import Slice

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from supplychain.ledger import Output
    from supplychain.product import Product
    from supplychain.store import Store

FORMAT = 1
"""Version of the plan file. A reader refuses a newer one."""


@dataclass(frozen=True)
class PlanLine:
    """What is to be done about one slice.

    Attributes:
        slice: Its name.
        predicate: Its SQL predicate.
        action: `synthesise`, `buy real`, `refresh real`, `recalibrate`, `retire` or `leave`.
        kind: The gap's kind, or None where there is no gap.
        real_rows: Real rows of role train in it: what a generator has to make rows from.
        rows: Rows to synthesise.
        candidate_budget: Candidates that may be sampled for them.
        buy_rows: Real rows that are proposed to be obtained; nothing is bought by itself.
        loss: The outcome model's loss now, with its 95% interval `low` to `high`.
        low: See `loss`.
        high: See `loss`.
        expected: The loss to expect with the rows; None where nobody has measured what a synthetic row teaches.
        expected_low: The same where a synthetic row teaches much (P90) and the learning curve is steep.
        expected_high: The same where it teaches little (P10) and the curve is flat.
        best_case: The loss if a synthetic row taught as much as a real one.
        price: Money for one row, P50; None where no price is known.
        cost: Money for all rows of the line, P50.
        days: Days until the rows are there, P50.
        flags: What makes real rows of the slice hard to obtain.
        why: The reason, for a person.
    """

    slice: str
    predicate: str
    action: str
    kind: str | None
    real_rows: int
    rows: int
    candidate_budget: int
    buy_rows: int
    loss: float | None
    low: float | None
    high: float | None
    expected: float | None
    expected_low: float | None
    expected_high: float | None
    best_case: float | None
    price: float | None
    cost: float | None
    days: float | None
    flags: str
    why: str


SCHEMA: dict[str, Any] = {
    "slice": pl.String,
    "predicate": pl.String,
    "action": pl.String,
    "kind": pl.String,
    "real_rows": pl.Int64,
    "rows": pl.Int64,
    "candidate_budget": pl.Int64,
    "buy_rows": pl.Int64,
    "loss": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "expected": pl.Float64,
    "expected_low": pl.Float64,
    "expected_high": pl.Float64,
    "best_case": pl.Float64,
    "price": pl.Float64,
    "cost": pl.Float64,
    "days": pl.Float64,
    "flags": pl.String,
    "why": pl.String,
}
"""Columns of the table `plan`."""


@dataclass(frozen=True)
class Plan:
    """The lines of a window's plan, and what they rest on.

    Attributes:
        product: The product's name.
        window: The window.
        spec: Hash of the product file.
        levers: Levers that were set for this plan alone: dotted key to value.
        inputs: Asset to content hash: what the plan was drawn up from.
        lines: One a slice.
        outlook: What the run is expected to need and to meet, for a person; it decides nothing.
    """

    product: str
    window: str
    spec: str
    levers: dict[str, Any]
    inputs: dict[str, str]
    lines: tuple[PlanLine, ...]
    outlook: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def id(self) -> str:
        """Hash of all that the plan decides, 16 hexadecimal digits."""
        document = {**asdict(self), "outlook": None}
        return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def rows(self) -> int:
        """Rows to synthesise."""
        return sum(line.rows for line in self.lines)

    @property
    def table(self) -> pl.DataFrame:
        """The lines as a table."""
        return pl.DataFrame([asdict(line) for line in self.lines], schema=SCHEMA)

    def to_json(self) -> bytes:
        """The plan file's bytes."""
        document = {"format": FORMAT, "id": self.id, **asdict(self)}
        return (json.dumps(document, indent=2, sort_keys=True) + "\n").encode()

    @classmethod
    def from_json(cls, data: bytes, *, where: str) -> Plan:
        """The plan in a plan file.

        Raises:
            BadInput: It is none, is newer than this library, or was edited.
        """
        again = "make it again with `supplychain plan PRODUCT -o FILE`"
        try:
            document = json.loads(data)
            if document["format"] > FORMAT:
                raise BadInput(f"is of format {document['format']}", where=where, remedy="update supplychain")
            lines = tuple(PlanLine(**line) for line in document["lines"])
            known = {item.name for item in fields(cls)} - {"lines"}
            plan = cls(lines=lines, **{name: document[name] for name in known})
            given = document["id"]
        except KeyError as error:
            raise BadInput(f"is no plan file (it lacks {error})", where=where, remedy=again) from None
        except (ValueError, TypeError) as error:
            raise BadInput(f"is no plan file ({error})", where=where, remedy=again) from None
        if given != plan.id:
            remedy = f"a plan is applied as it was made: change the levers, then {again}"
            raise BadInput("was edited after it was made", where=where, remedy=remedy)
        return plan

    @property
    def key(self) -> str:
        """Where the plan is kept in the store once it is applied."""
        return f"plans/{self.product}/{self.id}.json"

    @classmethod
    def applied(cls, store: Store, product: str, plan_id: str) -> Plan:
        """The plan that a run was started with."""
        key = f"plans/{product}/{plan_id}.json"
        return cls.from_json(store.read(key), where=store.path(key))

    def check_spec(self, product: Product, where: str | Path) -> None:
        """Refuse to apply the plan to another product, or to a product file that has changed.

        Raises:
            BadInput: It is about something else.
        """
        again = f"make it again with `supplychain plan {product.name} -o FILE`"
        if self.product != product.name:
            raise BadInput(f"is a plan for {self.product}, not for {product.name}", where=where, remedy=again)
        if self.spec != product.spec_hash:
            raise BadInput(f"was made before {product.file} changed", where=where, remedy=again)

    def check_inputs(self, current: Mapping[str, Output], where: str | Path) -> None:
        """Refuse to apply the plan to other tables than it was drawn up from.

        Raises:
            BadInput: A table has changed since.
        """
        for asset, content in sorted(self.inputs.items()):
            if asset not in current or current[asset].content != content:
                raise BadInput(
                    f"was made from another content of {asset} of window {self.window}",
                    where=where,
                    remedy=f"make it again with `supplychain plan {self.product} -o FILE`",
                )


def planned_slices(table: pl.DataFrame) -> list[Slice]:
    """The slices of a table `plan` that rows are to be made for, in its order."""
    lines = table.filter(pl.col("rows") > 0).select("slice", "predicate")
    return [Slice(name, where) for name, where in lines.iter_rows()]
