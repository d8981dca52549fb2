"""Verdicts in words and as a table, for `run` and `evidence` alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from supplychain.ledger.verdicts import INCONCLUSIVE, excused, in_force

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from supplychain.ledger import GateResult, Ledger


def of_run(ledger: Ledger, product: str, window: str, run: str) -> list[GateResult]:
    """What gates say of all that a run took and made of a window, whichever run made it, with today's waivers.

    A run that goes on after people have judged takes what one before it has made and had judged.
    """
    commits = [commit for commit in ledger.commits(product) if commit.window == window]
    contents: dict[str, str] = {}
    for commit in (one for one in commits if one.run == run):
        contents |= {item.asset: item.content for item in commit.inputs if item.window == window}
        contents |= {output.asset: output.content for output in commit.outputs}
    judged = {gate.asset for commit in commits for gate in commit.gates}
    gates = (
        gate for asset, content in contents.items() if asset in judged for gate in ledger.gates(product, asset, content)
    )
    return excused(gates, in_force(ledger, product, window))


def to_tell(gates: Iterable[GateResult]) -> list[GateResult]:
    """The verdicts, and of a review that awaits or rejects its verdict alone: that has in words what the rest counts.

    A slice of which nobody has judged a row yet would be told as a refusal by itself.
    """
    gates = list(gates)
    if not any((gate.suite, gate.rule) == ("review", "verdict") and gate.blocks for gate in gates):
        return gates
    return [gate for gate in gates if gate.suite != "review" or gate.rule == "verdict"]


def word(gates: Iterable[GateResult]) -> str:
    """Whether anything blocks."""
    return "refused" if any(gate.blocks for gate in gates) else "passed"


def in_words(gates: list[GateResult]) -> str:
    """The verdict on a window, and how many expectations held, are in doubt or are waived."""
    counts = {
        "inconclusive": sum(gate.outcome == INCONCLUSIVE for gate in gates),
        "waived": sum(gate.waiver is not None for gate in gates),
    }
    more = "".join(f", {count} {name}" for name, count in counts.items() if count)
    return f"{word(gates)}; {sum(gate.passed for gate in gates)} of {len(gates)} expectations held{more}"


def rows(gates: Iterable[GateResult], *, why: bool = False) -> Iterator[dict[str, Any]]:
    """What did not hold, what blocks first: a row for each.

    Args:
        gates: The verdicts.
        why: Whether the suite's reason is in it.
    """
    for gate in sorted((gate for gate in gates if not gate.passed), key=lambda gate: not gate.blocks):
        waived = f", waived until {gate.waiver.until}" if gate.waiver else ""
        yield {
            "gate": gate.gate,
            "expectation": gate.rule,
            "severity": gate.severity,
            "verdict": f"{gate.outcome}{' (blocks)' if gate.blocks else waived}",
            "found": gate.observed,
            "wanted": gate.limit,
            "moved by": gate.set_by,
            **({"why": gate.why} if why else {}),
        }
