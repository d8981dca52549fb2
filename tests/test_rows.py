"""New rows are told from copies and repetitions: an oracle that counts."""

from __future__ import annotations

from collections import Counter

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from supplychain.rows import COPIES, REPEATS, not_new

ROWS = st.lists(st.tuples(st.sampled_from([None, 1, 2, 3]), st.sampled_from(["a", "b", None])), min_size=1, max_size=30)


def frame(rows):
    return pl.DataFrame(rows, schema={"number": pl.Int64, "text": pl.String}, orient="row")


@given(ROWS, ROWS)
def test_a_row_is_new_unless_it_copies_the_only_one_of_its_kind_or_repeats_what_no_two_share(rows, real):
    counts, seen, expected = Counter(real), set(), []
    for row in rows:
        reason = COPIES if counts[row] == 1 else REPEATS if row in seen and counts[row] < 2 else None
        expected.append(reason)
        seen.add(row)
    assert not_new(frame(rows), frame(real)).to_list() == expected


@given(ROWS, ROWS)
def test_identifying_columns_alone_make_a_copy(rows, real):
    counts = Counter(text for _, text in real)
    reasons = not_new(frame(rows), frame(real), ("text",)).to_list()
    assert [reason == COPIES for reason in reasons] == [counts[text] == 1 for _, text in rows]
