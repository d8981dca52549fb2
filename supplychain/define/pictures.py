"""The tables `gaps` and `plan` for a person: a few sentences, charts, and the columns that are read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain import charts
from supplychain.slices import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Iterable

SHOWN = 12
"""Rows of a chart that a person reads."""
ROWS = pl.max_horizontal("rows", "buy_rows")
"""Rows to make, or to buy where none are to be made."""
WHERE = pl.col("predicate").replace("TRUE", None).alias("where")


def gap_words(gaps: pl.DataFrame) -> str:
    """How many gaps of which kind, the worst of them, and how well the model does on all; a paragraph each."""
    found = gaps.filter(pl.col("verdict") == "gap")
    kinds = Counter(found["kind"])
    told = [f"{_count(found.height, 'gap')}: {_listed(kinds)}." if found.height else "No gap was found."]
    few = gaps.filter(pl.col("verdict") == "too few").height
    if few:
        told.append(f"{_count(few, 'slice')} with too few rows to tell.")
    for row in _measured(gaps.filter(pl.col("slice") == EVERYTHING)).iter_rows(named=True):
        auc = f", AUC {row['auc']:.3f}" if row["auc"] is not None else ""
        told.append(f"Over all rows the loss is {row['loss']:.3f} ({row['low']:.3f} to {row['high']:.3f}){auc}.")
    for row in _worst(found).head(1).iter_rows(named=True):
        beside = f" beside {row['loss_elsewhere']:.3f} elsewhere" if row["loss_elsewhere"] is not None else ""
        told.append(f"The worst is {row['slice']} with {row['loss']:.3f}{beside}. {row['remedy']}")
    lacking = _lacking(gaps)
    if lacking.height:
        expected = lacking["expected_rows"][0]
        told.append(f"No row has `{lacking['predicate'][0]}`, where about {expected:,.0f} were to be expected.")
    return "\n\n".join(told)


def gap_pictures(gaps: pl.DataFrame) -> dict[str, str]:
    """The table `gaps` as charts, title to SVG: the loss per slice, and the combinations that no row has."""
    drawn: dict[str, str] = {}
    measured = _worst(gaps)
    if measured.height:
        title = _of_many("Loss per slice", measured)
        shown = measured.head(SHOWN).sort("loss", descending=True, maintain_order=True)
        spans = [_beside_others(row) for row in shown.iter_rows(named=True)]
        drawn[title] = charts.ranges(title, spans, "loss", "95% interval; upright stroke: all other rows; orange: gap")
    lacking = _lacking(gaps)
    if lacking.height:
        title = _of_many("Combinations that no row has", lacking)
        expected = dict(lacking.head(SHOWN).select("slice", "expected_rows").iter_rows())
        drawn[title] = charts.bars(title, expected, "rows that would be expected if the columns were independent")
    return drawn


def gap_table(gaps: pl.DataFrame) -> pl.DataFrame:
    """The columns of `gaps` that a person reads: gaps first, the worst of them first."""
    finding = pl.concat_str("verdict", "kind", separator=": ", ignore_nulls=True)
    rank = pl.col("verdict").replace_strict({"gap": 0, "too few": 1}, default=2)
    ordered = gaps.sort(pl.col("slice") != EVERYTHING, rank, -pl.col("loss"), -pl.col("expected_rows"), nulls_last=True)
    return _told(
        ordered.select(
            "slice",
            finding.alias("finding"),
            "loss",
            pl.col("loss_elsewhere").alias("loss elsewhere"),
            "rows",
            pl.col("remedy").alias("what would help"),
            _interval(),
            WHERE,
        )
    )


def plan_words(plan: pl.DataFrame) -> str:
    """What the plan does, what it proposes and leaves, and what its losses rest on; a paragraph each."""
    made, bought = plan.filter(pl.col("rows") > 0), plan.filter((pl.col("rows") == 0) & (pl.col("buy_rows") > 0))
    told = []
    if made.height:
        told.append(f"Synthesise {_rows(made, 'rows')}.")
    if bought.height:
        told.append(f"Propose to buy {_rows(bought, 'buy_rows')}; nothing is bought by itself.")
    rest = plan.filter((pl.col("rows") == 0) & (pl.col("buy_rows") == 0))
    for (action, kind), part in rest.group_by("action", "kind", maintain_order=True):
        told.append(f"{str(action).capitalize()}{f' ({kind})' if kind else ''}: {_names(part['slice'])}.")
    if made.filter(pl.col("expected").is_null()).height:
        told.append(
            "Where nobody has measured yet what a synthetic row teaches, the loss after is the best case: that of "
            "as many real rows."
        )
    return "\n\n".join(told) or "Nothing to do: no row is asked for, and no gap was found that rows close."


def plan_pictures(plan: pl.DataFrame) -> dict[str, str]:
    """The table `plan` as charts, title to SVG: the rows per slice, and the loss now beside the loss with them."""
    drawn: dict[str, str] = {}
    active = plan.filter(ROWS > 0).sort("rows", "buy_rows", descending=True, maintain_order=True)
    if active.height:
        title = _of_many("Rows to make, and to propose to buy, per slice", active)
        shown = active.head(SHOWN)
        notes = shown.select("slice", pl.when(pl.col("rows") > 0).then(pl.lit("to make")).otherwise(pl.lit("to buy")))
        drawn[title] = charts.bars(
            title, dict(shown.select("slice", ROWS).iter_rows()), "rows", dict(notes.iter_rows())
        )
    after = _measured(active).filter(pl.coalesce("expected", "best_case").is_not_null())
    if after.height:
        title = _of_many("Loss now, and with the rows", after)
        spans = [_fall(row) for row in after.head(SHOWN).iter_rows(named=True)]
        drawn[title] = charts.ranges(title, spans, "loss", "now with its 95% interval; upright stroke: with the rows")
    return drawn


def plan_table(plan: pl.DataFrame, currency: str) -> pl.DataFrame:
    """The columns of `plan` that a person reads, in the plan's order."""
    return _told(
        plan.select(
            "slice",
            "action",
            pl.when(ROWS > 0).then(ROWS).alias("rows"),
            pl.col("cost").alias(f"cost ({currency})"),
            "days",
            "loss",
            pl.col("expected").alias("loss expected"),
            pl.col("best_case").alias("loss at best"),
            "why",
            pl.col("kind").alias("gap"),
            pl.col("flags").replace("", None),
            pl.col("real_rows").alias("real rows"),
            _interval(),
            WHERE,
        )
    )


def _worst(gaps: pl.DataFrame) -> pl.DataFrame:
    """The slices with a loss: `all`, then gaps, then others, each by its loss."""
    first = (pl.col("slice") != EVERYTHING, pl.col("verdict") != "gap", -pl.col("loss"))
    return _measured(gaps).sort(*first, maintain_order=True)


def _lacking(gaps: pl.DataFrame) -> pl.DataFrame:
    return gaps.drop_nulls("expected_rows").sort("expected_rows", descending=True, maintain_order=True)


def _measured(table: pl.DataFrame) -> pl.DataFrame:
    """Lines with a loss and its interval; one of a single row has none."""
    return table.filter(pl.all_horizontal(pl.col(name).is_finite() for name in ("low", "loss", "high")))


def _beside_others(row: dict[str, Any]) -> charts.Span:
    """The loss in a slice and in all other rows; a gap stands out, and its kind is the note."""
    gap = row["verdict"] == "gap"
    note = row["kind"] if gap else row["verdict"].replace("fine", "")
    return charts.Span(row["slice"], row["low"], row["loss"], row["high"], row["loss_elsewhere"], note, gap)


def _fall(row: dict[str, Any]) -> charts.Span:
    """The loss now and with the rows; what the second rests on is the note."""
    known = row["expected"] is not None
    after = row["expected"] if known else row["best_case"]
    note = f"to {after:.3f} {'expected' if known else 'at best'}"
    return charts.Span(row["slice"], row["low"], row["loss"], row["high"], after, note)


def _interval() -> pl.Expr:
    ends = (pl.col(name).round(4) for name in ("low", "high"))
    finite = pl.col("low").is_finite() & pl.col("high").is_finite()
    return pl.when(finite).then(pl.format("{} to {}", *ends)).alias("95% interval")


def _told(table: pl.DataFrame) -> pl.DataFrame:
    """The table without the columns that say nothing."""
    return table.select(column for column in table if column.null_count() < table.height)


def _of_many(title: str, lines: pl.DataFrame) -> str:
    return title if lines.height <= SHOWN else f"{title}: {SHOWN} of {lines.height}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _listed(kinds: Counter[str]) -> str:
    return ", ".join(f"{number} {kind}" for kind, number in kinds.most_common())


def _rows(lines: pl.DataFrame, column: str) -> str:
    """How many rows in how many slices, the largest by name."""
    ordered = lines.sort(column, descending=True, maintain_order=True)
    parts = [f"{rows:,} in {name}" for name, rows in ordered.select("slice", column).iter_rows()]
    return f"{lines[column].sum():,} rows in {_count(lines.height, 'slice')} ({_names(parts)})"


def _names(names: Iterable[str]) -> str:
    """The first few, and how many more."""
    all_ = list(names)
    return ", ".join(all_[:5]) + (f" and {len(all_) - 5} more" if len(all_) > 5 else "")
