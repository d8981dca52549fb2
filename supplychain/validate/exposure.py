"""Privacy evidence: copies of train people, and attacks on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from supplychain.measures.copies import copied_share, excess, wilson
from supplychain.measures.membership import attack_advantage
from supplychain.schema import Schema
from supplychain.validate.privacy import METRICS as OF_ATTACKS
from supplychain.validate.privacy import history_rows, privacy_rows
from supplychain.validate.privacy.rows import rounded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supplychain.ledger import Evidence
    from supplychain.validate.subject import Subject

METRICS = ("copies.share", "copies.excess", "attack.advantage", *OF_ATTACKS)


def exposure(subject: Subject) -> Iterator[Evidence]:
    """What the batch, and all candidates with it, tell of the people whom the generator was fitted on."""
    subject.chain.progress("counting copies of train rows")
    yield from _copies(subject)
    subject.chain.progress("attacking: who was the generator fitted on?")
    yield _attack(subject)
    yield from _privacy(subject)


def _copies(subject: Subject) -> Iterator[Evidence]:
    """Of all candidates: copies were taken out one by one, and a generator that makes them leaks all the same."""
    real, gold = subject.whole["real"], subject.whole["gold"]
    counted = [(0, 0), *(copied_share(piece, real) for piece in subject.pieces())]
    count, n = (sum(parts) for parts in zip(*counted, strict=True))
    control, control_n = copied_share(gold, real)
    yield subject.row("copies.share", count / max(n, 1), wilson(count, n), control / max(control_n, 1), n)
    value, low, high = excess(count, n, control, control_n)
    yield subject.row("copies.excess", value, (low, high), 0.0, n)


def _attack(subject: Subject) -> Evidence:
    """The membership attack's advantage; 0 is chance."""
    made, members, others, reference = (subject.whole[name] for name in ("accepted", "real", "gold", "tune"))
    schema, seed = Schema.of(members), subject.seed("attack")
    *found, n = attack_advantage(made, members, others, reference, schema, seed=seed)
    value, low, high = (rounded(figure) for figure in found)
    return subject.row("attack.advantage", float("nan") if value is None else value, (low, high), 0.0, n)


def _privacy(subject: Subject) -> Iterator[Evidence]:
    """Attacks on the people of role train, and what the log says of earlier tries on them."""
    product, people, accepted = subject.chain.product, subject.people, subject.whole["accepted"]
    schema = Schema.of(people["real"])
    sensitive = tuple(column for column in product.sensitive if column in schema.names)
    yield from privacy_rows(
        subject.row,
        pl.concat([accepted, subject.whole["rejected"].select(accepted.columns)]),
        people["real"],
        people["gold"],
        people["tune"],
        schema,
        seed=subject.seed("privacy"),
        sensitive=sensitive,
        secrets=tuple(dict.fromkeys((product.outcome.name, *sensitive))),
        told_apart=product.entity is not None,
    )
    commits = subject.chain.ledger.commits(product.name)
    yield from history_rows(subject.row, commits, subject.window, subject.accepted.content)
