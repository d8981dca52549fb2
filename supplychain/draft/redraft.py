"""Suites drafted anew for a product that is there, with tolerances at a stated rate of false alarms.

Rules are those of `init`. What differs is how far they give way: what a batch of fresh real rows may break by chance is
computed from the real rows, and all drafted tolerances of a suite together refuse such a batch at most that often.
Gold rows are not looked at.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from supplychain.define.land import prepare
from supplychain.define.source import describe, read_source
from supplychain.draft.drafting import Draft
from supplychain.draft.enough import ASKED_FOR, Expected
from supplychain.draft.evidence import evidence_suite
from supplychain.draft.outcome import Goal
from supplychain.draft.profile import profiles
from supplychain.draft.reading import read_table
from supplychain.draft.replay import as_real, replays
from supplychain.draft.rounding import figure
from supplychain.draft.sequences import NOTHING, Told, told
from supplychain.draft.suites import row_suite
from supplychain.errors import BadInput
from supplychain.gates import judge, read_suite

if TYPE_CHECKING:
    from collections.abc import Callable

    from supplychain.product import Product

DRAWS_PEOPLE = "trees"
"""The synthesizer that makes people with their rows, and not single rows."""
STEPS = 10_000
"""Shares are written to so many parts of one, rounded towards patience."""


def redraft(product: Product, root: Path, suite: str, *, false_alarms: float, progress: Callable[[str], None]) -> str:
    """The text of a suite, drafted from the product's real rows; nothing is written.

    Args:
        product: The product.
        root: The project.
        suite: real, synthetic or evidence.
        false_alarms: How often a batch of fresh real rows may be refused, by all drafted tolerances together.
        progress: Told what is under way.

    Raises:
        BadInput: The source cannot be used, or the rate is none.
    """
    if not 0 < false_alarms < 1:
        raise BadInput(f"{false_alarms} is no rate", where="--false-alarms", remedy="name one between 0 and 1")
    progress(f"reading the source of {product.name}")
    where = describe(product.source)
    rows = prepare(product, read_source(product, root), where, root).filter(pl.col("_role") != "gold")
    draft = _as_draft(product, rows)
    if suite == "evidence":
        tolerances = as_real(replays(product, rows, progress), false_alarms)
        return evidence_suite(draft, tolerances, known=_told(product, rows, draft.frame.columns))
    progress(f"judging {rows.height:,} real rows by the drafted rules")
    sizes = rows["_window"].value_counts()["count"]
    batch = int(sizes.min()) if suite == "real" else draft.rows  # type: ignore[arg-type]
    patience = _patience(row_suite(draft, suite), suite, draft.frame, batch, false_alarms)
    return row_suite(draft, suite, patience, false_alarms, _expected(product, suite, sizes))


def _expected(product: Product, suite: str, sizes: pl.Series) -> Expected:
    """The rows of the smallest window, gold's share with them, or those that the levers ask for.

    Args:
        product: The product.
        suite: real or synthetic.
        sizes: Rows of each window but those of gold.
    """
    if suite == "synthetic":
        return Expected(sum(product.levers.coverage.rows.values()), ASKED_FOR)
    whole = round(figure(sizes.min()) / (1 - product.roles.gold))  # gold was left out
    where = "the source" if len(sizes) == 1 else "the smallest window"
    return Expected(whole, f"or so that {where} had when this was drafted")


def _told(product: Product, rows: pl.DataFrame, names: list[str]) -> Told:
    """What the rows of single people tell in every window; nothing where the synthesizer does not draw people."""
    if product.generate.synthesizer != DRAWS_PEOPLE:
        return NOTHING
    windows = [told(window, names) for window in rows.partition_by("_window")]
    least = min(windows, key=lambda one: one.people)
    whole = 1 - product.roles.gold  # gold was left out
    return Told(round(least.people / whole), round(least.rows / whole), lasting=all(one.lasting for one in windows))


def _as_draft(product: Product, rows: pl.DataFrame) -> Draft:
    """The product's own decisions on its rows, as a draft has them; of a person with many rows, one counts."""
    single = rows.unique("_entity", keep="first", maintain_order=True)
    frame = single.drop("_entity", "_role", "_window")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.parquet"
        frame.write_parquet(file)
        table = read_table(file)
        found = {profile.name: profile for profile in profiles(table)}
    return Draft(
        table=table,
        profiles=found,
        personal={},
        sensitive={name: "sensitive" for name in product.sensitive if name in frame.columns},
        entity=None,
        goal=Goal(product.outcome.name, "the product's"),
        drops={},
        missing=(),
        own={},
        kinds={},
        window=None,
        slices=[],
        rows=max(sum(product.levers.coverage.rows.values()), product.levers.coverage.most_rows or 0, 50),
        frame=frame,
    )


def _patience(text: str, suite: str, frame: pl.DataFrame, batch: int, false_alarms: float) -> dict[str, float]:
    """Rule to the share of a batch that has to hold, from how many real rows hold it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{suite}.yaml"
        file.write_text(text, encoding="utf-8")
        drafted = read_suite(file)
    about_rows = drafted.with_rules(rule for rule in drafted.rules if "mostly" in rule.kwargs)
    verdicts = judge(frame, about_rows).verdicts if about_rows.rules else ()
    return {
        verdict.rule.id: least_share(verdict.failed_rows, frame.height, batch, false_alarms / len(verdicts))
        for verdict in verdicts
    }


def least_share(broken: int, rows: int, batch: int, false_alarms: float) -> float:
    """The share that holds in a batch of rows of the same kind, but for so many false alarms.

    The number of broken rows in a batch, after `broken` of `rows` were: beta-binomial, from Jeffreys' prior.

    Example:
        >>> least_share(0, 10_000, 10_000, 0.05)
        0.9998
    """
    from scipy.stats import betabinom

    most = float(betabinom.ppf(1 - false_alarms, batch, broken + 0.5, rows - broken + 0.5))
    return max(int((1 - most / batch) * STEPS) / STEPS, 0.0)
