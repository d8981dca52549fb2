"""A file of feedback, read strictly: every way in which it can be wrong is one line, and nothing is taken then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from supplychain.entities import entity_hashes, hash_key
from supplychain.errors import BadInput, nearest
from supplychain.monitor.observed import ENTITY, KEY, PREDICTED, SCORE, SENT, TIME
from supplychain.monitor.settling import from_database, from_file, wait_until_settled
from supplychain.schema import Schema, typed
from supplychain.slices import Slice
from supplychain.yardstick import Target

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from supplychain.product import Product

A_DAY = timedelta(days=1)
"""How far a time may lie ahead: it may be of any zone."""
WINDOW = "_window"


@dataclass(frozen=True)
class Feedback:
    """What a file says.

    Attributes:
        name: The file, for people.
        content: Hash of the file, or of the table's rows.
        predictions: `_key`, `_time`, `_score`, `_predicted`, `_entity` and `_window` where known, and features.
        labels: `_key` and the outcome, of rows whose outcome is known.
    """

    name: str
    content: str
    predictions: pl.DataFrame
    labels: pl.DataFrame


def read_feedback(
    product: Product, landed: pl.DataFrame, file: Path, table: str | None = None, now: datetime | None = None
) -> Feedback:
    """Read predictions, outcomes or both.

    Args:
        product: The product.
        landed: Real rows, whose types the features have.
        file: A CSV or Parquet file, or a DuckDB database.
        table: The table of the database.
        now: The time that nothing may lie ahead of; UTC.

    Raises:
        BadInput: The first thing that is wrong with it.
    """
    wait_until_settled(file, product.monitor.feedback.settle_seconds)
    raw, content = from_database(file, table) if table else from_file(file)
    where = f"{file} ({table})" if table else str(file)
    frame = _typed(product, landed, raw, where)
    _refuse_unknown(product, landed, frame, where)
    frame = frame.with_columns(_keys(product, frame, where))
    frame = _with_outcome(product, landed, frame, where)
    frame = _once_each(frame, where)
    parts = _Parts(product, frame, where, (now or datetime.now(UTC)).replace(tzinfo=None))
    return Feedback(where, content, parts.predictions(landed, content), parts.labels())


def _typed(product: Product, landed: pl.DataFrame, raw: pl.DataFrame, where: str) -> pl.DataFrame:
    names = product.monitor.feedback
    kinds = {column.name: column.kind for column in Schema.of(landed).columns}
    kinds = {name: "integer" if kind == "flag" else kind for name, kind in kinds.items()}  # a 2 is drift, no fault
    kinds |= {name: column.kind for name, column in product.columns.items() if column.kind}
    kinds |= {names.score: "number", names.time: "datetime", names.key: "category"}
    if product.outcome.name in kinds and not landed[product.outcome.name].dtype.is_numeric():
        kinds[product.outcome.name] = "category"
    if product.entity:
        kinds[product.entity.column] = "category"
    own = {name: column.missing for name, column in product.columns.items()}
    given = {name: kind for name, kind in kinds.items() if name in raw.columns}
    if names.key in raw.columns and raw[names.key].dtype != pl.String:
        raw = raw.with_columns(pl.col(names.key).cast(pl.String))
    if product.entity and product.entity.column in raw.columns:
        raw = raw.with_columns(pl.col(product.entity.column).cast(pl.String))
    return typed(raw, given, product.source.missing, where=where, own=own)


def _refuse_unknown(product: Product, landed: pl.DataFrame, frame: pl.DataFrame, where: str) -> None:
    names = product.monitor.feedback
    decides = Slice("", product.outcome.where).columns if product.outcome.where else ()
    known = {names.key, names.score, names.predicted, names.time, product.outcome.name, *decides, *product.drop}
    known |= {name for name in landed.columns if not name.startswith("_")}
    known |= {product.entity.column} if product.entity else set()
    known |= {product.window.column} if product.window else set()
    for name in frame.columns:
        if name not in known:
            remedy = f"{nearest(name, known)}; or put {name} under drop"
            raise BadInput(f"has the unknown column {name!r}; nothing was taken", where=where, remedy=remedy)
    outcome = product.outcome.name in frame.columns or (decides and set(decides) <= set(frame.columns))
    if names.score not in frame.columns and not outcome:
        raise BadInput(
            f"has neither a score ({names.score!r}) nor an outcome ({product.outcome.name!r})",
            where=where,
            remedy="name its columns under monitor.feedback",
        )


def _keys(product: Product, frame: pl.DataFrame, where: str) -> pl.Series:
    """Who a row is about: its prediction, or the entity where no prediction has a name."""
    key = product.monitor.feedback.key
    entity = product.entity.column if product.entity and product.entity.rows == "one" else None
    column = key if key in frame.columns else entity if entity in frame.columns else None
    if column is None:
        remedy = f"add the column {key!r}, or name another under monitor.feedback.key"
        raise BadInput("does not say which prediction a row is about", where=where, remedy=remedy)
    if frame[column].null_count():
        row = int(frame[column].is_null().arg_true()[0]) + 1
        raise BadInput(f"has no {column} in row {row}", where=where, remedy="name every prediction")
    return frame[column].cast(pl.String).alias(KEY)


def _with_outcome(product: Product, landed: pl.DataFrame, frame: pl.DataFrame, where: str) -> pl.DataFrame:
    """The outcome as real rows have it, null where it has not come; a value that no real row has is refused."""
    name, wanted = product.outcome.name, landed.schema[product.outcome.name]
    if name in frame.columns:
        values = frame[name]
    elif product.outcome.where and set(Slice(name, product.outcome.where).columns) <= set(frame.columns):
        decides = Slice(name, product.outcome.where)
        blank = frame.select(pl.any_horizontal(pl.col(column).is_null() for column in decides.columns)).to_series()
        values = decides.mask(frame).cast(pl.Int64).set(blank, None)
    else:
        return frame.with_columns(pl.lit(None, wanted).alias(name))
    target = Target.of(name, landed)
    cast = values.cast(wanted, strict=False)
    known = cast.is_not_null() if target.is_quantity else cast.is_in(list(target.classes)).fill_null(value=False)
    odd = values.is_not_null() & ~known
    if odd.any():
        place = int(odd.arg_true()[0])
        classes = "a number" if target.is_quantity else f"one of {', '.join(map(str, target.classes))}"
        raise BadInput(
            f"holds the outcome {values[place]!r} in row {place + 1}, which no real row has; nothing was taken",
            where=where,
            place=f"column {name}",
            remedy=f"make it {classes}",
        )
    return frame.with_columns(cast.alias(name))


def _once_each(frame: pl.DataFrame, where: str) -> pl.DataFrame:
    """Each prediction once: equal rows are one, and two that differ are refused."""
    rows = frame.unique(maintain_order=True)
    twice = rows.filter(rows[KEY].is_duplicated())
    if twice.height:
        key = twice[KEY][0]
        raise BadInput(
            f"names prediction {key!r} in {twice.filter(pl.col(KEY) == key).height} rows that differ "
            f"({twice[KEY].n_unique()} such keys); nothing was taken",
            where=where,
            remedy="name each prediction once",
        )
    return rows


@dataclass(frozen=True)
class _Parts:
    """The two parts of a frame."""

    product: Product
    frame: pl.DataFrame
    where: str
    now: datetime

    def labels(self) -> pl.DataFrame:
        """Keys and outcomes that are known."""
        return self.frame.select(KEY, self.product.outcome.name).drop_nulls(self.product.outcome.name)

    def predictions(self, landed: pl.DataFrame, content: str) -> pl.DataFrame:
        """Keys, scores, times and features; no row where the file holds outcomes alone."""
        names, frame = self.product.monitor.feedback, self.frame
        if names.score not in frame.columns:
            return pl.DataFrame(schema={KEY: pl.String})
        target = Target.of(self.product.outcome.name, landed)
        self._check_scores(frame, is_share=not target.is_quantity)
        several = len(target.classes) > 2
        if several:
            self._check_predicted(frame, target)
        self._check_times(frame)
        entity, window = self.product.entity, self.product.window
        features = [
            name
            for name in landed.columns
            if name in frame.columns and not name.startswith("_") and name != self.product.outcome.name
        ]
        extra = list(self._extra(frame, entity.column if entity else None, window.column if window else None))
        return frame.select(
            KEY,
            (pl.col(names.time) if names.time in frame.columns else pl.lit(None, pl.Datetime("us"))).alias(TIME),
            pl.col(names.score).alias(SCORE),
            (pl.col(names.predicted).cast(pl.String) if several else pl.lit(None, pl.String)).alias(PREDICTED),
            pl.lit(content[:16]).alias(SENT),
            *extra,
            *features,
        )

    def _extra(self, frame: pl.DataFrame, entity: str | None, window: str | None) -> Iterator[pl.Expr | pl.Series]:
        if entity in frame.columns:
            yield entity_hashes(frame[str(entity)].cast(pl.String).fill_null(""), hash_key(self.product)).alias(ENTITY)
        if window in frame.columns:
            yield pl.col(str(window)).alias(WINDOW)

    def _check_scores(self, frame: pl.DataFrame, *, is_share: bool) -> None:
        scores = frame[self.product.monitor.feedback.score]
        bad = scores.is_null() | (~scores.is_between(0, 1) if is_share else ~scores.is_finite()).fill_null(value=True)
        if bad.any():
            row = int(bad.arg_true()[0])
            found = "no score" if scores[row] is None else f"the score {scores[row]:g}"
            raise BadInput(
                f"holds {found} in row {row + 1} ({int(bad.sum())} such rows); nothing was taken",
                where=self.where,
                place=f"column {scores.name}",
                remedy="give a probability from 0 to 1" if is_share else "give a number",
            )

    def _check_predicted(self, frame: pl.DataFrame, target: Target) -> None:
        name = self.product.monitor.feedback.predicted
        classes = [str(value) for value in target.classes]
        known = frame[name].cast(pl.String).is_in(classes).fill_null(value=False) if name in frame.columns else None
        if known is None or not known.all():
            problem = (
                f"has no column {name!r}, and the outcome has {len(classes)} classes"
                if known is None
                else f"predicts {frame[name][int((~known).arg_true()[0])]!r}, which is no class of the outcome"
            )
            raise BadInput(f"{problem}; nothing was taken", where=self.where, remedy=f"predict {', '.join(classes)}")

    def _check_times(self, frame: pl.DataFrame) -> None:
        name = self.product.monitor.feedback.time
        if name not in frame.columns:
            return
        late = (frame[name] > self.now + A_DAY).fill_null(value=False)
        if late.any():
            row = int(late.arg_true()[0])
            raise BadInput(
                f"holds {frame[name][row]} in row {row + 1}, which is yet to come ({int(late.sum())} such rows); "
                "nothing was taken",
                where=self.where,
                place=f"column {name}",
                remedy="mend the times, or the clock of this machine",
            )
