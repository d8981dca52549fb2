"""Taking feedback in: predictions to their windows, outcomes by key; a file that comes again changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from supplychain.errors import BadInput, nearest
from supplychain.monitor.observed import (
    FILE,
    KEY,
    LABELS,
    PREDICTED,
    PREDICTIONS,
    SCORE,
    SENT,
    files_taken,
    found,
    landed_schema,
)
from supplychain.monitor.reading import WINDOW, Feedback, read_feedback
from supplychain.monitor.settling import is_settled
from supplychain.store import sha256

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from supplychain.chain import Chain

TAKEN, AGAIN, REFUSED, WRITING = "taken", "nothing new", "refused", "still being written"
SUFFIXES = (".csv", ".gz", ".parquet", ".duckdb", ".db")
UNFINISHED = (".tmp", ".part", ".partial", ".crdownload")


@dataclass(frozen=True)
class Taken:
    """What became of a file.

    Attributes:
        file: Its name.
        status: taken, nothing new, refused, or still being written.
        content: Its hash; empty where it was not read.
        windows: Windows whose feedback is another now.
        predictions: New predictions.
        labels: New outcomes.
        corrected: Outcomes that differ from those known before, which they replace.
        waiting: Outcomes, of all that are known, whose prediction has not come yet.
        words: One line.
    """

    file: str
    status: str
    content: str = ""
    windows: tuple[str, ...] = ()
    predictions: int = 0
    labels: int = 0
    corrected: int = 0
    waiting: int = 0
    words: str = ""


def observe(
    chain: Chain, file: Path, *, table: str | None = None, window: str | None = None, now: datetime | None = None
) -> list[Taken]:
    """Take in a file, a table of a database, or every file of a folder.

    Args:
        chain: The product and its store.
        file: A CSV or Parquet file, a DuckDB database with `table`, or a folder.
        table: The table of the database.
        window: The window of predictions that do not name theirs.
        now: The time that no prediction may lie ahead of; the clock's where not given.

    Returns:
        What became of each file; of one in a folder that is refused, why: the others are taken all the same.

    Raises:
        BadInput: The file, or the folder, cannot be used; nothing was taken.
    """
    if file.is_dir():
        return [_one_of_many(chain, one, window, now) for one in _files_of(file)]
    if not file.exists():
        raise BadInput(
            "is not there; nothing was taken, and what was observed before stays",
            where=file,
            remedy="mend the path, or try again when the source is back",
        )
    return [_take(chain, file, table, window, now)]


def folder_mark(folder: Path) -> str:
    """What a folder's files are known by without being read, by name, size and time: another mark, something new.

    Raises:
        BadInput: There is no such folder.
    """
    if not folder.is_dir():
        raise BadInput(
            "is not there", where=folder, place="monitor.feedback.folder", remedy="make it, or mend the path"
        )
    stats = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in _files_of(folder)]
    return sha256(repr(stats).encode())[:16]


def _files_of(folder: Path) -> list[Path]:
    files = sorted(file for file in folder.iterdir() if file.is_file())
    return [file for file in files if file.suffix in SUFFIXES and not file.name.startswith(".")]


def _one_of_many(chain: Chain, file: Path, window: str | None, now: datetime | None) -> Taken:
    try:
        if not is_settled(file, chain.product.monitor.feedback.settle_seconds):
            return Taken(str(file), WRITING, words=f"{file}: changed a moment ago; it is left for the next time")
        return _take(chain, file, None, window, now)
    except (BadInput, OSError) as error:
        return Taken(str(file), REFUSED, words=str(error))


def _take(chain: Chain, file: Path, table: str | None, window: str | None, now: datetime | None) -> Taken:
    landed = landed_schema(chain)
    if landed is None:
        name = chain.product.name
        raise BadInput("has no real rows yet", where=f"product {name}", remedy=f"run `supplychain run {name}` first")
    if table is None and file.suffix in (".duckdb", ".db"):
        raise BadInput("is a database", where=file, remedy="say which table: --table NAME")
    chain.progress(f"reading {file}")
    feedback = read_feedback(chain.product, landed, file, table, now)
    product = chain.product.name
    with chain.store.lock(f"{product}-observe", why=f"feedback of {product} is being taken in", wait=True):
        parts = _by_window(chain, feedback, window)
        new = {name: _new(chain, feedback, name, rows) for name, rows in parts.items()}
        touched = [name for name, rows in new.items() if rows.height]
        for name in touched:
            _add(chain, feedback, name, new[name])
        result = Taken(feedback.name, TAKEN, feedback.content, predictions=sum(rows.height for rows in new.values()))
        result, named = _label(chain, feedback, result)
    windows = tuple(name for name in chain.product.windows if name in {*touched, *named})
    return _told(replace(result, windows=windows))


def _by_window(chain: Chain, feedback: Feedback, window: str | None) -> dict[str, pl.DataFrame]:
    """Predictions by their windows: by the window's column, by what was asked for, or the only one there is."""
    rows, product = feedback.predictions, chain.product
    if not rows.height:
        return {}
    if WINDOW in rows.columns and product.window and not window:
        declared = product.window.values or {name: name for name in product.windows}
        names = {str(value): name for name, value in declared.items()}
        of_row = rows[WINDOW].cast(pl.String).replace_strict(names, default=None, return_dtype=pl.String)
        if of_row.null_count():
            value = rows[WINDOW][int(of_row.is_null().arg_true()[0])]
            problem = f"holds {product.window.column} = {value!r}, which is no window; nothing was taken"
            raise BadInput(problem, where=feedback.name, remedy=nearest(str(value), names))
        parts = rows.drop(WINDOW).with_columns(of_row.alias(WINDOW)).partition_by(WINDOW, as_dict=True)
        return {str(key[0]): part.drop(WINDOW) for key, part in parts.items()}
    if window is None and len(product.windows) > 1:
        column = product.window.column if product.window else "window"
        problem = f"does not say which window its predictions are of (it has no column {column!r})"
        raise BadInput(f"{problem}; nothing was taken", where=feedback.name, remedy="add it, or give --window")
    return {product.check_window(window or product.windows[0]): rows.drop(WINDOW, strict=False)}


def _new(chain: Chain, feedback: Feedback, window: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of a window that are not known yet; one that is known with another score is refused."""
    there = found(chain, PREDICTIONS, window)
    if there is None:
        return rows
    known = chain.store.read_table(there.table).select(KEY, SCORE, PREDICTED)
    both = rows.select(KEY, SCORE, PREDICTED).join(known, on=KEY, suffix="_before")
    differs = both.filter(
        (pl.col(SCORE) != pl.col(f"{SCORE}_before")) | pl.col(PREDICTED).ne_missing(pl.col(f"{PREDICTED}_before"))
    )
    if differs.height:
        key, now, before = differs.row(0)[0], differs[SCORE][0], differs[f"{SCORE}_before"][0]
        raise BadInput(
            f"gives prediction {key!r} the score {now:g}, and it was observed with {before:g} ({differs.height} such "
            "keys); nothing was taken",
            where=feedback.name,
            remedy="give a new prediction a new key",
        )
    return rows.join(known, on=KEY, how="anti", maintain_order="left")


def _add(chain: Chain, feedback: Feedback, window: str, rows: pl.DataFrame) -> None:
    with chain.step("monitor", window) as step:
        step.note_input(FILE, window, feedback.content)
        if found(chain, PREDICTIONS, window):
            rows = pl.concat([step.read(PREDICTIONS), rows], how="diagonal_relaxed")
        step.write(PREDICTIONS, rows, files=rows[SENT].n_unique(), last=feedback.name)


def _label(chain: Chain, feedback: Feedback, taken: Taken) -> tuple[Taken, set[str]]:
    """Put the file's outcomes beside those that are known, the newer one of two; and the windows that they are of."""
    first, name = chain.product.windows[0], chain.product.outcome.name
    there = found(chain, LABELS, first)
    known = chain.store.read_table(there.table) if there else None
    sent = feedback.labels.with_columns(pl.lit(feedback.content[:16]).alias(SENT))
    fresh = sent
    if known is not None:
        if feedback.content in files_taken(chain, [first]):
            sent = sent.clear()  # an old file that comes again takes no correction back
        before = known.select(KEY, pl.col(name).alias("_before"))
        fresh = sent.join(before, on=KEY, how="left").filter(pl.col(name).ne_missing(pl.col("_before")))
    if not fresh.height:
        waiting = 0 if known is None else _waiting(chain, known).height
        return replace(taken, waiting=waiting), set()
    corrected = 0 if known is None else int(fresh["_before"].is_not_null().sum())
    new = fresh.select(KEY, name, SENT)
    both = new if known is None else pl.concat([known.join(new, on=KEY, how="anti", maintain_order="left"), new])
    with chain.step("monitor", first) as step:
        step.note_input(FILE, first, feedback.content)
        if there:
            step.refer(LABELS)
        step.write(LABELS, both, waiting=(waiting := _waiting(chain, both).height), last=feedback.name)
    done = replace(taken, labels=new.height - corrected, corrected=corrected, waiting=waiting)
    return done, _windows_of(chain, new)


def _waiting(chain: Chain, labels: pl.DataFrame) -> pl.DataFrame:
    """Outcomes whose prediction nobody has seen."""
    for window in chain.product.windows:
        if there := found(chain, PREDICTIONS, window):
            keys = chain.store.read_table(there.table).select(KEY)
            labels = labels.join(keys, on=KEY, how="anti")
    return labels


def _windows_of(chain: Chain, labels: pl.DataFrame) -> set[str]:
    """Windows that have a prediction with one of these outcomes."""
    return {
        window
        for window in chain.product.windows
        if (there := found(chain, PREDICTIONS, window))
        and chain.store.read_table(there.table).select(KEY).join(labels, on=KEY, how="semi").height
    }


def _told(taken: Taken) -> Taken:
    news = [
        f"{count:,} {noun}"
        for count, noun in (
            (taken.predictions, "new predictions"),
            (taken.labels, "new outcomes"),
            (taken.corrected, "outcomes corrected"),
        )
        if count
    ]
    waiting = f"; {taken.waiting:,} outcomes wait for their prediction" if taken.waiting else ""
    if not news:
        return replace(taken, status=AGAIN, words=f"{taken.file}: nothing new{waiting}")
    where = f" of {', '.join(taken.windows)}" if taken.windows else ""
    return replace(taken, words=f"{taken.file}: {', '.join(news)}{where}{waiting}")
