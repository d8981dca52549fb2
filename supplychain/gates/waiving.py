"""A person waives a rule for a window, with a reason, a name and a last day; never one that guards privacy.

A waiver is taken back by another entry of the log: nothing that was written is changed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from supplychain.errors import BadInput, nearest
from supplychain.gates.suite import SUITES
from supplychain.ledger import Commit, Waiver
from supplychain.ledger.verdicts import PRIVACY, WAIVED, in_force, today

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from supplychain.chain import Chain
    from supplychain.gates.suite import Rule

_JUDGED = {"real": "real", "accepted": "synthetic", "evidence": "evidence", "drift": "evidence"}
"""Asset to the suite that judges it."""
Named = tuple[str, "Rule"]
"""A suite's name and a rule of it."""


def waive(
    chain: Chain, window: str, name: str, *, reason: str, by: str, until: str, private: Collection[str] = ()
) -> Commit:
    """Put a waiver into the lineage log; it is there when this returns.

    It counts for the rule as it stands now, with its limit, in this window, up to and including the day `until`. A
    waiver of a gate is one of each of its rules that refuse the window now.

    Args:
        chain: The product and its store.
        window: The window.
        name: A rule's id, `SUITE/RULE` where two suites have it, or a gate.
        reason: Why.
        by: Who answers for it.
        until: The last day (UTC), as YYYY-MM-DD.
        private: Metrics of which no rule can be waived, whatever gate it stands under.

    Raises:
        BadInput: There is no such rule, it guards privacy, or the day is none or is past.
    """
    product = chain.product
    _answered_for(reason, by)
    last = _day(until)
    rules = _named(chain, product.check_window(window), name)
    for _, rule in rules:
        if rule.gate == PRIVACY or rule.kwargs.get("metric") in private:
            raise BadInput("guards privacy, and nobody can waive it", where=rule.id, remedy="make another batch")
    waivers = tuple(
        Waiver(suite, rule.gate, rule.id, rule.limit, reason.strip(), by.strip(), last.isoformat())
        for suite, rule in rules
    )
    return _append(chain, window, waivers)


def revoke(chain: Chain, window: str, name: str, *, reason: str, by: str) -> Commit:
    """Take back what is waived in a window, in the lineage log; it counts no more when this returns.

    What was released stays; a blend that leaned on the waiver is not published.

    Args:
        chain: The product and its store.
        window: The window.
        name: A rule's id, `SUITE/RULE` where two suites have it, or a gate: all of its waivers.
        reason: Why.
        by: Who answers for it.

    Raises:
        BadInput: No such waiver counts today.
    """
    _answered_for(reason, by)
    standing = in_force(chain.ledger, chain.product.name, chain.product.check_window(window))
    chosen = [one for one in standing if name in (one.rule, f"{one.suite}/{one.rule}", one.gate)]
    if not chosen:
        known = [text for one in standing for text in (one.rule, one.gate)]
        remedy = nearest(name, known) if known else "see `supplychain evidence`"
        raise BadInput(f"nothing of {name!r} is waived in window {window}", where=chain.product.name, remedy=remedy)
    return _append(chain, window, [replace(one, reason=reason.strip(), by=by.strip(), revoked=True) for one in chosen])


def _answered_for(reason: str, by: str) -> None:
    for option, text in (("--reason", reason), ("--by", by)):
        if not text.strip():
            raise BadInput("is empty", where=option, remedy="a waiver has a reason and somebody who answers for it")


def _append(chain: Chain, window: str, waivers: Iterable[Waiver]) -> Commit:
    from supplychain import __version__

    at = ("", 0, "", chain.product.name, window, WAIVED, "", chain.product.spec_hash, __version__, 0.0, 0.0)
    return chain.ledger.append(Commit(*at, waivers=tuple(waivers)))


def _day(until: str) -> date:
    try:
        last = date.fromisoformat(until)
    except ValueError:
        raise BadInput(f"{until!r} is no day", where="--until", remedy="write it as YYYY-MM-DD") from None
    if last < today():
        raise BadInput(f"{until} is past", where="--until", remedy="name today (UTC) or a later day")
    return last


def _named(chain: Chain, window: str, name: str) -> list[Named]:
    """The rules that a name stands for."""
    rules = [(suite, rule) for suite in SUITES for rule in chain.suite(suite).rules]
    found = [(suite, rule) for suite, rule in rules if name in (rule.id, f"{suite}/{rule.id}")]
    if len(found) > 1:
        places = " and ".join(suite for suite, _ in found)
        raise BadInput(f"stands in {places}", where=name, remedy=f"write {found[0][0]}/{name} or {found[1][0]}/{name}")
    if found:
        return found
    gates = {rule.gate for _, rule in rules}
    if name not in gates:
        known = [*gates, *(rule.id for _, rule in rules)]
        raise BadInput(f"there is no gate or rule {name!r}", where=chain.product.name, remedy=nearest(name, known))
    if name == PRIVACY:
        raise BadInput("guards privacy, and nobody can waive it", where=name, remedy="make another batch")
    return _refusing(chain, window, name, rules)


def _refusing(chain: Chain, window: str, gate: str, rules: Iterable[Named]) -> list[Named]:
    """The rules of a gate that refuse the present contents of a window."""
    refusing = set()
    for asset, suite in _JUDGED.items():
        found = chain.ledger.find(chain.product.name, asset, window)
        results = chain.ledger.gates(chain.product.name, asset, found[1].content) if found else []
        refusing |= {(suite, result.rule) for result in results if result.gate == gate and result.refuses}
    chosen = [(suite, rule) for suite, rule in rules if (suite, rule.id) in refusing]
    if not chosen:
        problem = f"gate {gate} refuses nothing in window {window}"
        raise BadInput(problem, where=chain.product.name, remedy="name a rule to waive it beforehand")
    return chosen
