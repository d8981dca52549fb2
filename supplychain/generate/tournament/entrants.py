"""Who takes part in the tournament, and with what: the entrants of the product file, or those that are quick."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

from supplychain import seeds
from supplychain.code import recipe, source_of
from supplychain.errors import BadInput
from supplychain.generate.synthesizer import Hints, installed, synthesizer_class
from supplychain.generate.tournament.entrant import Task
from supplychain.generate.tournament.scoring import MOST_ROWS
from supplychain.generation import Entrant

if TYPE_CHECKING:
    from pathlib import Path

    from supplychain.chain import Chain
    from supplychain.ledger import Output
    from supplychain.product import Product

BY_DEFAULT = ("marginals", "trees", "gaussian-copula")
"""Who takes part where the product file names nobody: those that take seconds, the quickest first."""


@dataclass(frozen=True)
class Seat:
    """An entrant with all that decides what it makes.

    Attributes:
        task: What it is to do.
        settings: Its settings in the product file, as JSON.
        recipe: Hash of what it makes its rows of.
        baseline: Whether its synthesizer is one that wins only where nobody else may be used.
    """

    task: Task
    settings: str
    recipe: str
    baseline: bool

    @property
    def model(self) -> str:
        """The name under which its model is kept."""
        return f"entrant.{self.task.entrant}"

    @property
    def rows(self) -> str:
        """The name under which its sampled rows are kept."""
        return f"entrant.{self.task.entrant}.rows"


def entrants_of(product: Product, root: Path) -> dict[str, Entrant]:
    """Who takes part, by name, each with its synthesizer.

    Raises:
        BadInput: One is of a synthesizer that is not installed.
    """
    named = product.generate.entrants or {name: Entrant() for name in BY_DEFAULT if _is_here(name)}
    entrants = {}
    for name, entrant in named.items():
        kind = entrant.synthesizer or name
        try:
            synthesizer_class(kind)
        except BadInput as error:
            place = ("generate", "entrants", name, *(["synthesizer"] if entrant.synthesizer else []))
            raise error.at(product.at(root, *place), ".".join(place)) from None
        entrants[name] = entrant.model_copy(update={"synthesizer": kind})
    return entrants


def _is_here(name: str) -> bool:
    """Whether a synthesizer and the package that it needs are installed."""
    return name in installed() and find_spec(getattr(synthesizer_class(name), "needs", "supplychain")) is not None


def seats_of(chain: Chain, window: str, real: Output, rows: int, hints: Hints) -> list[Seat]:
    """The entrants of a window, each with what it is given.

    Raises:
        BadInput: One is of a synthesizer that is not installed.
    """
    seats = []
    for name, entrant in entrants_of(chain.product, chain.root).items():
        kind = str(entrant.synthesizer)
        alone = replace(chain, product=chain.product.alone(kind, entrant.settings))
        task = Task(
            name,
            kind,
            hints.added(entrant.settings, synthesizer_class(kind)),
            seeds.integer(alone.seed("fit", window=window)),
            min(rows, MOST_ROWS),
            seeds.integer(alone.seed("tournament", window=window)),
        )
        by = source_of(synthesizer_class(kind))
        made_of = recipe(real=real.content, by=by, task=asdict(replace(task, entrant="")))
        words = json.dumps(entrant.settings, sort_keys=True, default=str)
        seats.append(Seat(task, words, made_of, bool(getattr(synthesizer_class(kind), "baseline", False))))
    return seats
