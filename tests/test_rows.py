"""New rows are told from copies and repetitions: an oracle that counts."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from supplychain.rows import COPIES, REPEATS, Hashes, Novelty, not_new

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


@given(ROWS, ROWS, st.lists(st.integers(0, 30), max_size=4))
def test_piece_by_piece_the_reasons_are_those_of_the_whole(rows, real, cuts):
    novelty, whole = Novelty(frame(real), ("text",)), frame(rows)
    ends = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    reasons = [novelty.reasons(whole[a:b]).to_list() for a, b in pairwise(ends)]
    assert [reason for piece in reasons for reason in piece] == not_new(whole, frame(real), ("text",)).to_list()


@given(st.lists(st.lists(st.integers(0, 30), max_size=20), max_size=12))
def test_hashes_are_a_set(pieces):
    hashes, seen = Hashes(), set()
    for piece in pieces:
        expected = []
        for number in piece:
            expected.append(number not in seen)
            seen.add(number)
        assert hashes.add(np.array(piece, dtype=np.uint64)).tolist() == expected


def test_numbers_that_are_equal_repeat_one_another():
    """Zero has two signs and NaN many bits: a missed repetition would be a wrong row, not one candidate less."""
    rows = pl.DataFrame({"x": [0.0, -0.0, float("nan"), -float("nan")]})
    assert not_new(rows, pl.DataFrame({"x": [7.5]})).to_list() == [None, REPEATS, None, REPEATS]
