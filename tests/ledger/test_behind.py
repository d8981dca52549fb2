"""What lies behind a commit, where the same contents are made again and again."""

from __future__ import annotations

from supplychain.ledger import Commit, Input, Output
from supplychain.ledger.behind import behind, maker_for, maker_of


def commit(sequence: int, made: str, *read: str) -> Commit:
    """A commit that made `asset:content` of others."""
    inputs = tuple(Input(asset, "w", content) for asset, content in (one.split(":") for one in read))
    outputs = (Output(*made.split(":")),)
    return Commit(str(sequence), sequence, "", "p", "w", "s", "", "", "", 0.0, 0.0, inputs=inputs, outputs=outputs)


LOG = [
    commit(1, "plan:a"),
    commit(2, "accepted:a", "plan:a"),
    commit(3, "rebalance:x", "accepted:a"),
    commit(4, "plan:b", "rebalance:x"),
    commit(5, "accepted:b", "plan:b"),
    commit(6, "rebalance:x", "accepted:b"),
    commit(7, "plan:c"),
]


def test_a_commit_leads_to_nothing_that_was_made_before_it():
    assert behind(LOG, LOG[4]) == LOG[:5], "the later rebalance of the same content is made of what it would lead to"
    assert behind(LOG, LOG[5], LOG[6]) == LOG


def test_a_reader_had_the_newest_maker_before_it():
    assert maker_for(LOG, LOG[3], "rebalance") is LOG[2] and maker_for(LOG, LOG[3], "real") is None


def test_the_newest_maker_is_found():
    assert maker_of(LOG, "rebalance", "w", "x") is LOG[5]
    assert maker_of(LOG, "rebalance", "v", "x") is None
