"""Landing: a window's real rows, typed, judged by the domain rules, and parted into roles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from supplychain.define.arrivals import content_of, rows_of, window_names
from supplychain.define.roles import ROLES, assign_roles, entity_hashes, entity_keys
from supplychain.define.source import describe, kept_columns, read_source
from supplychain.erasure import without_erased
from supplychain.errors import BadInput
from supplychain.gates import judge
from supplychain.schema import NO_VALUES, typed
from supplychain.slices import Slice
from supplychain.yardstick import MOST_CLASSES, is_quantity

if TYPE_CHECKING:
    from supplychain.chain import Chain
    from supplychain.ledger import Commit
    from supplychain.product import Product

LEAST_ROWS = 10
"""Fewer rows of a role than this cannot be learned from or judged by."""


def land(chain: Chain, window: str) -> Commit:
    """Land a window: `real` (role train), `tune`, `gold`, and `set_aside` with the rules that refused each row.

    Rows that break a domain rule never reach a generator, a model or a gate; they are kept and counted.

    Raises:
        BadInput: The source cannot be used as the product declares it.
    """
    product = chain.product
    with chain.step("define", window) as step:
        where = describe(product.source)
        chain.progress(f"reading {where}")
        everything = prepare(product, read_source(product, chain.root), where, chain.root)
        everything = without_erased(chain, window, everything)
        _refuse_empty_slices(product, everything, chain.root)
        arrived = _rows_of_window(product, everything, window, where)
        _refuse_unusable(product, arrived, where, window)
        step.note_input("source", window, content_of(arrived))

        chain.progress(f"judging {arrived.height:,} rows")
        suite = chain.suite("real", columns=arrived.columns)
        judgement = judge(arrived.drop("_entity", "_role"), suite)
        kept, refused = judgement.split(arrived)

        parts = {role: kept.filter(pl.col("_role") == role).drop("_role") for role in ROLES}
        _refuse_thin_roles(product, parts, where, window)
        _refuse_large_blind_test(product, parts["tune"], chain.root)
        table = step.write("real", parts["train"], entities=parts["train"]["_entity"].n_unique(), role="train")
        step.write("tune", parts["tune"], entities=parts["tune"]["_entity"].n_unique(), role="tune")
        step.write("gold", parts["gold"], entities=parts["gold"]["_entity"].n_unique(), role="gold")
        step.write("set_aside", refused, share=refused.height / arrived.height)
        step.judge(judgement, asset="real", content=table.content)
    return step.done


def check_rows(product: Product, root: Path) -> None:
    """Refuse what landing would refuse, in every window whose rows have arrived; nothing is written.

    Raises:
        BadInput: As for `land`.
    """
    where = describe(product.source)
    everything = prepare(product, read_source(product, root), where, root)
    _refuse_empty_slices(product, everything, root)
    absent = []
    windows = window_names(product, everything, where)
    for window in windows:
        try:
            arrived = _rows_of_window(product, everything, window, where)
        except BadInput as error:  # its rows may be on their way, or have been taken away since
            absent.append(error)
        else:
            _refuse_unusable(product, arrived, where, window)
            _refuse_large_blind_test(product, arrived.filter(pl.col("_role") == "tune"), root)
    if len(absent) == len(windows):
        raise absent[0]


def prepare(product: Product, raw: pl.DataFrame, where: str, root: Path = Path()) -> pl.DataFrame:
    """The source's rows typed, with the outcome, `_entity`, `_role` and `_window`; dropped columns are gone.

    Raises:
        BadInput: Values that are not of their kind, an outcome that is none, or an entity that stands twice.
    """
    kinds = {name: column.kind for name, column in product.columns.items() if column.kind}
    dropped = [name for name in product.drop if raw.schema[name] in NO_VALUES]
    own = {name: column.missing for name, column in product.columns.items()}
    frame = typed(raw.drop(dropped), kinds, product.source.missing, where=where, own=own)
    hashes = _entities(product, frame, where)
    frame = _with_outcome(product, frame, root)
    in_window = frame[product.window.column] if product.window else pl.repeat("", frame.height, eager=True)
    return frame.select(kept_columns(product, frame.columns)).with_columns(
        hashes.alias("_entity"), assign_roles(hashes, product.roles), in_window.alias("_window")
    )


def _entities(product: Product, frame: pl.DataFrame, where: str) -> pl.Series:
    entity = product.entity
    keys = entity_keys(frame, entity.column if entity else None)
    if entity and keys.null_count():
        raise BadInput(
            f"{keys.null_count()} rows have no {entity.column!r}",
            where=where,
            place="entity.column",
            remedy="name who they are about",
        )
    if entity and entity.rows == "one" and keys.n_unique() < len(keys):
        twice = keys.filter(keys.is_duplicated())
        raise BadInput(
            f"{twice.n_unique()} values of {entity.column!r} stand in more than one row ({len(twice)} rows)",
            where=where,
            place="entity",
            remedy="remove the second rows, or declare `entity.rows: many`",
        )
    return entity_hashes(keys, product.roles.key or product.name)


def _with_outcome(product: Product, frame: pl.DataFrame, root: Path) -> pl.DataFrame:
    outcome = product.outcome
    if outcome.where is None:
        return frame
    decides = Slice(outcome.name, outcome.where)
    mask = _mask(product, decides, frame, root, "outcome", "where")
    for column in decides.columns:
        if column not in product.drop:
            raise BadInput(
                f"reads {column!r}, off which every model would read the outcome",
                where=product.at(root, "outcome", "where"),
                place="outcome.where",
                remedy=f"put {column} under drop",
            )
    return frame.with_columns(mask.cast(pl.Int64).alias(outcome.name))


def _mask(product: Product, slice_: Slice, frame: pl.DataFrame, root: Path, *path: str) -> pl.Series:
    """The rows in a predicate of the product file; what is wrong with it is said of its line there."""
    try:
        return slice_.mask(frame)
    except BadInput as error:
        raise error.at(product.at(root, *path), ".".join(path)) from None


def _rows_of_window(product: Product, frame: pl.DataFrame, window: str, where: str) -> pl.DataFrame:
    rows = rows_of(product, frame, window)
    if product.window is None or rows.height:
        return rows
    there = ", ".join(str(item) for item in frame["_window"].unique().sort().to_list()[:10])
    if product.window.values is None:
        what, place = f"window {window}", "window.column"
    else:
        what, place = f"{product.window.column} = {product.window.values[window]!r}", f"window.values.{window}"
    raise BadInput(
        f"has no rows with {what} (there are: {there})",
        where=where,
        place=place,
        remedy="mend the value, or wait for the window's rows to arrive",
    )


def _refuse_empty_slices(product: Product, frame: pl.DataFrame, root: Path) -> None:
    for slice_ in product.all_slices[1:]:
        if not _mask(product, slice_, frame, root, "slices", slice_.name).any():
            raise BadInput(
                f"no row of the source satisfies {slice_.where!r}",
                where=product.at(root, "slices", slice_.name),
                place=f"slices.{slice_.name}",
                remedy="mend the predicate, or remove the slice",
            )


def _refuse_unusable(product: Product, frame: pl.DataFrame, where: str, window: str) -> None:
    for name in frame.columns:
        if frame[name].null_count() == frame.height:
            raise BadInput(
                f"has no value in window {window}",
                where=where,
                place=f"column {name}",
                remedy=f"put {name} under drop",
            )
    name = product.outcome.name
    values = frame[name].drop_nulls()
    if values.n_unique() < 2:
        raise BadInput(
            f"has the one value {values[0]!r} in window {window}: there is nothing to predict",
            where=where,
            place=f"outcome {name}",
            remedy="mend outcome.where, or name another column",
        )
    if values.dtype.is_temporal() or (values.n_unique() > MOST_CLASSES and not is_quantity(values)):
        what = "is a date" if values.dtype.is_temporal() else f"has {values.n_unique():,} classes"
        raise BadInput(
            f"{what}; the outcome model predicts numbers, or at most {MOST_CLASSES} classes",
            where=where,
            place=f"outcome {name}",
            remedy="make it a condition under another name with outcome.where, or name another column",
        )
    if frame[name].null_count():
        raise BadInput(
            f"is missing in {frame[name].null_count()} rows of window {window}",
            where=where,
            place=f"outcome {name}",
            remedy="leave rows without an outcome out of the source",
        )


def _refuse_large_blind_test(product: Product, tune: pl.DataFrame, root: Path) -> None:
    """Refuse a blind test of more real rows than there are, hours before it would be drawn up."""
    if product.review and product.review.blind:
        product.review.blind.require(product.at(root, "review", "blind"), of_role_tune=tune.height)


def _refuse_thin_roles(product: Product, parts: dict[str, pl.DataFrame], where: str, window: str) -> None:
    for role, rows in parts.items():
        outcome = rows[product.outcome.name]
        classes, kind = outcome.n_unique(), "values" if outcome.dtype.is_float() else "classes"
        if rows.height < LEAST_ROWS or classes < 2:
            raise BadInput(
                f"role {role} of window {window} has {rows.height} usable rows and {classes} outcome {kind}",
                where=where,
                place="roles",
                remedy=f"bring more rows: each role needs {LEAST_ROWS} and two {kind}",
            )
