"""Feedback as it stands in the store: predictions of a window, and outcomes wherever they came, joined by key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supplychain.chain import Chain
    from supplychain.ledger import Output
    from supplychain.step import Step

PREDICTIONS, LABELS = "predictions", "labels"
"""Assets: predictions of a window; and outcomes by key, which are kept in the product's first window: an outcome
belongs to a prediction, wherever that is."""
FILE = "feedback-file"
"""What an observed file is called among a commit's inputs."""
KEY, TIME, SCORE, PREDICTED, SENT = "_key", "_time", "_score", "_predicted", "_file"
ENTITY = "_entity"
KNOWN = "_known"
"""Whether the features of a prediction are known: they came with it, or its entity was landed."""


def found(chain: Chain, asset: str, window: str) -> Output | None:
    """The current content of an asset, if there is any."""
    there = chain.ledger.find(chain.product.name, asset, window)
    return there[1] if there else None


def unmeasured(chain: Chain) -> dict[str, str]:
    """Windows whose predictions, or the outcomes known, are not those of their `feedback`; each with what names them.

    By what was read, and not by who was told: a file that was taken in by somebody who died then is measured too.
    """
    labels = found(chain, LABELS, chain.product.windows[0])
    stale = {}
    for window in chain.product.windows:
        predictions = found(chain, PREDICTIONS, window)
        if predictions is None:
            continue
        there = {predictions.content, *([labels.content] if labels else [])}
        measured = chain.ledger.find(chain.product.name, "feedback", window)
        if measured is None or not there <= {item.content for item in measured[0].inputs}:
            stale[window] = "-".join(sorted(content[:16] for content in there))
    return stale


def current_predictions(chain: Chain, step: Step, window: str) -> pl.DataFrame | None:
    """The window's predictions with their features, and the outcome as far as it has come; None where there are none.

    Predictions that came with the key of an entity alone take the features of that entity's landed rows; those of
    role gold are not read.
    """
    if found(chain, PREDICTIONS, window) is None:
        return None
    rows = step.read(PREDICTIONS, window=window)
    outcome = chain.product.outcome.name
    first = chain.product.windows[0]
    if found(chain, LABELS, first) is None:
        rows = rows.with_columns(pl.lit(None, pl.Int64).alias(outcome))
    else:
        labels = step.read(LABELS, window=first).select(KEY, outcome)
        rows = rows.join(labels, on=KEY, how="left", maintain_order="left")
    return _with_features(chain, step, rows)


def _with_features(chain: Chain, step: Step, rows: pl.DataFrame) -> pl.DataFrame:
    own = [name for name in rows.columns if not name.startswith("_") and name != chain.product.outcome.name]
    entity = chain.product.entity
    if own or ENTITY not in rows.columns or entity is None or entity.rows != "one":
        return rows.with_columns(pl.lit(bool(own)).alias(KNOWN))
    landed = [
        step.read(role, window=window).drop(chain.product.outcome.name)
        for window in chain.product.windows
        for role in ("real", "tune")
        if found(chain, role, window)
    ]
    people = pl.concat(landed, how="diagonal_relaxed").unique(ENTITY, keep="last", maintain_order=True)
    joined = rows.join(people.with_columns(pl.lit(True).alias(KNOWN)), on=ENTITY, how="left", maintain_order="left")
    return joined.with_columns(pl.col(KNOWN).fill_null(value=False))


def landed_schema(chain: Chain) -> pl.DataFrame | None:
    """Real rows of the newest landed window: how columns of feedback are to be read; None before the first."""
    for window in reversed(chain.product.windows):
        real = found(chain, "real", window)
        if real:
            return chain.store.read_table(real.table)
    return None


def files_taken(chain: Chain, windows: Iterable[str]) -> set[str]:
    """Contents of files whose outcomes were taken, in some windows."""
    wanted = set(windows)
    return {
        item.content
        for commit in chain.ledger.commits(chain.product.name)
        if commit.window in wanted and any(made.asset == LABELS for made in commit.outputs)
        for item in commit.inputs
        if item.asset == FILE
    }
