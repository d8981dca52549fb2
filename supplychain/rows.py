"""What may be said of one row beside the rules: that it is a real person's, or that it stood there before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

COPIES = "copies-a-real-row"
"""The reason of a row that equals a real row which nobody else has."""
REPEATS = "repeats-a-row"
"""The reason of a row that stood there before, where no two real rows are like that."""


def not_new(rows: pl.DataFrame, real: pl.DataFrame, identifying: Sequence[str] = ()) -> pl.Series:
    """Why a row is not new, or null: it copies a real row, or repeats an earlier one.

    A content that several real rows share gives nobody away and may stand more than once: where columns are few and
    coarse, most contents are such.

    Args:
        rows: Synthetic rows, in order.
        real: Real rows of role train.
        identifying: Columns by which a person is told; all of them where empty.
    """
    whole = [name for name in real.columns if not name.startswith("_")]
    copies = _shared(rows, real, list(identifying) or whole) == 1
    again = rows.select(whole).is_duplicated() & ~rows.select(pl.struct(whole).is_first_distinct()).to_series()
    repeats = again & (_shared(rows, real, whole) < 2)
    reasons = pl.DataFrame({"copies": copies, "repeats": repeats}).select(
        pl.when("copies").then(pl.lit(COPIES)).when("repeats").then(pl.lit(REPEATS)).alias("reason")
    )
    return reasons.to_series()


def _shared(rows: pl.DataFrame, real: pl.DataFrame, names: list[str]) -> pl.Series:
    """How many real rows have each row's content."""
    counts = real.group_by(names).len("_real")
    found = rows.select(names).join(counts, on=names, how="left", nulls_equal=True, maintain_order="left")
    return found["_real"].fill_null(0)
