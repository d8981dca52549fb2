"""The two pipelines: what their stages cost and how long they take, draw by draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

HOURS_A_DAY, DAYS_A_WEEK = 8.0, 5.0
"""A person's working day and week."""
MONTH = 365.25 / 12
"""Days of a month."""

Terms = tuple[tuple[str, ...], ...]
REAL: dict[str, Terms] = {
    "locate": (("locate_hours", "wage"),),
    "permissions": (("permission_hours", "legal_wage"), ("permission_fees",)),
    "collect": (("raw_row_price",),),
    "clean": (("clean_price",),),
    "label": (("label_price",),),
    "relabel": (("drift_rate",),),
    "govern": (("real_govern_price",),),
}
SYNTHETIC: dict[str, Terms] = {
    "define": (("define_hours", "wage"),),
    "generate": (("fit_hours", "compute_price"), ("row_seconds", "compute_price"), ("licence_price",)),
    "validate": (("review_minutes", "review_rows", "reviewer_wage"),),
    "iterate": (("gate_pass",),),
    "relabel": (("drift_rate",),),
    "govern": (("synthetic_govern_price",),),
}
"""Stage to the products of inputs that it is priced by. A stage without a whole one is left out, and named so."""
NEEDED = {
    "real": ("raw_row_price", "permission_months"),
    "synthetic": ("define_hours", "wage", "exchange_rate", "ceiling"),
}
"""Without these a pipeline is not compared: what comes first is the price of a real row, and what a synthetic one is
worth."""
VALUE: Terms = (
    ("value_per_point",),
    ("decisions", "misses_per_point", "miss_cost"),
    ("decisions", "alarms_per_point", "alarm_cost"),
)
RISK: dict[str, Terms] = {
    "real": (("breach_rate", "breach_cost"),),
    "synthetic": (("attack_rate", "attack_success", "leak_cost"), ("harm_rate", "harm_cost")),
}


class Drawn(dict[str, "NDArray[np.float64]"]):
    """Draws by the input's name; wages of others are `wage` where they are not given."""

    def __init__(self, draws: Mapping[str, NDArray[np.float64]], n: int) -> None:
        super().__init__(draws)
        self.n = n
        for name in ("legal_wage", "reviewer_wage"):
            if "wage" in self:
                self.setdefault(name, self["wage"])

    def amount(self, terms: Terms) -> NDArray[np.float64]:
        """The sum over the terms that are whole, each the product of its inputs."""
        total = np.zeros(self.n)
        for term in terms:
            if self.has(term):
                total = total + np.prod([self[name] for name in term], axis=0)
        return total

    def has(self, term: tuple[str, ...]) -> bool:
        """Whether all inputs of a term are drawn."""
        return all(name in self for name in term)

    def of(self, name: str, otherwise: float) -> NDArray[np.float64]:
        """An input, or the same figure in each draw where it is not given."""
        return self[name] if name in self else np.full(self.n, otherwise)

    def in_slice(self, name: str, slice_: str) -> NDArray[np.float64] | None:
        """An input as it is in a slice; None where it is unknown."""
        return self.get(f"{name}.{slice_}", self.get(name))


@dataclass(frozen=True)
class Bill:
    """What a pipeline costs and takes: arrays of one figure a draw.

    Attributes:
        once: Stage to money spent at the start.
        yearly: Stage to money spent in each year from delivery on.
        days: From the start to the delivery.
    """

    once: dict[str, NDArray[np.float64]]
    yearly: dict[str, NDArray[np.float64]]
    days: NDArray[np.float64]


def real_bill(x: Drawn, raw: NDArray[np.float64], rows: NDArray[np.float64]) -> Bill:
    """The real pipeline for `rows` labelled rows out of `raw` collected ones, a figure a draw."""
    collected = {
        "collect": raw * x.amount(REAL["collect"]),
        "clean": raw * x.amount(REAL["clean"]),
        "label": rows * x.of("label_votes", 1.0) * x.amount(REAL["label"]),
    }
    begun = {stage: x.amount(REAL[stage]) for stage in ("locate", "permissions")}
    again = x.amount(REAL["relabel"]) * np.sum(list(collected.values()), axis=0)
    return Bill(
        once=begun | collected,
        yearly={"relabel": again, "govern": x.amount(REAL["govern"])},
        days=real_wait(x) + raw * real_days(x)[0] + rows * real_days(x)[1],
    )


def real_wait(x: Drawn) -> NDArray[np.float64]:
    """Days before the first real row can be collected."""
    return calendar_days(x.of("locate_hours", 0.0)) + MONTH * x.of("permission_months", 0.0)


def real_days(x: Drawn) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Days to collect a row, and to label one; 0 where no rate is given."""
    label = x.of("label_votes", 1.0) / x["label_rate"] if "label_rate" in x else np.zeros(x.n)
    return (1 / x["collect_rate"] if "collect_rate" in x else np.zeros(x.n)), label


def raw_for(x: Drawn, rows: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Rows to collect for so many usable ones in a slice: over its prevalence and the yield."""
    return rows / (share * x.of("raw_yield", 1.0))


def attempts(x: Drawn, most: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Attempts that are expected until the gates pass, `most` at most; and the chance that they do."""
    passes = np.minimum(x.of("gate_pass", 1.0), 1.0)
    delivered = 1 - (1 - passes) ** most
    return delivered / passes, delivered


def synthetic_bill(x: Drawn, made: NDArray[np.float64], most_attempts: int) -> Bill:
    """The synthetic pipeline for `made` accepted rows, a figure a draw.

    After drift the rows are made again: the same attempts, without the definition. The real rows in hand, which the
    generator learns from, are kept fresh in every strategy alike, so that their cost cancels.
    """
    tries, _ = attempts(x, most_attempts)
    computing = x.of("fit_hours", 0.0) + made * x.of("row_seconds", 0.0) / 3600
    reviewing = x.of("review_minutes", 0.0) * x.of("review_rows", 0.0) / 60
    generate = computing * x.of("compute_price", 0.0)
    validate = reviewing * x.of("reviewer_wage", 0.0)
    mending = x.of("iterate_hours", 0.0)
    again = (tries - 1) * (mending * x.of("wage", 0.0) + generate + validate)
    worked = x.of("define_hours", 0.0) + tries * reviewing + (tries - 1) * mending
    return Bill(
        once={
            "define": x.amount(SYNTHETIC["define"]),
            "generate": generate,
            "validate": validate,
            "iterate": again,
        },
        yearly={
            "generate": x.of("licence_price", 0.0),
            "relabel": x.amount(SYNTHETIC["relabel"]) * (generate + validate + again),
            "govern": x.amount(SYNTHETIC["govern"]),
        },
        days=calendar_days(worked) + tries * computing / 24,
    )


def calendar_days(hours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Days that one person's hours take, free days among them."""
    return hours / HOURS_A_DAY * 7 / DAYS_A_WEEK


def missing(have: set[str], slices: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """What each pipeline, and the value, lack before they can be compared; nothing where nothing is missing."""
    lacks: dict[str, tuple[str, ...]] = {}
    for pipeline, names in NEEDED.items():
        wanted = tuple(name for name in names if name not in have and not any(f"{name}.{s}" in have for s in slices))
        if wanted:
            lacks[pipeline] = wanted
    if not any(set(term) <= have for term in VALUE):
        lacks["value"] = ("value_per_point",)
    return lacks


def left_out(have: set[str]) -> dict[str, dict[str, str]]:
    """Pipeline to the stages and risks that are not counted, each with the inputs that would price it."""
    if "wage" in have:
        have = have | {"legal_wage", "reviewer_wage"}
    tables = {
        "real": {**REAL, "breach": RISK["real"]},
        "synthetic": {**SYNTHETIC, "memorisation": RISK["synthetic"][:1], "harm": RISK["synthetic"][1:]},
    }
    return {
        pipeline: {
            stage: " or ".join(" with ".join(name for name in term if name not in have) for term in terms)
            for stage, terms in stages.items()
            if not any(set(term) <= have for term in terms)
        }
        for pipeline, stages in tables.items()
    }
