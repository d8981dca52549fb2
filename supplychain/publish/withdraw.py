"""Withdrawing a release: a person's word in the log, which every consumer is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplychain import __version__
from supplychain.errors import BadInput, StoreFault
from supplychain.ledger import Commit, Withdrawal
from supplychain.ledger.verdicts import WITHDRAWN
from supplychain.publish.latest import point

if TYPE_CHECKING:
    from supplychain.ledger import Ledger


def withdraw(ledger: Ledger, product: str, version: str, *, reason: str, by: str) -> Commit:
    """Withdraw a version: its folder stays as it is, the log says that it is not to be used, `latest` falls back.

    Raises:
        BadInput: There is no such version, it is withdrawn already, or nobody says why.
    """
    for option, words in (("--reason", reason), ("--by", by)):
        if not words.strip():
            raise BadInput("is empty", where=option, remedy="consumers are shown it; write a word")
    published = ledger.release(product, version)
    assert published.release is not None
    version = published.release.version
    before = ledger.withdrawn(product).get(version)
    if before:
        raise BadInput(
            f"release {version} is withdrawn already, by {before.by} ({before.reason})",
            where=f"product {product}",
            remedy="a withdrawal stays",
        )
    said = Withdrawal(version, reason.strip(), by.strip())
    with ledger.store.lock(f"{product}-publish", why=f"a release of {product} is being written", wait=True):
        commit = ledger.append(
            Commit(
                "",
                0,
                "",
                product,
                published.window,
                WITHDRAWN,
                "",
                published.spec,
                __version__,
                0.0,
                0.0,
                withdrawals=(said,),
            )
        )
        point(ledger, product)
    return commit


def refuse_withdrawn(ledger: Ledger, product: str, version: str) -> None:
    """Refuse to hand out what was withdrawn.

    Raises:
        StoreFault: It was; says by whom and why.
    """
    found = ledger.withdrawn(product).get(version)
    if found:
        raise StoreFault(
            f"product {product}: release {version} was withdrawn by {found.by}: {found.reason}; "
            f"take one in force (`supplychain releases {product}`), or say --withdrawn (withdrawn=True) to have "
            "it all the same"
        )
