"""Situations that the comparison has to tell apart: figures of our own, made up for the tests, and no examples."""

from __future__ import annotations

from typing import Any

import polars as pl

from supplychain.product import Product
from supplychain.roi.compare import Comparison, compare
from supplychain.roi.measured import Measured

Inputs = dict[str, dict[str, Any]]

UNITS = {
    "wage": "EUR/h", "legal_wage": "EUR/h", "reviewer_wage": "EUR/h", "locate_hours": "h", "permission_hours": "h",
    "permission_fees": "EUR", "permission_months": "month", "raw_row_price": "EUR/row", "raw_yield": "share",
    "clean_price": "EUR/row", "label_price": "EUR/label", "label_votes": "label/row", "collect_rate": "row/day",
    "label_rate": "label/day", "real_govern_price": "EUR/year", "drift_rate": "1/year", "compute_price": "EUR/h",
    "define_hours": "h", "iterate_hours": "h", "gate_pass": "share", "fit_hours": "h", "row_seconds": "s/row",
    "licence_price": "EUR/year", "review_minutes": "min/row", "review_rows": "row",
    "synthetic_govern_price": "EUR/year", "exchange_rate": "row/row", "ceiling": "row",
    "value_per_point": "EUR/month", "decisions": "decision/month", "misses_per_point": "share",
    "miss_cost": "EUR/case", "alarms_per_point": "share", "alarm_cost": "EUR/case", "breach_rate": "1/year",
    "breach_cost": "EUR", "attack_rate": "1/year", "attack_success": "share", "leak_cost": "EUR",
    "harm_rate": "1/year", "harm_cost": "EUR",
}  # fmt: skip


def given(**figures: Any) -> Inputs:
    """Inputs in short: a number is fixed, two are P10 and P90, three low, mode and high, `(n, m)` ints counts."""
    return {name: one(name, figure) for name, figure in figures.items()}


def one(name: str, figure: Any, source: str = "assumed") -> dict[str, Any]:
    base = {"unit": UNITS[name], "source": source} | ({"ref": "a test"} if source in ("quoted", "literature") else {})
    if isinstance(figure, dict):
        return base | figure
    if not isinstance(figure, tuple):
        return base | {"dist": "fixed", "value": figure}
    if len(figure) == 3:
        return base | {"dist": "pert", "low": figure[0], "mode": figure[1], "high": figure[2]}
    if isinstance(figure[0], int) and UNITS[name] == "share":
        return base | {"dist": "beta", "passes": figure[0], "fails": figure[1]}
    return base | {"dist": "lognormal", "p10": figure[0], "p90": figure[1]}


BASE = given(
    wage=(55, 75, 110),
    legal_wage=(90, 130, 200),
    locate_hours=(20, 40, 100),
    permission_hours=(40, 100, 300),
    permission_fees=(5_000.0, 60_000.0),
    permission_months=(4.0, 18.0),
    raw_row_price=(2.0, 6.0),
    clean_price=(0.1, 0.4),
    raw_yield=(0.6, 0.8, 0.95),
    label_price=(0.5, 3.0),
    label_votes=3,
    drift_rate=(0.1, 0.2, 0.4),
    real_govern_price=(2_000.0, 9_000.0),
    define_hours=(60, 120, 240),
    iterate_hours=(8, 16, 40),
    gate_pass=(9, 5),
    compute_price=(0.05, 0.2),
    fit_hours=(0.1, 1.0),
    row_seconds=(0.01, 0.1),
    review_minutes=(1, 2, 4),
    review_rows=132,
    exchange_rate=(0.2, 0.7),
    ceiling=(400.0, 1_500.0),
    value_per_point=(6_000.0, 18_000.0),
    breach_rate=(0.005, 0.03),
    breach_cost=(50_000.0, 600_000.0),
    attack_rate=(0.05, 0.3),
    attack_success=(0.0, 0.02, 0.1),
    leak_cost=(20_000.0, 200_000.0),
    harm_rate=(0.005, 0.03),
    harm_cost=(20_000.0, 300_000.0),
)
STRONG = given(exchange_rate=(0.6, 1.0), ceiling=(2_000.0, 8_000.0))
WEAK = given(exchange_rate=(0.02, 0.15), ceiling=(15.0, 120.0))
CHEAP_REAL = given(
    permission_months=(0.2, 0.5, 1),
    permission_hours=(1, 2, 6),
    permission_fees=(50.0, 400.0),
    raw_row_price=(0.02, 0.1),
)
HARMFUL = given(harm_rate=(0.3, 2.0), harm_cost=(300_000.0, 3_000_000.0))
TINY = given(value_per_point=(50.0, 300.0))
SCENARIOS: dict[str, Inputs] = {
    "real is slow and dear, the generator is good": BASE,
    "a strong generator": BASE | STRONG,
    "a weak generator": BASE | WEAK,
    "a weak generator, and cheap real rows": BASE | WEAK | CHEAP_REAL,
    "harm in the wild is costly": BASE | HARMFUL,
    "a tiny benefit": BASE | TINY,
}


def gap(name: str = "rural", **changes: Any) -> dict[str, Any]:
    """A row of the table `gaps`: a slice with few rows, and a learning curve that has not flattened."""
    base = {
        "slice": name, "predicate": "rural = 1", "rows": 300, "train_rows": 300, "share": 0.06, "outcome_rate": 0.2,
        "loss": 0.55, "low": 0.5, "high": 0.6, "kind": "missing", "verdict": "gap",
        "curve_a": 2.0, "curve_b": 0.4, "curve_c": 0.35,
    }  # fmt: skip
    return base | changes


def gaps(*rows: dict[str, Any]) -> pl.DataFrame:
    everyone = gap("all", rows=6_000, train_rows=4_800, share=1.0, kind=None, verdict="fine", curve_a=None)
    return pl.DataFrame([everyone, *(rows or (gap(),))], infer_schema_length=None)


def product(inputs: Inputs | None = None, **roi: Any) -> Product:
    levers: dict[str, Any] = {"coverage": {"rows": {"all": 100}}}
    levers |= roi.pop("levers", {})
    flags = roi.pop("flags", {})
    return Product.model_validate(
        {
            "name": "clinic",
            "source": {"file": "clinic.csv"},
            "outcome": {"name": "y"},
            "slices": {"rural": "rural = 1", "old": "age > 80"},
            "levers": levers,
            "flags": flags,
            "roi": {"discount": 0.1, **roi, "inputs": inputs or {}},
        }
    )


def compared(inputs: Inputs, *rows: dict[str, Any], seed: int = 1, **roi: Any) -> Comparison:
    spec = product(inputs, **{"draws": 4_000} | roi)
    return compare(spec, gaps(*rows), Measured(), seed)
