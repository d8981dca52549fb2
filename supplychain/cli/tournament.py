"""The tournament behind a measurement: found through the log, shown beside the evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from supplychain.cli.output import put_table, say

if TYPE_CHECKING:
    from supplychain.ledger import Commit, Ledger

WAY_BACK = ("accepted", "candidates", "synthesizer")
"""From the measurement of accepted rows to who made them."""


def behind(ledger: Ledger, product: str, measured: Commit) -> dict[str, Any] | None:
    """The reason and the table of the tournament whose winner made the measured rows; None where there was none."""
    commits, commit = ledger.commits(product), measured
    for asset in WAY_BACK:
        contents = {item.content for item in commit.inputs if item.asset == asset and item.window == commit.window}
        made = [
            one
            for one in commits
            if one.sequence < commit.sequence
            and one.window == commit.window
            and any(output.asset == asset and output.content in contents for output in one.outputs)
        ]
        if not made:
            return None
        commit = made[-1]
    table = next((output for output in commit.outputs if output.asset == "tournament"), None)
    if table is None:
        return None
    return {"reason": table.notes["reason"], "entrants": ledger.store.read_table(table.table).to_dicts()}


def put(tournament: dict[str, Any]) -> None:
    """The table, then the reason."""
    say()
    put_table(
        (_as_shown(row) for row in tournament["entrants"]),
        title="The tournament, on tune (utility: 0 is as good as real rows; fidelity: share of the ceiling)",
    )
    say(f"Chosen {tournament['reason']}")


def _as_shown(row: dict[str, Any]) -> dict[str, Any]:
    """The columns that a terminal has room for."""
    return {
        "entrant": row["entrant"],
        "standing": row["standing"],
        "utility": _with_limits(row["utility"], row["low"], row["high"]),
        "worst slice": f"{row['worst_slice']} {row['in_worst']:.3f}" if row["worst_slice"] else "",
        "fidelity": _rounded(row["fidelity"]),
        "discriminator": _rounded(row["discriminator"]),
        "attack": _with_limits(row["attack"], row["attack_low"], row["attack_high"]),
        "broken": _rounded(row["broken"]),
        "cpu s": _rounded(row["cpu_seconds"], 1),
        "MB": _rounded(row["memory_mb"], 0),
        "why": "" if row["standing"] == "chosen" else row["why"],
    }


def _with_limits(value: float | None, low: float | None, high: float | None) -> str:
    return "" if value is None else f"{value:.3f} ({low:.3f} to {high:.3f})"


def _rounded(value: float | None, digits: int = 3) -> str:
    return "" if value is None else f"{value:.{digits}f}"
